// Large FITS files, written piece by piece, that appear whole or not at all; and read with their
// checksums verified. (base/output_file.h does the same for files that fit into memory.)
#ifndef SKYCLASS_BASE_FITS_ASIDE_H
#define SKYCLASS_BASE_FITS_ASIDE_H

#include <fitsio.h>

#include "base/error.h"

typedef struct FitsAside {
    fitsfile *file; // write here, with `status` as cfitsio's status
    int status;
    char *path, *part; // owned
} FitsAside;

// Begins PATH.part. Whatever fails, here or in writing, fits_aside_close tells.
void fits_aside_open(FitsAside *aside, const char *path);
// Flushes to disk and renames to PATH; after a failure nothing new is left and an old PATH is
// untouched.
Status fits_aside_close(FitsAside *aside, Error *error);

// Opens `path` literally (no [extension] syntax), with every CHECKSUM and DATASUM that it has
// verified.
Status fits_verified_open(const char *path, fitsfile **file, Error *error);

// STATUS_BAD_INPUT with cfitsio's words for `fits_status`.
Status fits_read_failed(const char *path, int fits_status, Error *error);

#endif
