// Little-endian .npy files (NumPy's format, version 1.0, C order) for tests.
#ifndef SKYCLASS_TESTS_NPY_H
#define SKYCLASS_TESTS_NPY_H

#include <stdbool.h>
#include <stddef.h>

// Reads n values of '<f4', '<f8' or '<i8' as float; false, with a line on stderr, when the file is
// missing, of another type or of another size. n_values 0: any size.
float *npy_read(const char *path, size_t n_values, size_t *n_read);
bool npy_write(const char *path, const float *values, const size_t *dimensions,
               size_t n_dimensions);

#endif
