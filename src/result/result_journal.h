// The rows of a field that is still being classified, put by beside its output, so that a run that
// is killed need not begin again.
#ifndef SKYCLASS_RESULT_RESULT_JOURNAL_H
#define SKYCLASS_RESULT_RESULT_JOURNAL_H

#include "result/result.h"

// Writes the rows that `is_final[n]` marks (NULL: all). `key` says in one line what they are the
// rows of: list, images, model, options.
Status result_journal_write(const Result *result, const unsigned char *is_final, const char *key,
                            const char *path, Error *error);

// Puts the rows of the journal into `result` and sets their known[n]. A journal that is not there,
// is damaged or has another key leaves everything as it is: only memory that runs out is an error.
Status result_journal_read(Result *result, const char *key, const char *path, unsigned char *known,
                           Error *error);

#endif
