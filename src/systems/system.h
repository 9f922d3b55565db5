// The systems skyclass knows: each is a recipe and a function that builds its network.
#ifndef SKYCLASS_SYSTEMS_SYSTEM_H
#define SKYCLASS_SYSTEMS_SYSTEM_H

#include <stddef.h>

#include "base/error.h"
#include "classifier/model.h"

typedef struct System {
    const char *name;    // "starcnet"
    const char *summary; // one line
    Recipe recipe;       // with the published defaults
    // Network (weights zero) for a recipe that may differ from the default (other input size,
    // number of bands, classes). `options` is "" or "pathways=2,norm=batch", the ablations.
    Status (*build)(const Recipe *recipe, const char *options, Network **network, Error *error);
} System;

const System *system_find(const char *name); // NULL when unknown
size_t system_count(void);
const System *system_at(size_t index);
// "starcnet, phangs, ..." in text[size].
void system_list(char *text, size_t size);

// Reads a model file (model_read) and refuses one of a system that is not in the list: its recipe
// may mean things that this version does not know of.
Status system_model_read(const char *path, Model **model, Error *error);

extern const System system_starcnet;

// One ablation of a system: a key and its values, the published one first.
enum { SYSTEM_VALUES_MAX = 8 };
typedef struct SystemChoice {
    const char *key;
    const char *values[SYSTEM_VALUES_MAX]; // ends with NULL unless full
} SystemChoice;

// Reads "key=value,key=value": picked[i] becomes the index of choice i's value, 0 where `options`
// does not name it. The error names an unknown key or value and lists what there is.
Status system_options_read(const char *system, const char *options, const SystemChoice *choices,
                           size_t n_choices, size_t *picked, Error *error);

#endif
