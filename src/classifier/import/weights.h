// Weights from other programs, by name. Nothing in the file is ever executed.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_WEIGHTS_H
#define SKYCLASS_CLASSIFIER_IMPORT_WEIGHTS_H

#include "base/error.h"
#include "nn/network.h"

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

// Copies into the network by name. "module." prefixes are dropped, num_batches_tracked is
// ignored; the error names every tensor that is missing, extra or of the wrong shape.
Status weights_apply(const Weights *weights, Network *network, Error *error);

#endif
