// Convolution (layers/convolution.h).
#include "nn/layers/convolution.h"
#include "nn/layer_type.h"

static size_t group_count(const Layer *layer)
{
    return layer->groups > 0 ? layer->groups : 1;
}

static Status convolution_shape(const Layer *layer, const Shape *inputs, Shape *output,
                                Error *error)
{
    size_t groups = group_count(layer);
    if (inputs[0].channels % groups != 0 || layer->channels % groups != 0)
        return layer_refuse(layer, error, "the channels cannot be shared out over the groups");
    output->channels = layer->channels;
    return layer_window_shape(layer, inputs[0], output, error);
}

static size_t convolution_parameters(const Layer *layer, const Shape *inputs,
                                     ParameterPlan plans[LAYER_PARAMETERS_MAX])
{
    plans[0] = (ParameterPlan){"weight",
                               4,
                               {layer->channels, inputs[0].channels / group_count(layer),
                                layer->kernel, layer_across(layer).kernel},
                               0,
                               false};
    plans[1] = (ParameterPlan){"bias", 1, {layer->channels}, 0, false};
    return layer->bias ? 2 : 1;
}

static Status pack_convolution(const LayerView *view, bool training, void **packed, Error *error)
{
    Status status = STATUS_OK;
    if (*packed == NULL) {
        const ConvolutionShape shape = {.height = view->inputs[0].height,
                                        .width = view->inputs[0].width,
                                        .in_channels = view->inputs[0].channels,
                                        .out_channels = view->layer->channels,
                                        .down = layer_down(view->layer),
                                        .across = layer_across(view->layer),
                                        .groups = group_count(view->layer)};
        Convolution *convolution;
        status = convolution_new(&shape, &convolution, error);
        *packed = convolution;
    }
    if (status == STATUS_OK)
        status =
            convolution_set_weights(*packed, view->values[0], view->values[1], training, error);
    return status;
}

static void unpack_convolution(void *packed)
{
    convolution_free(packed);
}

static void forward(const ForwardCall *call)
{
    convolution_forward(call->view.packed, call->inputs[0], call->n, call->share, call->output,
                        call->scratch);
}

static void backward(const BackwardCall *call)
{
    const Convolution *convolution = call->view.packed;
    if (call->grad_parameters != NULL)
        convolution_backward_weight(convolution, call->inputs[0], call->grad_output, call->n,
                                    call->grad_parameters, call->scratch);
    if (call->grad_inputs[0] != NULL)
        convolution_backward_data(convolution, call->grad_output, call->n, call->grad_inputs[0],
                                  call->scratch);
}

static void finish(const FinishCall *call)
{
    convolution_gradient_finish(call->view.packed, call->sums, call->grad_weight, call->grad_bias);
}

static size_t scratch_size(const LayerView *view)
{
    return convolution_scratch_size(view->packed);
}

static size_t gradient_size(const LayerView *view)
{
    return convolution_gradient_size(view->packed);
}

const LayerType layer_type_convolution = {
    .name = "convolution",
    .fields = USES_CHANNELS | USES_WINDOW | USES_DILATION | USES_GROUPS | USES_BIAS,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = convolution_shape,
    .parameters = convolution_parameters,
    .has_weights = true,
    .pack = pack_convolution,
    .unpack = unpack_convolution,
    .forward = forward,
    .backward = backward,
    .scratch_size = scratch_size,
    .gradient_size = gradient_size,
    .finish = finish,
    .block = BLOCK_NEAR,
    .shares = true,
    .needs_input = true,
};
