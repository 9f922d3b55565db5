// What a step of each layer kind does, forward and backward: the table that connects the layer
// list to the functions of activation, norm, pool, reshape and convolution.
#ifndef SKYCLASS_NN_RUN_OPERATION_H
#define SKYCLASS_NN_RUN_OPERATION_H

#include <stdint.h>

#include "nn/layers/norm.h"
#include "nn/run/steps.h"

// A step for n sources. Arrays hold these sources alone, [n][values].
typedef struct ForwardCall {
    const Network *network;
    const Step *step;
    size_t n;
    const float *inputs[LAYER_INPUTS_MAX];
    float *output;
    // Group norm: [n][groups], filled when not NULL (`moments_known`: read instead). Batch norm:
    // [channels], read; NULL for the running statistics.
    Moments *moments;
    bool moments_known;
    uint64_t seed;       // of dropout
    size_t first_source; // number in the batch of the first source, for dropout
    Share share;         // the part to do of an operation that `shares`; SHARE_ALL of others
    float *scratch;      // operation_scratch_size floats
} ForwardCall;

typedef struct BackwardCall {
    const Network *network;
    const Step *step;
    size_t n;
    const float *inputs[LAYER_INPUTS_MAX]; // where the operation's needs_input says so
    const float *output;                   // where needs_output says so, or an activation is fused
    float *grad_output;                    // may be changed
    float *grad_inputs[LAYER_INPUTS_MAX];  // overwritten; NULL: not wanted
    float *grad_parameters;                // added to, operation_gradient_size floats; or NULL
    const Moments *moments;                // as filled going forward
    const double *batch_sums; // batch norm: sums over the batch (batch_norm_backward), or NULL
    double batch_count;       // values a channel in them
    bool guided;              // guided backpropagation
    uint64_t seed;
    size_t first_source;
    float *scratch;
} BackwardCall;

typedef struct Operation {
    void (*forward)(const ForwardCall *call);
    void (*backward)(const BackwardCall *call);
    bool in_place;         // output may be inputs[0], grad_inputs[0] (of one input) grad_output
    bool shares;           // can do a part of its output by itself
    bool fuses_activation; // applies the step's slope itself, both ways
    bool needs_input;      // going back needs the inputs' values
    bool needs_output; // ... the output's (also needed where an activation is fused from outside)
    bool cheap;        // computing it again costs less than keeping it
} Operation;

const Operation *operation_of(const Network *network, const Step *step);

// operation->forward / backward, with the activation where the operation does not apply it.
void operation_forward(const ForwardCall *call);
// The same on all threads of `parallel`, where the operation shares; call->scratch has room for
// each of them.
void operation_forward_shared(const ForwardCall *call, Parallel *parallel);
void operation_backward(const BackwardCall *call);

// Whether going back through the step reads its output.
bool operation_needs_output(const Network *network, const Step *step);
// Floats of scratch, whatever n.
size_t operation_scratch_size(const Network *network, const Step *step);
// Floats in the accumulator of its parameters' gradients; 0 for kinds whose gradients need the
// whole batch (linear, batch norm) and those without parameters.
size_t operation_gradient_size(const Network *network, const Step *step);

// A norm step's shape and parameters.
NormShape operation_norm_shape(const Network *network, const Step *step);

#endif
