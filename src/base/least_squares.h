// Linear least squares (LAPACK's dgelsy: by an orthogonal factorisation, which loses half the
// digits that normal equations lose).
#ifndef SKYCLASS_BASE_LEAST_SQUARES_H
#define SKYCLASS_BASE_LEAST_SQUARES_H

#include <stdbool.h>
#include <stddef.h>

// x[right][column] that makes the sum over rows of (sum over columns of a[column][row] x[column] -
// b[right][row])^2 least, for each right side; `a` and `b` are overwritten, x[right] begins at
// b[right][0]. False where the rows do not determine x: fewer than columns, or with the columns
// scaled to one length, one of them within `least` (0 to 1) of what the others span. Also where
// memory runs out.
bool least_squares(size_t rows, size_t columns, size_t rights, double *a, double *b, double least);

#endif
