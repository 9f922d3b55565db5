// What stars and clusters look like: colours, reddening, luminosity functions.
#ifndef SKYCLASS_MOCK_MOCK_POPULATION_H
#define SKYCLASS_MOCK_MOCK_POPULATION_H

#include "base/random.h"
#include "mock/mock_band.h"

// magnitude[band] - magnitude[V], Vega, unreddened.
typedef struct MockColours {
    double minus_v[MOCK_BANDS];
} MockColours;

// A single-burst population of solar metallicity; `log_age` in log10(years), 6 to 10.1.
MockColours mock_cluster_colours(double log_age);

// A star by effective temperature in kelvin, 3,000 to 45,000.
MockColours mock_star_colours(double temperature);

// Reddens by E(B-V): the colours only, V stays what the caller says it is.
void mock_colours_redden(MockColours *colours, double reddening);

// flux[band] of a source of V magnitude `v`, electrons/s.
void mock_colours_flux(const MockColours *colours, double v, double flux[MOCK_BANDS]);

// A magnitude between `bright` and `faint` from dN/dm proportional to 10^(slope m). A luminosity
// function dN/dL ~ L^-2 has slope 0.4.
double mock_magnitude_draw(Random *random, double bright, double faint, double slope);

#endif
