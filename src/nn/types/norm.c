// Group and batch normalisation (layers/norm.h).
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/layer_type.h"
#include "nn/types/norm.h"

NormShape norm_shape(const LayerView *view)
{
    return (NormShape){.pixels = view->output.height * view->output.width,
                       .channels = view->output.channels,
                       .groups = view->layer->groups,
                       .epsilon = (float)view->layer->epsilon,
                       .slope = view->slope};
}

static size_t scratch_size(const LayerView *view)
{
    return norm_scratch_size(view->output.channels);
}

// ---- Group norm --------------------------------------------------------------------------------

static Status group_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    if (layer->groups == 0 || inputs[0].channels % layer->groups != 0)
        return layer_refuse(layer, error, "the channels cannot be shared out over the groups");
    *output = inputs[0];
    return STATUS_OK;
}

static size_t group_parameters(const Layer *layer, const Shape *inputs,
                               ParameterPlan plans[LAYER_PARAMETERS_MAX])
{
    (void)layer;
    plans[0] = (ParameterPlan){"weight", 1, {inputs[0].channels}, 1, false};
    plans[1] = (ParameterPlan){"bias", 1, {inputs[0].channels}, 0, false};
    return 2;
}

static void group_forward(const ForwardCall *call)
{
    NormShape shape = norm_shape(&call->view);
    const float *weight = call->view.values[0], *bias = call->view.values[1];
    if (call->moments_known)
        group_norm_apply(&shape, call->inputs[0], call->n, weight, bias, call->moments,
                         call->output, call->scratch);
    else
        group_norm_forward(&shape, call->inputs[0], call->n, weight, bias, call->output,
                           call->moments, call->scratch);
}

static void group_backward(const BackwardCall *call)
{
    NormShape shape = norm_shape(&call->view);
    group_norm_backward(&shape, call->inputs[0], call->n, call->view.values[0],
                        call->view.values[1], call->moments, call->grad_output,
                        call->guided && call->view.slope != 1, call->grad_inputs[0],
                        call->grad_parameters, call->scratch);
}

static size_t group_gradient_size(const LayerView *view)
{
    return 2 * view->output.channels;
}

static void group_finish(const FinishCall *call)
{
    size_t channels = call->view.output.channels;
    memcpy(call->grad_weight, call->sums, channels * sizeof(float));
    memcpy(call->grad_bias, call->sums + channels, channels * sizeof(float));
}

const LayerType layer_type_group_norm = {
    .name = "group_norm",
    .fields = USES_GROUPS | USES_EPSILON,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = group_shape,
    .parameters = group_parameters,
    .forward = group_forward,
    .backward = group_backward,
    .scratch_size = scratch_size,
    .gradient_size = group_gradient_size,
    .finish = group_finish,
    .in_place = true,
    .fuses_activation = true,
    .needs_input = true,
    .cheap = true,
};

// ---- Batch norm --------------------------------------------------------------------------------

static size_t batch_parameters(const Layer *layer, const Shape *inputs,
                               ParameterPlan plans[LAYER_PARAMETERS_MAX])
{
    size_t n = group_parameters(layer, inputs, plans);
    plans[n++] = (ParameterPlan){"running_mean", 1, {inputs[0].channels}, 0, true};
    plans[n++] = (ParameterPlan){"running_var", 1, {inputs[0].channels}, 1, true};
    return n;
}

// Its moments, from the running statistics.
static Status pack_batch(const LayerView *view, bool training, void **packed, Error *error)
{
    (void)training;
    if (*packed == NULL)
        *packed = memory_new(view->output.channels, sizeof(Moments));
    if (*packed == NULL)
        return error_memory(error, view->layer->name);
    NormShape shape = norm_shape(view);
    batch_norm_running(&shape, view->values[2], view->values[3], *packed);
    return STATUS_OK;
}

static void batch_forward(const ForwardCall *call)
{
    NormShape shape = norm_shape(&call->view);
    const Moments *moments = call->moments != NULL ? call->moments : call->view.packed;
    batch_norm_forward(&shape, call->inputs[0], call->n, call->view.values[0], call->view.values[1],
                       moments, call->output, call->scratch);
}

static void batch_backward(const BackwardCall *call)
{
    if (call->grad_inputs[0] == NULL)
        return;
    NormShape shape = norm_shape(&call->view);
    const Moments *moments = call->moments != NULL ? call->moments : call->view.packed;
    batch_norm_backward(&shape, call->inputs[0], call->n, call->view.values[0],
                        call->view.values[1], moments, call->grad_output,
                        call->guided && call->view.slope != 1, call->batch_sums, call->batch_count,
                        call->grad_inputs[0], call->scratch);
}

static void batch_finish(const FinishCall *call)
{
    size_t channels = call->view.output.channels;
    for (size_t c = 0; c < channels; c++) {
        call->grad_weight[c] = (float)call->batch_sums[c];
        call->grad_bias[c] = (float)call->batch_sums[channels + c];
    }
}

const LayerType layer_type_batch_norm = {
    .name = "batch_norm",
    .fields = USES_EPSILON | USES_MOMENTUM,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = layer_same_shape,
    .parameters = batch_parameters,
    .pack = pack_batch,
    .unpack = free,
    .forward = batch_forward,
    .backward = batch_backward,
    .scratch_size = scratch_size,
    .finish = batch_finish,
    .in_place = true,
    .fuses_activation = true,
    .needs_input = true,
    .cheap = true,
};
