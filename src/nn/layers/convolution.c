#include "nn/layers/convolution.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/product/digits.h"
#include "nn/product/matrix.h"
#include "nn/product/winograd.h"
#include "nn/simd.h"

// Input taken up at a time, in floats: a fraction of a core's second-level cache.
enum { BAND_SIZE = 64 * 1024 };
// Pixels whose patch gradients are made at a time.
enum { PATCHES = 32 };
// Output pixels of a 1x1 kernel whose input is taken apart into digits together.
enum { PIXELS = 64 };
// Channels whose sums over pixels fit into registers.
enum { SUM_CHANNELS = 64 };

// Layers that winograd.h does not suit are done directly: output rows are products of input rows
// (stride * in_channels apart from pixel to pixel, so no patch is copied) with the weights. With a
// 1x1 kernel a patch is a pixel, and going forward the product is one of digits where these suit.
struct Convolution {
    ConvolutionShape shape;
    size_t out_height, out_width;
    size_t padded_width;     // of an input row with its padding
    size_t band_rows;        // output rows done together
    size_t patch;            // kernel * kernel * in_channels: values under the kernel
    Winograd *winograd;      // NULL: direct
    Winograd *winograd_back; // its data gradient, as a convolution; NULL before training
    bool digits;        // direct: `weight` holds digits instead, DIGITS_COLUMNS by DIGITS_COLUMNS
    float *weight;      // direct: patch x out_channels, packed; a patch is row, column, channel
    float *weight_back; // direct: out_channels x patch, packed; NULL before training
    float *bias;        // [matrix_padded(out_channels)]
};

size_t convolution_output_height(const ConvolutionShape *shape)
{
    return (shape->height + 2 * shape->padding - shape->kernel) / shape->stride + 1;
}

size_t convolution_output_width(const ConvolutionShape *shape)
{
    return (shape->width + 2 * shape->padding - shape->kernel) / shape->stride + 1;
}

static size_t band_input_rows(const Convolution *convolution, size_t output_rows)
{
    return (output_rows - 1) * convolution->shape.stride + convolution->shape.kernel;
}

static size_t input_row_size(const Convolution *convolution)
{
    return convolution->padded_width * convolution->shape.in_channels;
}

static bool in_digits(const Convolution *convolution)
{
    return DIGITS_POSSIBLE && convolution->digits;
}

static Status new_direct(Convolution *convolution, Error *error)
{
    const ConvolutionShape *shape = &convolution->shape;
    convolution->digits = shape->kernel == 1 && shape->padding == 0 &&
                          digits_suit(shape->in_channels, shape->out_channels);
    convolution->band_rows = 1;
    while (convolution->band_rows < convolution->out_height &&
           band_input_rows(convolution, convolution->band_rows + 1) * input_row_size(convolution) <=
               BAND_SIZE)
        convolution->band_rows++;
    size_t size;
    if (memory_multiply(convolution->patch, matrix_padded(shape->out_channels), &size))
        convolution->weight = memory_new_aligned(size, sizeof(float));
    convolution->bias = memory_new(matrix_padded(shape->out_channels), sizeof(float));
    if (convolution->weight == NULL || convolution->bias == NULL)
        return error_memory(error, "the weights of a convolution");
    return STATUS_OK;
}

Status convolution_new(const ConvolutionShape *shape, Convolution **result, Error *error)
{
    *result = NULL;
    Convolution *convolution = memory_new(1, sizeof *convolution);
    if (convolution == NULL)
        return error_memory(error, "a convolution");
    convolution->shape = *shape;
    convolution->out_height = convolution_output_height(shape);
    convolution->out_width = convolution_output_width(shape);
    convolution->padded_width = shape->width + 2 * shape->padding;
    convolution->patch = shape->kernel * shape->kernel * shape->in_channels;
    Status status = winograd_suits(shape) ? winograd_new(shape, &convolution->winograd, error)
                                          : new_direct(convolution, error);
    if (status != STATUS_OK) {
        convolution_free(convolution);
        return status;
    }
    *result = convolution;
    return STATUS_OK;
}

void convolution_free(Convolution *convolution)
{
    if (convolution == NULL)
        return;
    winograd_free(convolution->winograd);
    winograd_free(convolution->winograd_back);
    free(convolution->weight);
    free(convolution->weight_back);
    free(convolution->bias);
    free(convolution);
}

// ---- Weights ---------------------------------------------------------------------------------

static Status set_winograd_weights(Convolution *convolution, const float *weight, const float *bias,
                                   bool training, Error *error)
{
    const ConvolutionShape *shape = &convolution->shape;
    winograd_set_weights(convolution->winograd, weight, bias);
    if (!training)
        return STATUS_OK;
    if (convolution->winograd_back == NULL) {
        ConvolutionShape back = {.height = convolution->out_height,
                                 .width = convolution->out_width,
                                 .in_channels = shape->out_channels,
                                 .out_channels = shape->in_channels,
                                 .kernel = shape->kernel,
                                 .stride = 1,
                                 .padding = shape->kernel - 1 - shape->padding};
        Status status = winograd_new(&back, &convolution->winograd_back, error);
        if (status != STATUS_OK)
            return status;
    }
    winograd_set_weights_reversed(convolution->winograd_back, weight);
    return STATUS_OK;
}

// Replaces the packed weights by their digits.
static void set_digits(Convolution *convolution)
{
    size_t depth = convolution->shape.in_channels;
    char *to = (char *)convolution->weight;
    const float *from = convolution->weight;
    for (size_t out = 0; out < convolution->shape.out_channels; out += DIGITS_COLUMNS) {
        for (size_t panel = 0; panel < DIGITS_PANELS; panel++, from += depth * MATRIX_PANEL)
            digits_set_panel(from, depth, panel, to);
        to += digits_columns_size(depth);
    }
}

static Status set_direct_weights(Convolution *convolution, const float *weight, const float *bias,
                                 bool training, Error *error)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t patch = convolution->patch, taps = shape->kernel * shape->kernel;
    float *reordered = memory_new_aligned(patch * shape->out_channels, sizeof(float));
    if (training && convolution->weight_back == NULL)
        convolution->weight_back =
            memory_new_aligned(shape->out_channels * matrix_padded(patch), sizeof(float));
    if (reordered == NULL || (training && convolution->weight_back == NULL)) {
        free(reordered);
        return error_memory(error, "the weights of a convolution");
    }
    for (size_t out = 0; out < shape->out_channels; out++)
        for (size_t in = 0; in < shape->in_channels; in++)
            for (size_t tap = 0; tap < taps; tap++)
                reordered[out * patch + tap * shape->in_channels + in] =
                    weight[(out * shape->in_channels + in) * taps + tap];
    matrix_pack(reordered, patch, shape->out_channels, 1, patch, convolution->weight);
    if (in_digits(convolution))
        set_digits(convolution);
    if (training)
        matrix_pack(reordered, shape->out_channels, patch, patch, 1, convolution->weight_back);
    free(reordered);
    if (bias != NULL)
        memcpy(convolution->bias, bias, shape->out_channels * sizeof(float));
    else
        memset(convolution->bias, 0, shape->out_channels * sizeof(float));
    return STATUS_OK;
}

Status convolution_set_weights(Convolution *convolution, const float *weight, const float *bias,
                               bool training, Error *error)
{
    if (convolution->winograd != NULL)
        return set_winograd_weights(convolution, weight, bias, training, error);
    return set_direct_weights(convolution, weight, bias, training, error);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

// Floats of scratch for a band of input rows with their padding.
static size_t band_size(const Convolution *convolution)
{
    return band_input_rows(convolution, convolution->band_rows) * input_row_size(convolution);
}

size_t convolution_scratch_size(const Convolution *convolution)
{
    if (convolution->winograd != NULL)
        return larger(winograd_scratch_size(convolution->winograd),
                      convolution->winograd_back != NULL
                          ? winograd_scratch_size(convolution->winograd_back)
                          : 0);
    size_t packed_gradients = convolution->band_rows * convolution->out_width *
                              matrix_padded(convolution->shape.out_channels);
    size_t digits = convolution->digits
                        ? digits_rows_size(PIXELS, convolution->shape.in_channels) / sizeof(float)
                        : 0;
    return larger(band_size(convolution) + packed_gradients,
                  larger(PATCHES * matrix_padded(convolution->patch), digits));
}

// ---- Direct convolution ----------------------------------------------------------------------

// The input rows under output rows first .. first+rows-1, padding included; without padding, where
// they are, otherwise copied to `band`.
static const float *input_band(const Convolution *convolution, const float *image, size_t first,
                               size_t rows, float *band)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t row_size = shape->width * shape->in_channels;
    size_t top = first * shape->stride;
    if (shape->padding == 0)
        return image + top * row_size;
    size_t side = shape->padding * shape->in_channels;
    float *to = band;
    for (size_t row = 0; row < band_input_rows(convolution, rows); row++) {
        size_t y = top + row - shape->padding; // huge before the first row
        if (y < shape->height) {
            memset(to, 0, side * sizeof(float));
            memcpy(to + side, image + y * row_size, row_size * sizeof(float));
            memset(to + side + row_size, 0, side * sizeof(float));
        } else {
            memset(to, 0, input_row_size(convolution) * sizeof(float));
        }
        to += input_row_size(convolution);
    }
    return band;
}

// Output rows done together from row `first` on.
static size_t rows_of_band(const Convolution *convolution, size_t first, size_t end)
{
    return end - first < convolution->band_rows ? end - first : convolution->band_rows;
}

// Output rows first .. end-1 of an image.
static void direct_forward(const Convolution *convolution, const float *image, size_t first,
                           size_t end, float *output, float *scratch)
{
    const ConvolutionShape *shape = &convolution->shape;
    for (size_t rows; first < end; first += rows) {
        rows = rows_of_band(convolution, first, end);
        matrix_multiply(
            &(MatrixProduct){.groups = rows,
                             .rows = convolution->out_width,
                             .columns = shape->out_channels,
                             .segments = shape->kernel,
                             .depth = shape->kernel * shape->in_channels,
                             .a = input_band(convolution, image, first, rows, scratch),
                             .a_group = shape->stride * input_row_size(convolution),
                             .a_row = shape->stride * shape->in_channels,
                             .a_segment = input_row_size(convolution),
                             .a_step = 1,
                             .b = convolution->weight,
                             .b_panel = convolution->patch * MATRIX_PANEL,
                             .b_ahead = MATRIX_AHEAD,
                             .start = convolution->bias,
                             .c = output + first * convolution->out_width * shape->out_channels,
                             .c_group = convolution->out_width * shape->out_channels,
                             .c_row = shape->out_channels});
    }
}

// Output pixels first .. end-1, counted through the images.
static void pixels_forward(const Convolution *convolution, const float *input, size_t first,
                           size_t end, float *output, float *scratch)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t width = convolution->out_width, area = convolution->out_height * width;
    for (size_t rows; first < end; first += rows) {
        rows = end - first < PIXELS ? end - first : PIXELS;
        for (size_t i = 0; i < rows; i++) {
            size_t image = (first + i) / area, pixel = (first + i) % area;
            size_t y = pixel / width * shape->stride, x = pixel % width * shape->stride;
            size_t place = (image * shape->height + y) * shape->width + x;
            digits_set_row(input + place * shape->in_channels, PIXELS, shape->in_channels, i,
                           scratch);
        }
        digits_multiply(&(DigitsProduct){.groups = shape->out_channels / DIGITS_COLUMNS,
                                         .rows = rows,
                                         .depth = shape->in_channels,
                                         .a_rows = PIXELS,
                                         .a = scratch,
                                         .one_a = true,
                                         .b = convolution->weight,
                                         .start = convolution->bias,
                                         .c = output + first * shape->out_channels,
                                         .c_group = DIGITS_COLUMNS,
                                         .c_row = shape->out_channels});
    }
}

// Adds the gradients of the values under the kernel at output pixels first .. first+pixels-1.
static void scatter_patches(const Convolution *convolution, const float *patches, size_t first,
                            size_t pixels, float *grad_image)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t channels = shape->in_channels, taps = shape->kernel * shape->kernel;
    for (size_t pixel = 0; pixel < pixels; pixel++) {
        size_t top = (first + pixel) / convolution->out_width * shape->stride;
        size_t left = (first + pixel) % convolution->out_width * shape->stride;
        const float *patch = patches + pixel * matrix_padded(convolution->patch);
        for (size_t tap = 0; tap < taps; tap++, patch += channels) {
            size_t y = top + tap / shape->kernel - shape->padding; // huge before the image
            size_t x = left + tap % shape->kernel - shape->padding;
            if (y >= shape->height || x >= shape->width)
                continue;
            float *to = grad_image + (y * shape->width + x) * channels;
            for (size_t c = 0; c < channels; c++)
                to[c] += patch[c];
        }
    }
}

static void direct_backward_data(const Convolution *convolution, const float *grad_output,
                                 float *grad_image, float *scratch)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t n_pixels = convolution->out_height * convolution->out_width;
    memset(grad_image, 0, shape->height * shape->width * shape->in_channels * sizeof(float));
    for (size_t first = 0; first < n_pixels; first += PATCHES) {
        size_t pixels = n_pixels - first < PATCHES ? n_pixels - first : PATCHES;
        matrix_multiply(&(MatrixProduct){.groups = 1,
                                         .rows = pixels,
                                         .columns = matrix_padded(convolution->patch),
                                         .segments = 1,
                                         .depth = shape->out_channels,
                                         .a = grad_output + first * shape->out_channels,
                                         .a_row = shape->out_channels,
                                         .a_step = 1,
                                         .b = convolution->weight_back,
                                         .b_panel = shape->out_channels * MATRIX_PANEL,
                                         .c = scratch,
                                         .c_row = matrix_padded(convolution->patch)});
        scatter_patches(convolution, scratch, first, pixels, grad_image);
    }
}

static void direct_backward_weight(const Convolution *convolution, const float *image,
                                   const float *grad_output, float *accumulator, float *scratch)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t columns = matrix_padded(shape->out_channels);
    float *packed = scratch + band_size(convolution);
    for (size_t first = 0; first < convolution->out_height; first += convolution->band_rows) {
        size_t rows = rows_of_band(convolution, first, convolution->out_height);
        size_t pixels = rows * convolution->out_width;
        const float *band = input_band(convolution, image, first, rows, scratch);
        matrix_pack(grad_output + first * convolution->out_width * shape->out_channels, pixels,
                    shape->out_channels, shape->out_channels, 1, packed);
        size_t kernel_row = shape->kernel * shape->in_channels;
        for (size_t ky = 0; ky < shape->kernel; ky++)
            matrix_multiply(
                &(MatrixProduct){.groups = 1,
                                 .rows = kernel_row,
                                 .columns = columns,
                                 .segments = rows,
                                 .depth = convolution->out_width,
                                 .a = band + ky * input_row_size(convolution),
                                 .a_row = 1,
                                 .a_segment = shape->stride * input_row_size(convolution),
                                 .a_step = shape->stride * shape->in_channels,
                                 .b = packed,
                                 .b_panel = pixels * MATRIX_PANEL,
                                 .c = accumulator + ky * kernel_row * columns,
                                 .c_row = columns,
                                 .accumulate = true});
    }
}

static void direct_gradient_finish(const Convolution *convolution, const float *accumulator,
                                   float *grad_weight)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t columns = matrix_padded(shape->out_channels), taps = shape->kernel * shape->kernel;
    for (size_t out = 0; out < shape->out_channels; out++)
        for (size_t in = 0; in < shape->in_channels; in++)
            for (size_t tap = 0; tap < taps; tap++)
                grad_weight[(out * shape->in_channels + in) * taps + tap] =
                    accumulator[(tap * shape->in_channels + in) * columns + out];
}

// ---- Either way ------------------------------------------------------------------------------

static size_t input_size(const Convolution *convolution)
{
    const ConvolutionShape *shape = &convolution->shape;
    return shape->height * shape->width * shape->in_channels;
}

static size_t output_size(const Convolution *convolution)
{
    return convolution->out_height * convolution->out_width * convolution->shape.out_channels;
}

void convolution_forward(const Convolution *convolution, const float *input, size_t n, Share share,
                         float *output, float *scratch)
{
    if (convolution->winograd != NULL) {
        winograd_forward(convolution->winograd, input, n, share, output, scratch);
        return;
    }
    size_t height = convolution->out_height;
    if (in_digits(convolution)) {
        size_t pixels = n * height * convolution->out_width;
        pixels_forward(convolution, input, share_begin(share, pixels), share_end(share, pixels),
                       output, scratch);
        return;
    }
    size_t begin = share_begin(share, n * height), end = share_end(share, n * height);
    for (size_t row = begin, next; row < end; row = next) {
        size_t image = row / height, first = image * height;
        next = first + height < end ? first + height : end;
        direct_forward(convolution, input + image * input_size(convolution), row - first,
                       next - first, output + image * output_size(convolution), scratch);
    }
}

void convolution_backward_data(const Convolution *convolution, const float *grad_output, size_t n,
                               float *grad_input, float *scratch)
{
    if (convolution->winograd != NULL) {
        winograd_forward(convolution->winograd_back, grad_output, n, SHARE_ALL, grad_input,
                         scratch);
        return;
    }
    for (size_t image = 0; image < n; image++)
        direct_backward_data(convolution, grad_output + image * output_size(convolution),
                             grad_input + image * input_size(convolution), scratch);
}

static size_t weight_gradient_size(const Convolution *convolution)
{
    if (convolution->winograd != NULL)
        return winograd_gradient_size(convolution->winograd);
    return convolution->patch * matrix_padded(convolution->shape.out_channels);
}

size_t convolution_gradient_size(const Convolution *convolution)
{
    return weight_gradient_size(convolution) + convolution->shape.out_channels;
}

static inline __attribute__((always_inline)) void add_block_sums(const float *restrict values,
                                                                 size_t pixels, size_t step,
                                                                 const size_t channels,
                                                                 float *restrict sum)
{
    float sums[SUM_CHANNELS] = {0};
    for (size_t p = 0; p < pixels; p++, values += step)
#pragma omp simd
        for (size_t c = 0; c < channels; c++)
            sums[c] += values[c];
    for (size_t c = 0; c < channels; c++)
        sum[c] += sums[c];
}

// sum[c] += values[0][c] + values[1][c] ...
SIMD_CLONES
static void add_pixel_sums(const float *values, size_t pixels, size_t channels, float *sum)
{
    size_t c = 0;
    for (; c + SUM_CHANNELS <= channels; c += SUM_CHANNELS)
        add_block_sums(values + c, pixels, channels, SUM_CHANNELS, sum + c);
    add_block_sums(values + c, pixels, channels, channels - c, sum + c);
}

void convolution_backward_weight(const Convolution *convolution, const float *input,
                                 const float *grad_output, size_t n, float *accumulator,
                                 float *scratch)
{
    float *grad_bias = accumulator + weight_gradient_size(convolution);
    for (size_t image = 0; image < n; image++) {
        const float *grad_image = grad_output + image * output_size(convolution);
        // First, while the gradient may be in a near cache from being made.
        add_pixel_sums(grad_image, convolution->out_height * convolution->out_width,
                       convolution->shape.out_channels, grad_bias);
        if (convolution->winograd == NULL)
            direct_backward_weight(convolution, input + image * input_size(convolution), grad_image,
                                   accumulator, scratch);
    }
    if (convolution->winograd != NULL)
        winograd_backward_weight(convolution->winograd, input, grad_output, n, accumulator,
                                 scratch);
}

void convolution_gradient_finish(const Convolution *convolution, const float *accumulator,
                                 float *grad_weight, float *grad_bias)
{
    if (convolution->winograd != NULL)
        winograd_gradient_finish(convolution->winograd, accumulator, grad_weight);
    else
        direct_gradient_finish(convolution, accumulator, grad_weight);
    if (grad_bias != NULL)
        memcpy(grad_bias, accumulator + weight_gradient_size(convolution),
               convolution->shape.out_channels * sizeof(float));
}
