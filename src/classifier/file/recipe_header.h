// A recipe in a model file's primary header.
#ifndef SKYCLASS_CLASSIFIER_FILE_RECIPE_HEADER_H
#define SKYCLASS_CLASSIFIER_FILE_RECIPE_HEADER_H

#include <fitsio.h>

#include "base/error.h"
#include "classifier/recipe.h"

// Reads the recipe from the current header of layout `version`. What is missing there keeps its
// default, where there is one. Bands and classes are required.
Status recipe_header_read(fitsfile *fits, long version, Recipe *recipe, Error *error);
void recipe_header_write(fitsfile *fits, const Recipe *recipe, int *fits_status);

// Whether a keyword is one of the recipe's, in any version of the layout.
bool recipe_header_knows(const char *key);

#endif
