#include "eval/correlation.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

// The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method.
static double beta_fraction(double a, double b, double x)
{
    enum { TERMS_MAX = 10000 };
    const double tiny = 1e-300;
    double c = 1.0;
    double d = 1.0 / fmax(1.0 - (a + b) * x / (a + 1.0), tiny);
    double fraction = d;
    for (int m = 1; m <= TERMS_MAX; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0));
        d = 1.0 / (1.0 + even * d);
        c = 1.0 + even / c;
        fraction *= c * d;
        d = 1.0 / (1.0 + odd * d);
        c = 1.0 + odd / c;
        fraction *= c * d;
        if (fabs(c * d - 1.0) < 1e-15)
            break;
    }
    return fraction;
}

// Regularised incomplete beta function I_x(a, b). The fraction converges fast below the mean; above
// it the symmetry I_x(a, b) = 1 - I_1-x(b, a) helps.
static double beta_regularised(double a, double b, double x)
{
    if (x <= 0.0 || x >= 1.0)
        return x > 0.0;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1.0) / (a + b + 2.0))
        return front * beta_fraction(a, b, x) / a;
    return 1.0 - front * beta_fraction(b, a, 1.0 - x) / b;
}

// P(|t| > ...) for t = r sqrt(dof / (1 - r^2)); then dof / (dof + t^2) = 1 - r^2.
static double significance(double r, size_t n)
{
    double degrees = (double)n - 2.0;
    return beta_regularised(degrees / 2.0, 0.5, (1.0 - r) * (1.0 + r));
}

static double mean(const double *values, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
}

static Status check_count(size_t n, Error *error)
{
    if (n < 3)
        return error_set(error, STATUS_BAD_INPUT, "a correlation needs at least 3 points, not %zu",
                         n);
    return STATUS_OK;
}

Status correlation_pearson(const double *x, const double *y, size_t n, Correlation *correlation,
                           Error *error)
{
    *correlation = (Correlation){NAN, NAN};
    Status status = check_count(n, error);
    if (status != STATUS_OK)
        return status;
    double mean_x = mean(x, n);
    double mean_y = mean(y, n);
    double xx = 0.0;
    double yy = 0.0;
    double xy = 0.0;
    for (size_t i = 0; i < n; i++) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    if (xx > 0.0 && yy > 0.0) {
        double r = xy / (sqrt(xx) * sqrt(yy));
        correlation->coefficient = fmax(-1.0, fmin(1.0, r));
        correlation->p = significance(correlation->coefficient, n);
    }
    return STATUS_OK;
}

typedef struct Ranked {
    double value;
    size_t index;
} Ranked;

static int compare_ranked(const void *a, const void *b)
{
    double x = ((const Ranked *)a)->value;
    double y = ((const Ranked *)b)->value;
    return (x > y) - (x < y);
}

// ranks[n] from 1; equal values share the mean of their places.
static Status rank(const double *values, size_t n, double *ranks, Error *error)
{
    Ranked *sorted = memory_new(n, sizeof *sorted);
    if (sorted == NULL)
        return error_memory(error, "ranks");
    for (size_t i = 0; i < n; i++)
        sorted[i] = (Ranked){values[i], i};
    qsort(sorted, n, sizeof *sorted, compare_ranked);
    for (size_t first = 0; first < n;) {
        size_t end = first + 1;
        while (end < n && sorted[end].value == sorted[first].value)
            end++;
        for (size_t i = first; i < end; i++)
            ranks[sorted[i].index] = (double)(first + 1 + end) / 2.0;
        first = end;
    }
    free(sorted);
    return STATUS_OK;
}

Status correlation_spearman(const double *x, const double *y, size_t n, Correlation *correlation,
                            Error *error)
{
    *correlation = (Correlation){NAN, NAN};
    Status status = check_count(n, error);
    if (status != STATUS_OK)
        return status;
    double *ranks_x = memory_new(n, sizeof *ranks_x);
    double *ranks_y = memory_new(n, sizeof *ranks_y);
    if (ranks_x == NULL || ranks_y == NULL)
        status = error_memory(error, "ranks");
    if (status == STATUS_OK)
        status = rank(x, n, ranks_x, error);
    if (status == STATUS_OK)
        status = rank(y, n, ranks_y, error);
    if (status == STATUS_OK)
        status = correlation_pearson(ranks_x, ranks_y, n, correlation, error);
    free(ranks_x);
    free(ranks_y);
    return status;
}
