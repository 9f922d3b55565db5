// How long work tells how far it is, and learns that it should stop.
#ifndef SKYCLASS_BASE_PROGRESS_H
#define SKYCLASS_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ProgressNews {
    size_t done, total;  // of the work's own unit: sources, steps, galaxies
    const size_t *items; // [n_items] which of them were finished just now, where it matters
    size_t n_items;
    const void *figures; // what this kind of work says beside; NULL: nothing
} ProgressNews;

typedef struct Progress {
    // One call at a time, from any thread. True: the work ends soon, with STATUS_CANCELLED.
    bool (*report)(void *context, const ProgressNews *news);
    void *context;
} Progress;

// `progress` may be NULL: nobody asks, nothing stops.
bool progress_tell(const Progress *progress, const ProgressNews *news);
// The same where there are only counts.
bool progress_report(const Progress *progress, size_t done, size_t total);

#endif
