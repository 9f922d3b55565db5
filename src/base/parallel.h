// A fixed set of threads that share out numbered items.
#ifndef SKYCLASS_BASE_PARALLEL_H
#define SKYCLASS_BASE_PARALLEL_H

#include <stddef.h>

#include "base/error.h"

typedef struct Parallel Parallel;

// `n_threads` workers in all (the calling thread is one of them); 0 means one a core. Free with
// parallel_free. n_threads == 1 starts no thread.
Status parallel_new(size_t n_threads, Parallel **parallel, Error *error);
void parallel_free(Parallel *parallel);
size_t parallel_thread_count(const Parallel *parallel);

// Calls work(context, item, thread) once for each item in 0 .. n_items-1, each on some thread
// (0 .. thread_count-1), in increasing order of start; returns when all are done. Not re-entrant:
// one parallel_run at a time per Parallel.
void parallel_run(Parallel *parallel, size_t n_items,
                  void (*work)(void *context, size_t item, size_t thread), void *context);

// Part `index` of `count` about equal parts of some work.
typedef struct Share {
    size_t index, count;
} Share;

static const Share SHARE_ALL = {0, 1};

// Of n things, this part has those from share_begin to before share_end.
size_t share_begin(Share share, size_t n);
size_t share_end(Share share, size_t n);

// Number of cores this process may use (its CPU affinity).
size_t parallel_core_count(void);

#endif
