// An ONNX file taken apart by protobuf-c, in memory that does not grow beyond what such a file
// needs.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_ONNX_FILE_H
#define SKYCLASS_CLASSIFIER_IMPORT_ONNX_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "onnx.pb-c.h"

typedef struct OnnxFile {
    Onnx__ModelProto *model; // with a graph
    struct OnnxBudget {
        size_t left;
    } budget; // bytes that unpacking may use
    ProtobufCAllocator allocator;
} OnnxFile;

// STATUS_BAD_INPUT where the bytes are no ONNX file. *file stays where it is until it is closed,
// which it must be in any case.
Status onnx_file_open(const unsigned char *bytes, size_t size, OnnxFile *file, Error *error);
void onnx_file_close(OnnxFile *file);

// Whether the bytes look like an ONNX file with nodes.
bool onnx_file_has_graph(const unsigned char *bytes, size_t size);

#endif
