// A mock sky: five-band images of a galaxy with labelled sources, as LEGUS would see it.
//
// Plainly simulated: nothing here is an observation, and every file written says so.
#ifndef SKYCLASS_MOCK_MOCK_FIELD_H
#define SKYCLASS_MOCK_MOCK_FIELD_H

#include <stddef.h>

#include "mock/mock_object.h"
#include "mock/mock_settings.h"

typedef struct MockSource {
    size_t id;                    // from 1
    double x, y;                  // measured, pixels, 1-based
    double ra, dec;               // degrees
    double magnitude[MOCK_BANDS]; // measured, Vega, aperture-corrected; 99.999 not detected
    double error[MOCK_BANDS];
    double ci;     // measured concentration index in V
    size_t label;  // class, from 1
    MockKind kind; // the truth behind the class
    double true_v; // Vega magnitude that was put in
    double radius; // half-light radius of what was put in, pixels; 0 for stars
} MockSource;

typedef struct MockField MockField;

// Made by mock_simulate_field (mock/mock_simulate.h).
void mock_field_free(MockField *field);

const MockSettings *mock_field_settings(const MockField *field);
size_t mock_field_source_count(const MockField *field);
const MockSource *mock_field_sources(const MockField *field); // [source_count]
// pixels[height][width], electrons/s, sky subtracted.
const float *mock_field_image(const MockField *field, int band);

// The tangent projection: `reference` pixel (1-based), its `sky` position (ra, dec, degrees) and
// the CD matrix {1_1, 1_2, 2_1, 2_2} in degrees a pixel.
void mock_field_wcs(const MockField *field, double reference[2], double sky[2], double matrix[4]);

#endif
