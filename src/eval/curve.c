#include "eval/curve.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

typedef struct Scored {
    double score;
    bool positive;
} Scored;

static int compare_falling(const void *a, const void *b)
{
    double x = ((const Scored *)a)->score;
    double y = ((const Scored *)b)->score;
    return (x < y) - (x > y);
}

static CurvePoint point_at(double threshold, size_t n_above, size_t n_true, const Curve *curve)
{
    double false_positives = (double)(n_above - n_true);
    return (CurvePoint){.threshold = threshold,
                        .precision = (double)n_true / (double)n_above,
                        .recall = (double)n_true / (double)curve->n_positive,
                        .false_positives = curve->n_negative > 0
                                               ? false_positives / (double)curve->n_negative
                                               : NAN};
}

Status curve_new(const double *scores, const bool *positive, size_t n, Curve **result, Error *error)
{
    Status status = STATUS_OK;
    *result = NULL;
    Scored *sorted = memory_new(n, sizeof *sorted);
    Curve *curve = memory_new(1, sizeof *curve);
    if (sorted == NULL || curve == NULL ||
        (curve->points = memory_new(n, sizeof *curve->points)) == NULL) {
        status = error_memory(error, "a curve");
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        sorted[i] = (Scored){scores[i], positive[i]};
        curve->n_positive += positive[i];
    }
    curve->n_negative = n - curve->n_positive;
    if (curve->n_positive == 0) {
        status = error_set(error, STATUS_BAD_INPUT,
                           "a precision-recall curve needs at least one source of the class");
        goto done;
    }
    qsort(sorted, n, sizeof *sorted, compare_falling);
    size_t n_true = 0;
    for (size_t i = 0; i < n; i++) {
        n_true += sorted[i].positive;
        bool last_of_equals = i + 1 == n || sorted[i + 1].score != sorted[i].score;
        if (last_of_equals)
            curve->points[curve->n++] = point_at(sorted[i].score, i + 1, n_true, curve);
    }
    *result = curve;
    curve = NULL;
done:
    curve_free(curve);
    free(sorted);
    return status;
}

void curve_free(Curve *curve)
{
    if (curve == NULL)
        return;
    free(curve->points);
    free(curve);
}

double curve_average_precision(const Curve *curve)
{
    double area = 0.0;
    double last = 0.0;
    for (size_t i = 0; i < curve->n; i++) {
        area += (curve->points[i].recall - last) * curve->points[i].precision;
        last = curve->points[i].recall;
    }
    return area;
}

double curve_roc_area(const Curve *curve)
{
    double area = 0.0;
    double last_recall = 0.0;
    double last_false = 0.0;
    for (size_t i = 0; i < curve->n; i++) {
        const CurvePoint *point = &curve->points[i];
        area += (point->false_positives - last_false) * (point->recall + last_recall) / 2.0;
        last_recall = point->recall;
        last_false = point->false_positives;
    }
    return area;
}

void curve_crossing(const Curve *curve, CurvePoint *point)
{
    *point = curve->points[0];
    for (size_t i = 1; i < curve->n; i++) {
        const CurvePoint *candidate = &curve->points[i];
        if (fabs(candidate->precision - candidate->recall) < fabs(point->precision - point->recall))
            *point = *candidate;
    }
}

static double f1(const CurvePoint *point)
{
    double sum = point->precision + point->recall;
    return sum > 0.0 ? 2.0 * point->precision * point->recall / sum : 0.0;
}

void curve_best_f1(const Curve *curve, CurvePoint *point)
{
    *point = curve->points[0];
    for (size_t i = 1; i < curve->n; i++)
        if (f1(&curve->points[i]) > f1(point))
            *point = curve->points[i];
}
