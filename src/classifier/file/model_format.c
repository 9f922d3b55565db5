#include "classifier/file/model_format.h"

#include <stdio.h>

#define LAYER(key, kind, member) FIELD(key, Layer, member, kind)

const Field layer_fields[N_LAYER_FIELDS] = {
    FIELD_ARRAY("NAME", Layer, name, FIELD_TEXT),
    LAYER("HEIGHT", FIELD_COUNT, height),
    LAYER("WIDTH", FIELD_COUNT, width),
    LAYER("CHANNELS", FIELD_COUNT, channels),
    LAYER("KERNEL", FIELD_COUNT, kernel),
    LAYER("STRIDE", FIELD_COUNT, stride),
    LAYER("PADDING", FIELD_COUNT, padding),
    LAYER("DILATION", FIELD_COUNT, dilation),
    LAYER("RECTANGULAR", FIELD_SWITCH, rectangular),
    LAYER("KERNEL_ACROSS", FIELD_COUNT, across.kernel),
    LAYER("STRIDE_ACROSS", FIELD_COUNT, across.stride),
    LAYER("PADDING_ACROSS", FIELD_COUNT, across.padding),
    LAYER("DILATION_ACROSS", FIELD_COUNT, across.dilation),
    LAYER("GROUPS", FIELD_COUNT, groups),
    LAYER("CROP_START", FIELD_COUNT, crop_start),
    LAYER("CROP_SIZE", FIELD_COUNT, crop_size),
    LAYER("EPSILON", FIELD_NUMBER, epsilon),
    LAYER("SLOPE", FIELD_NUMBER, slope),
    LAYER("MOMENTUM", FIELD_NUMBER, momentum),
    LAYER("RATE", FIELD_NUMBER, rate),
    LAYER("BIAS", FIELD_SWITCH, bias),
    LAYER("ALPHA", FIELD_NUMBER, alpha),
    LAYER("BETA", FIELD_NUMBER, beta),
    LAYER("OFFSET", FIELD_NUMBER, offset),
    LAYER("SPAN", FIELD_COUNT, span),
    LAYER("ROWS", FIELD_COUNT, rows),
    LAYER("COLUMNS", FIELD_COUNT, columns),
    LAYER("INNER", FIELD_COUNT, inner),
};

void tensor_shape_text(const Parameter *parameter, char text[TENSOR_SHAPE_TEXT_SIZE])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < parameter->n_dimensions; i++)
        used += (size_t)snprintf(text + used, TENSOR_SHAPE_TEXT_SIZE - used, "%s%zu",
                                 i > 0 ? " " : "", parameter->dimensions[i]);
}
