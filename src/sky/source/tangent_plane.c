#include "sky/source/tangent_plane.h"

#include <math.h>

double tangent_plane(double ra, double dec, double ra0, double dec0, double *xi, double *eta)
{
    double depth = sin(dec) * sin(dec0) + cos(dec) * cos(dec0) * cos(ra - ra0);
    *xi = cos(dec) * sin(ra - ra0) / depth;
    *eta = (sin(dec) * cos(dec0) - cos(dec) * sin(dec0) * cos(ra - ra0)) / depth;
    return depth;
}
