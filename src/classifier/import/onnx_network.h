// A network from an ONNX file: the graph itself, not only the weights.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_ONNX_NETWORK_H
#define SKYCLASS_CLASSIFIER_IMPORT_ONNX_NETWORK_H

#include "base/error.h"
#include "classifier/import/imported_network.h"

// Operator sets from 6 on; the operators are a table (onnx_operator.c). `wanted` is the input that
// the recipe makes, which also says whether the file means rows, columns, channels or channels
// first; NULL: what the file says, channels first. What is not supported is refused naming the
// node. `bytes` is the whole file.
Status onnx_network_read(const unsigned char *bytes, size_t size, const InputShape *wanted,
                         ImportedNetwork *network, Error *error);

#endif
