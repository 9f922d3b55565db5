// Results from the files that result_write makes.
#ifndef SKYCLASS_RESULT_RESULT_READ_H
#define SKYCLASS_RESULT_RESULT_READ_H

#include "result/result.h"

// Reads a table with a column class, as .fits, .ecsv, .vot and .csv have, and score_1 ... score_N
// and flag as far as they are there; the other columns are the sources' own, what an ensemble's
// members said with them. The file says the classes' names and looks and the notes; where it does
// not (.csv), classes are called by their numbers and look as StarcNet's. A class or score that is
// none of the result's is an error that says where.
Status result_read(const char *path, Result **result, Error *error);

#endif
