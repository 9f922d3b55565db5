// The fully connected layer: output[n][out] = input[n][in] weight[out][in]^T + bias.
//
// A source's output is the same bits whatever n and however the work is shared.
#ifndef SKYCLASS_NN_LAYERS_LINEAR_H
#define SKYCLASS_NN_LAYERS_LINEAR_H

#include <stdbool.h>

#include "base/error.h"
#include "base/parallel.h"

typedef struct Linear Linear; // packed weights

// weight[out][in] and bias[out], or NULL for zeros, are copied; with `training` for going back too.
Status linear_new(size_t in, size_t out, Linear **linear, Error *error);
Status linear_set_weights(Linear *linear, const float *weight, const float *bias, bool training,
                          Error *error);
void linear_free(Linear *linear);

// Floats of scratch that one thread needs for any of the calls below, whatever n.
size_t linear_scratch_size(const Linear *linear);
void linear_forward(const Linear *linear, const float *input, size_t n, Share share, float *output,
                    float *scratch);
void linear_backward_data(const Linear *linear, const float *grad_output, size_t n,
                          float *grad_input, float *scratch);
// Adds to grad_weight[out][in] and grad_bias[out] (NULL allowed).
void linear_backward_weight(const Linear *linear, const float *input, const float *grad_output,
                            size_t n, float *grad_weight, float *grad_bias, float *scratch);

#endif
