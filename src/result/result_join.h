// Several results as one.
#ifndef SKYCLASS_RESULT_RESULT_JOIN_H
#define SKYCLASS_RESULT_RESULT_JOIN_H

#include "result/result.h"

// Rows of n >= 1 results, one after the other, with a source list of their own. Their classes must
// be the same. Notes that differ are joined.
Status result_join(const Result *const *results, size_t n, SourceList **list, Result **joined,
                   Error *error);

#endif
