// A square of pixels of one grid, taken from an image on another grid through both WCS.
#ifndef SKYCLASS_SKY_IMAGE_RESAMPLE_H
#define SKYCLASS_SKY_IMAGE_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "sky/image/row_window.h"
#include "sky/image/sky_wcs.h"

enum { PIXEL_MAP_CELLS = 16 };

// Where a square's pixels lie in the other image: exact at the nodes of a net, bilinear between
// them. With nodes at most 16 pixels apart (squares up to 256 pixels) distortions of HST cameras
// leave an error below 0.001 pixel.
typedef struct PixelMap {
    size_t size;                                                    // pixels on a side
    size_t n_cells;                                                 // on a side
    double nodes[(PIXEL_MAP_CELLS + 1) * (PIXEL_MAP_CELLS + 1)][2]; // 0-based pixels of the image
} PixelMap;

// The square's first pixel is the 0-based (x0, y0) of the grid `from`. *mapped is false where
// a position has no counterpart in the grid `to`; the only error is that memory ran out.
Status pixel_map_make(const SkyWcs *from, const SkyWcs *to, long x0, long y0, size_t size,
                      PixelMap *map, bool *mapped, Error *error);

// The part of the other image that resampling needs.
Box pixel_map_box(const PixelMap *map);

// square[size][size] from pixels[box.height][box.width]. Bilinear interpolation at the pixel's
// centre, or averaged over a grid within the pixel where the other image's pixels are smaller, so
// that none of them is skipped. With `per_pixel` (units such as electrons/s a pixel) values are
// multiplied by the ratio of pixel areas, which conserves flux; otherwise (surface brightness) not.
// A pixel that touches a NaN is NaN.
void resample_square(const PixelMap *map, const Box *box, const float *pixels, bool per_pixel,
                     float *square);

#endif
