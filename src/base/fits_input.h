// FITS files from outside, opened only after their headers have been looked at: cfitsio (4.2) and
// wcslib (7.12) overrun buffers and allocate gigabytes on what a header may say.
#ifndef SKYCLASS_BASE_FITS_INPUT_H
#define SKYCLASS_BASE_FITS_INPUT_H

#include <fitsio.h>

#include "base/error.h"

// Opens the file of exactly this name to read: no [extension] syntax, no "~". Every header of the
// file is read first (fits_check). Errors do not name the path.
Status fits_input_open(const char *path, fitsfile **file, Error *error);

// The check alone. STATUS_BAD_INPUT where the file is not an ordinary one, a card that libraries
// read as a number holds something else, or the headers promise more than the file has;
// STATUS_MEMORY where it would unpack to more than a run may use. Files packed with gzip are looked
// into, those of bzip2, compress and pack are not: limits_apply bounds what they take.
Status fits_check(const char *path, Error *error);

#endif
