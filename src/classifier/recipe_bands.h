// Whether a field's images are what a recipe wants, and what makes them so.
#ifndef SKYCLASS_CLASSIFIER_RECIPE_BANDS_H
#define SKYCLASS_CLASSIFIER_RECIPE_BANDS_H

#include "base/error.h"
#include "classifier/model.h"
#include "sky/image/bands.h"

// Looks at each band's unit, zero point, filter and, of the reference grid, pixel scale; sets the
// factors that turn its pixels into the recipe's unit (bands_factor) and leaves a note of all that
// was converted or is in doubt (bands_note). To be called before cutouts are read; a second call
// replaces what the first one did. Bands that are not the recipe's in number are left alone.
Status recipe_fit_bands(const Recipe *recipe, Bands *bands, Error *error);

// Gives the list's sources positions in the images of the recipe's bands, where it has columns
// x_ROLE and y_ROLE for each (band_positions.h).
Status recipe_take_band_positions(const Recipe *recipe, SourceList *list, Error *error);

#endif
