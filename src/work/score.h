// The one loop that scores sources: cutouts in, scores and classes out, in blocks, on all cores.
// Classifying, evaluating and training's validation are what they read from and where they store.
#ifndef SKYCLASS_WORK_SCORE_H
#define SKYCLASS_WORK_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "classifier/model.h"

// The outcome of one source.
typedef struct ScoreRow {
    const float *scores;  // [classes], the members' mean; NULL where it could not be classified
    const float *members; // [members][classes]
    Verdict verdict;      // of the recipe's decision; class 0 where not classified or undecided
    unsigned flags;       // SOURCE_FLAG_ bits (sky/cutout.h)
} ScoreRow;

typedef struct Scoring {
    const Model *model; // prepared (classifier_prepare)
    size_t n;           // sources, numbered from 0
    size_t n_threads;   // 0: one a core
    size_t first_batch; // sources in the first, small block so that first results come early; 0: no
                        // special
    void *context;      // of the functions
    // By the calling thread, in order: the cutouts[n][size][size][bands] and flags[n] of sources
    // first .. first+n-1.
    Status (*read)(void *context, size_t first, size_t n, float *cutouts, unsigned *flags,
                   Error *error);
    // By any of the threads, also several at once, never twice for one source.
    void (*store)(void *context, size_t source, const ScoreRow *row);
    // One call at a time: sources first .. first+n-1 are stored, n_done of all. True stops the run
    // with STATUS_CANCELLED. NULL where nobody asks.
    bool (*report)(void *context, size_t first, size_t n, size_t n_done);
} Scoring;

// The calling thread reads ahead while n_threads others compute; memory does not depend on the
// number of sources. A source's scores are the same bits whatever the threads and blocks. One whose
// scores overflow is not classified: SOURCE_FLAG_NO_DATA. A failure or stop on the way leaves the
// rows that were stored.
Status score_run(const Scoring *scoring, Error *error);

#endif
