// Sorted values, quantiles and cumulative distributions.
#ifndef SKYCLASS_EVAL_DISTRIBUTION_H
#define SKYCLASS_EVAL_DISTRIBUTION_H

#include <stddef.h>

#include "base/error.h"

// Ascending, in place; values must not be NaN.
void distribution_sort(double *values, size_t n);

// Of sorted values, linear between neighbours (numpy's default, Hyndman & Fan 1996, type 7); NaN
// for n = 0. q is from 0 to 1; 0.5 is the median.
double distribution_quantile(const double *sorted, size_t n, double q);

// The fraction of sorted values that are <= value: the empirical cumulative distribution.
double distribution_cumulative(const double *sorted, size_t n, double value);

// Winning scores by predicted class, as in StarcNet's figure of cumulative score distributions:
// *winners[n_winners], sorted, of the sources whose largest score is class `class` (from 1);
// scores[n][n_classes], rows with NaN (not classified) are left out. Free *winners with free().
Status distribution_winning_scores(const float *scores, size_t n, size_t n_classes, size_t class,
                                   double **winners, size_t *n_winners, Error *error);

#endif
