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

bool local_plane_at(const SkyWcs *wcs, double x, double y, double reach, LocalPlane *plane)
{
    *plane = (LocalPlane){.pixel = {x, y}};
    if (!sky_wcs_to_sky(wcs, x, y, &plane->sky[0], &plane->sky[1]))
        return false;
    for (int axis = 0; axis < 2; axis++) {
        const double dx = axis == 0 ? reach : 0.0, dy = axis == 1 ? reach : 0.0;
        double ra[2], dec[2], xi[2], eta[2];
        if (!sky_wcs_to_sky(wcs, x - dx, y - dy, &ra[0], &dec[0]) ||
            !sky_wcs_to_sky(wcs, x + dx, y + dy, &ra[1], &dec[1]))
            return false;
        for (int side = 0; side < 2; side++)
            project(plane->sky, ra[side], dec[side], &xi[side], &eta[side]);
        plane->per_pixel[0][axis] = (xi[1] - xi[0]) / (2.0 * reach);
        plane->per_pixel[1][axis] = (eta[1] - eta[0]) / (2.0 * reach);
    }
    return true;
}
