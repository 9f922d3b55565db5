// Layers with several inputs: sums and concatenations (layers/reshape.h), products
// (layers/channel.h).
#include <string.h>

#include "nn/layer_type.h"
#include "nn/layers/channel.h"
#include "nn/layers/reshape.h"

static bool same_pixels(Shape a, Shape b)
{
    return a.height == b.height && a.width == b.width;
}

// ---- Add ---------------------------------------------------------------------------------------

static Status add_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    if (!same_pixels(inputs[0], inputs[1]) || inputs[0].channels != inputs[1].channels)
        return layer_refuse(layer, error, "its inputs differ in shape");
    *output = inputs[0];
    return STATUS_OK;
}

// Applies the activation by itself, which costs nothing here; the way back leaves it to the caller.
static void forward_sum(const ForwardCall *call)
{
    add_forward(call->inputs[0], call->inputs[1], call->n * shape_values(call->view.output),
                call->view.slope, call->output);
}

static void backward_sum(const BackwardCall *call)
{
    size_t bytes = call->n * shape_values(call->view.output) * sizeof(float);
    for (size_t i = 0; i < 2; i++)
        if (call->grad_inputs[i] != NULL)
            memcpy(call->grad_inputs[i], call->grad_output, bytes);
}

const LayerType layer_type_add = {
    .name = "add",
    .inputs_min = 2,
    .inputs_max = 2,
    .shape = add_shape,
    .forward = forward_sum,
    .backward = backward_sum,
    .in_place = true,
};

// ---- Multiply ----------------------------------------------------------------------------------

static bool is_gate(Shape shape)
{
    return shape.height == 1 && shape.width == 1;
}

static Status product_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    if (inputs[0].channels != inputs[1].channels ||
        (!same_pixels(inputs[0], inputs[1]) && !is_gate(inputs[1])))
        return layer_refuse(layer, error, "its inputs differ in shape");
    *output = inputs[0];
    return STATUS_OK;
}

// The pixels of one source, and of its second factor.
typedef struct Factors {
    size_t channels, pixels, second_pixels;
} Factors;

static Factors factors_of(const LayerView *view)
{
    Shape first = view->inputs[0], second = view->inputs[1];
    return (Factors){first.channels, first.height * first.width, second.height * second.width};
}

static void forward_product(const ForwardCall *call)
{
    Factors f = factors_of(&call->view);
    for (size_t i = 0; i < call->n; i++)
        multiply_forward(call->inputs[0] + i * f.pixels * f.channels,
                         call->inputs[1] + i * f.second_pixels * f.channels, f.pixels,
                         f.second_pixels, f.channels, call->output + i * f.pixels * f.channels);
}

static void backward_product(const BackwardCall *call)
{
    Factors f = factors_of(&call->view);
    for (size_t i = 0; i < call->n; i++) {
        size_t first = i * f.pixels * f.channels, second = i * f.second_pixels * f.channels;
        if (call->grad_inputs[0] != NULL)
            multiply_forward(call->grad_output + first, call->inputs[1] + second, f.pixels,
                             f.second_pixels, f.channels, call->grad_inputs[0] + first);
        if (call->grad_inputs[1] != NULL)
            multiply_backward_second(call->inputs[0] + first, call->grad_output + first, f.pixels,
                                     f.second_pixels, f.channels, call->grad_inputs[1] + second);
    }
}

const LayerType layer_type_multiply = {
    .name = "multiply",
    .inputs_min = 2,
    .inputs_max = 2,
    .shape = product_shape,
    .forward = forward_product,
    .backward = backward_product,
    .needs_input = true,
};

// ---- Concatenate -------------------------------------------------------------------------------

static Status join_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    *output = inputs[0];
    for (size_t i = 1; i < layer->n_inputs; i++) {
        if (!same_pixels(inputs[i], inputs[0]))
            return layer_refuse(layer, error, "its inputs differ in size");
        output->channels += inputs[i].channels;
    }
    return STATUS_OK;
}

static void join_forward(const ForwardCall *call)
{
    const LayerView *view = &call->view;
    size_t n_pixels = call->n * view->output.height * view->output.width;
    for (size_t i = 0, offset = 0; i < view->layer->n_inputs; i++) {
        concatenate_forward(call->inputs[i], n_pixels, view->inputs[i].channels, offset,
                            view->output.channels, call->output);
        offset += view->inputs[i].channels;
    }
}

static void join_backward(const BackwardCall *call)
{
    const LayerView *view = &call->view;
    size_t n_pixels = call->n * view->output.height * view->output.width;
    for (size_t i = 0, offset = 0; i < view->layer->n_inputs; i++) {
        if (call->grad_inputs[i] != NULL)
            concatenate_backward(call->grad_output, n_pixels, view->inputs[i].channels, offset,
                                 view->output.channels, call->grad_inputs[i]);
        offset += view->inputs[i].channels;
    }
}

const LayerType layer_type_concatenate = {
    .name = "concatenate",
    .inputs_min = 1,
    .inputs_max = LAYER_INPUTS_MAX,
    .shape = join_shape,
    .forward = join_forward,
    .backward = join_backward,
};
