// The systems skyclass knows: each is a recipe and a function that builds its network.
#ifndef SKYCLASS_SYSTEMS_SYSTEM_H
#define SKYCLASS_SYSTEMS_SYSTEM_H

#include <stddef.h>

#include "base/error.h"
#include "model/model.h"

typedef struct System {
    const char *name;    // "starcnet"
    const char *summary; // one line
    // Recipe with the published defaults.
    void (*recipe)(Recipe *recipe);
    // Network (weights zero) for a recipe that may differ from the default (other input size,
    // number of bands, classes). `options` is "" or "pathways=2,norm=batch", the ablations.
    Status (*build)(const Recipe *recipe, const char *options, Network **network, Error *error);
} System;

const System *system_find(const char *name); // NULL when unknown
size_t system_count(void);
const System *system_at(size_t index);

#endif
