#include "nn/layers/reshape.h"

#include <string.h>

#include "nn/simd.h"

// A tile of a transposition that stays in L1.
enum { TILE = 32 };

// [rows][columns] -> [columns][rows]
SIMD_CLONES
static void transpose(const float *restrict input, size_t rows, size_t columns,
                      float *restrict output)
{
    for (size_t r0 = 0; r0 < rows; r0 += TILE)
        for (size_t c0 = 0; c0 < columns; c0 += TILE) {
            size_t r1 = r0 + TILE < rows ? r0 + TILE : rows;
            size_t c1 = c0 + TILE < columns ? c0 + TILE : columns;
            for (size_t c = c0; c < c1; c++)
                for (size_t r = r0; r < r1; r++)
                    output[c * rows + r] = input[r * columns + c];
        }
}

void flatten_forward(const float *input, size_t n, size_t pixels, size_t channels, float *output)
{
    for (size_t i = 0; i < n; i++)
        transpose(input + i * pixels * channels, pixels, channels, output + i * pixels * channels);
}

void flatten_backward(const float *grad_output, size_t n, size_t pixels, size_t channels,
                      float *grad_input)
{
    for (size_t i = 0; i < n; i++)
        transpose(grad_output + i * pixels * channels, channels, pixels,
                  grad_input + i * pixels * channels);
}

void concatenate_forward(const float *input, size_t n_pixels, size_t channels, size_t offset,
                         size_t all_channels, float *output)
{
    for (size_t p = 0; p < n_pixels; p++)
        memcpy(output + p * all_channels + offset, input + p * channels, channels * sizeof(float));
}

void concatenate_backward(const float *grad_output, size_t n_pixels, size_t channels, size_t offset,
                          size_t all_channels, float *grad_input)
{
    for (size_t p = 0; p < n_pixels; p++)
        memcpy(grad_input + p * channels, grad_output + p * all_channels + offset,
               channels * sizeof(float));
}

SIMD_CLONES
void add_forward(const float *a, const float *b, size_t n_values, float slope, float *output)
{
#pragma omp simd
    for (size_t i = 0; i < n_values; i++) {
        float sum = a[i] + b[i];
        output[i] = sum > 0 ? sum : slope * sum;
    }
}

SIMD_CLONES
void add_to(const float *restrict values, size_t n_values, float *restrict sum)
{
    for (size_t i = 0; i < n_values; i++)
        sum[i] += values[i];
}

// Offset in the input of the pixel that output pixel (row, column) shows.
static size_t crop_source(Shape in, size_t start, size_t size, Shape out, size_t row, size_t column)
{
    size_t y = start + row * size / out.height;
    size_t x = start + column * size / out.width;
    return (y * in.width + x) * in.channels;
}

void crop_enlarge_forward(const float *input, size_t n, Shape in, size_t start, size_t size,
                          Shape out, float *output)
{
    for (size_t i = 0; i < n; i++, input += in.height * in.width * in.channels)
        for (size_t row = 0; row < out.height; row++)
            for (size_t column = 0; column < out.width; column++, output += in.channels)
                memcpy(output, input + crop_source(in, start, size, out, row, column),
                       in.channels * sizeof(float));
}

void crop_enlarge_backward(const float *grad_output, size_t n, Shape in, size_t start, size_t size,
                           Shape out, float *grad_input)
{
    size_t in_values = in.height * in.width * in.channels;
    memset(grad_input, 0, n * in_values * sizeof(float));
    for (size_t i = 0; i < n; i++, grad_input += in_values)
        for (size_t row = 0; row < out.height; row++)
            for (size_t column = 0; column < out.width; column++, grad_output += in.channels)
                add_to(grad_output, in.channels,
                       grad_input + crop_source(in, start, size, out, row, column));
}

void dropout_apply(const float *input, size_t n, size_t n_values, double rate, uint64_t seed,
                   size_t first_source, float *output)
{
    float keep_scale = (float)(1 / (1 - rate));
    for (size_t i = 0; i < n; i++) {
        Random random = random_start(seed, first_source + i);
        for (size_t k = 0; k < n_values; k++) {
            size_t at = i * n_values + k;
            output[at] = random_uniform(&random) < rate ? 0 : keep_scale * input[at];
        }
    }
}

// ---- Pad, rearrange, slice ---------------------------------------------------------------------

void pad_forward(const float *input, size_t n, Shape in, size_t top, size_t left, Shape out,
                 float value, float *output)
{
    size_t row_values = in.width * in.channels;
    for (size_t i = 0; i < n * out.height * out.width * out.channels; i++)
        output[i] = value;
    for (size_t i = 0; i < n; i++)
        for (size_t row = 0; row < in.height; row++)
            memcpy(output + ((i * out.height + top + row) * out.width + left) * in.channels,
                   input + (i * in.height + row) * row_values, row_values * sizeof(float));
}

void pad_backward(const float *grad_output, size_t n, Shape in, size_t top, size_t left, Shape out,
                  float *grad_input)
{
    size_t row_values = in.width * in.channels;
    for (size_t i = 0; i < n; i++)
        for (size_t row = 0; row < in.height; row++)
            memcpy(grad_input + (i * in.height + row) * row_values,
                   grad_output + ((i * out.height + top + row) * out.width + left) * in.channels,
                   row_values * sizeof(float));
}

void rearrange_values(const float *input, size_t n_blocks, size_t rows, size_t columns,
                      size_t inner, float *output)
{
    size_t block = rows * columns * inner;
    for (size_t b = 0; b < n_blocks; b++, input += block, output += block) {
        if (inner == 1) {
            transpose(input, rows, columns, output);
            continue;
        }
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < columns; c++)
                memcpy(output + (c * rows + r) * inner, input + (r * columns + c) * inner,
                       inner * sizeof(float));
    }
}

void channel_slice_forward(const float *input, size_t n_pixels, size_t all_channels, size_t first,
                           size_t channels, float *output)
{
    for (size_t p = 0; p < n_pixels; p++)
        memcpy(output + p * channels, input + p * all_channels + first, channels * sizeof(float));
}

void channel_slice_backward(const float *grad_output, size_t n_pixels, size_t all_channels,
                            size_t first, size_t channels, float *grad_input)
{
    memset(grad_input, 0, n_pixels * all_channels * sizeof(float));
    for (size_t p = 0; p < n_pixels; p++)
        memcpy(grad_input + p * all_channels + first, grad_output + p * channels,
               channels * sizeof(float));
}
