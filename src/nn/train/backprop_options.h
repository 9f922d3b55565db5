// What is asked of a backpropagation.
#ifndef SKYCLASS_NN_TRAIN_BACKPROP_OPTIONS_H
#define SKYCLASS_NN_TRAIN_BACKPROP_OPTIONS_H

#include "nn/run/steps.h"

typedef struct BackpropOptions {
    bool training; // dropout and batch statistics; otherwise as the executor computes
    bool guided;   // guided backpropagation through activations
    bool input_gradient;
    bool parameter_gradients;     // of the layers from first_trainable_layer on
    size_t first_trainable_layer; // batch norm before it uses its running statistics
    int kept_layer;               // whose output and gradient are wanted, or STEPS_FUSE_ALL
} BackpropOptions;

#endif
