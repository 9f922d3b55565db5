// What cfitsio says about a failure.
#ifndef SKYCLASS_BASE_FITS_REASON_H
#define SKYCLASS_BASE_FITS_REASON_H

enum { FITS_REASON_SIZE = 128 };

// The words for cfitsio's error `code`, with the first message that it left about it, as in "error
// reading from FITS file: reached end of file". Empties cfitsio's stack of messages; returns
// reason.
const char *fits_reason(int code, char reason[FITS_REASON_SIZE]);

#endif
