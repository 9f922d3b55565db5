// Members of galaxy clusters: paper 004. One network, three sets of Hubble bands.
#include "systems/system.h"

#define BAND(filter)                                                                               \
    {                                                                                              \
        filter, filter, ""                                                                         \
    }

#define ACS                                                                                        \
    BAND("F435W"), BAND("F475W"), BAND("F606W"), BAND("F625W"), BAND("F775W"), BAND("F814W"),      \
        BAND("F850LP")
#define INFRARED BAND("F105W"), BAND("F110W"), BAND("F125W"), BAND("F140W"), BAND("F160W")
#define MIXED    BAND("F435W"), BAND("F606W"), BAND("F814W"), BAND("F105W"), BAND("F140W")

// A source without data in a band is not used; what is without is not said: its middle here. Pixels
// as they stand in the mosaics: the paper mentions no unit and no normalisation.
#define MEMBERS_RECIPE(name)                                                                       \
    .system = name, .n_classes = 2,                                                                \
    .classes = {{"member", {"magenta", "#cc79a7", "box"}},                                         \
                {"not a member", {"cyan", "#56b4e9", "cross"}}},                                   \
    .pixel_scale = 0.065, .cutout_size = 64, .cutout_nearest = true, .middle_needed = true,        \
    .zero_block = CUTOUT_ZERO_BLOCK, .training = MEMBERS_TRAINING

// Keras' Adadelta, of which the paper gives rho. How long to wait before the learning rate falls
// and before stopping is not said.
#define MEMBERS_TRAINING                                                                           \
    "epochs=200,batch=64,optimiser=adadelta,learning_rate=1,rho=0.95,epsilon=0.0000001,"           \
    "schedule=plateau,step_epochs=8,step_factor=0.5,stop_epochs=20,best=loss,balance=none,"        \
    "partial=0.15,copies=1,right_angles=no,reflections=no,scale_probability=0"

static const RecipeChoice members_choices[] = {
    {"normalise", "none", NULL, NULL},
    {"normalise", "band_mean", "band_mean", NULL},
    {"normalise", "zscore", "zscore", NULL},
    {NULL, NULL, NULL, NULL},
};

#define MEMBERS_SYSTEM(suffix, n, list, words)                                                     \
    const System system_members_##suffix = {                                                       \
        .name = "members-" #suffix,                                                                \
        .summary = "members of galaxy clusters, " words,                                           \
        .paper = "paper 004: band set " #suffix,                                                   \
        .architecture = &architecture_members,                                                     \
        .choices = members_choices,                                                                \
        .recipe = {MEMBERS_RECIPE("members-" #suffix), .n_bands = n, .bands = {list}},             \
    }

MEMBERS_SYSTEM(acs, 7, ACS, "seven ACS bands");
// Two lists are more than one argument of a macro holds.
#define ALL ACS, INFRARED
MEMBERS_SYSTEM(all, 12, ALL, "twelve ACS and WFC3/IR bands");
MEMBERS_SYSTEM(mixed, 5, MIXED, "three ACS and two WFC3/IR bands");
