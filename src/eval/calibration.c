#include "eval/calibration.h"

#include <math.h>

static size_t bin_of(double score, size_t n_bins)
{
    const double at = ceil(score * (double)n_bins) - 1.0;
    return at < 0.0 ? 0 : at < (double)n_bins ? (size_t)at : n_bins - 1;
}

Status calibration_of(const double *scores, const bool *right, size_t n, size_t n_bins,
                      Calibration *calibration, Error *error)
{
    if (n_bins < 1 || n_bins > CALIBRATION_BINS_MAX)
        return error_set(error, STATUS_USAGE, "%zu bins of scores; choose 1 to %d", n_bins,
                         CALIBRATION_BINS_MAX);
    *calibration = (Calibration){.n_bins = n_bins};
    for (size_t i = 0; i < n_bins; i++) {
        calibration->bins[i].low = (double)i / (double)n_bins;
        calibration->bins[i].high = (double)(i + 1) / (double)n_bins;
    }
    for (size_t i = 0; i < n; i++) {
        if (isnan(scores[i]))
            continue;
        CalibrationBin *bin = &calibration->bins[bin_of(scores[i], n_bins)];
        bin->n++;
        bin->mean_score += scores[i];
        bin->right += right[i];
        calibration->n++;
    }
    for (size_t i = 0; i < n_bins; i++) {
        CalibrationBin *bin = &calibration->bins[i];
        calibration->error += fabs(bin->right - bin->mean_score) / (double)calibration->n;
        bin->mean_score /= (double)bin->n;
        bin->right /= (double)bin->n;
    }
    return STATUS_OK;
}

// Of one source, for beta = 1 / T: the derivative of log softmax(beta logits)[truth] by beta is
// logit of the truth minus the mean logit, the second one minus their variance.
static void add_derivatives(const float *logits, size_t truth, size_t n_classes, double beta,
                            double derivatives[2])
{
    double most = -INFINITY, sum = 0, mean = 0, square = 0;
    for (size_t i = 0; i < n_classes; i++)
        most = fmax(most, (double)logits[i]);
    for (size_t i = 0; i < n_classes; i++) {
        const double above = (double)logits[i] - most, weight = exp(beta * above);
        sum += weight;
        mean += weight * above;
        square += weight * above * above;
    }
    mean /= sum;
    derivatives[0] += (double)logits[truth - 1] - most - mean;
    derivatives[1] -= square / sum - mean * mean;
}

static bool is_used(const float *logits, size_t truth, size_t n_classes)
{
    bool used = truth >= 1 && truth <= n_classes;
    for (size_t i = 0; i < n_classes; i++)
        used = used && isfinite(logits[i]);
    return used;
}

static size_t derive(const float *logits, const size_t *truth, size_t n, size_t n_classes,
                     double beta, double derivatives[2])
{
    size_t n_used = 0;
    derivatives[0] = derivatives[1] = 0;
    for (size_t i = 0; i < n; i++)
        if (is_used(logits + i * n_classes, truth[i], n_classes)) {
            add_derivatives(logits + i * n_classes, truth[i], n_classes, beta, derivatives);
            n_used++;
        }
    return n_used;
}

// Whether some source's truth is not its highest logit.
static bool any_wrong(const float *logits, const size_t *truth, size_t n, size_t n_classes)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = logits + i * n_classes;
        if (!is_used(row, truth[i], n_classes))
            continue;
        for (size_t k = 0; k < n_classes; k++)
            if (row[k] > row[truth[i] - 1])
                return true;
    }
    return false;
}

static Status check(const float *logits, const size_t *truth, size_t n, size_t n_classes,
                    Error *error)
{
    double derivatives[2];
    if (derive(logits, truth, n, n_classes, 0.0, derivatives) == 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "no source has both scores and a class, so there is no temperature");
    if (derivatives[0] <= 0.0 || !any_wrong(logits, truth, n, n_classes))
        return error_set(error, STATUS_BAD_INPUT,
                         "no temperature is best: the scores say %s about these sources",
                         derivatives[0] <= 0.0 ? "nothing" : "nothing wrong");
    return STATUS_OK;
}

Status temperature_fit(const float *logits, const size_t *truth, size_t n, size_t n_classes,
                       double *temperature, Error *error)
{
    enum { ROUNDS = 200 };
    double beta = 1.0, derivatives[2], low = 0.0, high = INFINITY;
    Status status = check(logits, truth, n, n_classes, error);
    for (int i = 0; status == STATUS_OK && i < ROUNDS; i++) {
        derive(logits, truth, n, n_classes, beta, derivatives);
        // The likelihood rises towards its maximum from both sides.
        if (derivatives[0] > 0.0)
            low = beta;
        else
            high = beta;
        double next = beta - derivatives[0] / derivatives[1];
        if (!(next > low && next < high))
            next = isinf(high) ? 2.0 * beta : 0.5 * (low + high);
        if (fabs(next - beta) <= 1e-14 * beta)
            break;
        beta = next;
    }
    *temperature = 1.0 / beta;
    return status;
}
