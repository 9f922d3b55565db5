// Correlation coefficients with their significance.
#ifndef SKYCLASS_EVAL_CORRELATION_H
#define SKYCLASS_EVAL_CORRELATION_H

#include <stddef.h>

#include "base/error.h"

typedef struct Correlation {
    double coefficient; // -1 to 1; NaN where x or y does not vary
    double p;           // two-sided probability of so strong a correlation by chance
} Correlation;

// Pearson's r of x[n], y[n], n >= 3; p from Student's t with n - 2 degrees of freedom.
Status correlation_pearson(const double *x, const double *y, size_t n, Correlation *correlation,
                           Error *error);
// Spearman's rho: Pearson's r of the ranks, ties sharing their mean rank.
Status correlation_spearman(const double *x, const double *y, size_t n, Correlation *correlation,
                            Error *error);

#endif
