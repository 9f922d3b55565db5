// What each kind of layer accepts, and the shapes of its output and parameters.
#ifndef SKYCLASS_NN_LAYER_KIND_H
#define SKYCLASS_NN_LAYER_KIND_H

#include "base/error.h"
#include "nn/network.h"

// Checks the fields that `layer`'s kind uses, and gives its output's shape for inputs of the given
// shapes. STATUS_BAD_INPUT says which field is wrong.
Status layer_output_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error);

#endif
