// Where the numbers of a region put it.
#include <math.h>

#include "sky/region/region_internal.h"

static const double degree = 3.14159265358979323846 / 180.0;

// One point in its own frame; the sky frame is ICRS then.
static bool locate_point(const RegionSystem *system, const Coordinate *pair, RegionFrame *frame,
                         double *first, double *second)
{
    CoordinateUnit unit = pair[0].unit;
    *first = pair[0].value;
    *second = pair[1].value;
    if (unit == UNIT_ARCMIN || unit == UNIT_ARCSEC || pair[1].unit == UNIT_ARCMIN ||
        pair[1].unit == UNIT_ARCSEC)
        return false;
    if (unit == UNIT_IMAGE || unit == UNIT_PHYSICAL) {
        *frame = unit == UNIT_IMAGE ? REGION_IMAGE : REGION_PHYSICAL;
        return pair[1].unit == unit;
    }
    *frame = system->frame;
    bool angle = unit != UNIT_NONE || pair[1].unit != UNIT_NONE;
    if (!angle && system->frame != REGION_SKY)
        return true;
    // An angle in a pixel system is FK5, as in DS9.
    bool own = system->frame == REGION_SKY;
    SkySystem sky = own ? system->sky : SKY_FK5;
    *frame = own && !system->sky_known ? REGION_NOWHERE : REGION_SKY;
    bool equatorial = sky == SKY_ICRS || sky == SKY_FK5 || sky == SKY_FK4;
    if (unit == UNIT_HOURS || (unit == UNIT_SEXAGESIMAL && equatorial && *frame == REGION_SKY))
        *first *= 15.0;
    if (unit == UNIT_RADIAN)
        *first /= degree;
    if (pair[1].unit == UNIT_RADIAN)
        *second /= degree;
    if (*second < -90.0 || *second > 90.0 || pair[1].unit == UNIT_HOURS)
        return false;
    double ra = *first, dec = *second;
    if (*frame == REGION_SKY && sky_system_to_icrs(sky, *first, *second, &ra, &dec)) {
        *first = ra;
        *second = dec;
    } else {
        *frame = REGION_NOWHERE;
    }
    return true;
}

bool region_locate(const RegionSystem *system, const Coordinate *values, size_t n, Region *region)
{
    double sum[3] = {0.0, 0.0, 0.0}; // of pixels, or of unit vectors on the sky
    double first = 0.0, second = 0.0;
    for (size_t i = 0; i < n; i++) {
        RegionFrame frame;
        if (!locate_point(system, values + 2 * i, &frame, &first, &second))
            return false;
        if (i > 0 && frame != region->frame)
            return false;
        region->frame = frame;
        if (frame == REGION_SKY) {
            sum[0] += cos(second * degree) * cos(first * degree);
            sum[1] += cos(second * degree) * sin(first * degree);
            sum[2] += sin(second * degree);
        } else {
            sum[0] += first;
            sum[1] += second;
        }
    }
    if (region->frame == REGION_SKY) {
        if (n > 1) {
            first = atan2(sum[1], sum[0]) / degree;
            second = atan2(sum[2], hypot(sum[0], sum[1])) / degree;
        }
        region->ra = first < 0.0 ? first + 360.0 : first;
        region->dec = second;
    } else {
        region->x = sum[0] / (double)n;
        region->y = sum[1] / (double)n;
    }
    return true;
}
