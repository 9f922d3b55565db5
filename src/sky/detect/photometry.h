// Photometry as LEGUS does it (Adamo et al. 2017, section 3.1).
#ifndef SKYCLASS_SKY_DETECT_PHOTOMETRY_H
#define SKYCLASS_SKY_DETECT_PHOTOMETRY_H

#include <stdbool.h>
#include <stddef.h>

// All positions are 0-based pixels of pixels[height][width].

// The flux within `radius` of (x, y), partial pixels counted by 11 x 11 sub-pixels.
double photometry_aperture(const float *pixels, size_t width, size_t height, double x, double y,
                           double radius);

// Median of the annulus of radii 7 to 8 pixels, and the scatter of its pixels (from the median
// absolute deviation).
void photometry_background(const float *pixels, size_t width, size_t height, double x, double y,
                           double *level, double *scatter);

// Moves (x, y) to the centroid under a Gaussian window of 1.5 pixels; at most 2 pixels away.
void photometry_centre(const float *pixels, size_t width, size_t height, double *x, double *y);

// mag(1 pixel) - mag(3 pixels) above the local background; NaN where either flux is not positive.
double photometry_ci(const float *pixels, size_t width, size_t height, double x, double y);

// Minor over major axis of the light within 4 pixels, from its second moments; 1 is round.
double photometry_roundness(const float *pixels, size_t width, size_t height, double x, double y);

#endif
