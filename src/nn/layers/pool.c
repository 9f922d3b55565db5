#include "nn/layers/pool.h"

#include <string.h>

#include "nn/simd.h"

// Rows first_row .. end_row-1 and columns first_column .. end_column-1 of the input, in steps.
typedef struct Part {
    size_t first_row, end_row, row_step, first_column, end_column, column_step;
} Part;

static size_t tap_step(const Window *window)
{
    return window->dilation > 0 ? window->dilation : 1;
}

static void clip_span(const Window *window, size_t index, size_t size, size_t *first, size_t *end)
{
    size_t start = index * window->stride; // in padded coordinates
    size_t past = start + window_span(window) - window->padding;
    size_t step = tap_step(window);
    size_t outside = start < window->padding ? (window->padding - start + step - 1) / step : 0;
    *first = start + outside * step - window->padding;
    *end = past < size ? past : size;
}

// The part inside the input of the window of output pixel (row, column).
static Part kernel_part(const PoolShape *shape, size_t row, size_t column)
{
    Part part = {.row_step = tap_step(&shape->down), .column_step = tap_step(&shape->across)};
    clip_span(&shape->down, row, shape->input.height, &part.first_row, &part.end_row);
    clip_span(&shape->across, column, shape->input.width, &part.first_column, &part.end_column);
    return part;
}

static float kernel_factor(const PoolShape *shape)
{
    return 1.0f / (float)(shape->down.kernel * shape->across.kernel);
}

static Part adaptive_part(const PoolShape *shape, size_t row, size_t column)
{
    Shape in = shape->input, out = shape->output;
    return (Part){
        row * in.height / out.height,  ((row + 1) * in.height + out.height - 1) / out.height, 1,
        column * in.width / out.width, ((column + 1) * in.width + out.width - 1) / out.width, 1};
}

static size_t part_pixels(Part part)
{
    return (part.end_row - part.first_row) * (part.end_column - part.first_column);
}

static size_t image_values(Shape shape)
{
    return shape.height * shape.width * shape.channels;
}

// ---- Max ---------------------------------------------------------------------------------------

SIMD_CLONES
static void max_window(const float *image, Shape in, Part part, float *restrict output)
{
    size_t channels = in.channels;
    const float *first = image + (part.first_row * in.width + part.first_column) * channels;
    memcpy(output, first, channels * sizeof(float));
    for (size_t y = part.first_row; y < part.end_row; y += part.row_step)
        for (size_t x = part.first_column; x < part.end_column; x += part.column_step) {
            const float *restrict pixel = image + (y * in.width + x) * channels;
            for (size_t c = 0; c < channels; c++)
                output[c] = pixel[c] > output[c] ? pixel[c] : output[c];
        }
}

void max_pool_forward(const PoolShape *shape, const float *input, size_t n, float *output)
{
    Shape out = shape->output;
    for (size_t i = 0; i < n; i++, input += image_values(shape->input))
        for (size_t row = 0; row < out.height; row++)
            for (size_t column = 0; column < out.width; column++, output += out.channels)
                max_window(input, shape->input, kernel_part(shape, row, column), output);
}

// Adds grad_output to the gradient of the first pixel of the window that holds the largest value:
// `largest` and `left` are rows of scratch, [channels].
SIMD_CLONES
static void max_window_backward(const float *image, Shape in, Part part,
                                const float *restrict grad_output, float *grad_image,
                                float *restrict largest, float *restrict left)
{
    max_window(image, in, part, largest);
    memcpy(left, grad_output, in.channels * sizeof(float));
    for (size_t y = part.first_row; y < part.end_row; y += part.row_step)
        for (size_t x = part.first_column; x < part.end_column; x += part.column_step) {
            const float *restrict pixel = image + (y * in.width + x) * in.channels;
            float *restrict grad_pixel = grad_image + (y * in.width + x) * in.channels;
            for (size_t c = 0; c < in.channels; c++) {
                float share = pixel[c] == largest[c] ? left[c] : 0;
                grad_pixel[c] += share;
                left[c] -= share;
            }
        }
}

void max_pool_backward(const PoolShape *shape, const float *input, const float *grad_output,
                       size_t n, float *grad_input, float *scratch)
{
    Shape out = shape->output;
    size_t in_values = image_values(shape->input);
    memset(grad_input, 0, n * in_values * sizeof(float));
    for (size_t i = 0; i < n; i++, input += in_values, grad_input += in_values)
        for (size_t row = 0; row < out.height; row++)
            for (size_t column = 0; column < out.width; column++, grad_output += out.channels)
                max_window_backward(input, shape->input, kernel_part(shape, row, column),
                                    grad_output, grad_input, scratch, scratch + out.channels);
}

// ---- Average -----------------------------------------------------------------------------------

SIMD_CLONES
static void mean_window(const float *image, Shape in, Part part, float factor,
                        float *restrict output)
{
    memset(output, 0, in.channels * sizeof(float));
    for (size_t y = part.first_row; y < part.end_row; y += part.row_step)
        for (size_t x = part.first_column; x < part.end_column; x += part.column_step) {
            const float *restrict pixel = image + (y * in.width + x) * in.channels;
            for (size_t c = 0; c < in.channels; c++)
                output[c] += pixel[c];
        }
    for (size_t c = 0; c < in.channels; c++)
        output[c] *= factor;
}

SIMD_CLONES
static void mean_window_backward(const float *restrict grad_output, Shape in, Part part,
                                 float factor, float *grad_image)
{
    for (size_t y = part.first_row; y < part.end_row; y += part.row_step)
        for (size_t x = part.first_column; x < part.end_column; x += part.column_step) {
            float *restrict pixel = grad_image + (y * in.width + x) * in.channels;
            for (size_t c = 0; c < in.channels; c++)
                pixel[c] += factor * grad_output[c];
        }
}

void average_pool_forward(const PoolShape *shape, const float *input, size_t n, float *output)
{
    Shape out = shape->output;
    float factor = kernel_factor(shape);
    for (size_t i = 0; i < n; i++, input += image_values(shape->input))
        for (size_t row = 0; row < out.height; row++)
            for (size_t column = 0; column < out.width; column++, output += out.channels)
                mean_window(input, shape->input, kernel_part(shape, row, column), factor, output);
}

void average_pool_backward(const PoolShape *shape, const float *grad_output, size_t n,
                           float *grad_input)
{
    Shape out = shape->output;
    size_t in_values = image_values(shape->input);
    float factor = kernel_factor(shape);
    memset(grad_input, 0, n * in_values * sizeof(float));
    for (size_t i = 0; i < n; i++, grad_input += in_values)
        for (size_t row = 0; row < out.height; row++)
            for (size_t column = 0; column < out.width; column++, grad_output += out.channels)
                mean_window_backward(grad_output, shape->input, kernel_part(shape, row, column),
                                     factor, grad_input);
}

// Each output is the mean of its own part.
typedef Part PartOf(const PoolShape *shape, size_t row, size_t column);

static void mean_of_parts(const PoolShape *shape, PartOf *part_of, const float *input, size_t n,
                          float *output)
{
    Shape out = shape->output;
    for (size_t i = 0; i < n; i++, input += image_values(shape->input))
        for (size_t row = 0; row < out.height; row++)
            for (size_t column = 0; column < out.width; column++, output += out.channels) {
                Part part = part_of(shape, row, column);
                mean_window(input, shape->input, part, 1.0f / (float)part_pixels(part), output);
            }
}

static void mean_of_parts_backward(const PoolShape *shape, PartOf *part_of,
                                   const float *grad_output, size_t n, float *grad_input)
{
    Shape out = shape->output;
    size_t in_values = image_values(shape->input);
    memset(grad_input, 0, n * in_values * sizeof(float));
    for (size_t i = 0; i < n; i++, grad_input += in_values)
        for (size_t row = 0; row < out.height; row++)
            for (size_t column = 0; column < out.width; column++, grad_output += out.channels) {
                Part part = part_of(shape, row, column);
                mean_window_backward(grad_output, shape->input, part,
                                     1.0f / (float)part_pixels(part), grad_input);
            }
}

void average_inside_forward(const PoolShape *shape, const float *input, size_t n, float *output)
{
    mean_of_parts(shape, kernel_part, input, n, output);
}

void average_inside_backward(const PoolShape *shape, const float *grad_output, size_t n,
                             float *grad_input)
{
    mean_of_parts_backward(shape, kernel_part, grad_output, n, grad_input);
}

void adaptive_average_forward(const PoolShape *shape, const float *input, size_t n, float *output)
{
    mean_of_parts(shape, adaptive_part, input, n, output);
}

void adaptive_average_backward(const PoolShape *shape, const float *grad_output, size_t n,
                               float *grad_input)
{
    mean_of_parts_backward(shape, adaptive_part, grad_output, n, grad_input);
}
