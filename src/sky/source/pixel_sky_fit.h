// Do positions on the sky follow positions in an image?
#ifndef SKYCLASS_SKY_SOURCE_PIXEL_SKY_FIT_H
#define SKYCLASS_SKY_SOURCE_PIXEL_SKY_FIT_H

#include <stdbool.h>
#include <stddef.h>

// Fits a tangent plane to n positions, pixels x, y and degrees ra, dec: a shift, a turn or mirror,
// and a scale along each axis. True when what remains is below a hundredth of the field, both
// scales are the same within a tenth, and *scale, their mean, is one that images have (0.001 to 60
// arcsec a pixel). False for fewer than 4 positions, or positions on a line: any numbers would fit
// those.
bool pixel_sky_fit(const double *x, const double *y, const double *ra, const double *dec, size_t n,
                   double *scale);

#endif
