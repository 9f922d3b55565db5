// Images through cfitsio, read by the piece.
#ifndef SKYCLASS_SKY_IMAGE_IMAGE_H
#define SKYCLASS_SKY_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct Image Image;   // one open 2-D plane of a FITS file
typedef struct SkyWcs SkyWcs; // sky/sky_wcs.h

enum { IMAGE_NAME_SIZE = 72 }; // longest value of a header card, with its NUL

// Opens `path`: a FITS file, plain, tile-compressed (.fz) or compressed as a whole (.gz; cfitsio
// then holds it in memory), with at most one [extension] after it: its number (0 is the primary
// HDU), its name, or name,version. The name of an existing file is taken as it stands, whatever
// it contains; nothing else of cfitsio's extended syntax (commands, URLs, filters) is understood.
// Without an [extension] the first HDU that holds a 2-D (or more) image is taken. `plane` counts
// from 1 through axes 3 and up; 0 means the first.
Status image_open(const char *path, size_t plane, Image **image, Error *error);
void image_close(Image *image);

// The image in another extension of the same file that is called `name` and has the same EXTVER,
// width and height; its plane of the same number where it has as many. *sibling is NULL where the
// file has none such.
Status image_open_sibling(const Image *image, const char *name, Image **sibling, Error *error);

const char *image_path(const Image *image); // as given to image_open
size_t image_width(const Image *image);     // NAXIS1
size_t image_height(const Image *image);    // NAXIS2
// Whether a 1-based position lies on a pixel.
bool image_contains(const Image *image, double x, double y);
size_t image_plane(const Image *image); // from 1
size_t image_plane_count(const Image *image);
const char *image_extension_name(const Image *image); // EXTNAME, "" when absent

// The celestial WCS, or NULL when the header has none that can be used. Owned by the image.
const SkyWcs *image_wcs(const Image *image);
// Why the header's WCS cannot be used; "" when it can or there is none.
const char *image_wcs_problem(const Image *image);

// A header value as text, "" when absent. Looked up in the image's own HDU, then in the primary.
void image_header_text(const Image *image, const char *keyword, char *text, size_t size);
// A header value as a number; false when absent or not a number.
bool image_header_number(const Image *image, const char *keyword, double *value);

// pixels[height][width], rows upwards: the rectangle whose first pixel is the 0-based (x0, y0).
// Scaled by BSCALE and BZERO; BLANK, NaN, infinite and outside pixels are NaN. One call at a time
// per Image; different Images may be read from different threads.
Status image_read(Image *image, long x0, long y0, size_t width, size_t height, float *pixels,
                  Error *error);

// Width and height of the tiles of a tile-compressed image (a tile is always decompressed whole);
// false where the image is not tile-compressed.
bool image_tile_size(const Image *image, size_t *width, size_t *height);

// One HDU that holds an image.
typedef struct ImageExtension {
    size_t number;              // 0 is the primary HDU
    char name[IMAGE_NAME_SIZE]; // EXTNAME or ""
    size_t width, height, n_planes;
} ImageExtension;

// All HDUs of a file that hold an image, in order; of a `path` with an [extension] only that one.
// Free *list with free(). None at all is an error.
Status image_list(const char *path, ImageExtension **list, size_t *n, Error *error);

#endif
