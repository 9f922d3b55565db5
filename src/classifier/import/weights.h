// Weights from other programs, by name. Nothing in the file is ever executed.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_WEIGHTS_H
#define SKYCLASS_CLASSIFIER_IMPORT_WEIGHTS_H

#include "base/error.h"
#include "nn/network.h"
#include "nn/train/transfer.h"

typedef struct Tensor {
    char name[128];
    size_t n_dimensions;
    size_t dimensions[8];
    size_t n_values;
    float *values; // converted to float32
} Tensor;

typedef struct Weights {
    size_t n;
    Tensor *tensors;
} Weights;

// .pth/.pt (zip and older formats), .safetensors, .onnx (initialisers); the content decides.
Status weights_read(const char *path, Weights **weights, Error *error);
void weights_free(Weights *weights);

// A tensor's name without what wrappers put before it: "module." (DataParallel), "backbone." and
// "head." (mmpretrain).
const char *weights_plain_name(const char *name);

// Copies into the network by plain name. num_batches_tracked is ignored; the error names every
// tensor that is missing, extra or of the wrong shape.
Status weights_apply(const Weights *weights, Network *network, Error *error);

// The same for a network that may differ in its first and last layer (network_transfer).
Status weights_transfer(const Weights *weights, Network *network, bool halve,
                        TransferReport *report, Error *error);

#endif
