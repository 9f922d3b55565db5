// The systems skyclass knows. Each is a constant in a file of its own: a recipe, which has
// everything particular to it as data, and the architecture that its network is built by. A new
// system is one such file and a line in registry.h.
#ifndef SKYCLASS_SYSTEMS_SYSTEM_H
#define SKYCLASS_SYSTEMS_SYSTEM_H

#include <stddef.h>

#include "base/error.h"
#include "classifier/model.h"
#include "systems/architecture/architecture.h"

typedef struct System {
    const char *name;    // "starcnet"
    const char *summary; // one line
    const char *paper;   // where it was published
    const Architecture *architecture;
    Recipe recipe; // with the published defaults
} System;

const System *system_find(const char *name); // NULL when unknown
// The same, with an error that lists the known ones.
Status system_get(const char *name, const System **system, Error *error);
size_t system_count(void);
const System *system_at(size_t index);

// Network (weights zero) for a recipe that may differ from the system's (other input size, number
// of bands, classes). `options` is "" or "pathways=2,norm=batch", the architecture's choices.
Status system_build(const System *system, const Recipe *recipe, const char *options,
                    Network **network, Error *error);

// Reads a model file (model_read) and refuses one of a system that is not in the list: its recipe
// may mean things that this version does not know of.
Status system_model_read(const char *path, Model **model, Error *error);

#endif
