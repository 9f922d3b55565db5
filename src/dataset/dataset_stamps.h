// Datasets from labelled stamps: pictures or small FITS images, a source each.
#ifndef SKYCLASS_DATASET_DATASET_STAMPS_H
#define SKYCLASS_DATASET_DATASET_STAMPS_H

#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "dataset/dataset.h"

typedef enum StampFit {
    STAMP_CROP,   // the middle of the stamp; one that is smaller than the cutout is an error
    STAMP_RESIZE, // the middle square, made larger or smaller: averaged over whole blocks of pixels
                  // where it is at least twice as large, then bilinear (resize_bilinear)
} StampFit;

typedef struct Stamp {
    const char *path;  // FITS (planes, or an HDU a band), PNG, JPEG
    const char *id;    //
    size_t label;      // from 1
    const char *field; // "" for none
} Stamp;

typedef struct Stamps {
    const Stamp *stamps; // [n]
    size_t n;
    StampFit fit;
    const size_t *planes; // [dataset->n_bands] from 1, which planes are the bands; NULL: the first
    const Progress *progress; // in stamps, or NULL
} Stamps;

// Planes of a FITS file's first image or of a picture; where it has one plane and several HDUs of
// its size, the HDUs.
Status stamp_plane_count(const char *path, size_t *n, Error *error);

// Appends the stamps in their order, pixels as they stand, NaN as 0; x, y are the stamp's middle
// (1-based). On an error, which names the file, `dataset` is as before.
Status dataset_append_stamps(Dataset *dataset, const Stamps *stamps, Error *error);

#endif
