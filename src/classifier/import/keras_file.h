// What Keras keeps in an HDF5 file: the description of its network and the weights of each layer.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_KERAS_FILE_H
#define SKYCLASS_CLASSIFIER_IMPORT_KERAS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "classifier/import/constant.h"

enum { KERAS_NAME_SIZE = 128, KERAS_WEIGHTS_MAX = 8 };

// A layer that has weights, in the order in which Keras lists them: kernel, bias; gamma, beta,
// mean, variance.
typedef struct KerasLayer {
    char name[KERAS_NAME_SIZE];
    size_t n_weights;
    Constant weights[KERAS_WEIGHTS_MAX];
} KerasLayer;

typedef struct KerasFile {
    char *config; // JSON of the network (model_config); NULL where the file has weights alone
    KerasLayer *layers;
    size_t n;
    BlockPool pool; // of the weights
} KerasFile;

bool keras_file_is_one(const unsigned char *bytes, size_t size); // an HDF5 file

// Reads a whole-model file or one of weights. Only what lies in the file itself is read: no
// external links or storage, no filters but deflate, shuffle and checksums. keras_file_clear in any
// case.
Status keras_file_read(const unsigned char *bytes, size_t size, KerasFile *file, Error *error);
void keras_file_clear(KerasFile *file);

// NULL where no layer with weights has that name.
const KerasLayer *keras_file_layer(const KerasFile *file, const char *name);

#endif
