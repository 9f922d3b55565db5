#include "sky/source/disc.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

Status disc_read(const char *text, Disc *disc, Error *error)
{
    char rest;
    int n = sscanf(text, "%lf %lf %lf %lf %lf %c", &disc->ra, &disc->dec, &disc->position_angle,
                   &disc->inclination, &disc->distance, &rest);
    bool good = n == 5 && isfinite(disc->ra) && fabs(disc->dec) <= 90.0 &&
                isfinite(disc->position_angle) && disc->inclination >= 0.0 &&
                disc->inclination < 90.0 && disc->distance > 0.0 && isfinite(disc->distance);
    return good ? STATUS_OK
                : error_set(error, STATUS_BAD_INPUT,
                            "a disc is RA, Dec, position angle, inclination (below 90) in degrees "
                            "and a distance in kpc, not \"%.80s\"",
                            text);
}

double disc_radius(const Disc *disc, double ra, double dec)
{
    const double degree = M_PI / 180.0;
    double away = (ra - disc->ra) * degree, d = dec * degree, d0 = disc->dec * degree;
    double depth = sin(d) * sin(d0) + cos(d) * cos(d0) * cos(away);
    if (!(depth > 0.0))
        return NAN;
    double xi = cos(d) * sin(away) / depth;
    double eta = (sin(d) * cos(d0) - cos(d) * sin(d0) * cos(away)) / depth;
    double angle = disc->position_angle * degree;
    double along = xi * sin(angle) + eta * cos(angle);
    double across = -xi * cos(angle) + eta * sin(angle);
    return disc->distance * hypot(along, across / cos(disc->inclination * degree));
}
