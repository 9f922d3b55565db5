// Every kind of layer as its defining loops, in double, forward and back: what kernels and backends
// are tested against. Slow, and written to be read beside the definition.
//
// Arrays are [n][height][width][channels]; values have the layout of the layer's parameters.
// Without dropout; batch norm takes its running statistics, or the batch's own.
#ifndef SKYCLASS_NN_REFERENCE_REFERENCE_H
#define SKYCLASS_NN_REFERENCE_REFERENCE_H

#include "nn/layer_type.h"

typedef struct ReferenceCall {
    const LayerView *view; // its slope and what is packed are not looked at
    size_t n;
    bool batch_statistics; // of batch norm
    const double *inputs[LAYER_INPUTS_MAX];
    double *output; // forward
    // Back. Gradients are added to; NULL: not wanted.
    const double *grad_output;
    double *grad_inputs[LAYER_INPUTS_MAX];
    double *grad_values[LAYER_PARAMETERS_MAX];
} ReferenceCall;

void reference_forward(const ReferenceCall *call);
void reference_backward(const ReferenceCall *call);

#endif
