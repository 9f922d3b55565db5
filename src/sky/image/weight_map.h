// The map of weights, or of data quality, that lies in the same file as an image.
#ifndef SKYCLASS_SKY_IMAGE_WEIGHT_MAP_H
#define SKYCLASS_SKY_IMAGE_WEIGHT_MAP_H

#include "base/error.h"
#include "sky/image/image.h"
#include "sky/image/row_window.h"

typedef struct WeightMap WeightMap;

// The map of `image`: an extension WHT or WEIGHT (no data where it is 0), else DQ of an HST or JWST
// file (no data where its bit for filled in pixels is set), with the image's EXTVER and its size.
// *map is NULL where the file has none.
Status weight_map_open(const Image *image, WeightMap **map, Error *error);
void weight_map_close(WeightMap *map);

// Makes NaN of those of pixels[height][width], read from boxes[0], that have no data. boxes[1 ..
// n-1] are what will be asked for next, as for row_window_read.
Status weight_map_apply(WeightMap *map, const Box *boxes, size_t n, float *pixels, Error *error);

#endif
