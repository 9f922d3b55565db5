// ReLU and leaky ReLU: y = x where x > 0, slope * x elsewhere (slope 0 is ReLU; 0 <= slope < 1).
// With such slopes y has the sign of x, so going back needs y or x, whichever is at hand.
#ifndef SKYCLASS_NN_LAYERS_ACTIVATION_H
#define SKYCLASS_NN_LAYERS_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>

// output may be input.
void activation_forward(const float *input, size_t n_values, float slope, float *output);

// grad_input = grad_output where signs > 0, slope * grad_output elsewhere; grad_input may be
// grad_output. `guided`: 0 instead where either signs or grad_output is not positive (guided
// backpropagation, Springenberg et al. 2015).
void activation_backward(const float *signs, const float *grad_output, size_t n_values, float slope,
                         bool guided, float *grad_input);

#endif
