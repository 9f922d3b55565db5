// Rows of an image kept in memory while neighbouring boxes are read from them, so that boxes
// visited in row order read (and decompress) each row once.
#ifndef SKYCLASS_SKY_IMAGE_ROW_WINDOW_H
#define SKYCLASS_SKY_IMAGE_ROW_WINDOW_H

#include <stddef.h>

#include "base/error.h"
#include "sky/image/image.h"

typedef struct RowWindow RowWindow;

typedef struct Box {
    long x0, y0; // first pixel, 0-based; may lie outside the image
    size_t width, height;
} Box;

// Does not own `image`, which must outlive it.
Status row_window_new(Image *image, RowWindow **window, Error *error);
void row_window_free(RowWindow *window);

// pixels[height][width] of boxes[0], as image_read gives them. boxes[1 .. n-1] are those that will
// be asked for next, by increasing y0: they decide whether whole rows are read and kept, or just
// this box. Keeps at most 8 MB, or the rows of one box where those are more.
Status row_window_read(RowWindow *window, const Box *boxes, size_t n, float *pixels, Error *error);

#endif
