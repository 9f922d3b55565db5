// Published weights into a model: a system's network filled from another program's file, or that
// file's own network.
#ifndef SKYCLASS_WORK_IMPORT_H
#define SKYCLASS_WORK_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "classifier/model.h"

typedef struct ImportSettings {
    const char *system;  // "starcnet"; "": the network is the file's own
    const char *recipe;  // a recipe file (recipe_text.h) in place of the system's; NULL: none
    const char *options; // of the system, as for System.build; "" for the published network
    const double *means; // [n_means], one a band, in place of the published ones
    size_t n_means;      // 0: keep the published means
    bool halve_first;    // scale a first convolution whose kernel is repeated for more inputs
} ImportSettings;

// Reads `weights` (see weights_read) into a new model, whose notes say where it came from. A file
// that describes its network (network_file_read) needs no system, but a recipe; with a system whose
// layers' names it does not have it is taken as it is, for the system's recipe.
Status model_import(const char *weights, const ImportSettings *settings, Model **model,
                    Error *error);

#endif
