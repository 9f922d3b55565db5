// A model on labelled cutouts: its scores, and what follows from them.
#ifndef SKYCLASS_WORK_EVALUATE_H
#define SKYCLASS_WORK_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/progress.h"
#include "classifier/model.h"
#include "dataset/dataset.h"
#include "eval/report.h"

// scores[view->n][classes] in the view's order, and by the recipe's decision classes[view->n] (0:
// undecided), on n_threads threads (0: one a core); `progress` (in sources) and `classes` may be
// NULL. The model is prepared. The scores are the same bits whatever the number of threads, NaN
// where they overflow.
Status evaluate_dataset(const Model *model, const DatasetView *view, size_t n_threads,
                        const Progress *progress, float *scores, size_t *classes, Error *error);

typedef struct EvaluateOptions {
    size_t n_threads;
    bool test_part; // only the sources that training with `seed` kept for its test
    uint64_t seed;
} EvaluateOptions;

// A dataset, or its test part, scored and reported on in the model's views; row i is source
// sources[i] of the dataset.
typedef struct Evaluation {
    size_t n, n_classes;
    size_t *sources;           // [n]
    size_t *truth, *predicted; // [n], from 1; predicted 0: undecided
    float *scores;             // [n][n_classes]
    Report *report;            // its views' names are the model's
} Evaluation;

Status evaluate(const Model *model, const Dataset *dataset, const EvaluateOptions *options,
                const Progress *progress, Evaluation **evaluation, Error *error);
void evaluation_free(Evaluation *evaluation);

#endif
