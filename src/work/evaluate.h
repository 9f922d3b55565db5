// A model's scores on labelled cutouts.
#ifndef SKYCLASS_WORK_EVALUATE_H
#define SKYCLASS_WORK_EVALUATE_H

#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "classifier/model.h"
#include "dataset/dataset.h"

// scores[view->n][classes] in the view's order, and by the recipe's decision classes[view->n] (0:
// undecided), on n_threads threads (0: one a core); `progress` (in sources) and `classes` may be
// NULL. The model is prepared. The scores are the same bits whatever the number of threads, NaN
// where they overflow.
Status evaluate_dataset(const Model *model, const DatasetView *view, size_t n_threads,
                        const Progress *progress, float *scores, size_t *classes, Error *error);

#endif
