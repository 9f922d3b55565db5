// Pictures (PNG, JPEG) as images: each colour a plane of 8-bit numbers.
#ifndef SKYCLASS_SKY_IMAGE_PICTURE_H
#define SKYCLASS_SKY_IMAGE_PICTURE_H

#include <fitsio.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { PICTURE_START_SIZE = 8 };

// Whether a file that begins with these bytes is a picture.
bool picture_starts(const unsigned char start[PICTURE_START_SIZE]);

// Opens the picture as a FITS file in memory: width x height x 1 plane (grey) or 3 (red, green,
// blue), 0 to 255 as they stand in the file: neither gamma nor EXIF's orientation is applied,
// transparency is left out, 16 bits become 8. The picture's top row is the last of the image, so
// that it is seen the right way up; its first pixel at the bottom left is (1, 1).
Status picture_open(const char *path, fitsfile **file, Error *error);

#endif
