// Pooling over channels-last activations [n][height][width][channels].
#ifndef SKYCLASS_NN_LAYERS_POOL_H
#define SKYCLASS_NN_LAYERS_POOL_H

#include "nn/layer.h"

typedef struct PoolShape {
    Shape input, output;
    Window down, across; // not used by adaptive pooling; with dilation of max pooling alone
} PoolShape;

// The largest value under the kernel; padding never wins.
void max_pool_forward(const PoolShape *shape, const float *input, size_t n, float *output);
// The gradient goes to the first largest value, in row, column order (as PyTorch).
// scratch[2 channels].
void max_pool_backward(const PoolShape *shape, const float *input, const float *grad_output,
                       size_t n, float *grad_input, float *scratch);

// Sum under the kernel / its pixels; padding counts as zeros.
void average_pool_forward(const PoolShape *shape, const float *input, size_t n, float *output);
void average_pool_backward(const PoolShape *shape, const float *grad_output, size_t n,
                           float *grad_input);

// The mean of what is under the kernel inside the input: padding does not count.
void average_inside_forward(const PoolShape *shape, const float *input, size_t n, float *output);
void average_inside_backward(const PoolShape *shape, const float *grad_output, size_t n,
                             float *grad_input);

// Mean over rows floor(i height / output height) .. ceil((i+1) height / output height) - 1, and
// columns likewise.
void adaptive_average_forward(const PoolShape *shape, const float *input, size_t n, float *output);
void adaptive_average_backward(const PoolShape *shape, const float *grad_output, size_t n,
                               float *grad_input);

#endif
