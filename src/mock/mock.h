// A mock sky: five-band images of a galaxy with labelled sources, as LEGUS would see it.
//
// Plainly simulated: nothing here is an observation, and every file written says so.
#ifndef SKYCLASS_MOCK_MOCK_H
#define SKYCLASS_MOCK_MOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "mock/mock_band.h"

enum { MOCK_CLASSES = 4 };

// mock_settings_default() documents every number.
typedef struct MockSettings {
    char name[64]; // of the galaxy; file names start with it
    uint64_t seed; // the same seed and settings give the same bytes
    size_t width;  // pixels
    size_t height;
    double pixel_scale;             // arcsec
    double ra, dec;                 // of the field's middle, degrees
    double distance;                // Mpc
    size_t n_sources;               // classified sources aimed at
    double class_mix[MOCK_CLASSES]; // fractions of classes 1-4
    double exposure[MOCK_BANDS];    // seconds
    double throughput[MOCK_BANDS];  // of the camera, times that of WFC3/UVIS
    double read_noise;              // electrons of one readout
    double saturation;              // electrons a pixel in one exposure

    double surface_brightness; // of the disc's middle, V mag/arcsec^2, before dust
    double scale_length;       // of the disc, kpc
    double bulge;              // of the disc's middle brightness
    double bulge_radius;       // kpc
    double inclination;        // degrees, 0 is face on
    double position_angle;     // of the major axis from +x towards +y, degrees
    double offset_x, offset_y; // of the field's middle from the galaxy's, kpc
    size_t arms;               // 0: no arms, patches instead (a dwarf irregular)
    double pitch;              // of the arms, degrees
    double arm_contrast;       // brightness an arm adds, of the disc's
    double dust;               // A_V of the thickest lanes, mag

    double star_density; // field stars brighter than V = 26 in 1,000 square pixels

    double limit;          // faintest V of a catalogued source
    double absolute_limit; // faintest absolute V of a catalogued source
    double ci_cut;         // smallest mag(1 pixel) - mag(3 pixels) in V

    char catalog[1024]; // a LEGUS catalogue to imitate, or ""; see mock_settings_catalog

    size_t n_threads; // 0: one a core
} MockSettings;

MockSettings mock_settings_default(void);

// The default with a galaxy drawn from `seed`: distance 3-18 Mpc, inclination, background,
// crowding, dust, arms and exposures all vary over the range of the LEGUS sample. For training
// sets. The name is "MOCKnnnn".
MockSettings mock_settings_draw(uint64_t seed);

// The default made to show the sources of a LEGUS catalogue at their places, with their magnitudes,
// CI and class: all of them, whatever the limits; a class 0 (not inspected) gets one drawn from the
// mix. The size comes from the positions, the WCS is fitted to the catalogue's; distance, name and
// galaxy stay the caller's to set.
Status mock_settings_catalog(const char *path, MockSettings *settings, Error *error);

// What an object is, in words of the class descriptions (Perez et al. 2021, section 2).
typedef enum MockKind {
    MOCK_SYMMETRIC,   // class 1
    MOCK_ELONGATED,   // class 2: one axis longer
    MOCK_LOPSIDED,    // class 2: a fainter companion within the light
    MOCK_OFFSET_HALO, // class 2: a halo that is not centred
    MOCK_ASSOCIATION, // class 3
    MOCK_STAR,        // class 4 from here on: one star, perhaps with faint neighbours
    MOCK_PAIR,        // two stars
    MOCK_TRIPLE,      // three stars
    MOCK_ASTERISM,    // four or more without light between them
    MOCK_GALAXY,      // background galaxy
    MOCK_KNOT,        // nebular or diffuse patch without a peak
    MOCK_COSMIC_RAY,  // cosmic ray or hot pixel on a faint star
    MOCK_SPIKE,       // on the diffraction spike of a bright star
    MOCK_BRIGHT_STAR, // saturated foreground star
    MOCK_KINDS,
} MockKind;

const char *mock_kind_name(MockKind kind);

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

// Draws, renders and measures. Sources are those that LEGUS's selection keeps: CI, V magnitude,
// seen in at least four bands; or, with a catalogue, its rows in its order at its positions.
Status mock_field_new(const MockSettings *settings, MockField **field, Error *error);
void mock_field_free(MockField *field);

const MockSettings *mock_field_settings(const MockField *field);
size_t mock_field_source_count(const MockField *field);
const MockSource *mock_field_sources(const MockField *field); // [source_count]
// pixels[height][width], electrons/s, sky subtracted.
const float *mock_field_image(const MockField *field, int band);

// The tangent projection: `reference` pixel (1-based), its `sky` position (ra, dec, degrees) and
// the CD matrix {1_1, 1_2, 2_1, 2_2} in degrees a pixel.
void mock_field_wcs(const MockField *field, double reference[2], double sky[2], double matrix[4]);

// DIRECTORY/NAME_f275w.fits ... NAME_f814w.fits, NAME.tab (columns of a LEGUS catalogue) and
// NAME_truth.fits (what was put in). Existing files are replaced.
Status mock_field_write(const MockField *field, const char *directory, Error *error);

// mock_field_new and mock_field_write in one.
Status mock_simulate(const MockSettings *settings, const char *directory, Error *error);

#endif
