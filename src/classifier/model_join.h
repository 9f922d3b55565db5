// Several models as one ensemble.
#ifndef SKYCLASS_CLASSIFIER_MODEL_JOIN_H
#define SKYCLASS_CLASSIFIER_MODEL_JOIN_H

#include <stddef.h>

#include "base/error.h"
#include "classifier/model.h"

// The n >= 1 models as the members of one. They must take the same cutouts of the same bands and
// tell the same classes apart; each may make its network's input of them in its own way. All else
// of the recipe is the first's; where that takes the highest score, the ensemble votes. Takes the
// models over, also where it fails (not the array). One model stays as it is.
Status model_join(Model *const *models, size_t n, Model **joined, Error *error);

#endif
