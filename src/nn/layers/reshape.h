// Layers that move or join values: flatten, concatenate, add, crop and enlarge, dropout. Arrays
// are channels-last, [n][height][width][channels].
#ifndef SKYCLASS_NN_LAYERS_RESHAPE_H
#define SKYCLASS_NN_LAYERS_RESHAPE_H

#include <stdint.h>

#include "base/random.h"
#include "nn/layer.h"

// [n][pixels][channels] -> [n][channels][pixels], and back.
void flatten_forward(const float *input, size_t n, size_t pixels, size_t channels, float *output);
void flatten_backward(const float *grad_output, size_t n, size_t pixels, size_t channels,
                      float *grad_input);

// Copies input[n_pixels][channels] into channels offset .. offset+channels-1 of
// output[n_pixels][all_channels], and back.
void concatenate_forward(const float *input, size_t n_pixels, size_t channels, size_t offset,
                         size_t all_channels, float *output);
void concatenate_backward(const float *grad_output, size_t n_pixels, size_t channels, size_t offset,
                          size_t all_channels, float *grad_input);

// output = activation(a + b) with the (leaky) ReLU of `slope`; 1 for none. output may be a or b.
void add_forward(const float *a, const float *b, size_t n_values, float slope, float *output);
// sum += values
void add_to(const float *values, size_t n_values, float *sum);

// Rows and columns start .. start+size-1 of the input, nearest neighbour to the output's size:
// source = floor(destination * size / output size).
void crop_enlarge_forward(const float *input, size_t n, Shape in, size_t start, size_t size,
                          Shape out, float *output);
void crop_enlarge_backward(const float *grad_output, size_t n, Shape in, size_t start, size_t size,
                           Shape out, float *grad_input);

// The input from row `top`, column `left` of the output on; `value` elsewhere. The way back takes
// that part out.
void pad_forward(const float *input, size_t n, Shape in, size_t top, size_t left, Shape out,
                 float value, float *output);
void pad_backward(const float *grad_output, size_t n, Shape in, size_t top, size_t left, Shape out,
                  float *grad_input);

// input[n_blocks][rows][columns][inner] -> output[n_blocks][columns][rows][inner]; the way back is
// the same with rows and columns exchanged.
void rearrange_values(const float *input, size_t n_blocks, size_t rows, size_t columns,
                      size_t inner, float *output);

// Channels first .. first+channels-1 of all_channels, at n_pixels pixels; and back, where the
// others' gradient is 0.
void channel_slice_forward(const float *input, size_t n_pixels, size_t all_channels, size_t first,
                           size_t channels, float *output);
void channel_slice_backward(const float *grad_output, size_t n_pixels, size_t all_channels,
                            size_t first, size_t channels, float *grad_input);

// Zeroes each value with probability `rate` and scales the others by 1 / (1 - rate). The choice
// depends on `seed` and the source's number in the batch (first_source, first_source+1, ...)
// alone; the same call on the gradient is the way back. output may be input.
void dropout_apply(const float *input, size_t n, size_t n_values, double rate, uint64_t seed,
                   size_t first_source, float *output);

#endif
