// Layers that compute nothing or little: activations, sums, and what moves values. A layer that
// moves them is a list of pairs: which input becomes which output.
#include "nn/reference/reference_internal.h"

typedef void Pair(const ReferenceCall *call, size_t input, size_t in, size_t out);

static void copy_pair(const ReferenceCall *call, size_t input, size_t in, size_t out)
{
    call->output[out] = call->inputs[input][in];
}

static void back_pair(const ReferenceCall *call, size_t input, size_t in, size_t out)
{
    add(call->grad_inputs[input], in, call->grad_output[out]);
}

static size_t value_count(const ReferenceCall *call)
{
    return call->n * shape_values(call->view->output);
}

// ---- Activations -------------------------------------------------------------------------------

static double slope_at(const ReferenceCall *call, size_t k)
{
    return call->inputs[0][k] > 0.0 ? 1.0 : call->view->layer->slope;
}

void reference_activation(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++)
        call->output[k] = slope_at(call, k) * call->inputs[0][k];
}

void reference_activation_back(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++)
        add(call->grad_inputs[0], k, slope_at(call, k) * call->grad_output[k]);
}

// ---- Sums, dropout -----------------------------------------------------------------------------

void reference_add(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++)
        call->output[k] = call->inputs[0][k] + call->inputs[1][k];
}

void reference_add_back(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++)
        for (size_t input = 0; input < 2; input++)
            back_pair(call, input, k, k);
}

void reference_dropout(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++)
        copy_pair(call, 0, k, k);
}

void reference_dropout_back(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++)
        back_pair(call, 0, k, k);
}

// ---- Moving ------------------------------------------------------------------------------------

static void for_joined(const ReferenceCall *call, Pair *pair)
{
    Shape out = call->view->output;
    size_t first = 0;
    for (size_t input = 0; input < call->view->layer->n_inputs; input++) {
        Shape in = call->view->inputs[input];
        for (size_t k = 0; k < call->n * shape_values(in); k++)
            pair(call, input, k, k / in.channels * out.channels + first + k % in.channels);
        first += in.channels;
    }
}

void reference_concatenate(const ReferenceCall *call)
{
    for_joined(call, copy_pair);
}

void reference_concatenate_back(const ReferenceCall *call)
{
    for_joined(call, back_pair);
}

static void for_flattened(const ReferenceCall *call, Pair *pair)
{
    Shape in = call->view->inputs[0];
    size_t out = 0;
    for (size_t i = 0; i < call->n; i++)
        for (size_t c = 0; c < in.channels; c++)
            for (size_t row = 0; row < in.height; row++)
                for (size_t column = 0; column < in.width; column++)
                    pair(call, 0, place(in, i, row, column, c), out++);
}

void reference_flatten(const ReferenceCall *call)
{
    for_flattened(call, copy_pair);
}

void reference_flatten_back(const ReferenceCall *call)
{
    for_flattened(call, back_pair);
}

static void for_cropped(const ReferenceCall *call, Pair *pair)
{
    const Layer *layer = call->view->layer;
    Shape in = call->view->inputs[0], out = call->view->output;
    for (size_t i = 0; i < call->n; i++)
        for (size_t y = 0; y < out.height; y++)
            for (size_t x = 0; x < out.width; x++)
                for (size_t c = 0; c < out.channels; c++)
                    pair(call, 0,
                         place(in, i, layer->crop_start + y * layer->crop_size / out.height,
                               layer->crop_start + x * layer->crop_size / out.width, c),
                         place(out, i, y, x, c));
}

void reference_crop(const ReferenceCall *call)
{
    for_cropped(call, copy_pair);
}

void reference_crop_back(const ReferenceCall *call)
{
    for_cropped(call, back_pair);
}

static void for_padded(const ReferenceCall *call, Pair *pair)
{
    const LayerView *view = call->view;
    Shape in = view->inputs[0], out = view->output;
    for (size_t k = 0; k < call->n * shape_values(in); k++) {
        size_t channel = k % in.channels, column = k / in.channels % in.width;
        size_t row = k / in.channels / in.width % in.height, i = k / shape_values(in);
        pair(call, 0, k,
             place(out, i, row + view->layer->padding, column + layer_across(view->layer).padding,
                   channel));
    }
}

void reference_pad(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++)
        call->output[k] = call->view->layer->offset;
    for_padded(call, copy_pair);
}

void reference_pad_back(const ReferenceCall *call)
{
    for_padded(call, back_pair);
}

static void for_rearranged(const ReferenceCall *call, Pair *pair)
{
    const Layer *layer = call->view->layer;
    for (size_t k = 0; k < value_count(call); k++) {
        size_t inner = k % layer->inner, column = k / layer->inner % layer->columns;
        size_t row = k / layer->inner / layer->columns % layer->rows;
        size_t block = k / layer->inner / layer->columns / layer->rows;
        pair(call, 0, k,
             ((block * layer->columns + column) * layer->rows + row) * layer->inner + inner);
    }
}

void reference_rearrange(const ReferenceCall *call)
{
    for_rearranged(call, copy_pair);
}

void reference_rearrange_back(const ReferenceCall *call)
{
    for_rearranged(call, back_pair);
}

static void for_slice(const ReferenceCall *call, Pair *pair)
{
    size_t channels = call->view->output.channels, all = call->view->inputs[0].channels;
    for (size_t k = 0; k < value_count(call); k++)
        pair(call, 0, k / channels * all + call->view->layer->crop_start + k % channels, k);
}

void reference_slice(const ReferenceCall *call)
{
    for_slice(call, copy_pair);
}

void reference_slice_back(const ReferenceCall *call)
{
    for_slice(call, back_pair);
}
