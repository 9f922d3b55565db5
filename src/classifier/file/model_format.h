// The model file, as both model_read and model_write see it.
//
// Primary header: FORMAT, FMTVERS, what recipe_fields and band_fields list, class names CLASS1...,
// training notes NOTE1... ("key = value"). Extension LAYERS: a binary table, one row a layer, with
// the columns of layer_fields. Then one image extension a parameter, EXTNAME = its PyTorch name;
// a tensor of more than two dimensions is stored as the matrix [first][all others] (NAXIS2,
// NAXIS1), and TDIMS holds its dimensions slowest first ("128 5 3 3"). Compressed tensors are
// tile-compressed by the FITS convention: RICE_1, quantised without dithering, tiles of whole rows.
// Every HDU has CHECKSUM and DATASUM.
#ifndef SKYCLASS_CLASSIFIER_FILE_MODEL_FORMAT_H
#define SKYCLASS_CLASSIFIER_FILE_MODEL_FORMAT_H

#include <stddef.h>

#include "classifier/model.h"

#define MODEL_FORMAT       "skyclass model"
#define MODEL_LAYERS       "LAYERS"
#define MODEL_TENSOR_SHAPE "TDIMS"

enum { MODEL_FORMAT_VERSION = 1, TENSOR_SHAPE_TEXT_SIZE = 24 * TENSOR_DIMENSIONS_MAX };

typedef enum FieldKind { FIELD_SIZE, FIELD_REAL, FIELD_FLAG, FIELD_TEXT } FieldKind;

// A member of a struct and its place in the file: a keyword or a table column.
typedef struct Field {
    const char *key;
    FieldKind kind;
    size_t offset;
    size_t size; // of a text, with its NUL
    const char *comment;
    const char *absent; // what a file of version 1 means that lacks it; NULL: it must not
} Field;

enum { N_RECIPE_FIELDS = 13, N_BAND_FIELDS = 4, N_LAYER_FIELDS = 15 };
extern const Field recipe_fields[N_RECIPE_FIELDS]; // of Recipe
extern const Field band_fields[N_BAND_FIELDS];     // of BandRecipe; KEY1, KEY2, ...
extern const Field layer_fields[N_LAYER_FIELDS];   // of Layer; columns, beside KIND and INPUTS

const char *normalisation_name(Normalisation normalisation);
bool normalisation_find(const char *name, Normalisation *normalisation);

// "128 5 3 3"
void tensor_shape_text(const Parameter *parameter, char text[TENSOR_SHAPE_TEXT_SIZE]);

#endif
