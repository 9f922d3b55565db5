// Several images of one field, in band order. The first is the reference grid: positions and
// cutouts are in its pixels.
#ifndef SKYCLASS_SKY_IMAGE_BANDS_H
#define SKYCLASS_SKY_IMAGE_BANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "sky/image/image.h"
#include "sky/image/row_window.h"
#include "sky/image/weight_map.h"
#include "sky/source/source.h"

typedef struct Bands Bands;

// `paths` in band order. All on one grid, or (other sizes, scales, rotations) each with a WCS;
// else an error that names the two files. Images of one size whose WCS agree within 0.5 pixel, or
// of which one has no WCS, are taken as aligned; a band that is the same grid cut differently is
// read shifted; any other is resampled.
// `planes[i]` counts from 1 for cubes; NULL, or 0 for a file, takes the first.
Status bands_open(const char *const *paths, const size_t *planes, size_t n_bands, Bands **bands,
                  Error *error);
void bands_close(Bands *bands);
size_t bands_count(const Bands *bands);
Image *bands_image(const Bands *bands, size_t band);
bool bands_resampled(const Bands *bands, size_t band); // reached through WCS
// Band pixel = reference pixel + (*dx, *dy), where the band is not resampled.
void bands_shift(const Bands *bands, size_t band, long *dx, long *dy);
// Reads the band's pixels, keeping rows that the next reads need.
RowWindow *bands_rows(const Bands *bands, size_t band);
// The weights that lie in the band's file, in the band's own pixels; NULL where there are none.
WeightMap *bands_weights(const Bands *bands, size_t band);

// Fills in x, y from ra, dec and the other way round with the reference image's WCS. A position it
// cannot convert is left without.
void bands_locate(const Bands *bands, SourceList *list);

#endif
