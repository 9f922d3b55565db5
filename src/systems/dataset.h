// Labelled cutouts in one FITS file: what training and evaluation read.
// Primary: header (bands, size, pixel scale, origin). Image extension CUTOUTS
// [n][band][size][size] float32; table extension LABELS: id, field, x, y, class (from 1), and any
// numeric columns (magnitude, distance, ...).
#ifndef SKYCLASS_SYSTEMS_DATASET_H
#define SKYCLASS_SYSTEMS_DATASET_H

#include <stddef.h>

#include "base/error.h"

typedef struct Dataset {
    size_t n, n_bands, size, n_classes;
    char bands[16][64];
    float *cutouts; // [n][size][size][n_bands], electrons/s; NaN filled with 0
    size_t *labels; // [n], class from 1
    int *fields;    // [n], number of the field each came from
    char **ids;     // [n]
    size_t n_fields;
    char (*field_names)[64];
    double pixel_scale;
} Dataset;

Status dataset_new(size_t n, size_t n_bands, size_t size, size_t n_classes, Dataset **dataset,
                   Error *error);
void dataset_free(Dataset *dataset);
Status dataset_write(const Dataset *dataset, const char *path, Error *error);
Status dataset_read(const char *path, Dataset **dataset, Error *error);

#endif
