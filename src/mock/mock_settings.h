// What a simulated field is made from: the galaxy, the camera, the catalogue's limits.
#ifndef SKYCLASS_MOCK_MOCK_SETTINGS_H
#define SKYCLASS_MOCK_MOCK_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/progress.h"
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
    size_t n_bare;                  // single stars, and as many round clusters, besides
    double class_mix[MOCK_CLASSES]; // fractions of classes 1-4
    double exposure[MOCK_BANDS];    // seconds
    double throughput[MOCK_BANDS];  // of the camera, times that of WFC3/UVIS
    double read_noise;              // electrons of one readout
    double saturation;              // electrons a pixel in one exposure
    double psf_width[MOCK_BANDS];   // of the optics' point-spread function, over that of F814W
    double aberration;              // light in a spot beside the PSF's core, fraction

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

    size_t n_threads;         // 0: one a core
    const Progress *progress; // in stages of mock_simulate_field, or NULL
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

// STATUS_USAGE, with the setting's name and range, where a field cannot be made from them.
Status mock_settings_check(const MockSettings *settings, Error *error);

#endif
