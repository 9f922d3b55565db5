// Convolutions of any shape as products of matrices: the values under the kernel at an output pixel
// become a row (im2col), the weights are the matrix. Where the kernel is a single tap without a
// stride, the image is those rows already.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/product/convolution_method.h"
#include "nn/product/product.h"
#include "nn/simd.h"

// Rows of a block: enough of them to pay for the weights that are read for each, few enough to stay
// near, and four blocks an image where it has the rows, for threads that share it.
enum { BLOCK_VALUES = 1 << 18, BLOCK_ROWS = 192, BLOCK_ROWS_MIN = 96, BLOCKS = 4 };

typedef struct Columns {
    ConvolutionShape shape;
    size_t groups, group_in, group_out;
    size_t patch; // values of a row
    size_t out_width, pixels;
    size_t block;                   // rows multiplied together; the last of an image may be fewer
    bool in_place;                  // rows are the image's pixels
    PackedMatrix **forward, **back; // [groups]; back and forward where they are wanted
    const ProductBackend *adds;     // for the gradient of the weights
    float *bias;                    // [out], padded
} Columns;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static bool is_in_place(const ConvolutionShape *shape)
{
    return shape->down.kernel == 1 && shape->across.kernel == 1 && shape->down.stride == 1 &&
           shape->across.stride == 1 && shape->down.padding == 0 && shape->across.padding == 0;
}

static size_t block_rows(const ConvolutionShape *shape)
{
    size_t pixels = convolution_output_height(shape) * convolution_output_width(shape);
    size_t near = larger(BLOCK_VALUES / convolution_patch(shape), BLOCK_ROWS);
    size_t shared = larger((pixels + BLOCKS - 1) / BLOCKS, BLOCK_ROWS_MIN);
    return smaller(smaller(near, shared), pixels);
}

static ProductShape product_shape(const ConvolutionShape *shape, ConvolutionWay way)
{
    size_t patch = convolution_patch(shape);
    size_t out = shape->out_channels / convolution_groups(shape);
    size_t rows = convolution_output_height(shape) * convolution_output_width(shape);
    switch (way) {
    case CONVOLVE_FORWARD:
        return (ProductShape){PRODUCT_PIXELS, rows, patch, out};
    case CONVOLVE_DATA:
        return (ProductShape){PRODUCT_PIXELS, rows, out, patch};
    default:
        return (ProductShape){PRODUCT_SUM, patch, rows, out};
    }
}

// Our own kernels need no copies of the rows (convolution_direct.c), which cost more than OpenBLAS
// gains, but for the gradient of the weights; the other backends have no other way.
static bool suits(const ConvolutionShape *shape, ConvolutionWay way)
{
    enum { CHANNELS_MIN = 16 };
    if (!convolution_is_plain(shape))
        return true;
    ProductShape product = product_shape(shape, way);
    const char *name = product_backend_name(product_backend(&product));
    if (strcmp(name, "OpenBLAS") == 0)
        return shape->in_channels >= CHANNELS_MIN && (way == CONVOLVE_WEIGHT || is_in_place(shape));
    return strcmp(name, "own") != 0;
}

static void columns_close(void *state)
{
    Columns *columns = state;
    if (columns == NULL)
        return;
    for (size_t g = 0; g < columns->groups; g++) {
        if (columns->forward != NULL)
            packed_matrix_free(columns->forward[g]);
        if (columns->back != NULL)
            packed_matrix_free(columns->back[g]);
    }
    free(columns->forward);
    free(columns->back);
    free(columns->bias);
    free(columns);
}

static Status columns_open(const ConvolutionShape *shape, void **state, Error *error)
{
    *state = NULL;
    Columns *columns = memory_new(1, sizeof *columns);
    if (columns == NULL)
        return error_memory(error, "a convolution");
    columns->shape = *shape;
    columns->groups = convolution_groups(shape);
    columns->group_in = shape->in_channels / columns->groups;
    columns->group_out = shape->out_channels / columns->groups;
    columns->patch = convolution_patch(shape);
    columns->out_width = convolution_output_width(shape);
    columns->pixels = convolution_output_height(shape) * columns->out_width;
    columns->block = block_rows(shape);
    columns->in_place = is_in_place(shape);
    ProductShape sum = product_shape(shape, CONVOLVE_WEIGHT);
    columns->adds = product_backend(&sum);
    columns->forward = memory_new(columns->groups, sizeof *columns->forward);
    columns->back = memory_new(columns->groups, sizeof *columns->back);
    columns->bias = memory_new(shape->out_channels + product_padded(1), sizeof *columns->bias);
    if (columns->forward == NULL || columns->back == NULL || columns->bias == NULL) {
        columns_close(columns);
        return error_memory(error, "a convolution");
    }
    *state = columns;
    return STATUS_OK;
}

// ---- Weights -----------------------------------------------------------------------------------

// [out of a group][patch], a patch being row, column, channel.
static void reorder(const Columns *columns, const float *weight, size_t group, float *reordered)
{
    size_t taps = columns->shape.down.kernel * columns->shape.across.kernel;
    const float *from = weight + group * columns->group_out * columns->patch;
    for (size_t out = 0; out < columns->group_out; out++)
        for (size_t in = 0; in < columns->group_in; in++)
            for (size_t tap = 0; tap < taps; tap++)
                reordered[out * columns->patch + tap * columns->group_in + in] = *from++;
}

static Status set_matrix(const Columns *columns, ConvolutionWay way, const float *reordered,
                         PackedMatrix **matrix, Error *error)
{
    ProductShape shape = product_shape(&columns->shape, way);
    Status status = *matrix != NULL ? STATUS_OK : packed_matrix_new(&shape, matrix, error);
    if (status == STATUS_OK && way == CONVOLVE_FORWARD)
        packed_matrix_set(*matrix, reordered, 1, columns->patch);
    else if (status == STATUS_OK)
        packed_matrix_set(*matrix, reordered, columns->patch, 1);
    return status;
}

static Status set_weights(void *state, const float *weight, const float *bias,
                          const bool ways[CONVOLUTION_WAYS], Error *error)
{
    Columns *columns = state;
    float *reordered = memory_new(columns->group_out, columns->patch * sizeof *reordered);
    if (reordered == NULL)
        return error_memory(error, "the weights of a convolution");
    Status status = STATUS_OK;
    for (size_t g = 0; g < columns->groups && status == STATUS_OK; g++) {
        reorder(columns, weight, g, reordered);
        if (ways[CONVOLVE_FORWARD])
            status = set_matrix(columns, CONVOLVE_FORWARD, reordered, &columns->forward[g], error);
        if (status == STATUS_OK && ways[CONVOLVE_DATA])
            status = set_matrix(columns, CONVOLVE_DATA, reordered, &columns->back[g], error);
    }
    free(reordered);
    size_t bytes = columns->shape.out_channels * sizeof *bias;
    if (bias != NULL)
        memcpy(columns->bias, bias, bytes);
    else
        memset(columns->bias, 0, bytes);
    return status;
}

static size_t matrix_scratch(const PackedMatrix *matrix)
{
    return matrix != NULL ? packed_matrix_scratch_size(matrix) : 0;
}

// Rows, then what their product needs.
static size_t rows_size(const Columns *columns)
{
    return product_padded(columns->block * columns->patch);
}

static size_t scratch_size(const void *state)
{
    const Columns *columns = state;
    size_t product = larger(matrix_scratch(columns->forward[0]), matrix_scratch(columns->back[0]));
    return rows_size(columns) + larger(product, product_sum_scratch_size(columns->adds));
}

// ---- Rows --------------------------------------------------------------------------------------

// The group's channels of the taps along one row of the kernel.
static float *gather_taps(const Columns *columns, const float *row, size_t x, size_t group,
                          float *to)
{
    const Window *across = &columns->shape.across;
    size_t channels = columns->group_in, in = columns->shape.in_channels;
    size_t left = window_index(across, x, 0);
    bool together = columns->groups == 1 && across->dilation <= 1;
    if (together && left + across->kernel <= columns->shape.width && left < columns->shape.width) {
        memcpy(to, row + left * in, across->kernel * in * sizeof *to);
        return to + across->kernel * in;
    }
    for (size_t tap = 0; tap < across->kernel; tap++, to += channels) {
        size_t column = window_index(across, x, tap);
        if (column < columns->shape.width)
            memcpy(to, row + column * in + group * channels, channels * sizeof *to);
        else
            memset(to, 0, channels * sizeof *to);
    }
    return to;
}

// Rows of output pixels first .. first+n-1, counted through the images.
static void gather(const Columns *columns, const float *input, size_t first, size_t n, size_t group,
                   float *to)
{
    const ConvolutionShape *shape = &columns->shape;
    size_t image_size = convolution_input_size(shape), row_size = shape->width * shape->in_channels;
    for (size_t i = first; i < first + n; i++) {
        const float *image = input + i / columns->pixels * image_size;
        size_t y = i % columns->pixels / columns->out_width;
        size_t x = i % columns->out_width;
        for (size_t tap = 0; tap < shape->down.kernel; tap++) {
            size_t row = window_index(&shape->down, y, tap);
            size_t size = shape->across.kernel * columns->group_in;
            if (row < shape->height) {
                to = gather_taps(columns, image + row * row_size, x, group, to);
            } else {
                memset(to, 0, size * sizeof *to);
                to += size;
            }
        }
    }
}

SIMD_CLONES
static void add_values(const float *restrict from, size_t n, float *restrict to)
{
    for (size_t i = 0; i < n; i++)
        to[i] += from[i];
}

// Adds rows of gradients to where `gather` takes their values from; one image.
static void scatter(const Columns *columns, const float *rows, size_t first, size_t n, size_t group,
                    float *grad_image)
{
    const ConvolutionShape *shape = &columns->shape;
    size_t channels = columns->group_in;
    for (size_t i = first; i < first + n; i++)
        for (size_t tap = 0; tap < shape->down.kernel; tap++)
            for (size_t other = 0; other < shape->across.kernel; other++, rows += channels) {
                size_t row = window_index(&shape->down, i / columns->out_width, tap);
                size_t column = window_index(&shape->across, i % columns->out_width, other);
                if (row < shape->height && column < shape->width)
                    add_values(rows, channels,
                               grad_image + (row * shape->width + column) * shape->in_channels +
                                   group * channels);
            }
}

// ---- Forward and back --------------------------------------------------------------------------

// Rows first .. first+rows-1 of an image.
static void forward_block(const Columns *columns, const float *image, size_t first, size_t rows,
                          float *output, float *scratch)
{
    const ConvolutionShape *shape = &columns->shape;
    for (size_t g = 0; g < columns->groups; g++) {
        const float *a = image + first * shape->in_channels + g * columns->group_in;
        if (!columns->in_place) {
            gather(columns, image, first, rows, g, scratch);
            a = scratch;
        }
        size_t channel = g * columns->group_out;
        packed_matrix_multiply(
            columns->forward[g],
            &(ProductRows){.rows = rows,
                           .a = a,
                           .a_row = columns->in_place ? shape->in_channels : columns->patch,
                           .start = columns->bias + channel,
                           .c = output + first * shape->out_channels + channel,
                           .c_row = shape->out_channels,
                           .scratch = scratch + rows_size(columns)});
    }
}

static void forward(const void *state, const float *input, size_t n, Share share, float *output,
                    float *scratch)
{
    const Columns *columns = state;
    size_t blocks = (columns->pixels + columns->block - 1) / columns->block;
    for (size_t i = share_begin(share, n * blocks); i < share_end(share, n * blocks); i++) {
        size_t image = i / blocks, first = i % blocks * columns->block;
        forward_block(columns, input + image * convolution_input_size(&columns->shape), first,
                      smaller(columns->block, columns->pixels - first),
                      output + image * columns->pixels * columns->shape.out_channels, scratch);
    }
}

static void data_block(const Columns *columns, const float *grad_output, size_t first, size_t rows,
                       float *grad_image, float *scratch)
{
    const ConvolutionShape *shape = &columns->shape;
    for (size_t g = 0; g < columns->groups; g++) {
        float *c = grad_image + first * shape->in_channels + g * columns->group_in;
        packed_matrix_multiply(
            columns->back[g],
            &(ProductRows){.rows = rows,
                           .a = grad_output + first * shape->out_channels + g * columns->group_out,
                           .a_row = shape->out_channels,
                           .c = columns->in_place ? c : scratch,
                           .c_row = columns->in_place ? shape->in_channels : columns->patch,
                           .scratch = scratch + rows_size(columns)});
        if (!columns->in_place)
            scatter(columns, scratch, first, rows, g, grad_image);
    }
}

static void backward_data(const void *state, const float *grad_output, size_t n, float *grad_input,
                          float *scratch)
{
    const Columns *columns = state;
    size_t in_size = convolution_input_size(&columns->shape);
    size_t out_size = columns->pixels * columns->shape.out_channels;
    if (!columns->in_place)
        memset(grad_input, 0, n * in_size * sizeof *grad_input);
    for (size_t image = 0; image < n; image++)
        for (size_t first = 0; first < columns->pixels; first += columns->block)
            data_block(columns, grad_output + image * out_size, first,
                       smaller(columns->block, columns->pixels - first),
                       grad_input + image * in_size, scratch);
}

static size_t gradient_size(const void *state)
{
    const Columns *columns = state;
    return columns->groups * columns->patch * columns->group_out;
}

// sums[group][patch][out of the group]. Rows of several images are summed together.
static void backward_weight(const void *state, const float *input, const float *grad_output,
                            size_t n, float *sums, float *scratch)
{
    const Columns *columns = state;
    const ConvolutionShape *shape = &columns->shape;
    size_t all = n * columns->pixels, block = columns->in_place ? all : columns->block;
    for (size_t first = 0; first < all; first += block)
        for (size_t g = 0; g < columns->groups; g++) {
            size_t rows = smaller(block, all - first);
            const float *a = input + g * columns->group_in;
            if (!columns->in_place) {
                gather(columns, input, first, rows, g, scratch);
                a = scratch;
            }
            product_add(columns->adds,
                        &(ProductSum){
                            .rows = columns->patch,
                            .depth = rows,
                            .columns = columns->group_out,
                            .a = a,
                            .a_row = columns->in_place ? shape->in_channels : columns->patch,
                            .b = grad_output + first * shape->out_channels + g * columns->group_out,
                            .b_row = shape->out_channels,
                            .c = sums + g * columns->patch * columns->group_out,
                            .c_row = columns->group_out,
                            .scratch = scratch + rows_size(columns)});
        }
}

static void gradient_finish(const void *state, const float *sums, float *grad_weight)
{
    const Columns *columns = state;
    size_t taps = columns->shape.down.kernel * columns->shape.across.kernel;
    for (size_t g = 0; g < columns->groups; g++, sums += columns->patch * columns->group_out)
        for (size_t out = 0; out < columns->group_out; out++)
            for (size_t in = 0; in < columns->group_in; in++)
                for (size_t tap = 0; tap < taps; tap++)
                    *grad_weight++ =
                        sums[(tap * columns->group_in + in) * columns->group_out + out];
}

static const char *multiplies(const void *state, ConvolutionWay way)
{
    const Columns *columns = state;
    ProductShape product = product_shape(&columns->shape, way);
    return product_backend_name(way == CONVOLVE_WEIGHT ? columns->adds : product_backend(&product));
}

const ConvolutionMethod convolution_columns = {
    .name = "columns",
    .suits = suits,
    .open = columns_open,
    .close = columns_close,
    .set_weights = set_weights,
    .scratch_size = scratch_size,
    .forward = forward,
    .backward_data = backward_data,
    .gradient_size = gradient_size,
    .backward_weight = backward_weight,
    .gradient_finish = gradient_finish,
    .multiplies = multiplies,
};
