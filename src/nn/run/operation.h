// A step of a network as a call of its layer's type, with the activation that is fused with it.
#ifndef SKYCLASS_NN_RUN_OPERATION_H
#define SKYCLASS_NN_RUN_OPERATION_H

#include "nn/run/packed_network_internal.h"
#include "nn/run/steps.h"

const LayerType *operation_type(const Network *network, const Step *step);
// The step's layer where it stands, with the step's slope.
LayerView operation_view(const PackedNetwork *packed, const Step *step);

// type->forward / backward, with the activation where the type does not apply it.
void operation_forward(const ForwardCall *call);
// The same on all threads of `parallel`, where the type shares; call->scratch has room for each of
// them.
void operation_forward_shared(const ForwardCall *call, Parallel *parallel);
void operation_backward(const BackwardCall *call);

// Whether going back through the step reads its output.
bool operation_needs_output(const Network *network, const Step *step);
// Floats of scratch, whatever n.
size_t operation_scratch_size(const PackedNetwork *packed, const Step *step);
// Floats in the accumulator of its parameters' gradients; 0 for kinds whose gradients need the
// whole batch (linear, batch norm) and those without parameters.
size_t operation_gradient_size(const PackedNetwork *packed, const Step *step);

#endif
