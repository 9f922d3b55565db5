#include "sky/image/local_plane.h"

#include <math.h>

static const double degree = 0.017453292519943295;

// Tangent projection about `sky` (Calabretta & Greisen 2002, section 5.1.3), degrees to degrees.
static void project(const double sky[2], double ra, double dec, double *xi, double *eta)
{
    const double turn = degree * (ra - sky[0]), at = degree * dec, about = degree * sky[1];
    const double depth = sin(at) * sin(about) + cos(at) * cos(about) * cos(turn);
    *xi = cos(at) * sin(turn) / depth / degree;
    *eta = (sin(at) * cos(about) - cos(at) * sin(about) * cos(turn)) / depth / degree;
}

Status local_plane_at(const SkyWcs *wcs, double x, double y, double reach, LocalPlane *plane,
                      bool *known, Error *error)
{
    // The pixel, then those before and behind it along each axis.
    const double pixels[5][2] = {
        {x, y}, {x - reach, y}, {x + reach, y}, {x, y - reach}, {x, y + reach}};
    double sky[5][2] = {{NAN, NAN}};
    Status status = sky_wcs_to_sky_array(wcs, pixels, 5, sky, error);
    *plane = (LocalPlane){.pixel = {x, y}, .sky = {sky[0][0], sky[0][1]}};
    *known = status == STATUS_OK;
    for (int i = 0; i < 5; i++)
        *known = *known && isfinite(sky[i][0]) && isfinite(sky[i][1]);
    for (int axis = 0; *known && axis < 2; axis++) {
        double xi[2], eta[2];
        for (int side = 0; side < 2; side++) {
            const double *at = sky[1 + 2 * axis + side];
            project(plane->sky, at[0], at[1], &xi[side], &eta[side]);
        }
        plane->per_pixel[0][axis] = (xi[1] - xi[0]) / (2.0 * reach);
        plane->per_pixel[1][axis] = (eta[1] - eta[0]) / (2.0 * reach);
    }
    return status;
}

void local_plane_to_sky(const LocalPlane *plane, double x, double y, double *ra, double *dec)
{
    const double dx = x - plane->pixel[0], dy = y - plane->pixel[1], about = degree * plane->sky[1];
    const double xi = degree * (plane->per_pixel[0][0] * dx + plane->per_pixel[0][1] * dy);
    const double eta = degree * (plane->per_pixel[1][0] * dx + plane->per_pixel[1][1] * dy);
    const double depth = cos(about) - eta * sin(about);
    *ra = fmod(plane->sky[0] + atan2(xi, depth) / degree + 360.0, 360.0);
    *dec = atan2(sin(about) + eta * cos(about), hypot(xi, depth)) / degree;
}
