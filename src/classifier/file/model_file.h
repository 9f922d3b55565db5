// A model file, its checksums verified; what model_read reads from.
#ifndef SKYCLASS_CLASSIFIER_FILE_MODEL_FILE_H
#define SKYCLASS_CLASSIFIER_FILE_MODEL_FILE_H

#include <fitsio.h>

#include "base/error.h"
#include "nn/network.h"

typedef struct ModelFile {
    unsigned char *bytes; // the whole file
    size_t size;
    fitsfile *fits;
    size_t n_hdus;
    char (*names)[FLEN_VALUE]; // EXTNAME of each, "" where it has none
} ModelFile;

// Reads the file into memory, opens it as FITS and checks every HDU's DATASUM and CHECKSUM.
Status model_file_open(const char *path, ModelFile **file, Error *error);
void model_file_close(ModelFile *file);

// Makes the HDU (0-based) current.
Status model_file_move(ModelFile *file, size_t hdu, Error *error);
// STATUS_BAD_INPUT with cfitsio's words for `fits_status`; `what` names what was read.
Status model_file_fail(int fits_status, const char *what, Error *error);

// Fills every parameter of `network` from the image extension of its name among the n_hdus from
// first_hdu on, on all cores. Missing, extra and misshapen tensors are errors.
Status model_file_read_tensors(ModelFile *file, size_t first_hdu, size_t n_hdus, Network *network,
                               Error *error);

#endif
