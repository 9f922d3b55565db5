// Several results as one.
#ifndef SKYCLASS_RESULT_RESULT_JOIN_H
#define SKYCLASS_RESULT_RESULT_JOIN_H

#include "result/result.h"

// Rows of n >= 1 results, one after the other, as a result by itself: of one, a copy. Their classes
// must be the same; they look as the first's. Notes that differ are joined. What becomes of the
// results changes nothing in it.
Status result_join(const Result *const *results, size_t n, Result **joined, Error *error);

#endif
