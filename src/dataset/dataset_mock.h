// Training sets from mock skies, without images on disk.
#ifndef SKYCLASS_DATASET_DATASET_MOCK_H
#define SKYCLASS_DATASET_DATASET_MOCK_H

#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "dataset/dataset.h"
#include "dataset/dataset_field.h"
#include "mock/mock_field.h"
#include "sky/cutout/cutout.h"

// An empty dataset for cutouts of `size` pixels in the mock sky's bands and classes.
Status dataset_mock_new(size_t size, Dataset **dataset, Error *error);

// Appends the field's catalogued sources, as dataset_append_field would with the field's images
// and catalogue. Columns: the measured magnitudes (F275W ... F814W, NaN where not detected), CI,
// DISTANCE (Mpc), KIND (MockKind), RADIUS (half-light, pixels).
Status dataset_append_mock(Dataset *dataset, const MockField *field, const CutoutRule *rule,
                           DatasetCount *count, Error *error);

// Renders a field for each settings and appends it; one field is in memory at a time. `progress`
// is in fields, its figures the DatasetCount of the one just done; or NULL.
Status dataset_simulate(const MockSettings *settings, size_t n_fields, const CutoutRule *rule,
                        const Progress *progress, Dataset **dataset, Error *error);

#endif
