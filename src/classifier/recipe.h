// What a recipe does to cutouts before a network sees them.
#ifndef SKYCLASS_CLASSIFIER_RECIPE_H
#define SKYCLASS_CLASSIFIER_RECIPE_H

#include <stddef.h>

#include "base/error.h"
#include "classifier/model.h"
#include "sky/cutout/cutout.h"

// Makes the recipe take pixels as they stand in the files, as the published programs do: zeros are
// data, and no unit or zero point is converted.
void recipe_take_as_is(Recipe *recipe);

CutoutRule recipe_cutout_rule(const Recipe *recipe);

// Channels of the network's input: the bands and the constant channel, if there is one.
size_t recipe_channel_count(const Recipe *recipe);

// A cutout batch [n][size][size][bands] -> network input [n][h][w][c], by the recipe: resize,
// normalise, extra channel. NaN has been filled before.
Status recipe_apply(const Recipe *recipe, const float *cutouts, size_t n, float *input,
                    Error *error);

// Bilinear resizing of image[size_in][size_in][channels] to resized[size_out][size_out][channels]
// about pixel centres, mirrored at the outermost centres: scikit-image's resize(order=1,
// mode="reflect", anti_aliasing=False), to float rounding.
Status resize_bilinear(const float *image, size_t size_in, size_t channels, size_t size_out,
                       float *resized, Error *error);

#endif
