// The plane on which images lie (gnomonic projection).
#ifndef SKYCLASS_SKY_SOURCE_TANGENT_PLANE_H
#define SKYCLASS_SKY_SOURCE_TANGENT_PLANE_H

// Where (ra, dec) is seen from (ra0, dec0), all in radians: *xi grows with ra, *eta with dec
// (Calabretta & Greisen 2002, section 5.1.3). Returns the cosine of the angle between the two; the
// plane holds only what has a positive one.
double tangent_plane(double ra, double dec, double ra0, double dec0, double *xi, double *eta);

#endif
