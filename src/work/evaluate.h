// A model's scores on labelled cutouts.
#ifndef SKYCLASS_WORK_EVALUATE_H
#define SKYCLASS_WORK_EVALUATE_H

#include <stddef.h>

#include "base/error.h"
#include "classifier/model.h"
#include "dataset/dataset.h"

// scores[view->n][classes] in the view's order, on n_threads threads (0: one a core). The model's
// network is prepared. The scores are the same bits whatever the number of threads.
Status evaluate_dataset(const Model *model, const DatasetView *view, size_t n_threads,
                        float *scores, Error *error);

// Where scores (or logits) are largest, from 0; the first of equals.
size_t evaluate_argmax(const float *scores, size_t n_classes);

#endif
