// What moving the threshold on a score does: precision-recall and ROC curves. A source counts as
// positive when its score is >= the threshold; definitions as in scikit-learn's metrics.
#ifndef SKYCLASS_EVAL_CURVE_H
#define SKYCLASS_EVAL_CURVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct CurvePoint {
    double threshold;
    double precision;       // purity: true positives / all above the threshold
    double recall;          // completeness, true positive rate: true positives / all positives
    double false_positives; // false positive rate: false positives / all negatives
} CurvePoint;

// One point a distinct score, thresholds falling; recall rises to 1.
typedef struct Curve {
    size_t n;
    CurvePoint *points;
    size_t n_positive, n_negative;
} Curve;

// From scores[n] (no NaN) and what is true of each source. Needs a positive source; the false
// positive rate is NaN without a negative one.
Status curve_new(const double *scores, const bool *positive, size_t n, Curve **curve, Error *error);
void curve_free(Curve *curve);

// Sum over points of (recall - the last recall) * precision.
double curve_average_precision(const Curve *curve);
// Area under the ROC curve, trapezoidal.
double curve_roc_area(const Curve *curve);

// The threshold where purity and completeness come nearest to each other; both are in *point.
void curve_crossing(const Curve *curve, CurvePoint *point);
// The point of the highest F1 score.
void curve_best_f1(const Curve *curve, CurvePoint *point);

#endif
