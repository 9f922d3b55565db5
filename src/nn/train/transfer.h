// Weights of one network into another that differs in its first and last layer.
#ifndef SKYCLASS_NN_TRAIN_TRANSFER_H
#define SKYCLASS_NN_TRAIN_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "nn/network.h"

// A tensor to take weights from.
typedef struct TransferTensor {
    const char *name; // as the parameters are called
    size_t n_dimensions;
    const size_t *dimensions;
    const float *values;
} TransferTensor;

typedef struct TransferReport {
    bool widened;                   // the first convolution's kernel was repeated along its inputs
    char new_head[LAYER_NAME_SIZE]; // the last layer, where it kept its weights; else ""
} TransferReport;

// Copies by name into `network`, whose weights are set already. The last layer with weights keeps
// them where the tensors are of another number of classes, or not there. The first convolution may
// have more or fewer inputs: its kernel is repeated cyclically, `halve` scales it so that equal
// inputs give what they gave (by 3/6 for six of three). All else must have the same shape;
// num_batches_tracked is passed over. STATUS_BAD_INPUT names the parameter that is missing or of
// another shape, or the tensor that has no place.
Status network_transfer(Network *network, const TransferTensor *tensors, size_t n, bool halve,
                        TransferReport *report, Error *error);

// The index behind the n-th layer that has weights (convolutions and linear layers), from which on
// a network that holds n layers is trained. STATUS_USAGE where that leaves none.
Status network_held_layers(const Network *network, size_t n, size_t *first_trained, Error *error);

#endif
