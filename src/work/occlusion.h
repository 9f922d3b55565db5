// What counts in a cutout by covering it: a square is replaced by the local background, and the
// score of a class falls where the square hid what the class was given for (Zeiler & Fergus 2014,
// section 4.2).
#ifndef SKYCLASS_WORK_OCCLUSION_H
#define SKYCLASS_WORK_OCCLUSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "classifier/model.h"

typedef struct Occlusion Occlusion;

// Squares of `patch` pixels (0: a sixth of the cutout, 3 at least), `stride` apart (0: half the
// patch, rounded up), the last against the edge. `each_band`: one band is covered at a time.
// `model` and `scorer` must outlive it. STATUS_USAGE where the patch does not fit the cutout.
Status occlusion_new(const Model *model, size_t patch, size_t stride, bool each_band,
                     Scorer *scorer, Occlusion **occlusion, Error *error);
void occlusion_free(Occlusion *occlusion);

// planes[1 or bands][size][size]: for each pixel of cutout[size][size][bands], the mean over the
// squares that cover it of `score` minus the score of `class` (from 0) with the square covered. The
// background of a band is the median of the cutout's outermost pixels. Of an ensemble the scores
// are the members' mean.
Status occlusion_run(Occlusion *occlusion, const float *cutout, size_t class, float score,
                     float *planes, Error *error);

#endif
