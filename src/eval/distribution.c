#include "eval/distribution.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

void distribution_sort(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare);
}

double distribution_quantile(const double *sorted, size_t n, double q)
{
    if (n == 0)
        return NAN;
    double position = q * (double)(n - 1);
    size_t below = (size_t)position;
    if (below + 1 >= n)
        return sorted[n - 1];
    return sorted[below] + (position - (double)below) * (sorted[below + 1] - sorted[below]);
}

double distribution_cumulative(const double *sorted, size_t n, double value)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] <= value)
            low = middle + 1;
        else
            high = middle;
    }
    return n > 0 ? (double)low / (double)n : NAN;
}

// The class (from 1) of the largest score, the first of equals; 0 where a score is NaN.
static size_t winning_class(const float *scores, size_t n_classes)
{
    size_t best = 0;
    for (size_t c = 0; c < n_classes; c++) {
        if (isnan(scores[c]))
            return 0;
        if (scores[c] > scores[best])
            best = c;
    }
    return best + 1;
}

Status distribution_winning_scores(const float *scores, size_t n, size_t n_classes, size_t class,
                                   double **winners, size_t *n_winners, Error *error)
{
    *n_winners = 0;
    *winners = memory_new(n, sizeof **winners);
    if (*winners == NULL)
        return error_memory(error, "a distribution of scores");
    for (size_t i = 0; i < n; i++)
        if (winning_class(scores + i * n_classes, n_classes) == class)
            (*winners)[(*n_winners)++] = scores[i * n_classes + class - 1];
    distribution_sort(*winners, *n_winners);
    return STATUS_OK;
}
