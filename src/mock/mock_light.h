// Light distributions as sums of Gaussians, and their images through the telescope.
//
// The point-spread function, the profiles of clusters (Elson, Fall & Freeman 1987) and of
// exponential discs all are, exactly or to better than the noise, sums of Gaussians; so is then
// their convolution, with variances that add. No image is ever convolved.
#ifndef SKYCLASS_MOCK_MOCK_LIGHT_H
#define SKYCLASS_MOCK_MOCK_LIGHT_H

#include <stddef.h>

#include "base/random.h"
#include "mock/mock_band.h"

// Positions and lengths are pixels; the centre of the first pixel is (0, 0).

enum { MOCK_MIXTURE_SIZE = 12 };

// Circular Gaussians: fraction of the flux, variance and, from the middle, place.
typedef struct MockMixture {
    size_t n;
    double weight[MOCK_MIXTURE_SIZE];
    double variance[MOCK_MIXTURE_SIZE];
    double x[MOCK_MIXTURE_SIZE], y[MOCK_MIXTURE_SIZE];
} MockMixture;

typedef struct MockPsf {
    MockMixture band[MOCK_BANDS]; // the pixel's own width included
} MockPsf;

// The point-spread function on pixels of `pixel_scale` arcsec. `width` of each band is the optics'
// over what it is in F814W.
MockPsf mock_psf(double pixel_scale, const double width[MOCK_BANDS]);

// Moves some of the light to one side of the core and the other, as aberrations do: not alike in
// any two draws. `strength` is the usual fraction of the light that one of the spots holds.
void mock_psf_aberrate(MockPsf *psf, double pixel_scale, double strength, Random *random);

typedef enum MockShape {
    MOCK_POINT,
    MOCK_EFF,         // (1 + r^2/a^2)^(-slope/2) out to about 15 a
    MOCK_EXPONENTIAL, // exp(-r/h)
    MOCK_GAUSSIAN,
} MockShape;

typedef struct MockLight {
    MockShape shape;
    double x, y;
    double radius;           // half-light radius along the major axis
    double slope;            // MOCK_EFF only, above 2
    double axis_ratio;       // minor / major, 0 < axis_ratio <= 1
    double angle;            // of the major axis from +x towards +y, radians
    double flux[MOCK_BANDS]; // electrons/s in all
} MockLight;

// A rectangle of an image: pixels[height][width] whose first pixel is (x0, y0).
typedef struct MockCanvas {
    float *pixels;
    long x0, y0;
    size_t width, height;
} MockCanvas;

// Adds the light, seen through the PSF in one band, to the canvas. Each Gaussian is drawn out to
// where it falls below `faintest` electrons/s a pixel.
void mock_light_render(const MockLight *light, const MockPsf *psf, int band, double faintest,
                       const MockCanvas *canvas);

// The four diffraction spikes of a star of `flux` electrons/s, at `angle` and the three right
// angles to it.
void mock_spikes_render(double x, double y, double flux, double angle, const MockPsf *psf, int band,
                        const MockCanvas *canvas);

#endif
