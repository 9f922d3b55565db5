// Labelled cutouts in memory: what training and evaluation read.
#ifndef SKYCLASS_DATASET_DATASET_H
#define SKYCLASS_DATASET_DATASET_H

#include <stddef.h>

#include "base/error.h"

enum { DATASET_BANDS_MAX = 16, DATASET_NAME_SIZE = 64 };

typedef struct Dataset {
    size_t n, n_bands, size, n_classes;
    char bands[DATASET_BANDS_MAX][DATASET_NAME_SIZE];
    // [n_classes], "" where it was not said.
    char (*class_names)[DATASET_NAME_SIZE];
    float *cutouts; // [n][size][size][n_bands], electrons/s; NaN filled with 0
    size_t *labels; // [n], class from 1
    int *fields;    // [n], number of the field each came from, from 0
    char **ids;     // [n]
    double *x, *y;  // [n], pixels in the field's images, 1-based
    size_t n_fields;
    char (*field_names)[DATASET_NAME_SIZE];
    double pixel_scale; // arcsec a pixel; 0 unknown
    // Further numbers about each source, NaN where unknown: columns[n_columns][n].
    size_t n_columns;
    char (*column_names)[DATASET_NAME_SIZE];
    double **columns;
} Dataset;

// A zeroed dataset of n sources in no field; n may be 0 (to append to).
Status dataset_new(size_t n, size_t n_bands, size_t size, size_t n_classes, Dataset **dataset,
                   Error *error);
void dataset_free(Dataset *dataset);

size_t dataset_cutout_values(const Dataset *dataset); // floats in one cutout

// Sources of the same number in this column are of one object: splits keep them together.
#define DATASET_GROUP_COLUMN "GROUP"

// The index of the column of that name (any case), or n_columns where there is none.
size_t dataset_column(const Dataset *dataset, const char *name);
// The same, after adding a column of NaN where there was none.
Status dataset_add_column(Dataset *dataset, const char *name, size_t *index, Error *error);
// Adds a field's name; its number is n_fields - 1.
Status dataset_add_field(Dataset *dataset, const char *name, Error *error);

// Some of a dataset's sources.
typedef struct DatasetView {
    const Dataset *dataset;
    const size_t *indices; // [n]
    size_t n;
} DatasetView;

// Appends another dataset of the same bands, size and classes, its fields as further fields.
Status dataset_append(Dataset *dataset, const Dataset *other, Error *error);

// A dataset of the view's sources, in its order, with all fields' names.
Status dataset_subset(const DatasetView *view, Dataset **subset, Error *error);

#endif
