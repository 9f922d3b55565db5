// FITS files, written piece by piece by cfitsio, that appear whole or not at all as
// base/output_file.h has it; and read with their checksums verified.
#ifndef SKYCLASS_BASE_FITS_ASIDE_H
#define SKYCLASS_BASE_FITS_ASIDE_H

#include <fitsio.h>

#include "base/error.h"
#include "base/output_file.h"

typedef struct FitsAside {
    fitsfile *file; // write here, with `status` as cfitsio's status
    int status;
    const char *path;   // not owned
    OutputFile *output; // owned; NULL when it could not be opened, `error` says why
    Error error;
} FitsAside;

// Begins a file whose primary header is there and empty (fits_resize_img makes it an image). `path`
// stays the caller's until the close. Whatever fails, here or in writing, fits_aside_close tells.
void fits_aside_open(FitsAside *aside, const char *path);
// Puts the file in its place; after a failure nothing new is left and an old file is untouched.
Status fits_aside_close(FitsAside *aside, Error *error);

// Opens `path` literally (no [extension] syntax), with every CHECKSUM and DATASUM that it has
// verified.
Status fits_verified_open(const char *path, fitsfile **file, Error *error);

// STATUS_BAD_INPUT with cfitsio's words for `fits_status`.
Status fits_read_failed(const char *path, int fits_status, Error *error);

#endif
