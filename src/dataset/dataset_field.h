// Datasets from images and labelled sources.
#ifndef SKYCLASS_DATASET_DATASET_FIELD_H
#define SKYCLASS_DATASET_DATASET_FIELD_H

#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "dataset/dataset.h"
#include "sky/cutout/cutout.h"
#include "sky/source/source.h"

// One field's images and labelled sources.
typedef struct DatasetField {
    const char *name;
    Bands *bands;
    const SourceList *list; // x, y known (bands_locate)
    const size_t *labels;   // [list->n], class from 1; 0: not labelled, left out
    size_t n_columns;       // further numbers
    const char *const *column_names;
    const double *const *columns; // [n_columns][list->n]
    const Progress *progress;     // in labelled sources, or NULL
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

#endif
