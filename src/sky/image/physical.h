// Physical coordinates: pixels of the image that this one was cut or blocked from, which its header
// leads back to (IRAF's LTM and LTV keywords).
#ifndef SKYCLASS_SKY_IMAGE_PHYSICAL_H
#define SKYCLASS_SKY_IMAGE_PHYSICAL_H

#include <stdbool.h>

#include "sky/image/image.h"

// image x = m[0] X + m[1] Y + m[4], image y = m[2] X + m[3] Y + m[5], all 1-based. As in DS9 the
// terms that turn the axes are the other way round than in IRAF: m[1] is LTM2_1, m[2] LTM1_2.
typedef struct Physical {
    double m[6];
} Physical;

// From the header; the image's own pixels where it has no such keywords, or useless ones.
Physical physical_of_image(const Image *image);

// False where the values allow no way back (or are not numbers); m is in the order above.
bool physical_make(const double m[6], Physical *physical);

void physical_to_image(const Physical *physical, double *x, double *y);
void physical_from_image(const Physical *physical, double *x, double *y);

#endif
