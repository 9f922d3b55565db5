#include "sky/source/pixel_sky_fit.h"

#include <math.h>

#include "sky/source/tangent_plane.h"

enum { POSITIONS_MIN = 4 };

static const double degree = 0.017453292519943295;

// Sums over the positions, each about the mean of its kind.
typedef struct Sums {
    double xx, xy, yy;
    double x_xi, y_xi, x_eta, y_eta;
    double sky; // xi^2 + eta^2
} Sums;

static bool are_angles(const double *ra, const double *dec, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(ra[i] >= 0.0 && ra[i] <= 360.0 && fabs(dec[i]) <= 90.0))
            return false;
    return true;
}

// The middle of the positions, so that 0 and 360 degrees are neighbours; radians.
static void middle(const double *ra, const double *dec, size_t n, double *ra0, double *dec0)
{
    double pole[3] = {0.0, 0.0, 0.0};
    for (size_t i = 0; i < n; i++) {
        pole[0] += cos(degree * dec[i]) * cos(degree * ra[i]);
        pole[1] += cos(degree * dec[i]) * sin(degree * ra[i]);
        pole[2] += sin(degree * dec[i]);
    }
    *ra0 = atan2(pole[1], pole[0]);
    *dec0 = atan2(pole[2], hypot(pole[0], pole[1]));
}

// An image reaches no further from its middle.
static const double field_max = 10.0; // degrees

static bool add_up(const double *x, const double *y, const double *ra, const double *dec, size_t n,
                   Sums *sums)
{
    double ra0, dec0, mean[4] = {0.0, 0.0, 0.0, 0.0}, xi, eta;
    middle(ra, dec, n, &ra0, &dec0);
    for (size_t i = 0; i < n; i++) {
        if (tangent_plane(degree * ra[i], degree * dec[i], ra0, dec0, &xi, &eta) <=
            cos(field_max * degree))
            return false;
        mean[0] += x[i] / (double)n;
        mean[1] += y[i] / (double)n;
        mean[2] += xi / (double)n;
        mean[3] += eta / (double)n;
    }
    *sums = (Sums){0};
    for (size_t i = 0; i < n; i++) {
        tangent_plane(degree * ra[i], degree * dec[i], ra0, dec0, &xi, &eta);
        const double dx = x[i] - mean[0], dy = y[i] - mean[1];
        xi -= mean[2];
        eta -= mean[3];
        sums->xx += dx * dx;
        sums->xy += dx * dy;
        sums->yy += dy * dy;
        sums->x_xi += dx * xi;
        sums->y_xi += dy * xi;
        sums->x_eta += dx * eta;
        sums->y_eta += dy * eta;
        sums->sky += xi * xi + eta * eta;
    }
    return true;
}

bool pixel_sky_fit(const double *x, const double *y, const double *ra, const double *dec, size_t n,
                   double *scale)
{
    Sums s;
    if (n < POSITIONS_MIN || !are_angles(ra, dec, n) || !add_up(x, y, ra, dec, n, &s))
        return false;
    const double determinant = s.xx * s.yy - s.xy * s.xy;
    if (!(determinant > 1e-6 * s.xx * s.yy) || !(s.sky > 0.0))
        return false;
    const double a = (s.x_xi * s.yy - s.y_xi * s.xy) / determinant;
    const double b = (s.y_xi * s.xx - s.x_xi * s.xy) / determinant;
    const double c = (s.x_eta * s.yy - s.y_eta * s.xy) / determinant;
    const double d = (s.y_eta * s.xx - s.x_eta * s.xy) / determinant;
    // What the plane leaves of the sum of squares.
    const double rest = s.sky - a * s.x_xi - b * s.y_xi - c * s.x_eta - d * s.y_eta;
    // The singular values are their sum and difference: a turn has the one only, a mirror the
    // other.
    const double even = hypot(a + d, b - c) / 2.0, odd = hypot(a - d, b + c) / 2.0;
    const double larger = even > odd ? even : odd, smaller = even > odd ? odd : even;
    *scale = larger / degree * 3600.0;
    return rest <= 1e-4 * s.sky && smaller <= 0.05 * larger && *scale >= 0.001 && *scale <= 60.0;
}
