// The radius of a position in a galaxy's inclined disc.
#ifndef SKYCLASS_SKY_SOURCE_DISC_H
#define SKYCLASS_SKY_SOURCE_DISC_H

#include "base/error.h"

typedef struct Disc {
    double ra, dec;        // of the centre, degrees
    double position_angle; // of the major axis, degrees from north to east
    double inclination;    // degrees, 0 is face-on, below 90
    double distance;       // kpc
} Disc;

// "ra dec position_angle inclination distance".
Status disc_read(const char *text, Disc *disc, Error *error);

// kpc from the centre in the plane of the disc, by the tangent plane about the centre: X along the
// major axis, Y across it, R^2 = X^2 + (Y / cos i)^2. NaN a quarter of the sky away.
double disc_radius(const Disc *disc, double ra, double dec);

#endif
