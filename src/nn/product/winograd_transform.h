// The transforms of F(4x4, 3x3) (winograd.h), of WINOGRAD_LANES channels at a time.
#ifndef SKYCLASS_NN_PRODUCT_WINOGRAD_TRANSFORM_H
#define SKYCLASS_NN_PRODUCT_WINOGRAD_TRANSFORM_H

#include <stddef.h>

enum { WINOGRAD_LANES = 16, WINOGRAD_TILE = 4, WINOGRAD_TILE_IN = 6 };
enum { WINOGRAD_POSITIONS = WINOGRAD_TILE_IN * WINOGRAD_TILE_IN };

// Channels first .. end-1 of the 36 pixels of a tile at pixels[row * 6 + column] -> positions at
// v[position * stride], the next WINOGRAD_LANES channels line_step further on.
void winograd_input_tile(const float *const *pixels, size_t first, size_t end, float *v,
                         size_t stride, size_t line_step);

// Positions at m[position * stride] -> the 4x4 pixels of an output tile, plus the bias.
void winograd_output_tile(const float *m, size_t stride, size_t channels, const float *bias,
                          float *output, size_t row_step, size_t pixel_step);

// Gradients of WINOGRAD_LANES channels from `channel` on of the 16 pixels of an output tile -> of
// the positions, at m[position * stride].
void winograd_grad_output_tile(const float *const *pixels, size_t channel, float *m, size_t stride);

// WINOGRAD_LANES kernels, tap t of kernel l at taps[t][l] -> positions at to[position * stride +
// l].
void winograd_transform_kernels(const double taps[9][WINOGRAD_LANES], float *to, size_t stride);

// Gradients of the positions of WINOGRAD_LANES * kernels kernels, at
// u[position * stride + kernel * step + lane], are added to those of the taps, at
// taps[tap * tap_stride + kernel * WINOGRAD_LANES + lane].
void winograd_add_grad_kernels(const float *u, size_t stride, size_t step, size_t kernels,
                               float *taps, size_t tap_stride);

#endif
