// A recipe as text, for people and for networks that come without one: a key and its value on each
// line, "cutout = 64". What `skyclass info --recipe` prints, `skyclass import --recipe` reads.
//
//     system       what it is made for; imported where that is no system of skyclass
//     band         a band, in the network's order; the keys after it are that band's:
//     filters        the filters that it may have been taken through, best first
//     zero_points    AB magnitudes of 1 unit/s in each of them
//     class        a class, numbered from 1 in this order; after it:
//     colour, safe_colour, shape   how it is drawn; left out: the usual ones
//     cutout       pixels of a cutout's side
//     border       least distance of a source from the image's edge, pixels
//     nearest      yes: centred on the nearest pixel; no: as StarcNet truncates
//     pad          yes: outside the image is 0
//     middle       yes: a band whose middle pixels are 0 or no data has none of the source
//     disc         RA Dec, position angle, inclination (degrees), distance (kpc): radii in results
//     zero_block   square of zeros that counts as missing, pixels; 0: zeros are data
//     scale        arcsec a pixel; 0: unknown
//     unit         of the pixels, as BUNIT; left out: any
//     step         from cutout to input, one line a step, in order: "divide 255"
//     view         a grouping of classes: its name and the group of each class
//     decision     how scores become a class: argmax, threshold CLASS SCORE, reject SCORE, vote
//     training     settings that training starts from
//
// Lines that are empty or begin with # mean nothing, nor does what stands behind a # between
// blanks.
#ifndef SKYCLASS_CLASSIFIER_RECIPE_TEXT_H
#define SKYCLASS_CLASSIFIER_RECIPE_TEXT_H

#include "base/error.h"
#include "classifier/recipe.h"

// A recipe that recipe_check accepts. STATUS_BAD_INPUT names the line.
Status recipe_text_read(const char *text, Recipe *recipe, Error *error);
// The same of a file.
Status recipe_file_read(const char *path, Recipe *recipe, Error *error);
// *text (free()), which reads back as the same recipe.
Status recipe_text_write(const Recipe *recipe, char **text, Error *error);

// "12|34 1 1 2 2": a view's name without blanks and the group of each class; and back, cut to
// text[RECIPE_TEXT_SIZE].
Status view_read(const char *text, size_t n_classes, View *view, Error *error);
void view_text(const View *view, size_t n_classes, char text[RECIPE_TEXT_SIZE]);

#endif
