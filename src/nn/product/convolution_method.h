// The ways to do a convolution, one row each; forward and the two ways back may be done
// differently.
//
// Activations are [n][height][width][channels], weights [out][in of a group][kernel rows][columns].
// An image's output, and the gradient of its input, are the same bits whatever n is and however the
// work is shared.
#ifndef SKYCLASS_NN_PRODUCT_CONVOLUTION_METHOD_H
#define SKYCLASS_NN_PRODUCT_CONVOLUTION_METHOD_H

#include "base/error.h"
#include "base/parallel.h"
#include "nn/product/convolution_shape.h"

typedef enum ConvolutionWay {
    CONVOLVE_FORWARD,
    CONVOLVE_DATA,   // gradient of the input
    CONVOLVE_WEIGHT, // gradient of the weights
    CONVOLUTION_WAYS
} ConvolutionWay;

typedef struct ConvolutionMethod {
    const char *name;
    // Can do it, and does it better than what follows in the table.
    bool (*suits)(const ConvolutionShape *shape, ConvolutionWay way);
    Status (*open)(const ConvolutionShape *shape, void **state, Error *error);
    void (*close)(void *state); // NULL allowed
    // For the ways with `ways[way]`; bias[out] or NULL. Both are copied.
    Status (*set_weights)(void *state, const float *weight, const float *bias,
                          const bool ways[CONVOLUTION_WAYS], Error *error);
    size_t (*scratch_size)(const void *state); // floats
    // output[n][oh][ow][out], or a share of it.
    void (*forward)(const void *state, const float *input, size_t n, Share share, float *output,
                    float *scratch);
    // grad_input[n][h][w][in], overwritten.
    void (*backward_data)(const void *state, const float *grad_output, size_t n, float *grad_input,
                          float *scratch);
    // Adds to sums[gradient_size], in whatever domain it likes.
    size_t (*gradient_size)(const void *state);
    void (*backward_weight)(const void *state, const float *input, const float *grad_output,
                            size_t n, float *sums, float *scratch);
    // sums -> grad_weight, overwritten.
    void (*gradient_finish)(const void *state, const float *sums, float *grad_weight);
    // What multiplies: a name of product.h.
    const char *(*multiplies)(const void *state, ConvolutionWay way);
} ConvolutionMethod;

// The one that suits, under product_choice.
const ConvolutionMethod *convolution_method(const ConvolutionShape *shape, ConvolutionWay way);

extern const ConvolutionMethod convolution_winograd, convolution_direct, convolution_columns;

#endif
