// Layers with weights: convolution and fully connected.
#include "nn/reference/reference_internal.h"

// One product of a convolution: which input meets which weight for which output.
typedef void Term(const ReferenceCall *call, size_t in, size_t weight, size_t out);

static void for_terms(const ReferenceCall *call, size_t i, Term *term)
{
    const LayerView *view = call->view;
    Window down = layer_down(view->layer), across = layer_across(view->layer);
    Shape in = view->inputs[0], out = view->output;
    size_t groups = view->layer->groups > 0 ? view->layer->groups : 1;
    size_t group_in = in.channels / groups, group_out = out.channels / groups;
    for (size_t y = 0; y < out.height; y++)
        for (size_t x = 0; x < out.width; x++)
            for (size_t c = 0; c < out.channels; c++)
                for (size_t k = 0; k < group_in * down.kernel * across.kernel; k++) {
                    size_t tap = k / across.kernel % down.kernel, other = k % across.kernel;
                    size_t channel = k / across.kernel / down.kernel;
                    size_t row = window_index(&down, y, tap);
                    size_t column = window_index(&across, x, other);
                    if (row < in.height && column < in.width)
                        term(call, place(in, i, row, column, c / group_out * group_in + channel),
                             c * group_in * down.kernel * across.kernel + k,
                             place(out, i, y, x, c));
                }
}

static void add_output(const ReferenceCall *call, size_t in, size_t weight, size_t out)
{
    call->output[out] += call->inputs[0][in] * call->view->values[0][weight];
}

static void add_gradients(const ReferenceCall *call, size_t in, size_t weight, size_t out)
{
    add(call->grad_inputs[0], in, call->grad_output[out] * call->view->values[0][weight]);
    add(call->grad_values[0], weight, call->grad_output[out] * call->inputs[0][in]);
}

static void start_from_bias(const ReferenceCall *call)
{
    const float *bias = call->view->values[1];
    size_t channels = call->view->output.channels;
    for (size_t k = 0; k < call->n * shape_values(call->view->output); k++)
        call->output[k] = bias != NULL ? bias[k % channels] : 0.0;
}

static void add_bias_gradient(const ReferenceCall *call)
{
    size_t channels = call->view->output.channels;
    for (size_t k = 0; k < call->n * shape_values(call->view->output); k++)
        add(call->grad_values[1], k % channels, call->grad_output[k]);
}

void reference_convolution(const ReferenceCall *call)
{
    start_from_bias(call);
    for (size_t i = 0; i < call->n; i++)
        for_terms(call, i, add_output);
}

void reference_convolution_back(const ReferenceCall *call)
{
    add_bias_gradient(call);
    for (size_t i = 0; i < call->n; i++)
        for_terms(call, i, add_gradients);
}

void reference_linear(const ReferenceCall *call)
{
    size_t in = call->view->inputs[0].channels, out = call->view->output.channels;
    start_from_bias(call);
    for (size_t i = 0; i < call->n * out; i++)
        for (size_t k = 0; k < in; k++)
            add_output(call, i / out * in + k, i % out * in + k, i);
}

void reference_linear_back(const ReferenceCall *call)
{
    size_t in = call->view->inputs[0].channels, out = call->view->output.channels;
    add_bias_gradient(call);
    for (size_t i = 0; i < call->n * out; i++)
        for (size_t k = 0; k < in; k++)
            add_gradients(call, i / out * in + k, i % out * in + k, i);
}
