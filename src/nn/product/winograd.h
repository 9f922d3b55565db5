// 3x3 convolutions with stride 1 by minimal filtering, F(4x4, 3x3): a tile of 4x4 outputs costs 36
// multiplications a channel pair instead of 144 (Lavin & Gray 2016, CVPR, section 4).
//
// Input tiles of 6x6 pixels that overlap by two are transformed into 36 values a channel; each of
// the 36 positions is one matrix product, tiles x in-channels by in-channels x out-channels; the
// products are transformed back into 4x4 outputs. Tiles are taken in blocks, and output channels
// too where the weights of all would not stay in a core's second-level cache. The products are made
// by digits.h where the processor has matrix registers and the numbers of channels suit them, else
// by matrix.h.
#ifndef SKYCLASS_NN_PRODUCT_WINOGRAD_H
#define SKYCLASS_NN_PRODUCT_WINOGRAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/parallel.h"
#include "nn/product/convolution_shape.h"

typedef struct Winograd Winograd; // shape and transformed weights

// Whether the algorithm can do this layer and is the faster one.
bool winograd_suits(const ConvolutionShape *shape);

Status winograd_new(const ConvolutionShape *shape, Winograd **winograd, Error *error);
void winograd_free(Winograd *winograd);
size_t winograd_scratch_size(const Winograd *winograd); // floats

// weight[out][in][3][3] and bias[out], NULL for zeros.
void winograd_set_weights(Winograd *winograd, const float *weight, const float *bias);
// The same for the layer whose forward pass is the data gradient of a convolution with
// `weight`[in][out][3][3], in and out being this layer's: kernels turned by 180 degrees.
void winograd_set_weights_reversed(Winograd *winograd, const float *weight);

// As convolution_forward.
void winograd_forward(const Winograd *winograd, const float *input, size_t n, Share share,
                      float *output, float *scratch);

// The weight gradient is added to an accumulator of winograd_gradient_size floats.
size_t winograd_gradient_size(const Winograd *winograd);
void winograd_backward_weight(const Winograd *winograd, const float *input,
                              const float *grad_output, size_t n, float *accumulator,
                              float *scratch);
void winograd_gradient_finish(const Winograd *winograd, const float *accumulator,
                              float *grad_weight);

#endif
