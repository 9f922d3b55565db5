// ReLU and leaky ReLU (layers/activation.h).
#include "nn/layers/activation.h"
#include "nn/layer_type.h"

static void forward(const ForwardCall *call)
{
    activation_forward(call->inputs[0], call->n * shape_values(call->view.output), call->view.slope,
                       call->output);
}

static void backward(const BackwardCall *call)
{
    if (call->grad_inputs[0] != NULL)
        activation_backward(call->inputs[0], call->grad_output,
                            call->n * shape_values(call->view.output), call->view.slope,
                            call->guided, call->grad_inputs[0]);
}

const LayerType layer_type_relu = {
    .name = "relu",
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = layer_same_shape,
    .forward = forward,
    .backward = backward,
    .in_place = true,
    .fuses_activation = true,
    .needs_input = true,
    .cheap = true,
};

const LayerType layer_type_leaky_relu = {
    .name = "leaky_relu",
    .fields = USES_SLOPE,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = layer_same_shape,
    .forward = forward,
    .backward = backward,
    .in_place = true,
    .fuses_activation = true,
    .needs_input = true,
    .cheap = true,
};
