#include "mock/mock_light.h"

#include <math.h>

static const double pi = 3.141592653589793;

// Sum of Gaussians fitted to the encircled energies of 100 ACS F814W stars (COSMOS mosaics, from
// GalSim; radii 0.04" to 0.40", normalised at 0.75"; largest residual 0.003), less the 0.01" by
// which apertures on 0.04" pixels smooth more than on the 0.03" pixels of those mosaics.
static const double psf_sigma[] = {0.0356, 0.0697, 0.2286}; // arcsec
static const double psf_weight[] = {0.2473, 0.6223, 0.1304};
enum { PSF_SIZE = sizeof psf_sigma / sizeof psf_sigma[0] };
// What does not change with the optics' width: the pixel (0.0115"), charge diffusion (0.016") and
// the drizzling onto the common grid (0.024").
static const double psf_floor = 0.0312; // arcsec

MockPsf mock_psf(double pixel_scale, const double width[MOCK_BANDS])
{
    MockPsf psf = {0};
    double floor_variance = psf_floor * psf_floor;
    for (int band = 0; band < MOCK_BANDS; band++) {
        MockMixture *mixture = &psf.band[band];
        mixture->n = PSF_SIZE;
        for (size_t k = 0; k < PSF_SIZE; k++) {
            double optics = psf_sigma[k] * psf_sigma[k] - floor_variance;
            mixture->weight[k] = psf_weight[k];
            mixture->variance[k] =
                (floor_variance + optics * width[band] * width[band]) / (pixel_scale * pixel_scale);
        }
    }
    return psf;
}

// The same stars, azimuthally: at 0.06" to 0.14" from the middle, where the first bright ring is,
// they are 10 to 20 % brighter on one side than on the other (residuals of the fit above). Three
// spots there, as wide as the narrowest part of the core, do the same.
void mock_psf_aberrate(MockPsf *psf, double pixel_scale, double strength, Random *random)
{
    enum { N_SPOTS = 3 };
    for (int spot = 0; spot < N_SPOTS; spot++) {
        const double angle = 2.0 * pi * random_uniform(random);
        const double distance = (0.06 + 0.08 * random_uniform(random)) / pixel_scale;
        const double weight = strength * fabs(random_normal(random));
        for (int band = 0; band < MOCK_BANDS; band++) {
            MockMixture *mixture = &psf->band[band];
            const double shrink = sqrt(mixture->variance[1] / psf->band[MOCK_I].variance[1]);
            const size_t k = mixture->n++;
            mixture->weight[1] -= weight;
            mixture->weight[k] = weight;
            mixture->variance[k] = mixture->variance[0];
            mixture->x[k] = distance * shrink * cos(angle);
            mixture->y[k] = distance * shrink * sin(angle);
        }
    }
}

static double mixture_enclosed(const MockMixture *mixture, double radius)
{
    double sum = 0.0;
    for (size_t k = 0; k < mixture->n; k++)
        sum += mixture->weight[k] * -expm1(-radius * radius / (2.0 * mixture->variance[k]));
    return sum;
}

static void mixture_normalise(MockMixture *mixture, double half_light_radius)
{
    double sum = 0.0;
    for (size_t k = 0; k < mixture->n; k++)
        sum += mixture->weight[k];
    for (size_t k = 0; k < mixture->n; k++)
        mixture->weight[k] /= sum;
    double low = 0.0;
    double high = 30.0;
    for (int step = 0; step < 40; step++) {
        double middle = 0.5 * (low + high);
        if (mixture_enclosed(mixture, middle) < 0.5)
            low = middle;
        else
            high = middle;
    }
    double scale = half_light_radius / low;
    for (size_t k = 0; k < mixture->n; k++)
        mixture->variance[k] *= scale * scale;
}

// (1 + r^2)^-p is the integral over t of t^(p-1) exp(-t) exp(-t r^2) dt / Gamma(p): Gaussians of
// variance 1/(2t) whose fluxes go as t^(p-1) exp(-t) dln(t). Small t, the far wings, are left out:
// that is the truncation.
static void mixture_eff(MockMixture *mixture, double slope, double radius)
{
    mixture->n = 8;
    for (size_t k = 0; k < mixture->n; k++) {
        double t = 5.0 * exp(-(double)k);
        mixture->weight[k] = pow(t, 0.5 * slope - 1.0) * exp(-t);
        mixture->variance[k] = 0.5 / t;
    }
    mixture_normalise(mixture, radius);
}

// exp(-r) is the integral over v of exp(-r^2/(4v)) exp(-v) v^(-1/2) dv / sqrt(pi): Gaussians of
// variance 2v whose fluxes go as v^(3/2) exp(-v) dln(v).
static void mixture_exponential(MockMixture *mixture, double radius)
{
    mixture->n = 8;
    for (size_t k = 0; k < mixture->n; k++) {
        double v = 8.0 * exp(-0.75 * (double)k);
        mixture->weight[k] = pow(v, 1.5) * exp(-v);
        mixture->variance[k] = 2.0 * v;
    }
    mixture_normalise(mixture, radius);
}

static void light_mixture(const MockLight *light, MockMixture *mixture)
{
    *mixture = (MockMixture){.n = 1, .weight = {1.0}};
    switch (light->shape) {
    case MOCK_POINT:
        break;
    case MOCK_EFF:
        mixture_eff(mixture, light->slope, light->radius);
        break;
    case MOCK_EXPONENTIAL:
        mixture_exponential(mixture, light->radius);
        break;
    case MOCK_GAUSSIAN: // half the light of a Gaussian is within 1.1774 sigma
        mixture->variance[0] = light->radius * light->radius / (1.1774 * 1.1774);
        break;
    }
}

typedef struct Span {
    long first, end; // first <= i < end
} Span;

static Span span_clip(double centre, double reach, long origin, size_t size)
{
    Span span = {(long)ceil(centre - reach), (long)floor(centre + reach) + 1};
    if (span.first < origin)
        span.first = origin;
    if (span.end > origin + (long)size)
        span.end = origin + (long)size;
    return span;
}

enum { ROW_SIZE = 2048 }; // pixels of a Gaussian evaluated in one go

static void render_circular(double x, double y, double flux, double variance, double faintest,
                            const MockCanvas *canvas)
{
    double peak = flux / (2.0 * pi * variance);
    if (peak <= faintest)
        return;
    double reach = sqrt(2.0 * variance * log(peak / faintest));
    Span rows = span_clip(y, reach, canvas->y0, canvas->height);
    Span columns = span_clip(x, reach, canvas->x0, canvas->width);
    float profile[ROW_SIZE];
    for (; rows.first < rows.end && columns.first < columns.end; columns.first += ROW_SIZE) {
        long n = columns.end - columns.first;
        n = n < ROW_SIZE ? n : ROW_SIZE;
        for (long i = 0; i < n; i++) {
            double dx = (double)(columns.first + i) - x;
            profile[i] = (float)exp(-dx * dx / (2.0 * variance));
        }
        for (long row = rows.first; row < rows.end; row++) {
            double dy = (double)row - y;
            float amplitude = (float)(peak * exp(-dy * dy / (2.0 * variance)));
            float *pixels = canvas->pixels + (size_t)(row - canvas->y0) * canvas->width +
                            (columns.first - canvas->x0);
            for (long i = 0; i < n; i++)
                pixels[i] += amplitude * profile[i];
        }
    }
}

// Variances along and across a major axis at `angle`.
static void render_elliptical(double x, double y, double flux, double along, double across,
                              double angle, double faintest, const MockCanvas *canvas)
{
    double peak = flux / (2.0 * pi * sqrt(along * across));
    if (peak <= faintest)
        return;
    double c = cos(angle);
    double s = sin(angle);
    double depth = log(peak / faintest);
    Span rows = span_clip(y, sqrt(2.0 * depth * (along * s * s + across * c * c)), canvas->y0,
                          canvas->height);
    Span columns = span_clip(x, sqrt(2.0 * depth * (along * c * c + across * s * s)), canvas->x0,
                             canvas->width);
    double xx = 0.5 * (c * c / along + s * s / across);
    double yy = 0.5 * (s * s / along + c * c / across);
    double xy = c * s * (1.0 / along - 1.0 / across);
    for (long row = rows.first; row < rows.end; row++) {
        double dy = (double)row - y;
        float *pixels = canvas->pixels + (size_t)(row - canvas->y0) * canvas->width;
        for (long column = columns.first; column < columns.end; column++) {
            double dx = (double)column - x;
            double exponent = xx * dx * dx + xy * dx * dy + yy * dy * dy;
            if (exponent < depth)
                pixels[column - canvas->x0] += (float)(peak * exp(-exponent));
        }
    }
}

void mock_light_render(const MockLight *light, const MockPsf *psf, int band, double faintest,
                       const MockCanvas *canvas)
{
    MockMixture mixture;
    light_mixture(light, &mixture);
    double flux = light->flux[band];
    double q2 = light->axis_ratio * light->axis_ratio;
    const MockMixture *point = &psf->band[band];
    for (size_t i = 0; i < mixture.n; i++) {
        for (size_t k = 0; k < point->n; k++) {
            double part = flux * mixture.weight[i] * point->weight[k];
            double along = mixture.variance[i] + point->variance[k];
            double across = mixture.variance[i] * q2 + point->variance[k];
            double x = light->x + point->x[k], y = light->y + point->y[k];
            if (across > 0.98 * along)
                render_circular(x, y, part, along, faintest, canvas);
            else
                render_elliptical(x, y, part, along, across, light->angle, faintest, canvas);
        }
    }
}

// A spike holds 0.4 % of the light and falls as the square of the distance, as diffraction by a
// straight vane does; it is 1.6 pixels wide. Starts where it leaves the core.
void mock_spikes_render(double x, double y, double flux, double angle, const MockPsf *psf, int band,
                        const MockCanvas *canvas)
{
    static const double fraction = 0.004;
    static const double start = 3.0;
    double width = psf->band[band].variance[0];
    for (int arm = 0; arm < 4; arm++) {
        double c = cos(angle + 0.5 * pi * arm);
        double s = sin(angle + 0.5 * pi * arm);
        double step = 1.0;
        for (double r = start; r < 150.0; r += step) {
            double part = flux * fraction * start * step / (r * r);
            if (part < 1e-3)
                break;
            render_circular(x + r * c, y + r * s, part, width, 1e-4, canvas);
        }
    }
}
