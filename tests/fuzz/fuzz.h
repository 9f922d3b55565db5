// What the fuzz targets share. Each target is one function that libFuzzer calls with bytes it made
// up; it ends the process where something is wrong (a sanitizer's finding, or fuzz_expect).
#ifndef SKYCLASS_TESTS_FUZZ_H
#define SKYCLASS_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

// A file `name` of this process's own, in memory where the system has such a place. The directory
// is removed at the end. The path is valid until the next call with the same name.
const char *fuzz_path(const char *name);
const char *fuzz_write(const char *name, const void *bytes, size_t size);

// The bytes with a NUL after them; free().
char *fuzz_text(const uint8_t *bytes, size_t size);

// Ends the process with the words unless it holds.
void fuzz_expect(bool holds, const char *format, ...) __attribute__((format(printf, 2, 3)));

// What every failure owes the user: a status, and words on one line.
void fuzz_expect_words(Status status, const Error *error);

// Whether two numbers are the same, NaN being the same as NaN.
bool fuzz_same(double a, double b);

// Sets every CHECKSUM and DATASUM in a FITS file right, so that the reader gets past them.
void fuzz_set_checksums(uint8_t *bytes, size_t size);

#endif
