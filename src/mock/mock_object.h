// What the sources of each class are made of.
#ifndef SKYCLASS_MOCK_MOCK_OBJECT_H
#define SKYCLASS_MOCK_MOCK_OBJECT_H

#include <stdbool.h>

#include "base/random.h"
#include "mock/mock_light.h"
#include "mock/mock_settings.h"

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

enum { MOCK_OBJECT_LIGHTS = 24 };

// A hit of a cosmic ray or a hot pixel: one detector pixel in one band, before drizzling.
typedef struct MockHit {
    int band;
    double x, y;
    double flux; // electrons/s
} MockHit;

typedef struct MockObject {
    MockKind kind;
    bool bare;     // see mock_object_draw_bare
    size_t label;  // class, from 1
    double x, y;   // 0-based pixels: where its centre was put
    double v;      // V magnitude of all lights together
    double radius; // half-light radius of its cluster, pixels; 0 where there is none
    size_t n;
    MockLight lights[MOCK_OBJECT_LIGHTS];
    size_t n_hits;
    MockHit hits[6];
    double spike_flux[MOCK_BANDS]; // of a bright star in it, electrons/s; 0 where there is none
    double spike_x, spike_y;       // where that star is
} MockObject;

// An object of class `label` and V magnitude `v` at the origin. `crowding` scales the number of
// faint neighbours; `spike_angle` in radians is the telescope's roll.
void mock_object_draw(const MockSettings *settings, size_t label, double v, double spike_angle,
                      Random *random, MockObject *object);

// A single star (label 4) or a round cluster (label 1) of any colour at the origin, whatever a
// catalogue's limits: what a user's own detection finds, and LEGUS's cut in CI leaves out.
void mock_object_draw_bare(const MockSettings *settings, size_t label, double v, Random *random,
                           MockObject *object);

// Moves the object by (dx, dy) pixels.
void mock_object_move(MockObject *object, double dx, double dy);

// Sizes and distances within the object times `factor`.
void mock_object_scale(MockObject *object, double factor);

// The first light's share of the flux changes: that of the others is multiplied by `factor`, and
// all then so that the sums stay.
void mock_object_dim(MockObject *object, double factor);

// Sets the flux of all lights together, electrons/s; a band without light stays so.
void mock_object_set_flux(MockObject *object, const double flux[MOCK_BANDS]);

// What an inspector with perfect data would measure: the object alone, without noise, in V.
typedef struct MockLook {
    double ci;
    double roundness;
    double x, y; // its centre, as measured
} MockLook;
MockLook mock_object_look(const MockObject *object, const MockPsf *psf);

#endif
