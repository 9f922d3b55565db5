// Forward with memory, then backward: gradients of a function of the logits with respect to the
// parameters, the input and a chosen layer's output. Trainer and class gradients stand on it.
//
// The batch is cut into lanes, contiguous ranges of sources that depend on the batch's size alone;
// threads take lanes, every lane sums its own parameter gradients source by source, and the lanes'
// sums are added in order. So the result does not depend on the number of threads.
//
// Batch norm needs all sources before it can go on, so the steps are cut into stages: every lane
// finishes a stage, in small blocks of sources, before any lane starts the next.
#ifndef SKYCLASS_NN_TRAIN_BACKPROP_H
#define SKYCLASS_NN_TRAIN_BACKPROP_H

#include <stdint.h>

#include "base/parallel.h"
#include "nn/run/packed_network.h"
#include "nn/train/backprop_options.h"

typedef struct Backprop Backprop;

// `packed` goes back (packed_network_goes_back). `trained` is its network where options->training
// moves the running statistics, else NULL.
Status backprop_new(const PackedNetwork *packed, Network *trained, const BackpropOptions *options,
                    Parallel *parallel, Backprop **backprop, Error *error);
void backprop_free(Backprop *backprop);

// input[n][height][width][channels] must stay valid until backprop_backward is done. In training,
// moves the running statistics of batch norm. `seed` chooses the dropout.
Status backprop_forward(Backprop *backprop, const float *input, size_t n, uint64_t seed,
                        Error *error);
const float *backprop_logits(const Backprop *backprop); // [n][classes] of the last forward
float *backprop_grad_logits(Backprop *backprop);        // [n][classes], to be filled by the caller
// Goes back from the gradient of the logits.
void backprop_backward(Backprop *backprop);

// After backprop_backward. Gradient of a parameter, in PyTorch's layout; NULL if not trained.
const float *backprop_gradient(const Backprop *backprop, size_t parameter);
const float *backprop_grad_input(const Backprop *backprop); // [n][height][width][channels]
const float *backprop_kept_value(const Backprop *backprop); // [n][values] of the kept layer
const float *backprop_kept_gradient(const Backprop *backprop);

#endif
