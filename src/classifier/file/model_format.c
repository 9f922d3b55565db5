#include "classifier/file/model_format.h"

#include <stdio.h>
#include <string.h>

#define RECIPE_OR(key, kind, member, comment, absent)                                              \
    {                                                                                              \
        key, kind, offsetof(Recipe, member), sizeof(((Recipe *)0)->member), comment, absent        \
    }
#define RECIPE(key, kind, member, comment) RECIPE_OR(key, kind, member, comment, NULL)
#define BAND_OR(key, kind, member, comment, absent)                                                \
    {                                                                                              \
        key, kind, offsetof(BandRecipe, member), sizeof(((BandRecipe *)0)->member), comment,       \
            absent                                                                                 \
    }
#define BAND(key, kind, member, comment) BAND_OR(key, kind, member, comment, NULL)
#define LAYER(key, kind, member)                                                                   \
    {                                                                                              \
        key, kind, offsetof(Layer, member), sizeof(((Layer *)0)->member), "", NULL                 \
    }

const Field recipe_fields[N_RECIPE_FIELDS] = {
    RECIPE("SYSTEM", FIELD_TEXT, system, "architecture and recipe"),
    RECIPE("NBANDS", FIELD_SIZE, n_bands, "bands, in this order"),
    RECIPE("NCLASSES", FIELD_SIZE, n_classes, "classes, numbered from 1"),
    RECIPE("PIXSCALE", FIELD_REAL, pixel_scale, "[arcsec] a pixel; 0 unknown"),
    RECIPE("CUTSIZE", FIELD_SIZE, cutout_size, "[pixel] side of a cutout"),
    RECIPE("CUTBORD", FIELD_SIZE, cutout_border, "[pixel] nearest distance to an edge"),
    RECIPE("CUTNEAR", FIELD_FLAG, cutout_nearest, "centred on the nearest pixel"),
    RECIPE("CUTPAD", FIELD_FLAG, cutout_pad, "0 outside the image"),
    // The first models were made for mosaics in electrons/s, whose zeros are no data.
    RECIPE_OR("CUTZERO", FIELD_SIZE, zero_block, "[pixel] square of zeros that is no data; 0 none",
              "5"),
    RECIPE_OR("UNIT", FIELD_TEXT, unit, "of the pixels; blank: any", "electrons/s"),
    RECIPE("INSIZE", FIELD_SIZE, input_size, "[pixel] side of the network's input"),
    RECIPE("CONSTANT", FIELD_FLAG, has_constant_channel, "a last channel holds CONSTVAL"),
    RECIPE("CONSTVAL", FIELD_REAL, constant_channel, "value of the constant channel"),
};

const Field band_fields[N_BAND_FIELDS] = {
    BAND("BAND", FIELD_TEXT, role, "band"),
    BAND("FILT", FIELD_TEXT, filters, "filters, best first"),
    BAND("MEAN", FIELD_REAL, mean, "subtracted if NORMALIS is 'band mean'"),
    BAND_OR("ZPTS", FIELD_TEXT, zero_points, "AB mag of 1 unit/s, by filter", ""),
};

const Field layer_fields[N_LAYER_FIELDS] = {
    LAYER("NAME", FIELD_TEXT, name),
    LAYER("HEIGHT", FIELD_SIZE, height),
    LAYER("WIDTH", FIELD_SIZE, width),
    LAYER("CHANNELS", FIELD_SIZE, channels),
    LAYER("KERNEL", FIELD_SIZE, kernel),
    LAYER("STRIDE", FIELD_SIZE, stride),
    LAYER("PADDING", FIELD_SIZE, padding),
    LAYER("GROUPS", FIELD_SIZE, groups),
    LAYER("CROP_START", FIELD_SIZE, crop_start),
    LAYER("CROP_SIZE", FIELD_SIZE, crop_size),
    LAYER("EPSILON", FIELD_REAL, epsilon),
    LAYER("SLOPE", FIELD_REAL, slope),
    LAYER("MOMENTUM", FIELD_REAL, momentum),
    LAYER("RATE", FIELD_REAL, rate),
    LAYER("BIAS", FIELD_FLAG, bias),
};

static const char *const normalisations[] = {
    [NORMALISE_NONE] = "none",
    [NORMALISE_BAND_MEAN] = "band mean",
    [NORMALISE_ZSCORE] = "zscore",
};

const char *normalisation_name(Normalisation normalisation)
{
    return normalisations[normalisation];
}

bool normalisation_find(const char *name, Normalisation *normalisation)
{
    for (size_t i = 0; i < sizeof normalisations / sizeof normalisations[0]; i++)
        if (strcmp(normalisations[i], name) == 0) {
            *normalisation = (Normalisation)i;
            return true;
        }
    return false;
}

void tensor_shape_text(const Parameter *parameter, char text[TENSOR_SHAPE_TEXT_SIZE])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < parameter->n_dimensions; i++)
        used += (size_t)snprintf(text + used, TENSOR_SHAPE_TEXT_SIZE - used, "%s%zu",
                                 i > 0 ? " " : "", parameter->dimensions[i]);
}
