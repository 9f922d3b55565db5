// Networks of Keras' HDF5 files.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_KERAS_NETWORK_H
#define SKYCLASS_CLASSIFIER_IMPORT_KERAS_NETWORK_H

#include "classifier/import/imported_network.h"

// The network that model_config describes, sequential or functional; the kinds of layers are a
// table. `wanted` is the input that the recipe makes. What is not supported is refused naming the
// layer.
Status keras_network_read(const unsigned char *bytes, size_t size, const InputShape *wanted,
                          ImportedNetwork *network, Error *error);

// Weights alone into a network of the same layers, in their order: the n-th layer with weights in
// the file is the n-th with parameters in the network. Kernels are turned, and the first fully
// connected layer behind a `flatten` has its inputs put from rows, columns, channels into channels,
// rows, columns.
Status keras_weights_apply(const unsigned char *bytes, size_t size, Network *network, Error *error);

#endif
