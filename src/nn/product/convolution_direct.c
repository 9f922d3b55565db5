// Convolutions by our own kernels without copies: output rows are products of input rows, stride *
// in_channels apart from pixel to pixel, with the weights. Square kernels without dilation, in one
// group.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/product/convolution_method.h"
#include "nn/product/matrix.h"

// Input taken up at a time, in floats: a fraction of a core's second-level cache.
enum { BAND_SIZE = 64 * 1024 };
// Pixels whose patch gradients are made at a time.
enum { PATCHES = 32 };

typedef struct Direct {
    ConvolutionShape shape;
    Window window; // along both axes
    size_t out_height, out_width;
    size_t padded_width; // of an input row with its padding
    size_t band_rows;    // output rows done together
    size_t patch;        // kernel * kernel * in_channels: values under the kernel
    float *weight;       // patch x out_channels, packed; a patch is row, column, channel
    float *weight_back;  // out_channels x patch, packed; NULL before it is wanted
    float *bias;         // [matrix_padded(out_channels)]
} Direct;

static size_t band_input_rows(const Direct *direct, size_t output_rows)
{
    return (output_rows - 1) * direct->window.stride + direct->window.kernel;
}

static size_t input_row_size(const Direct *direct)
{
    return direct->padded_width * direct->shape.in_channels;
}

static bool direct_suits(const ConvolutionShape *shape, ConvolutionWay way)
{
    (void)way;
    return convolution_is_plain(shape);
}

static void direct_close(void *state)
{
    Direct *direct = state;
    if (direct == NULL)
        return;
    free(direct->weight);
    free(direct->weight_back);
    free(direct->bias);
    free(direct);
}

static Status direct_open(const ConvolutionShape *shape, void **state, Error *error)
{
    *state = NULL;
    Direct *direct = memory_new(1, sizeof *direct);
    if (direct == NULL)
        return error_memory(error, "a convolution");
    direct->shape = *shape;
    direct->window = shape->down;
    direct->out_height = convolution_output_height(shape);
    direct->out_width = convolution_output_width(shape);
    direct->padded_width = shape->width + 2 * direct->window.padding;
    direct->patch = convolution_patch(shape);
    direct->band_rows = 1;
    while (direct->band_rows < direct->out_height &&
           band_input_rows(direct, direct->band_rows + 1) * input_row_size(direct) <= BAND_SIZE)
        direct->band_rows++;
    direct->bias = memory_new(matrix_padded(shape->out_channels), sizeof(float));
    if (direct->bias == NULL) {
        direct_close(direct);
        return error_memory(error, "the weights of a convolution");
    }
    *state = direct;
    return STATUS_OK;
}

// ---- Weights -----------------------------------------------------------------------------------

static Status make_room(float **packed, size_t depth, size_t columns, Error *error)
{
    size_t size;
    if (*packed == NULL && memory_multiply(depth, matrix_padded(columns), &size))
        *packed = memory_new_aligned(size, sizeof(float));
    return *packed != NULL ? STATUS_OK : error_memory(error, "the weights of a convolution");
}

static void reorder(const Direct *direct, const float *weight, float *reordered)
{
    const ConvolutionShape *shape = &direct->shape;
    size_t taps = direct->window.kernel * direct->window.kernel;
    for (size_t out = 0; out < shape->out_channels; out++)
        for (size_t in = 0; in < shape->in_channels; in++)
            for (size_t tap = 0; tap < taps; tap++)
                reordered[out * direct->patch + tap * shape->in_channels + in] =
                    weight[(out * shape->in_channels + in) * taps + tap];
}

static Status direct_set_weights(void *state, const float *weight, const float *bias,
                                 const bool ways[CONVOLUTION_WAYS], Error *error)
{
    Direct *direct = state;
    size_t out = direct->shape.out_channels, patch = direct->patch;
    float *reordered = memory_new(out, patch * sizeof *reordered);
    if (reordered == NULL)
        return error_memory(error, "the weights of a convolution");
    reorder(direct, weight, reordered);
    Status status = STATUS_OK;
    if (ways[CONVOLVE_FORWARD]) {
        status = make_room(&direct->weight, patch, out, error);
        if (status == STATUS_OK)
            matrix_pack(reordered, patch, out, 1, patch, direct->weight);
    }
    if (status == STATUS_OK && ways[CONVOLVE_DATA]) {
        status = make_room(&direct->weight_back, out, patch, error);
        if (status == STATUS_OK)
            matrix_pack(reordered, out, patch, patch, 1, direct->weight_back);
    }
    free(reordered);
    if (bias != NULL)
        memcpy(direct->bias, bias, out * sizeof *bias);
    else
        memset(direct->bias, 0, out * sizeof *bias);
    return status;
}

// Floats of scratch for a band of input rows with their padding.
static size_t band_size(const Direct *direct)
{
    return band_input_rows(direct, direct->band_rows) * input_row_size(direct);
}

static size_t direct_scratch_size(const void *state)
{
    const Direct *direct = state;
    size_t packed_gradients =
        direct->band_rows * direct->out_width * matrix_padded(direct->shape.out_channels);
    size_t sums = band_size(direct) + packed_gradients;
    size_t patches = PATCHES * matrix_padded(direct->patch);
    return sums > patches ? sums : patches;
}

// ---- Forward and back --------------------------------------------------------------------------

// The input rows under output rows first .. first+rows-1, padding included; without padding, where
// they are, otherwise copied to `band`.
static const float *input_band(const Direct *direct, const float *image, size_t first, size_t rows,
                               float *band)
{
    const ConvolutionShape *shape = &direct->shape;
    size_t row_size = shape->width * shape->in_channels;
    size_t top = first * direct->window.stride;
    if (direct->window.padding == 0)
        return image + top * row_size;
    size_t side = direct->window.padding * shape->in_channels;
    float *to = band;
    for (size_t row = 0; row < band_input_rows(direct, rows); row++) {
        size_t y = top + row - direct->window.padding; // huge before the first row
        if (y < shape->height) {
            memset(to, 0, side * sizeof(float));
            memcpy(to + side, image + y * row_size, row_size * sizeof(float));
            memset(to + side + row_size, 0, side * sizeof(float));
        } else {
            memset(to, 0, input_row_size(direct) * sizeof(float));
        }
        to += input_row_size(direct);
    }
    return band;
}

// Output rows done together from row `first` on.
static size_t rows_of_band(const Direct *direct, size_t first, size_t end)
{
    return end - first < direct->band_rows ? end - first : direct->band_rows;
}

// Output rows first .. end-1 of an image.
static void forward_rows(const Direct *direct, const float *image, size_t first, size_t end,
                         float *output, float *scratch)
{
    const ConvolutionShape *shape = &direct->shape;
    for (size_t rows; first < end; first += rows) {
        rows = rows_of_band(direct, first, end);
        matrix_multiply(
            &(MatrixProduct){.groups = rows,
                             .rows = direct->out_width,
                             .columns = shape->out_channels,
                             .segments = direct->window.kernel,
                             .depth = direct->window.kernel * shape->in_channels,
                             .a = input_band(direct, image, first, rows, scratch),
                             .a_group = direct->window.stride * input_row_size(direct),
                             .a_row = direct->window.stride * shape->in_channels,
                             .a_segment = input_row_size(direct),
                             .a_step = 1,
                             .b = direct->weight,
                             .b_panel = direct->patch * MATRIX_PANEL,
                             .b_ahead = MATRIX_AHEAD,
                             .start = direct->bias,
                             .c = output + first * direct->out_width * shape->out_channels,
                             .c_group = direct->out_width * shape->out_channels,
                             .c_row = shape->out_channels});
    }
}

// Adds the gradients of the values under the kernel at output pixels first .. first+pixels-1.
static void scatter_patches(const Direct *direct, const float *patches, size_t first, size_t pixels,
                            float *grad_image)
{
    const ConvolutionShape *shape = &direct->shape;
    size_t channels = shape->in_channels, taps = direct->window.kernel * direct->window.kernel;
    for (size_t pixel = 0; pixel < pixels; pixel++) {
        size_t top = (first + pixel) / direct->out_width * direct->window.stride;
        size_t left = (first + pixel) % direct->out_width * direct->window.stride;
        const float *patch = patches + pixel * matrix_padded(direct->patch);
        for (size_t tap = 0; tap < taps; tap++, patch += channels) {
            size_t y =
                top + tap / direct->window.kernel - direct->window.padding; // huge before the image
            size_t x = left + tap % direct->window.kernel - direct->window.padding;
            if (y >= shape->height || x >= shape->width)
                continue;
            float *to = grad_image + (y * shape->width + x) * channels;
            for (size_t c = 0; c < channels; c++)
                to[c] += patch[c];
        }
    }
}

static void image_backward_data(const Direct *direct, const float *grad_output, float *grad_image,
                                float *scratch)
{
    const ConvolutionShape *shape = &direct->shape;
    size_t n_pixels = direct->out_height * direct->out_width;
    memset(grad_image, 0, shape->height * shape->width * shape->in_channels * sizeof(float));
    for (size_t first = 0; first < n_pixels; first += PATCHES) {
        size_t pixels = n_pixels - first < PATCHES ? n_pixels - first : PATCHES;
        matrix_multiply(&(MatrixProduct){.groups = 1,
                                         .rows = pixels,
                                         .columns = matrix_padded(direct->patch),
                                         .segments = 1,
                                         .depth = shape->out_channels,
                                         .a = grad_output + first * shape->out_channels,
                                         .a_row = shape->out_channels,
                                         .a_step = 1,
                                         .b = direct->weight_back,
                                         .b_panel = shape->out_channels * MATRIX_PANEL,
                                         .c = scratch,
                                         .c_row = matrix_padded(direct->patch)});
        scatter_patches(direct, scratch, first, pixels, grad_image);
    }
}

static void image_backward_weight(const Direct *direct, const float *image,
                                  const float *grad_output, float *sums, float *scratch)
{
    const ConvolutionShape *shape = &direct->shape;
    size_t columns = matrix_padded(shape->out_channels);
    float *packed = scratch + band_size(direct);
    for (size_t first = 0; first < direct->out_height; first += direct->band_rows) {
        size_t rows = rows_of_band(direct, first, direct->out_height);
        size_t pixels = rows * direct->out_width;
        const float *band = input_band(direct, image, first, rows, scratch);
        matrix_pack(grad_output + first * direct->out_width * shape->out_channels, pixels,
                    shape->out_channels, shape->out_channels, 1, packed);
        size_t kernel_row = direct->window.kernel * shape->in_channels;
        for (size_t ky = 0; ky < direct->window.kernel; ky++)
            matrix_multiply(
                &(MatrixProduct){.groups = 1,
                                 .rows = kernel_row,
                                 .columns = columns,
                                 .segments = rows,
                                 .depth = direct->out_width,
                                 .a = band + ky * input_row_size(direct),
                                 .a_row = 1,
                                 .a_segment = direct->window.stride * input_row_size(direct),
                                 .a_step = direct->window.stride * shape->in_channels,
                                 .b = packed,
                                 .b_panel = pixels * MATRIX_PANEL,
                                 .c = sums + ky * kernel_row * columns,
                                 .c_row = columns,
                                 .accumulate = true});
    }
}

static void direct_forward(const void *state, const float *input, size_t n, Share share,
                           float *output, float *scratch)
{
    const Direct *direct = state;
    size_t height = direct->out_height;
    size_t begin = share_begin(share, n * height), end = share_end(share, n * height);
    for (size_t row = begin, next; row < end; row = next) {
        size_t image = row / height, first = image * height;
        next = first + height < end ? first + height : end;
        forward_rows(direct, input + image * convolution_input_size(&direct->shape), row - first,
                     next - first, output + image * convolution_output_size(&direct->shape),
                     scratch);
    }
}

static void direct_backward_data(const void *state, const float *grad_output, size_t n,
                                 float *grad_input, float *scratch)
{
    const Direct *direct = state;
    for (size_t image = 0; image < n; image++)
        image_backward_data(direct, grad_output + image * convolution_output_size(&direct->shape),
                            grad_input + image * convolution_input_size(&direct->shape), scratch);
}

static size_t direct_gradient_size(const void *state)
{
    const Direct *direct = state;
    return direct->patch * matrix_padded(direct->shape.out_channels);
}

static void direct_backward_weight(const void *state, const float *input, const float *grad_output,
                                   size_t n, float *sums, float *scratch)
{
    const Direct *direct = state;
    for (size_t image = 0; image < n; image++)
        image_backward_weight(direct, input + image * convolution_input_size(&direct->shape),
                              grad_output + image * convolution_output_size(&direct->shape), sums,
                              scratch);
}

static void direct_gradient_finish(const void *state, const float *sums, float *grad_weight)
{
    const Direct *direct = state;
    const ConvolutionShape *shape = &direct->shape;
    size_t columns = matrix_padded(shape->out_channels);
    size_t taps = direct->window.kernel * direct->window.kernel;
    for (size_t out = 0; out < shape->out_channels; out++)
        for (size_t in = 0; in < shape->in_channels; in++)
            for (size_t tap = 0; tap < taps; tap++)
                grad_weight[(out * shape->in_channels + in) * taps + tap] =
                    sums[(tap * shape->in_channels + in) * columns + out];
}

static const char *direct_multiplies(const void *state, ConvolutionWay way)
{
    (void)state;
    (void)way;
    return "own";
}

const ConvolutionMethod convolution_direct = {
    .name = "direct",
    .suits = direct_suits,
    .open = direct_open,
    .close = direct_close,
    .set_weights = direct_set_weights,
    .scratch_size = direct_scratch_size,
    .forward = direct_forward,
    .backward_data = direct_backward_data,
    .gradient_size = direct_gradient_size,
    .backward_weight = direct_backward_weight,
    .gradient_finish = direct_gradient_finish,
    .multiplies = direct_multiplies,
};
