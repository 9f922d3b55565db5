#include "mock/mock_band.h"

#include <math.h>

// Pivot wavelengths: WFC3 Instrument Handbook, chapter 6.
// Zeropoints: WFC3/UVIS Vega zeropoints, infinite aperture (Deustua et al. 2017, ISR WFC3 2017-14),
// mean of the two chips, to about 0.05 mag.
// A / E(B-V): Cardelli, Clayton & Mathis (1989) with R_V = 3.1 at the pivot wavelengths.
// Sky: average zodiacal light and earthshine (WFC3 Instrument Handbook, chapter 9) with 0.002
// electrons/s of dark current; it enters the noise only.
// Exposures: typical of LEGUS (Calzetti et al. 2015).
// Fluctuation magnitudes: what is left when the stars drawn one by one are taken out, an old
// population whose brightest members are red giants (about Worthey 1994, V and I); blueward of V,
// where that has little light, extrapolated with the colours of an F star.
static const MockBand bands[MOCK_BANDS] = {
    {"F275W", 0.2704, 22.65, 6.14, 0.0026, 2400.0, 1.6},
    {"F336W", 0.3355, 23.48, 5.09, 0.0034, 1100.0, 1.3},
    {"F438W", 0.4326, 24.98, 4.18, 0.0130, 1000.0, 1.2},
    {"F555W", 0.5308, 25.82, 3.27, 0.0480, 1100.0, 0.8},
    {"F814W", 0.8039, 24.67, 1.85, 0.0450, 1000.0, -0.8},
};

const MockBand *mock_band(int band)
{
    return &bands[band];
}

double mock_band_flux(int band, double magnitude)
{
    return pow(10.0, 0.4 * (bands[band].zeropoint - magnitude));
}

double mock_band_magnitude(int band, double flux)
{
    return bands[band].zeropoint - 2.5 * log10(flux);
}
