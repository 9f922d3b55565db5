// Whether scores are what they say: of sources with score 0.8, are 80 % right? (Guo et al. 2017,
// ICML, sections 2 and 4.2.)
#ifndef SKYCLASS_EVAL_CALIBRATION_H
#define SKYCLASS_EVAL_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { CALIBRATION_BINS_MAX = 100 };

typedef struct CalibrationBin {
    double low, high; // scores above low, up to high
    size_t n;
    double mean_score, right; // mean winning score and fraction right; NaN where n is 0
} CalibrationBin;

typedef struct Calibration {
    size_t n_bins, n;
    CalibrationBin bins[CALIBRATION_BINS_MAX];
    double error; // expected calibration error: sum of n / N |right - mean_score|; NaN without any
} Calibration;

// Of winning scores[n] in [0, 1] (NaN are left out) and whether each class was right, in n_bins
// bins of equal width. STATUS_USAGE where there are none or too many bins.
Status calibration_of(const double *scores, const bool *right, size_t n, size_t n_bins,
                      Calibration *calibration, Error *error);

// The temperature T that makes softmax(logits / T) most likely for truth[n] (from 1; 0 and logits
// that are not finite are left out), by Newton's method on 1/T, in which the likelihood is concave.
// Logits may be logarithms of scores. STATUS_BAD_INPUT where no source has both, or where nothing
// is wrong, so that no finite temperature is best.
Status temperature_fit(const float *logits, const size_t *truth, size_t n, size_t n_classes,
                       double *temperature, Error *error);

#endif
