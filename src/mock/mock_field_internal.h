// A mock field in the making: what its stages hand to each other.
#ifndef SKYCLASS_MOCK_MOCK_FIELD_INTERNAL_H
#define SKYCLASS_MOCK_MOCK_FIELD_INTERNAL_H

#include <math.h>

#include "base/random.h"
#include "mock/mock_catalog.h"
#include "mock/mock_field.h"
#include "mock/mock_galaxy.h"
#include "mock/mock_light.h"
#include "mock/mock_object.h"

// The middle of a star-forming complex, 0-based pixels.
typedef struct MockComplex {
    double x, y;
} MockComplex;

struct MockField {
    MockSettings settings;
    MockPsf psf;
    MockPsf round_psf; // without aberrations: an inspector knows them from the stars
    MockGalaxy galaxy;
    MockCatalog *catalog;    // that is imitated, or NULL
    MockArmMap arm_map;      // of the catalogue
    double modulus;          // distance modulus, mag
    double spike_angle;      // radians
    double wcs_reference[2]; // 1-based pixels
    double wcs_sky[2];       // degrees
    double wcs_matrix[4];    // degrees a pixel
    MockComplex *complexes;
    size_t n_complexes;
    MockObject *objects;
    size_t n_objects;
    MockLight *lights; // all of them, by increasing y
    size_t n_lights;
    float *images[MOCK_BANDS];
    MockSource *sources;
    size_t n_sources;
};

// Streams of random numbers of one seed; items within are numbered by the low 40 bits.
enum {
    MOCK_STREAM_FIELD = 1,
    MOCK_STREAM_OBJECT,
    MOCK_STREAM_STAR,
    MOCK_STREAM_NOISE,
    MOCK_STREAM_PSF
};

static inline uint64_t mock_stream(int stream, size_t item)
{
    return ((uint64_t)stream << 40) | item;
}

// The faintest V that the catalogue admits.
static inline double mock_field_limit(const MockField *field)
{
    return fmin(field->settings.limit, field->settings.absolute_limit + field->modulus);
}

#endif
