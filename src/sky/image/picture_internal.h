// What each format's file provides for picture.c.
#ifndef SKYCLASS_SKY_IMAGE_PICTURE_INTERNAL_H
#define SKYCLASS_SKY_IMAGE_PICTURE_INTERNAL_H

#include <stddef.h>

#include "base/error.h"

typedef struct Picture {
    size_t width, height, n_colours;
    unsigned char *pixels; // [height][width][n_colours], the top row first; free()
} Picture;

// Room for the pixels of a picture whose numbers the file has said; checked against the limits.
Status picture_room(Picture *picture, size_t n_bytes, Error *error);

Status picture_read_png(const unsigned char *bytes, size_t n, Picture *picture, Error *error);
Status picture_read_jpeg(const unsigned char *bytes, size_t n, Picture *picture, Error *error);

#endif
