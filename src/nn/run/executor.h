// Runs a network forward.
#ifndef SKYCLASS_NN_RUN_EXECUTOR_H
#define SKYCLASS_NN_RUN_EXECUTOR_H

#include "nn/run/packed_network.h"

// One thread's room for activations. Several executors may share one packed network, which must
// outlive them.
typedef struct Executor Executor;
Status executor_new(const PackedNetwork *packed, Executor **executor, Error *error);
// The same for all threads of `parallel` (not owned) together: each layer's work is shared out, so
// that a single source is done sooner. Many sources gain more from an executor for each thread.
Status executor_new_shared(const PackedNetwork *packed, Parallel *parallel, Executor **executor,
                           Error *error);
void executor_free(Executor *executor);

// logits[n][classes] for input[n][height][width][channels]. A source's logits are the same bits
// whatever n is, whatever the order of the sources, on whichever thread. Any n.
Status executor_forward(Executor *executor, const float *input, size_t n, float *logits,
                        Error *error);

// As executor_forward, for inspecting: also hands out layer `layer`'s output
// [n][height][width][channels] (parity tests, Grad-CAM).
Status executor_forward_layer(Executor *executor, const float *input, size_t n, size_t layer,
                              float *output, Error *error);

#endif
