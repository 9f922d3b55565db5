#include "eval/confusion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "eval/distribution.h"

Status confusion_count(const size_t *truth, const size_t *predicted, size_t n, size_t n_classes,
                       Confusion *confusion, Error *error)
{
    *confusion = (Confusion){.n_classes = n_classes};
    if (n_classes < 1 || n_classes > CONFUSION_CLASSES_MAX)
        return error_set(error, STATUS_USAGE, "a confusion matrix has 1 to %d classes, not %zu",
                         CONFUSION_CLASSES_MAX, n_classes);
    for (size_t i = 0; i < n; i++) {
        if (truth[i] > n_classes || predicted[i] > n_classes)
            return error_set(error, STATUS_USAGE,
                             "source %zu has class %zu, the model knows %zu classes", i + 1,
                             truth[i] > n_classes ? truth[i] : predicted[i], n_classes);
        if (truth[i] == 0 || predicted[i] == 0) {
            confusion->n_skipped++;
            continue;
        }
        confusion->counts[truth[i] - 1][predicted[i] - 1]++;
        confusion->n++;
    }
    return STATUS_OK;
}

Confusion confusion_merge(const Confusion *confusion, const size_t *group, size_t n_groups)
{
    Confusion merged = {
        .n_classes = n_groups, .n = confusion->n, .n_skipped = confusion->n_skipped};
    for (size_t t = 0; t < confusion->n_classes; t++)
        for (size_t p = 0; p < confusion->n_classes; p++)
            merged.counts[group[t] - 1][group[p] - 1] += confusion->counts[t][p];
    return merged;
}

static double ratio(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : NAN;
}

static size_t correct_count(const Confusion *confusion)
{
    size_t correct = 0;
    for (size_t c = 0; c < confusion->n_classes; c++)
        correct += confusion->counts[c][c];
    return correct;
}

double confusion_accuracy(const Confusion *confusion)
{
    return ratio(correct_count(confusion), confusion->n);
}

size_t confusion_support(const Confusion *confusion, size_t class)
{
    size_t n = 0;
    for (size_t p = 0; p < confusion->n_classes; p++)
        n += confusion->counts[class - 1][p];
    return n;
}

static size_t predicted_count(const Confusion *confusion, size_t class)
{
    size_t n = 0;
    for (size_t t = 0; t < confusion->n_classes; t++)
        n += confusion->counts[t][class - 1];
    return n;
}

double confusion_fraction(const Confusion *confusion, size_t truth, size_t predicted)
{
    return ratio(confusion->counts[truth - 1][predicted - 1], confusion_support(confusion, truth));
}

double confusion_precision(const Confusion *confusion, size_t class)
{
    return ratio(confusion->counts[class - 1][class - 1], predicted_count(confusion, class));
}

double confusion_recall(const Confusion *confusion, size_t class)
{
    return confusion_fraction(confusion, class, class);
}

// 2 TP / (2 TP + FP + FN): the harmonic mean of precision and recall.
double confusion_f1(const Confusion *confusion, size_t class)
{
    return ratio(2 * confusion->counts[class - 1][class - 1],
                 confusion_support(confusion, class) + predicted_count(confusion, class));
}

Status confusion_interval(const Confusion *confusion, size_t n_resamples, double level,
                          uint64_t seed, AccuracyInterval *interval, Error *error)
{
    size_t n_correct = correct_count(confusion);
    Random random = random_start(seed, 0);
    double sum = 0.0;
    double squares = 0.0;
    *interval = (AccuracyInterval){.accuracy = confusion_accuracy(confusion)};
    if (confusion->n == 0 || n_resamples < 2)
        return error_set(error, STATUS_USAGE,
                         "an interval needs at least one source and two resamples");
    double *accuracies = memory_new(n_resamples, sizeof *accuracies);
    if (accuracies == NULL)
        return error_memory(error, "the bootstrap");
    // Sources differ only in being right or wrong, so drawing one is drawing a number below n.
    for (size_t r = 0; r < n_resamples; r++) {
        size_t right = 0;
        for (size_t i = 0; i < confusion->n; i++)
            right += random_index(&random, confusion->n) < n_correct;
        accuracies[r] = (double)right / (double)confusion->n;
        sum += accuracies[r];
    }
    double mean = sum / (double)n_resamples;
    for (size_t r = 0; r < n_resamples; r++)
        squares += (accuracies[r] - mean) * (accuracies[r] - mean);
    interval->deviation = sqrt(squares / (double)(n_resamples - 1));
    distribution_sort(accuracies, n_resamples);
    interval->low = distribution_quantile(accuracies, n_resamples, (1.0 - level) / 2.0);
    interval->high = distribution_quantile(accuracies, n_resamples, (1.0 + level) / 2.0);
    free(accuracies);
    return STATUS_OK;
}
