// How well several people or methods agree on the same sources.
#ifndef SKYCLASS_EVAL_AGREEMENT_H
#define SKYCLASS_EVAL_AGREEMENT_H

#include <stddef.h>

#include "base/error.h"
#include "eval/confusion.h"

// labels[n_raters][n], classes from 1 to n_classes; 0: did not look.
typedef struct Labels {
    const size_t *labels;
    size_t n_raters, n, n_classes;
} Labels;

// Cohen's kappa of two raters (Cohen 1960): (p - e) / (1 - e) with the agreement p and the one
// expected by chance e. NaN where nothing was counted or both gave one and the same class only.
double confusion_kappa(const Confusion *confusion);

// The matrix of two raters: rows the first, columns the second. Sources without both are skipped.
Status agreement_pair(const Labels *labels, size_t first, size_t second, Confusion *confusion,
                      Error *error);

// mode[n]: the class that most raters gave, the first of equals; 0 where nobody looked. mean[n] (or
// NULL) is the mean of the labels, NaN there.
void agreement_mode(const Labels *labels, size_t *mode, double *mean);

// Fleiss' kappa (Fleiss 1971) over the sources that two raters or more looked at, each weighing as
// much as any other, whatever its number of raters. NaN where it is not defined.
double agreement_fleiss(const Labels *labels);

// The mean over the pairs of raters of the accuracy in a grouping (group[class - 1], from 1; NULL:
// the classes themselves), each pair weighed by its sources, as Perez et al. 2021, section 5.3,
// have it; NaN without any.
double agreement_mean(const Labels *labels, const size_t *group, size_t n_groups);

#endif
