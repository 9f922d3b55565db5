// The galaxy behind the sources: where light, dust and young stars are.
#ifndef SKYCLASS_MOCK_MOCK_GALAXY_H
#define SKYCLASS_MOCK_MOCK_GALAXY_H

#include "base/parallel.h"
#include "base/random.h"
#include "mock/mock_light.h"
#include "mock/mock_settings.h"

// Where young stars are, from a catalogue instead of a model: values[rows][columns], 0 to 1, one
// every `step` pixels.
typedef struct MockArmMap {
    float *values;
    size_t columns, rows;
    size_t step;
} MockArmMap;

typedef struct MockGalaxy {
    const MockSettings *settings;
    double kpc_per_pixel;
    double cos_angle, sin_angle, cos_inclination;
    uint64_t noise_seed;
    const MockArmMap *arm_map; // or NULL
} MockGalaxy;

MockGalaxy mock_galaxy(const MockSettings *settings);

// The density of the n 0-based positions x, y, smoothed; free map->values with free().
Status mock_arm_map_new(const double *x, const double *y, size_t n, size_t width, size_t height,
                        MockArmMap *map, Error *error);

// At 0-based pixel (x, y).
typedef struct MockPlace {
    double flux[MOCK_BANDS]; // unresolved light, electrons/s a pixel, dust included
    double young;            // density of young stars, 0 to about 1
    double old;              // density of old stars, 0 to 1
    double extinction;       // A_V of the dust lane, mag
} MockPlace;
MockPlace mock_galaxy_at(const MockGalaxy *galaxy, double x, double y);

// A position drawn from share * young + (1 - share) * old.
void mock_galaxy_draw(const MockGalaxy *galaxy, Random *random, double share, double *x, double *y);

// Adds the unresolved light, with its fluctuations, to images[band][height * width].
Status mock_galaxy_render(const MockGalaxy *galaxy, const MockPsf *psf, float *const *images,
                          Parallel *parallel, Error *error);

#endif
