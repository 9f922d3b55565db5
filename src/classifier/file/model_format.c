#include "classifier/file/model_format.h"

#include <stdio.h>

#define LAYER(key, kind, member)                                                                   \
    {                                                                                              \
        key, kind, offsetof(Layer, member), sizeof(((Layer *)0)->member), ""                       \
    }

const Field layer_fields[N_LAYER_FIELDS] = {
    LAYER("NAME", FIELD_TEXT, name),
    LAYER("HEIGHT", FIELD_SIZE, height),
    LAYER("WIDTH", FIELD_SIZE, width),
    LAYER("CHANNELS", FIELD_SIZE, channels),
    LAYER("KERNEL", FIELD_SIZE, kernel),
    LAYER("STRIDE", FIELD_SIZE, stride),
    LAYER("PADDING", FIELD_SIZE, padding),
    LAYER("DILATION", FIELD_SIZE, dilation),
    LAYER("RECTANGULAR", FIELD_FLAG, rectangular),
    LAYER("KERNEL_ACROSS", FIELD_SIZE, across.kernel),
    LAYER("STRIDE_ACROSS", FIELD_SIZE, across.stride),
    LAYER("PADDING_ACROSS", FIELD_SIZE, across.padding),
    LAYER("DILATION_ACROSS", FIELD_SIZE, across.dilation),
    LAYER("GROUPS", FIELD_SIZE, groups),
    LAYER("CROP_START", FIELD_SIZE, crop_start),
    LAYER("CROP_SIZE", FIELD_SIZE, crop_size),
    LAYER("EPSILON", FIELD_REAL, epsilon),
    LAYER("SLOPE", FIELD_REAL, slope),
    LAYER("MOMENTUM", FIELD_REAL, momentum),
    LAYER("RATE", FIELD_REAL, rate),
    LAYER("BIAS", FIELD_FLAG, bias),
    LAYER("ALPHA", FIELD_REAL, alpha),
    LAYER("BETA", FIELD_REAL, beta),
    LAYER("OFFSET", FIELD_REAL, offset),
    LAYER("SPAN", FIELD_SIZE, span),
    LAYER("ROWS", FIELD_SIZE, rows),
    LAYER("COLUMNS", FIELD_SIZE, columns),
    LAYER("INNER", FIELD_SIZE, inner),
};

void tensor_shape_text(const Parameter *parameter, char text[TENSOR_SHAPE_TEXT_SIZE])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < parameter->n_dimensions; i++)
        used += (size_t)snprintf(text + used, TENSOR_SHAPE_TEXT_SIZE - used, "%s%zu",
                                 i > 0 ? " " : "", parameter->dimensions[i]);
}
