// The five LEGUS bands as the mock sky sees them: fixed facts of the filters and the camera.
#ifndef SKYCLASS_MOCK_MOCK_BAND_H
#define SKYCLASS_MOCK_MOCK_BAND_H

// In StarcNet's order: F275W, F336W, F438W, F555W, F814W.
enum { MOCK_NUV, MOCK_U, MOCK_B, MOCK_V, MOCK_I, MOCK_BANDS };

typedef struct MockBand {
    const char *filter; // "F555W"
    double wavelength;  // pivot, micrometres
    double zeropoint;   // Vega magnitude of 1 electron/s in an infinite aperture
    double extinction;  // A(band) / E(B-V)
    double sky;         // electrons/s in a 0.04" pixel: zodiacal light, earthshine and dark current
    double exposure;    // seconds, typical of LEGUS
    double fluctuation_mag; // absolute magnitude of the surface-brightness fluctuations
} MockBand;

const MockBand *mock_band(int band); // band in 0 .. MOCK_BANDS-1

// Electrons/s of a Vega magnitude and back.
double mock_band_flux(int band, double magnitude);
double mock_band_magnitude(int band, double flux);

#endif
