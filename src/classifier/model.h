// A model: a network, its weights, and the recipe that turns cutouts into its input. Stored as
// FITS (DESIGN, decision 3).
#ifndef SKYCLASS_CLASSIFIER_MODEL_H
#define SKYCLASS_CLASSIFIER_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "nn/network.h"

enum {
    MODEL_BANDS_MAX = 16,
    MODEL_CLASSES_MAX = 16,
    MODEL_NAME_SIZE = 64,
    MODEL_TEXT_SIZE = 256,
};

typedef enum Normalisation {
    NORMALISE_NONE,
    NORMALISE_BAND_MEAN, // subtract `mean` per band (starcnet)
    NORMALISE_ZSCORE,    // per band and cutout (m31)
} Normalisation;

typedef struct BandRecipe {
    char role[MODEL_NAME_SIZE];    // "NUV", "U", ...
    char filters[MODEL_NAME_SIZE]; // accepted filters in order of preference: "F438W F435W"
    double mean;                   // subtracted where the normalisation is NORMALISE_BAND_MEAN
    // AB magnitudes of 1 unit/s in each of `filters`, in their order: what the network's training
    // images were on. "" unknown.
    char zero_points[MODEL_NAME_SIZE];
} BandRecipe;

typedef struct Recipe {
    char system[MODEL_NAME_SIZE]; // "starcnet"
    size_t n_bands;
    BandRecipe bands[MODEL_BANDS_MAX];
    size_t n_classes;
    char class_names[MODEL_CLASSES_MAX][MODEL_NAME_SIZE];
    double pixel_scale;         // arcsec a pixel the network was trained at; 0 unknown
    size_t cutout_size;         // pixels
    size_t cutout_border;       // see CutoutRule
    bool cutout_nearest;        // centre on the nearest pixel instead of StarcNet's truncation
    bool cutout_pad;            // outside the image is 0 instead of a border
    size_t zero_block;          // see CutoutRule; 0: zeros are data
    char unit[MODEL_NAME_SIZE]; // of the pixels the network was trained on, a BUNIT; "" any
    size_t input_size;          // pixels on a side after resizing; = cutout_size: no resizing
    Normalisation normalisation;
    double constant_channel; // value of an extra last channel where has_constant_channel
    bool has_constant_channel;
} Recipe;

typedef struct Model {
    char name[MODEL_NAME_SIZE];
    Recipe recipe;
    Network *network; // owned
    // Summary of training, for the header and `skyclass info`: free text lines, "key = value".
    size_t n_notes;
    char (*notes)[MODEL_TEXT_SIZE];
    char checksum[32]; // "crc32:1a2b3c4d" of the file it was read from, "" before; part of every
                       // result's origin
} Model;

// Takes `network` over where it succeeds. The recipe must fit the network's input and output; the
// name is the system's until the caller sets another.
Status model_new(const Recipe *recipe, Network *network, Model **model, Error *error);
void model_free(Model *model);
// Appends the note "key = value", cut to MODEL_TEXT_SIZE; in a file only ASCII survives.
Status model_note(Model *model, const char *key, const char *value, Error *error);

// Uncompressed float32 unless `compress`: then the large convolution and linear weights are
// tile-compressed in steps of 1/512 of each tensor's root mean square (12 bits a value, error
// 0.06 %). CHECKSUM/DATASUM in every HDU; written aside and renamed. The layout is described in
// model/model_format.h.
Status model_write(const Model *model, const char *path, bool compress, Error *error);
// Checks the checksums, the layer list and every tensor's shape; says what is wrong.
Status model_read(const char *path, Model **model, Error *error);

#endif
