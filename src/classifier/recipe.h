// The recipe: all that is particular to a system besides its network, as data. Which bands, how
// cutouts are cut and become the network's input, what the classes are called and look like, how
// they are grouped, how scores become a class, how training starts.
#ifndef SKYCLASS_CLASSIFIER_RECIPE_H
#define SKYCLASS_CLASSIFIER_RECIPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "classifier/class_look.h"
#include "classifier/classifier.h"
#include "classifier/decision.h"
#include "classifier/input_step.h"
#include "sky/cutout/cutout.h"

enum {
    RECIPE_BANDS_MAX = 16,
    RECIPE_CLASSES_MAX = 16,
    RECIPE_STEPS_MAX = 8,
    RECIPE_VIEWS_MAX = 8,
    RECIPE_NAME_SIZE = 64,
    RECIPE_TEXT_SIZE = 512,
};

typedef struct BandRecipe {
    char role[RECIPE_NAME_SIZE];    // "NUV", "U", ...
    char filters[RECIPE_NAME_SIZE]; // accepted filters in order of preference: "F438W F435W"
    // AB magnitudes of 1 unit/s in each of `filters`, in their order: what the network's training
    // images were on. "" unknown.
    char zero_points[RECIPE_NAME_SIZE];
} BandRecipe;

typedef struct ClassRecipe {
    char name[RECIPE_NAME_SIZE];
    ClassLook look; // what is empty in it comes from class_look_default
} ClassRecipe;

// Classes merged into groups: {1, 2} against {3, 4} is "12|34", {1, 1, 2, 2}.
typedef struct View {
    char name[RECIPE_NAME_SIZE];
    size_t groups[RECIPE_CLASSES_MAX]; // of each class, from 1
} View;

typedef struct Recipe {
    char system[RECIPE_NAME_SIZE]; // "starcnet"
    size_t n_bands;
    BandRecipe bands[RECIPE_BANDS_MAX];
    size_t n_classes;
    ClassRecipe classes[RECIPE_CLASSES_MAX];
    double pixel_scale;          // arcsec a pixel the network was trained at; 0 unknown
    size_t cutout_size;          // pixels
    size_t cutout_border;        // see CutoutRule
    bool cutout_nearest;         // centre on the nearest pixel instead of StarcNet's truncation
    bool cutout_pad;             // outside the image is 0 instead of a border
    bool middle_needed;          // see CutoutRule.middle
    size_t zero_block;           // see CutoutRule; 0: zeros are data
    char unit[RECIPE_NAME_SIZE]; // of the pixels the network was trained on, a BUNIT; "" any
    size_t n_steps;
    InputStep steps[RECIPE_STEPS_MAX]; // from cutout to input, in this order
    size_t n_views;
    View views[RECIPE_VIEWS_MAX]; // the first is what training reports besides all classes
    Decision decision;
    // The disc whose radius is a column of results (disc.h): "ra dec position_angle inclination
    // distance"; "" none.
    char disc[RECIPE_NAME_SIZE];
    // Settings of training that differ from training's own defaults, as "skyclass train" names
    // them: "epochs=100,optimiser=sgd,learning_rate=0.01".
    char training[RECIPE_TEXT_SIZE];
} Recipe;

// STATUS_BAD_INPUT with words where numbers, steps, views and decision do not go together.
Status recipe_check(const Recipe *recipe, Error *error);

// Makes the recipe take pixels as they stand in the files, as the published programs do: zeros are
// data, and no unit or zero point is converted.
void recipe_take_as_is(Recipe *recipe);

CutoutRule recipe_cutout_rule(const Recipe *recipe);

// The network's input after all steps of a recipe that recipe_check accepts.
InputShape recipe_input_shape(const Recipe *recipe);

// The first step of the kind, or NULL.
const InputStep *recipe_step(const Recipe *recipe, StepKind kind);
// Sets the numbers of the band_mean step to one mean a band, where there is such a step; false
// where there is none.
bool recipe_set_band_means(Recipe *recipe, const double *means);
// The mean that is subtracted from a band; 0 without such a step.
double recipe_band_mean(const Recipe *recipe, size_t band);

// The view of that name (NULL where there is none); groups are counted by view_group_count.
const View *recipe_view(const Recipe *recipe, const char *name);
size_t view_group_count(const View *view, size_t n_classes);

// How a class (from 1; 0: not classified) looks: the recipe's word, else the default.
ClassLook recipe_class_look(const Recipe *recipe, size_t class);

// All steps anew from text, "resize 299; constant 0"; "" for none. "band_mean" without numbers has
// a 0 for each band, which training replaces by what it measures.
Status recipe_read_steps(Recipe *recipe, const char *text, Error *error);

// A classifier that takes cutouts, as the recipe cuts them, and makes the inputs of `inner` from
// them by the recipe's steps. Takes `inner` over where it succeeds.
Status classifier_of_steps(const Recipe *recipe, Classifier *inner, Classifier **classifier,
                           Error *error);

// A cutout batch [n][size][size][bands] -> network input [n][h][w][c]. NaN has been filled before.
Status recipe_apply(const Recipe *recipe, const float *cutouts, size_t n, float *input,
                    Error *error);

#endif
