#include "eval/agreement.h"

#include <math.h>
#include <string.h>

double confusion_kappa(const Confusion *confusion)
{
    double agreed = 0, chance = 0;
    const double n = (double)confusion->n;
    for (size_t i = 0; i < confusion->n_classes; i++) {
        double row = 0, column = 0;
        for (size_t k = 0; k < confusion->n_classes; k++) {
            row += (double)confusion->counts[i][k];
            column += (double)confusion->counts[k][i];
        }
        agreed += (double)confusion->counts[i][i] / n;
        chance += row * column / (n * n);
    }
    return n > 0 && chance < 1.0 ? (agreed - chance) / (1.0 - chance) : NAN;
}

Status agreement_pair(const Labels *labels, size_t first, size_t second, Confusion *confusion,
                      Error *error)
{
    return confusion_count(labels->labels + first * labels->n, labels->labels + second * labels->n,
                           labels->n, labels->n_classes, confusion, error);
}

// How many raters gave a source each class; how many looked.
static size_t count_raters(const Labels *labels, size_t source,
                           size_t counts[CONFUSION_CLASSES_MAX])
{
    size_t n = 0;
    memset(counts, 0, CONFUSION_CLASSES_MAX * sizeof *counts);
    for (size_t r = 0; r < labels->n_raters; r++) {
        const size_t label = labels->labels[r * labels->n + source];
        if (label == 0)
            continue;
        counts[label - 1]++;
        n++;
    }
    return n;
}

void agreement_mode(const Labels *labels, size_t *mode, double *mean)
{
    size_t counts[CONFUSION_CLASSES_MAX];
    for (size_t i = 0; i < labels->n; i++) {
        const size_t n = count_raters(labels, i, counts);
        size_t best = 0;
        double sum = 0;
        for (size_t k = 0; k < labels->n_classes; k++) {
            best = counts[k] > counts[best] ? k : best;
            sum += (double)(counts[k] * (k + 1));
        }
        mode[i] = n > 0 ? best + 1 : 0;
        if (mean != NULL)
            mean[i] = n > 0 ? sum / (double)n : NAN;
    }
}

double agreement_fleiss(const Labels *labels)
{
    size_t counts[CONFUSION_CLASSES_MAX], n_sources = 0;
    double agreed = 0, shares[CONFUSION_CLASSES_MAX] = {0}, chance = 0;
    for (size_t i = 0; i < labels->n; i++) {
        const size_t n = count_raters(labels, i, counts);
        if (n < 2)
            continue;
        n_sources++;
        for (size_t k = 0; k < labels->n_classes; k++) {
            agreed +=
                (double)(counts[k] * (counts[k] > 0 ? counts[k] - 1 : 0)) / (double)(n * (n - 1));
            shares[k] += (double)counts[k] / (double)n;
        }
    }
    for (size_t k = 0; k < labels->n_classes; k++)
        chance += shares[k] * shares[k] / ((double)n_sources * (double)n_sources);
    agreed /= (double)n_sources;
    return n_sources > 0 && chance < 1.0 ? (agreed - chance) / (1.0 - chance) : NAN;
}

double agreement_mean(const Labels *labels, const size_t *group, size_t n_groups)
{
    double right = 0, n = 0;
    for (size_t a = 0; a < labels->n_raters; a++)
        for (size_t b = a + 1; b < labels->n_raters; b++) {
            Confusion pair;
            if (agreement_pair(labels, a, b, &pair, NULL) != STATUS_OK || pair.n == 0)
                continue;
            if (group != NULL)
                pair = confusion_merge(&pair, group, n_groups);
            right += confusion_accuracy(&pair) * (double)pair.n;
            n += (double)pair.n;
        }
    return n > 0 ? right / n : NAN;
}
