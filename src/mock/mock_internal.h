// A mock field in the making: what its stages hand to each other.
#ifndef SKYCLASS_MOCK_MOCK_INTERNAL_H
#define SKYCLASS_MOCK_MOCK_INTERNAL_H

#include "base/parallel.h"
#include "base/random.h"
#include "mock/mock.h"
#include "mock/mock_catalog.h"
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
enum { MOCK_STREAM_FIELD = 1, MOCK_STREAM_OBJECT, MOCK_STREAM_STAR, MOCK_STREAM_NOISE };

static inline uint64_t mock_stream(int stream, size_t item)
{
    return ((uint64_t)stream << 40) | item;
}

// The faintest V that the catalogue admits.
double mock_field_limit(const MockField *field);

// The stages, in this order: mock_draw.c, mock_render.c, mock_select.c.
Status mock_draw_complexes(MockField *field, Error *error);
Status mock_draw_objects(MockField *field, Parallel *parallel, Error *error);
Status mock_draw_lights(MockField *field, Parallel *parallel, Error *error);
Status mock_render_images(MockField *field, Parallel *parallel, Error *error);
Status mock_select_sources(MockField *field, Parallel *parallel, Error *error);

#endif
