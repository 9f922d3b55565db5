// The input of a network.
#include "nn/layer_type.h"

static Status input_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    (void)inputs;
    (void)error;
    *output = (Shape){layer->height, layer->width, layer->channels};
    return STATUS_OK;
}

const LayerType layer_type_input = {
    .name = "input", .fields = USES_SIZE | USES_CHANNELS, .shape = input_shape};
