// The sky around one pixel as a flat grid: what a small cutout says of where it lies.
#ifndef SKYCLASS_SKY_IMAGE_LOCAL_PLANE_H
#define SKYCLASS_SKY_IMAGE_LOCAL_PLANE_H

#include <stdbool.h>

#include "sky/image/sky_wcs.h"

// A tangent projection (RA---TAN, DEC--TAN, ICRS) without distortion.
typedef struct LocalPlane {
    double pixel[2];        // CRPIX, 1-based
    double sky[2];          // CRVAL, degrees
    double per_pixel[2][2]; // CDi_j, degrees a pixel
} LocalPlane;

// Touches the image's WCS at the 1-based pixel x, y; the slopes are taken over `reach` pixels to
// each side, so that over a cutout of twice that the distortion left is of second order.
// *known is false where the projection has no answer; the only error is that memory ran out.
Status local_plane_at(const SkyWcs *wcs, double x, double y, double reach, LocalPlane *plane,
                      bool *known, Error *error);

// The position on the sky of a pixel of the plane.
void local_plane_to_sky(const LocalPlane *plane, double x, double y, double *ra, double *dec);

#endif
