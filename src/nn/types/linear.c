// Fully connected (layers/linear.h).
#include <string.h>

#include "nn/layer_type.h"
#include "nn/layers/linear.h"

static Status linear_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    if (inputs[0].height != 1 || inputs[0].width != 1)
        return layer_refuse(layer, error, "its input must be flattened first");
    *output = (Shape){1, 1, layer->channels};
    return STATUS_OK;
}

static size_t linear_parameters(const Layer *layer, const Shape *inputs,
                                ParameterPlan plans[LAYER_PARAMETERS_MAX])
{
    plans[0] = (ParameterPlan){"weight", 2, {layer->channels, inputs[0].channels}, 0, false};
    plans[1] = (ParameterPlan){"bias", 1, {layer->channels}, 0, false};
    return layer->bias ? 2 : 1;
}

static Status pack_linear(const LayerView *view, bool training, void **packed, Error *error)
{
    Status status = STATUS_OK;
    if (*packed == NULL) {
        Linear *linear;
        status = linear_new(view->inputs[0].channels, view->layer->channels, &linear, error);
        *packed = linear;
    }
    if (status == STATUS_OK)
        status = linear_set_weights(*packed, view->values[0], view->values[1], training, error);
    return status;
}

static void unpack_linear(void *packed)
{
    linear_free(packed);
}

static void forward(const ForwardCall *call)
{
    linear_forward(call->view.packed, call->inputs[0], call->n, call->share, call->output,
                   call->scratch);
}

static void backward(const BackwardCall *call)
{
    if (call->grad_inputs[0] != NULL)
        linear_backward_data(call->view.packed, call->grad_output, call->n, call->grad_inputs[0],
                             call->scratch);
}

// Weights are large and sources many: one product over the batch reads them once.
static void finish(const FinishCall *call)
{
    size_t out = call->view.layer->channels;
    memset(call->grad_weight, 0, out * call->view.inputs[0].channels * sizeof(float));
    if (call->grad_bias != NULL)
        memset(call->grad_bias, 0, out * sizeof(float));
    linear_backward_weight(call->view.packed, call->input, call->grad_output, call->n,
                           call->grad_weight, call->grad_bias, call->scratch);
}

static size_t scratch_size(const LayerView *view)
{
    return linear_scratch_size(view->packed);
}

const LayerType layer_type_linear = {
    .name = "linear",
    .fields = USES_CHANNELS | USES_BIAS,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = linear_shape,
    .parameters = linear_parameters,
    .has_weights = true,
    .pack = pack_linear,
    .unpack = unpack_linear,
    .forward = forward,
    .backward = backward,
    .scratch_size = scratch_size,
    .finish = finish,
    .block = BLOCK_MANY,
    .shares = true,
    .needs_input = true,
    .finishes_from_batch = true,
};
