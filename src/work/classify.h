// Sources and images in, classes out.
#ifndef SKYCLASS_WORK_CLASSIFY_H
#define SKYCLASS_WORK_CLASSIFY_H

#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "classifier/model.h"
#include "classifier/recipe.h"
#include "result/result.h"
#include "sky/cutout/cutout.h"

typedef struct ClassifyOptions {
    size_t n_threads;   // 0: one a core
    size_t first_batch; // sources in the first, small batch so that first results come early; 0: no
                        // special
    const unsigned char *known; // [n] sources whose rows in `result` are there already; or NULL
    const Progress *progress; // in sources, or NULL; its items are those whose rows in `result` are
                              // now final
} ClassifyOptions;

// Fills `result` (made by result_new for `list`, once it was located) with scores and classes; the
// model is prepared. The calling thread reads ahead while n_threads others compute; memory does not
// depend on the number of sources nor on the images' size. A source's row is the same bits whatever
// the threads and batches. A source that cannot be classified gets class 0 and NaN scores and its
// flag; so does one whose scores overflow, flagged SOURCE_FLAG_NO_DATA. STATUS_CANCELLED, and any
// other failure on the way, leaves the rows that were done.
Status classify(const Model *model, Bands *bands, const SourceList *list,
                const ClassifyOptions *options, Result *result, Error *error);

#endif
