// A model: what scores, and the recipe that turns cutouts into its input. Stored as FITS (DESIGN,
// decision 5).
#ifndef SKYCLASS_CLASSIFIER_MODEL_H
#define SKYCLASS_CLASSIFIER_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "classifier/classifier.h"
#include "classifier/recipe.h"

enum { MODEL_NAME_SIZE = RECIPE_NAME_SIZE, MODEL_TEXT_SIZE = 256, MODEL_CARD_SIZE = 81 };

typedef struct Model {
    char name[MODEL_NAME_SIZE];
    Recipe recipe;
    Classifier *classifier; // owned
    // Summary of training, for the header and `skyclass info`: free text lines, "key = value".
    size_t n_notes;
    char (*notes)[MODEL_TEXT_SIZE];
    // Cards of the file's header that this version does not know; written again as they were.
    size_t n_cards;
    char (*cards)[MODEL_CARD_SIZE];
    char checksum[32]; // "crc32:1a2b3c4d" of the file it was read from, "" before; part of every
                       // result's origin
} Model;

// Takes `network` over where it succeeds. The recipe must fit the network's input and output; the
// name is the system's until the caller sets another.
Status model_new(const Recipe *recipe, Network *network, Model **model, Error *error);
// The same of any classifier.
Status model_new_of(const Recipe *recipe, Classifier *classifier, Model **model, Error *error);
void model_free(Model *model);
// The network of a model that is one, or of an ensemble's first member.
Network *model_network(const Model *model);
// Appends the note "key = value", cut to MODEL_TEXT_SIZE; in a file only ASCII survives.
Status model_note(Model *model, const char *key, const char *value, Error *error);

// Uncompressed float32 unless `compress`: then the large convolution and linear weights are
// tile-compressed in steps of 1/512 of each tensor's root mean square (12 bits a value, error
// 0.06 %). CHECKSUM/DATASUM in every HDU; written aside and renamed. The layout is described in
// file/model_format.h.
Status model_write(const Model *model, const char *path, bool compress, Error *error);
// Checks the checksums, the layer lists and every tensor's shape; says what is wrong.
Status model_read(const char *path, Model **model, Error *error);

#endif
