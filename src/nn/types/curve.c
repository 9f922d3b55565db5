// Functions of one value (layers/curve.h).
#include "nn/layers/curve.h"
#include "nn/layer_type.h"

static Curve curve_of(const Layer *layer)
{
    switch (layer->kind) {
    case LAYER_TANH:
        return CURVE_TANH;
    case LAYER_ERF:
        return CURVE_ERF;
    case LAYER_SOFTPLUS:
        return CURVE_SOFTPLUS;
    case LAYER_ELU:
        return CURVE_ELU;
    case LAYER_HARD_SIGMOID:
        return CURVE_HARD_SIGMOID;
    case LAYER_CLIP:
        return CURVE_CLIP;
    default:
        return CURVE_SIGMOID;
    }
}

static Status clip_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    if (!(layer->alpha <= layer->beta))
        return layer_refuse(layer, error, "the lower bound is above the upper one");
    return layer_same_shape(layer, inputs, output, error);
}

static void forward(const ForwardCall *call)
{
    const Layer *layer = call->view.layer;
    curve_forward(curve_of(layer), (float)layer->alpha, (float)layer->beta, call->inputs[0],
                  call->n * shape_values(call->view.output), call->output);
}

static void backward(const BackwardCall *call)
{
    const Layer *layer = call->view.layer;
    if (call->grad_inputs[0] != NULL)
        curve_backward(curve_of(layer), (float)layer->alpha, (float)layer->beta, call->inputs[0],
                       call->grad_output, call->n * shape_values(call->view.output), call->guided,
                       call->grad_inputs[0]);
}

#define CURVE_TYPE(kind, uses, check)                                                              \
    const LayerType layer_type_##kind = {                                                          \
        .name = #kind,                                                                             \
        .fields = (uses),                                                                          \
        .inputs_min = 1,                                                                           \
        .inputs_max = 1,                                                                           \
        .shape = (check),                                                                          \
        .forward = forward,                                                                        \
        .backward = backward,                                                                      \
        .in_place = true,                                                                          \
        .needs_input = true,                                                                       \
    }

CURVE_TYPE(sigmoid, 0, layer_same_shape);
CURVE_TYPE(tanh, 0, layer_same_shape);
CURVE_TYPE(erf, 0, layer_same_shape);
CURVE_TYPE(softplus, 0, layer_same_shape);
CURVE_TYPE(elu, USES_ALPHA, layer_same_shape);
CURVE_TYPE(hard_sigmoid, USES_ALPHA | USES_BETA, layer_same_shape);
CURVE_TYPE(clip, USES_ALPHA | USES_BETA, clip_shape);
