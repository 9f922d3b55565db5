// Layers that give each channel numbers of its own, or look at its neighbours (layers/channel.h).
#include "nn/layers/channel.h"

#include <string.h>

#include "nn/layer_type.h"

static size_t pixel_count(const LayerView *view, size_t n)
{
    return n * view->output.height * view->output.width;
}

// ---- Scale -------------------------------------------------------------------------------------

static size_t scale_parameters(const Layer *layer, const Shape *inputs,
                               ParameterPlan plans[LAYER_PARAMETERS_MAX])
{
    (void)layer;
    plans[0] = (ParameterPlan){"weight", 1, {inputs[0].channels}, 1, false};
    plans[1] = (ParameterPlan){"bias", 1, {inputs[0].channels}, 0, false};
    return 2;
}

static void scale(const ForwardCall *call)
{
    const LayerView *view = &call->view;
    scale_forward(call->inputs[0], pixel_count(view, call->n), view->output.channels,
                  view->values[0], view->values[1], call->output);
}

static void scale_back(const BackwardCall *call)
{
    const LayerView *view = &call->view;
    scale_backward(call->inputs[0], call->grad_output, pixel_count(view, call->n),
                   view->output.channels, view->values[0], call->grad_inputs[0],
                   call->grad_parameters);
}

static size_t scale_gradient(const LayerView *view)
{
    return 2 * view->output.channels;
}

static void scale_finish(const FinishCall *call)
{
    size_t channels = call->view.output.channels;
    memcpy(call->grad_weight, call->sums, channels * sizeof(float));
    memcpy(call->grad_bias, call->sums + channels, channels * sizeof(float));
}

const LayerType layer_type_scale = {
    .name = "scale",
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = layer_same_shape,
    .parameters = scale_parameters,
    .forward = scale,
    .backward = scale_back,
    .gradient_size = scale_gradient,
    .finish = scale_finish,
    .in_place = true,
    .needs_input = true,
    .cheap = true,
};

// ---- Leaky ReLU with a slope for each channel --------------------------------------------------

static size_t prelu_parameters(const Layer *layer, const Shape *inputs,
                               ParameterPlan plans[LAYER_PARAMETERS_MAX])
{
    (void)layer;
    plans[0] = (ParameterPlan){"weight", 1, {inputs[0].channels}, 0.25f, false};
    return 1;
}

static void prelu(const ForwardCall *call)
{
    const LayerView *view = &call->view;
    prelu_forward(call->inputs[0], pixel_count(view, call->n), view->output.channels,
                  view->values[0], call->output);
}

static void prelu_back(const BackwardCall *call)
{
    const LayerView *view = &call->view;
    prelu_backward(call->inputs[0], call->grad_output, pixel_count(view, call->n),
                   view->output.channels, view->values[0], call->grad_inputs[0],
                   call->grad_parameters);
}

static size_t prelu_gradient(const LayerView *view)
{
    return view->output.channels;
}

static void prelu_finish(const FinishCall *call)
{
    memcpy(call->grad_weight, call->sums, call->view.output.channels * sizeof(float));
}

const LayerType layer_type_prelu = {
    .name = "prelu",
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = layer_same_shape,
    .parameters = prelu_parameters,
    .forward = prelu,
    .backward = prelu_back,
    .gradient_size = prelu_gradient,
    .finish = prelu_finish,
    .in_place = true,
    .needs_input = true,
    .cheap = true,
};

// ---- Local response normalisation --------------------------------------------------------------

static LocalNorm local_norm_of(const LayerView *view)
{
    const Layer *layer = view->layer;
    return (LocalNorm){view->output.channels, layer->span, (float)layer->alpha, (float)layer->beta,
                       (float)layer->offset};
}

static Status local_norm_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    if (layer->span == 0)
        return layer_refuse(layer, error, "the span must be at least one channel");
    if (!(layer->offset > 0) || !(layer->alpha >= 0))
        return layer_refuse(layer, error, "the offset must be positive and alpha not negative");
    return layer_same_shape(layer, inputs, output, error);
}

static void local_norm(const ForwardCall *call)
{
    LocalNorm norm = local_norm_of(&call->view);
    local_norm_forward(&norm, call->inputs[0], pixel_count(&call->view, call->n), call->output);
}

static void local_norm_back(const BackwardCall *call)
{
    LocalNorm norm = local_norm_of(&call->view);
    if (call->grad_inputs[0] != NULL)
        local_norm_backward(&norm, call->inputs[0], call->grad_output,
                            pixel_count(&call->view, call->n), call->grad_inputs[0]);
}

const LayerType layer_type_local_norm = {
    .name = "local_norm",
    .fields = USES_SPAN | USES_ALPHA | USES_BETA | USES_OFFSET,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = local_norm_shape,
    .forward = local_norm,
    .backward = local_norm_back,
    .needs_input = true,
};
