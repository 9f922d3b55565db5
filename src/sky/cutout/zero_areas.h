// Areas of exact zeros, which mosaics hold where nothing was exposed: chip gaps, the outside.
#ifndef SKYCLASS_SKY_CUTOUT_ZERO_AREAS_H
#define SKYCLASS_SKY_CUTOUT_ZERO_AREAS_H

#include <stddef.h>

#include "base/error.h"

typedef struct ZeroAreas ZeroAreas; // working memory, which grows with the largest piece marked

Status zero_areas_new(ZeroAreas **areas, Error *error);
void zero_areas_free(ZeroAreas *areas);

// Makes NaN of the zeros of pixels[height][width] that are no data: those connected, side by side,
// to a square of block x block zeros (or of the whole piece, where that is smaller). A lone zero
// and a thin line of them are data. Zeros are all data where the other pixels lie scattered among
// them, as the photons of a sparse image do: in four groups or more of fewer than 16 pixels on
// average. `block` 0 leaves everything as it is. Only this piece decides, never its neighbours.
Status zero_areas_mark(ZeroAreas *areas, size_t block, size_t width, size_t height, float *pixels,
                       Error *error);

#endif
