// Numbers as they lie in other programs' files, and tensors laid over them.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_TENSOR_VIEW_H
#define SKYCLASS_CLASSIFIER_IMPORT_TENSOR_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TENSOR_VIEW_DIMENSIONS = 8 };

// Whole numbers from ELEMENT_INT64 on.
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

// Element `index`: a whole number, of the kinds that are; any number as float32.
int64_t element_whole(const Elements *elements, size_t index);
float element_real(const Elements *elements, size_t index);

// A tensor over them: element (i, j, ...) is at offset + i * strides[0] + j * strides[1] ...
typedef struct TensorView {
    size_t n_dimensions;
    size_t dimensions[TENSOR_VIEW_DIMENSIONS];
    size_t strides[TENSOR_VIEW_DIMENSIONS];
    size_t offset;
} TensorView;

// Sets the strides of a tensor that lies in one piece, last dimension fastest; false where they
// overflow.
bool tensor_view_contiguous(TensorView *view);

// The number of values in the view; false where it reaches outside `n_elements` or names more
// values than there are (which nothing that saves weights does).
bool tensor_view_count(const TensorView *view, size_t n_elements, size_t *n_values);

// The view's n values (tensor_view_count), last dimension fastest, as float32.
void tensor_view_copy(const TensorView *view, const Elements *elements, float *values, size_t n);

#endif
