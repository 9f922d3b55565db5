// Published weights into a model: a system's network filled from another program's file.
#ifndef SKYCLASS_WORK_IMPORT_H
#define SKYCLASS_WORK_IMPORT_H

#include <stddef.h>

#include "base/error.h"
#include "classifier/model.h"

typedef struct ImportSettings {
    const char *system;  // "starcnet"
    const char *options; // of the system, as for System.build; "" for the published network
    const double *means; // [n_means], one a band, in place of the published ones
    size_t n_means;      // 0: keep the published means
} ImportSettings;

// Reads `weights` (see weights_read) into a new model, whose notes say where it came from.
Status model_import(const char *weights, const ImportSettings *settings, Model **model,
                    Error *error);

#endif
