// The systems skyclass knows. Each is a constant in a file of its own: a recipe, which has
// everything particular to it as data, and the architecture that its network is built by. A new
// system is one such file and a line in registry.def.
#ifndef SKYCLASS_SYSTEMS_SYSTEM_H
#define SKYCLASS_SYSTEMS_SYSTEM_H

#include <stddef.h>

#include "base/error.h"
#include "classifier/model.h"
#include "systems/architecture/architecture.h"

// One value of a way in which a recipe may differ from the published one; the first of a key is the
// published. NULL keeps what the recipe has.
typedef struct RecipeChoice {
    const char *key, *value;
    const char
        *steps; // all of them, "resize 299; constant 0"; "" none. "band_mean" alone: of zeros
    const char *decision;
} RecipeChoice;

typedef struct System {
    const char *name;    // "starcnet"
    const char *summary; // one line
    const char *paper;   // where it was published
    const Architecture *architecture;
    const RecipeChoice *choices; // ends with a NULL key; or NULL
    Recipe recipe;               // with the published defaults
} System;

// What the recipe of a network says that belongs to none of them and came with its own recipe.
#define SYSTEM_IMPORTED "imported"

const System *system_find(const char *name); // NULL when unknown
// The same, with an error that lists the known ones.
Status system_get(const char *name, const System **system, Error *error);
size_t system_count(void);
const System *system_at(size_t index);

// Makes those of `options` that are choices of the recipe: "" or "pathways=2,normalise=none".
// "network=NAME" takes another architecture (architecture_find) for any system's recipe.
// STATUS_USAGE lists what there is where one is neither of the recipe nor of the architecture.
Status system_choose(const System *system, const char *options, Recipe *recipe, Error *error);
// Network (weights zero) for a recipe that may differ from the system's (other input size, number
// of bands, classes). Of `options` the architecture's are made.
Status system_build(const System *system, const Recipe *recipe, const char *options,
                    Network **network, Error *error);
// "pathways=3|2|1, normalise=none|zscore", the choices that there are; "" where there is none.
void system_choices_text(const System *system, char *text, size_t size);

// Reads a model file (model_read) and refuses one of a system that is not in the list: its recipe
// may mean things that this version does not know of.
Status system_model_read(const char *path, Model **model, Error *error);
// The models of several files as one (model_join).
Status system_models_read(const char *const *paths, size_t n, Model **model, Error *error);

#endif
