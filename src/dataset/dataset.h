// Labelled cutouts in one FITS file: what training and evaluation read.
// Primary: header (bands, size, pixel scale, origin). Image extension CUTOUTS
// [n][band][size][size] float32; table extension LABELS: id, field, x, y, class (from 1), and any
// numeric columns (magnitude, distance, ...).
#ifndef SKYCLASS_DATASET_DATASET_H
#define SKYCLASS_DATASET_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sky/cutout/cutout.h"
#include "sky/source/source.h"

enum { DATASET_BANDS_MAX = 16, DATASET_NAME_SIZE = 64 };

typedef struct Dataset {
    size_t n, n_bands, size, n_classes;
    char bands[DATASET_BANDS_MAX][DATASET_NAME_SIZE];
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

// With CHECKSUM and DATASUM in every HDU; written aside and renamed.
Status dataset_write(const Dataset *dataset, const char *path, Error *error);
// Checks the checksums, the shapes, and that every class and field exists.
Status dataset_read(const char *path, Dataset **dataset, Error *error);

size_t dataset_cutout_values(const Dataset *dataset); // floats in one cutout

// The index of the column of that name (any case), or n_columns where there is none.
size_t dataset_column(const Dataset *dataset, const char *name);
// The same, after adding a column of NaN where there was none.
Status dataset_add_column(Dataset *dataset, const char *name, size_t *index, Error *error);
// Adds a field's name; its number is n_fields - 1.
Status dataset_add_field(Dataset *dataset, const char *name, Error *error);

// ---- Building ------------------------------------------------------------------------------

// One field's images and labelled sources.
typedef struct DatasetField {
    const char *name;
    Bands *bands;
    const SourceList *list; // x, y known (bands_locate)
    const size_t *labels;   // [list->n], class from 1; 0: not labelled, left out
    size_t n_columns;       // further numbers
    const char *const *column_names;
    const double *const *columns; // [n_columns][list->n]
} DatasetField;

typedef struct DatasetCount {
    size_t added;
    size_t unlabelled;       // class 0
    size_t not_classifiable; // too near the edge, no data, no position, excluded
} DatasetCount;

// Cuts the field's labelled sources out and appends them, in the list's order. Columns are joined
// by name; where a field lacks one its sources get NaN. On an error `dataset` is as before.
Status dataset_append_field(Dataset *dataset, const DatasetField *field, const CutoutRule *rule,
                            DatasetCount *count, Error *error);

// Appends another dataset of the same bands, size and classes, its fields as further fields.
Status dataset_append(Dataset *dataset, const Dataset *other, Error *error);

// ---- Splitting -----------------------------------------------------------------------------

// Some of a dataset's sources.
typedef struct DatasetView {
    const Dataset *dataset;
    const size_t *indices; // [n]
    size_t n;
} DatasetView;

typedef struct DatasetSplit {
    size_t *order; // owned: a permutation of the dataset's sources that the views point into
    DatasetView training, validation, test;
} DatasetSplit;

// Uniformly at random: 20 % test; of the rest, 10 % validation (paper 000, section 4.1). Parts are
// rounded up, which gives the numbers of the paper's Table 1.
Status dataset_split(const Dataset *dataset, uint64_t seed, DatasetSplit *split, Error *error);
// Leave one field out: `field` is the test set; of the rest, 10 % validation.
Status dataset_split_field(const Dataset *dataset, size_t field, uint64_t seed, DatasetSplit *split,
                           Error *error);
void dataset_split_free(DatasetSplit *split);

// A dataset of the view's sources, in its order, with all fields' names.
Status dataset_subset(const DatasetView *view, Dataset **subset, Error *error);

#endif
