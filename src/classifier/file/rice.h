// Rice decompression as FITS tile compression uses it (FITS standard 4.0, section 10.4.1), for
// 32-bit integers in blocks of 32. Unlike cfitsio's it never reads past the bytes it is given,
// whatever they hold, and lets a file's tiles be decoded in parallel.
#ifndef SKYCLASS_CLASSIFIER_FILE_RICE_H
#define SKYCLASS_CLASSIFIER_FILE_RICE_H

#include <stdbool.h>
#include <stddef.h>

// values[n] = integer * scale + zero; false when the bytes end early or make no sense.
bool rice_decode(const unsigned char *bytes, size_t n_bytes, double scale, double zero,
                 float *values, size_t n);

#endif
