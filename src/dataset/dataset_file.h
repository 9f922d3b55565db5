// A dataset as one FITS file.
// Primary: header (bands, size, names of classes, pixel scale, origin). Image extension CUTOUTS
// [n][band][size][size] float32; table extension LABELS: id, field, x, y, class (from 1), and any
// numeric columns (magnitude, distance, ...).
#ifndef SKYCLASS_DATASET_DATASET_FILE_H
#define SKYCLASS_DATASET_DATASET_FILE_H

#include "base/error.h"
#include "dataset/dataset.h"

// With CHECKSUM and DATASUM in every HDU; written aside and renamed.
Status dataset_write(const Dataset *dataset, const char *path, Error *error);
// Checks the checksums, the shapes, and that every class and field exists.
Status dataset_read(const char *path, Dataset **dataset, Error *error);

#endif
