// The model file, as both model_read and model_write see it.
//
// Primary header: FORMAT, FMTVERS, the recipe (recipe_header.c), training notes NOTE1... ("key =
// value"); cards that are none of these are kept when the model is written again. Then for each
// member of an ensemble, or once: an extension LAYERS, a binary table, one row a layer, with the
// columns of layer_fields (a missing one counts as 0), KIND and INPUTS; and one image extension a
// parameter, EXTNAME = its PyTorch name, EXTVER = the member's number. A tensor of more than two
// dimensions is stored as the matrix [first][all others] (NAXIS2, NAXIS1), and TDIMS holds its
// dimensions slowest first ("128 5 3 3"). Compressed tensors are tile-compressed by the FITS
// convention: RICE_1, quantised without dithering, tiles of whole rows. Every HDU has CHECKSUM and
// DATASUM. Version 1 had another recipe and one member.
#ifndef SKYCLASS_CLASSIFIER_FILE_MODEL_FORMAT_H
#define SKYCLASS_CLASSIFIER_FILE_MODEL_FORMAT_H

#include <stddef.h>

#include "base/field.h"
#include "nn/network.h"

#define MODEL_FORMAT       "skyclass model"
#define MODEL_LAYERS       "LAYERS"
#define MODEL_TENSOR_SHAPE "TDIMS"

enum { MODEL_FORMAT_VERSION = 2, TENSOR_SHAPE_TEXT_SIZE = 24 * TENSOR_DIMENSIONS_MAX };

enum { N_LAYER_FIELDS = 28 };
extern const Field layer_fields[N_LAYER_FIELDS]; // of Layer; columns, beside KIND and INPUTS

// "128 5 3 3"
void tensor_shape_text(const Parameter *parameter, char text[TENSOR_SHAPE_TEXT_SIZE]);

#endif
