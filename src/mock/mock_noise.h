// The noise of drizzled images.
#ifndef SKYCLASS_MOCK_MOCK_NOISE_H
#define SKYCLASS_MOCK_MOCK_NOISE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/parallel.h"

typedef struct MockNoise {
    double exposure;   // seconds in all
    double sky;        // electrons/s a pixel, subtracted from the image but not from its noise
    double read_noise; // electrons of one readout
    double readouts;   // exposures that were combined
} MockNoise;

// Adds noise to pixels[height][width], electrons/s: Poisson's of the light and the sky and the
// readouts', spread over neighbours as drizzling does. `stream` tells images of one seed apart.
Status mock_noise_add(const MockNoise *noise, uint64_t seed, uint64_t stream, float *pixels,
                      size_t width, size_t height, Parallel *parallel, Error *error);

// Adds `flux` electrons/s that fell on the one detector pixel at (x, y), 0-based, spread as
// drizzling does: a cosmic ray or a hot pixel.
void mock_noise_hit(double x, double y, double flux, float *pixels, size_t width, size_t height);

#endif
