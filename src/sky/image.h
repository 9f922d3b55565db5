// Images through cfitsio, read by the piece.
#ifndef SKYCLASS_SKY_IMAGE_H
#define SKYCLASS_SKY_IMAGE_H

#include <stddef.h>

#include "base/error.h"

typedef struct Image Image;   // one open 2-D plane of a FITS file
typedef struct SkyWcs SkyWcs; // sky/sky_wcs.h

// Opens `path` (cfitsio's extended syntax: file.fits[1], file.fits[SCI], file.fits.gz, .fz). With
// no [extension] the first HDU that holds a 2-D (or more) image is taken. `plane` counts from 1
// for cubes (0 means the first, and is an error where there is more than one and `strict`).
// Handles BSCALE/BZERO, BLANK -> NaN, tile compression.
Status image_open(const char *path, size_t plane, Image **image, Error *error);
void image_close(Image *image);

const char *image_path(const Image *image);
size_t image_width(const Image *image);  // NAXIS1
size_t image_height(const Image *image); // NAXIS2
size_t image_plane_count(const Image *image);
// The celestial WCS, or NULL when the header has none. Owned by the image.
const SkyWcs *image_wcs(const Image *image);
// A header value as text, "" when absent. Valid until the next call with the same buffer.
void image_header_text(const Image *image, const char *keyword, char *text, size_t size);
// The filter, in upper case ("F555W"), from FILTER, FILTER1/FILTER2 (the one that is not CLEAR),
// PHOTMODE, else from the file name; "" when unknown.
void image_band(const Image *image, char *band, size_t size);

// pixels[height][width], rows upwards: the rectangle whose first pixel is the 0-based (x0, y0).
// Pixels outside the image are NaN.
Status image_read(Image *image, long x0, long y0, size_t width, size_t height, float *pixels,
                  Error *error);

#endif
