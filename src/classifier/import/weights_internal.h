// What the readers of the several weight files share.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_WEIGHTS_INTERNAL_H
#define SKYCLASS_CLASSIFIER_IMPORT_WEIGHTS_INTERNAL_H

#include <stddef.h>

#include "base/error.h"
#include "classifier/import/tensor_view.h"
#include "classifier/import/weights.h"

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
