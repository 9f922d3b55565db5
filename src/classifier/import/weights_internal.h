// What the readers of the several weight files share.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_WEIGHTS_INTERNAL_H
#define SKYCLASS_CLASSIFIER_IMPORT_WEIGHTS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "classifier/import/weights.h"

enum { WEIGHTS_DIMENSIONS_MAX = 8 }; // of Tensor

typedef enum ElementKind {
    ELEMENT_FLOAT64,
    ELEMENT_FLOAT32,
    ELEMENT_FLOAT16,
    ELEMENT_BFLOAT16,
    ELEMENT_INT64,
    ELEMENT_INT32,
    ELEMENT_INT16,
    ELEMENT_INT8,
    ELEMENT_UINT8,
    ELEMENT_BOOL,
} ElementKind;

size_t element_size(ElementKind kind);

// Numbers as they lie in a file.
typedef struct Elements {
    ElementKind kind;
    bool big_endian;
    const unsigned char *bytes;
    size_t n;
} Elements;

// A tensor over them: element (i, j, ...) is at offset + i * strides[0] + j * strides[1] ...
typedef struct TensorView {
    size_t n_dimensions;
    size_t dimensions[WEIGHTS_DIMENSIONS_MAX];
    size_t strides[WEIGHTS_DIMENSIONS_MAX];
    size_t offset;
} TensorView;

// Sets the strides of a tensor that lies in one piece, last dimension fastest; false where they
// overflow.
bool tensor_view_contiguous(TensorView *view);

// Appends the tensor, converted to float32. An error where it reaches outside its elements.
Status weights_add(Weights *weights, const char *name, const TensorView *view,
                   const Elements *elements, Error *error);

// Each fills an empty Weights from a file of its kind. `bytes` is the whole file.
Status weights_read_zip(const unsigned char *bytes, size_t size, Weights *weights, Error *error);
Status weights_read_legacy(const unsigned char *bytes, size_t size, Weights *weights, Error *error);
Status weights_read_safetensors(const unsigned char *bytes, size_t size, Weights *weights,
                                Error *error);
Status weights_read_onnx(const unsigned char *bytes, size_t size, Weights *weights, Error *error);

#endif
