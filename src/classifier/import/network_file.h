// Files of other programs that describe a network, not only its weights.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_NETWORK_FILE_H
#define SKYCLASS_CLASSIFIER_IMPORT_NETWORK_FILE_H

#include <stdbool.h>

#include "classifier/import/imported_network.h"

// Reads the network of an ONNX or Keras file for inputs of the wanted shape, and makes it give a
// number for each class (imported_network_finish). A file of weights alone is an error that says
// so.
Status network_file_read(const char *path, InputShape wanted, ImportedNetwork *network,
                         Error *error);

// Whether the file describes a network.
bool network_file_is_one(const char *path);

// The weights of any file into a network that is there already: by name (weights_apply), of a Keras
// file layer by layer (keras_weights_apply). The first convolution may have more inputs than in the
// file, six of three: its kernel is repeated, with `halve` scaled down by as much (*widened says
// so).
Status network_file_apply(const char *path, Network *network, bool halve, bool *widened,
                          Error *error);

#endif
