// Positions of a source in each band's own image, where a list has them: catalogues of stacks that
// are not on one grid (PAndAS: x_g, y_g, x_i, y_i).
#ifndef SKYCLASS_SKY_SOURCE_BAND_POSITIONS_H
#define SKYCLASS_SKY_SOURCE_BAND_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "sky/source/source.h"

// Gives each source its band_xy where the list's table has columns x_BAND and y_BAND (any case) for
// every one of the bands; *taken says whether it has. Pixels count as x, y do. A cell that is empty
// leaves the source without that position; a word is an error.
Status source_list_take_band_positions(SourceList *list, const char *const *bands, size_t n_bands,
                                       bool *taken, Error *error);

#endif
