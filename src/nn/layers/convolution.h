// The convolution layer over plain arrays: activations [n][height][width][channels], weights in
// PyTorch's layout.
//
// An image's output is the same bits whatever n and however the work is shared.
#ifndef SKYCLASS_NN_LAYERS_CONVOLUTION_H
#define SKYCLASS_NN_LAYERS_CONVOLUTION_H

#include "nn/product/convolution_method.h"

typedef struct Convolution Convolution; // shape, methods, transformed weights

// weight: [out][in / groups][kernel rows][kernel columns]; transformed and copied. bias [out] or
// NULL, copied. With `training` the transforms that the backward functions need are made too.
Status convolution_new(const ConvolutionShape *shape, Convolution **convolution, Error *error);
Status convolution_set_weights(Convolution *convolution, const float *weight, const float *bias,
                               bool training, Error *error);
void convolution_free(Convolution *convolution);

// Floats of scratch that one thread needs for any of the calls below, whatever n. Grows with the
// first weights for training.
size_t convolution_scratch_size(const Convolution *convolution);
// How it is done: the method ("Winograd") and what multiplies ("own").
const char *convolution_method_name(const Convolution *convolution, ConvolutionWay way);
const char *convolution_multiplies(const Convolution *convolution, ConvolutionWay way);

// output[n][oh][ow][out] = convolution(input[n][h][w][in]) + bias, or a share of it. The shares
// fill the whole output between them, in any order or at the same time.
void convolution_forward(const Convolution *convolution, const float *input, size_t n, Share share,
                         float *output, float *scratch);
// grad_input[n][h][w][in], overwritten.
void convolution_backward_data(const Convolution *convolution, const float *grad_output, size_t n,
                               float *grad_input, float *scratch);
// Adds to an accumulator of convolution_gradient_size floats (zero it first): the weight gradient
// in whatever domain the method likes, then the bias gradient.
size_t convolution_gradient_size(const Convolution *convolution);
void convolution_backward_weight(const Convolution *convolution, const float *input,
                                 const float *grad_output, size_t n, float *accumulator,
                                 float *scratch);
// accumulator -> grad_weight, in the layout of the weights, grad_bias[out] (NULL allowed),
// overwritten.
void convolution_gradient_finish(const Convolution *convolution, const float *accumulator,
                                 float *grad_weight, float *grad_bias);

#endif
