// Convolution and fully connected layers over plain arrays; the only code that multiplies
// matrices. Activations [n][height][width][channels], weights given in PyTorch's layout.
//
// Every source's output is the same bits whatever n and however the work is shared: matrix products
// have shapes that depend on the layer alone, or accumulate each output in an order that does.
#ifndef SKYCLASS_NN_LAYERS_CONVOLUTION_H
#define SKYCLASS_NN_LAYERS_CONVOLUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/parallel.h"

typedef struct ConvolutionShape {
    size_t height, width, in_channels;
    size_t out_channels, kernel, stride, padding;
} ConvolutionShape;

// floor((in + 2 padding - kernel) / stride) + 1
size_t convolution_output_height(const ConvolutionShape *shape);
size_t convolution_output_width(const ConvolutionShape *shape);

typedef struct Convolution Convolution; // shape, algorithm, transformed weights

// weight: [out][in][kernel][kernel]; transformed and copied. bias [out] or NULL, copied. With
// `training` the transforms that the backward functions need are made too.
Status convolution_new(const ConvolutionShape *shape, Convolution **convolution, Error *error);
Status convolution_set_weights(Convolution *convolution, const float *weight, const float *bias,
                               bool training, Error *error);
void convolution_free(Convolution *convolution);

// Floats of scratch that one thread needs for any of the calls below, whatever n.
size_t convolution_scratch_size(const Convolution *convolution);

// output[n][oh][ow][out] = convolution(input[n][h][w][in]) + bias, or a share of it. The shares
// fill the whole output between them, in any order or at the same time.
void convolution_forward(const Convolution *convolution, const float *input, size_t n, Share share,
                         float *output, float *scratch);
// grad_input[n][h][w][in], overwritten.
void convolution_backward_data(const Convolution *convolution, const float *grad_output, size_t n,
                               float *grad_input, float *scratch);
// Adds to an accumulator of convolution_gradient_size floats (zero it first): the weight gradient
// in whatever domain the algorithm likes, then the bias gradient.
size_t convolution_gradient_size(const Convolution *convolution);
void convolution_backward_weight(const Convolution *convolution, const float *input,
                                 const float *grad_output, size_t n, float *accumulator,
                                 float *scratch);
// accumulator -> grad_weight[out][in][kernel][kernel], grad_bias[out] (NULL allowed), overwritten.
void convolution_gradient_finish(const Convolution *convolution, const float *accumulator,
                                 float *grad_weight, float *grad_bias);

// ---- Fully connected: output[n][out] = input[n][in] weight[out][in]^T + bias ----------------

typedef struct Linear Linear;
Status linear_new(size_t in, size_t out, Linear **linear, Error *error);
Status linear_set_weights(Linear *linear, const float *weight, const float *bias, bool training,
                          Error *error);
void linear_free(Linear *linear);
size_t linear_scratch_size(void);
void linear_forward(const Linear *linear, const float *input, size_t n, Share share, float *output);
void linear_backward_data(const Linear *linear, const float *grad_output, size_t n,
                          float *grad_input);
// Adds to grad_weight[out][in] and grad_bias[out] (NULL allowed).
void linear_backward_weight(const Linear *linear, const float *input, const float *grad_output,
                            size_t n, float *grad_weight, float *grad_bias, float *scratch);

#endif
