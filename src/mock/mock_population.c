#include "mock/mock_population.h"

#include <math.h>
#include <stddef.h>

typedef struct ColourRow {
    double key;       // log age or log temperature, increasing
    double colour[4]; // NUV-U, U-B, B-V, V-I
} ColourRow;

// Starburst99 (Leitherer et al. 1999) with Padova AGB tracks, solar metallicity and nebular light,
// as plotted for these filters by Calzetti et al. (2015) and in Figure 9 of Perez et al. (2021):
// read off to about 0.1 mag. The dip in V-I at 10 Myr are red supergiants.
static const ColourRow cluster_rows[] = {
    {6.00, {-0.55, -1.60, -0.05, 0.05}},  {6.30, {-0.56, -1.63, -0.10, -0.02}},
    {6.50, {-0.56, -1.60, -0.14, -0.08}}, {6.70, {-0.52, -1.48, -0.12, 0.00}},
    {6.85, {-0.47, -1.34, -0.06, 0.22}},  {7.00, {-0.43, -1.22, -0.03, 0.42}},
    {7.20, {-0.38, -1.08, -0.03, 0.36}},  {7.50, {-0.28, -0.86, 0.00, 0.34}},
    {7.70, {-0.20, -0.68, 0.04, 0.38}},   {8.00, {-0.04, -0.42, 0.09, 0.43}},
    {8.30, {0.14, -0.18, 0.15, 0.51}},    {8.50, {0.28, -0.06, 0.20, 0.56}},
    {9.00, {0.65, 0.12, 0.38, 0.74}},     {9.50, {1.10, 0.22, 0.66, 0.94}},
    {10.10, {1.50, 0.36, 0.84, 1.10}},
};

// Kurucz model atmospheres (Castelli & Kurucz 2004), solar metallicity, supergiant gravities, in
// these filters: to about 0.1 mag, which is less than the reddening between stars differs.
static const ColourRow star_rows[] = {
    {3.500, {2.60, 1.70, 1.80, 2.30}},     {3.580, {2.40, 1.60, 1.60, 1.75}},
    {3.650, {1.90, 1.05, 1.20, 1.20}},     {3.720, {1.30, 0.50, 0.85, 0.90}},
    {3.780, {0.80, 0.12, 0.55, 0.65}},     {3.860, {0.35, 0.10, 0.28, 0.36}},
    {3.970, {0.05, 0.00, 0.02, 0.03}},     {4.100, {-0.10, -0.55, -0.10, -0.10}},
    {4.250, {-0.25, -1.00, -0.17, -0.19}}, {4.400, {-0.38, -1.35, -0.23, -0.27}},
    {4.550, {-0.47, -1.55, -0.28, -0.33}}, {4.660, {-0.50, -1.63, -0.30, -0.36}},
};

static MockColours interpolate(const ColourRow *rows, size_t n, double key)
{
    size_t i = 1;
    while (i + 1 < n && rows[i].key < key)
        i++;
    double f = (key - rows[i - 1].key) / (rows[i].key - rows[i - 1].key);
    f = fmin(1.0, fmax(0.0, f));
    double colour[4];
    for (size_t k = 0; k < 4; k++)
        colour[k] = (1.0 - f) * rows[i - 1].colour[k] + f * rows[i].colour[k];
    MockColours colours;
    colours.minus_v[MOCK_V] = 0.0;
    colours.minus_v[MOCK_B] = colour[2];
    colours.minus_v[MOCK_U] = colour[2] + colour[1];
    colours.minus_v[MOCK_NUV] = colour[2] + colour[1] + colour[0];
    colours.minus_v[MOCK_I] = -colour[3];
    return colours;
}

MockColours mock_cluster_colours(double log_age)
{
    return interpolate(cluster_rows, sizeof cluster_rows / sizeof cluster_rows[0], log_age);
}

MockColours mock_star_colours(double temperature)
{
    return interpolate(star_rows, sizeof star_rows / sizeof star_rows[0], log10(temperature));
}

void mock_colours_redden(MockColours *colours, double reddening)
{
    for (int band = 0; band < MOCK_BANDS; band++)
        colours->minus_v[band] +=
            reddening * (mock_band(band)->extinction - mock_band(MOCK_V)->extinction);
}

void mock_colours_flux(const MockColours *colours, double v, double flux[MOCK_BANDS])
{
    for (int band = 0; band < MOCK_BANDS; band++)
        flux[band] = mock_band_flux(band, v + colours->minus_v[band]);
}

double mock_magnitude_draw(Random *random, double bright, double faint, double slope)
{
    double b = pow(10.0, slope * (bright - faint));
    return faint + log10(b + (1.0 - b) * random_uniform(random)) / slope;
}
