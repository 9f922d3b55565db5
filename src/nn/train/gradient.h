// The gradient of one class's logit: what Grad-CAM (Selvaraju et al. 2017) and guided
// backpropagation (Springenberg et al. 2015) look at. The network computes as in classification:
// no dropout, running statistics.
#ifndef SKYCLASS_NN_TRAIN_GRADIENT_H
#define SKYCLASS_NN_TRAIN_GRADIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/parallel.h"
#include "nn/network.h"

typedef struct ClassGradient ClassGradient;

// For the output of layer `layer` (0: the input) and for the input. `guided`: every (leaky) ReLU
// lets a gradient pass only where both its activation and the gradient are positive. Packs
// the weights for itself, so others may run the network at the same time; `network` and `parallel`
// must outlive the result.
Status class_gradient_new(const Network *network, size_t layer, bool guided, Parallel *parallel,
                          ClassGradient **gradient, Error *error);
void class_gradient_free(ClassGradient *gradient);

// For input[n][height][width][channels] and classes[n], counted from 0: the gradient of each
// source's logits[class] with respect to its input, grad_input[n][height][width][channels], and to
// the layer, grad_output[n][layer's height][width][channels]; and the layer's output itself. Each
// of the three results may be NULL.
Status class_gradient_run(ClassGradient *gradient, const float *input, const size_t *classes,
                          size_t n, float *grad_input, float *output, float *grad_output,
                          Error *error);

#endif
