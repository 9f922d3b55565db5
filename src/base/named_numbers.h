// A name and numbers on one line: "constant 255", "reject 0.669".
#ifndef SKYCLASS_BASE_NAMED_NUMBERS_H
#define SKYCLASS_BASE_NAMED_NUMBERS_H

#include <stddef.h>

#include "base/error.h"

// The words of `text`, parted by blanks: the first to name[size], the others, up to `most`, to
// numbers[*n]. STATUS_BAD_INPUT where there is no word, one is no finite number, or there are too
// many.
Status named_numbers_read(const char *text, char *name, size_t size, double *numbers, size_t most,
                          size_t *n, Error *error);

// The line, cut to text[size]; the numbers read back as the same numbers.
void named_numbers_text(const char *name, const double *numbers, size_t n, char *text, size_t size);

#endif
