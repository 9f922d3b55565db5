// Layers that move values or leave some out: flatten, crop and enlarge, pad, rearrange, slice,
// dropout (layers/reshape.h).
#include "nn/layers/reshape.h"

#include "base/memory.h"
#include "nn/layer_type.h"

// ---- Flatten -----------------------------------------------------------------------------------

static Status flatten_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    (void)layer;
    (void)error;
    *output = (Shape){1, 1, shape_values(inputs[0])};
    return STATUS_OK;
}

static void flatten_step(const ForwardCall *call)
{
    Shape in = call->view.inputs[0];
    flatten_forward(call->inputs[0], call->n, in.height * in.width, in.channels, call->output);
}

static void flatten_step_backward(const BackwardCall *call)
{
    Shape in = call->view.inputs[0];
    if (call->grad_inputs[0] != NULL)
        flatten_backward(call->grad_output, call->n, in.height * in.width, in.channels,
                         call->grad_inputs[0]);
}

const LayerType layer_type_flatten = {
    .name = "flatten",
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = flatten_shape,
    .forward = flatten_step,
    .backward = flatten_step_backward,
};

// ---- Crop and enlarge --------------------------------------------------------------------------

static Status crop_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    Shape in = inputs[0];
    if (layer->crop_size == 0 || layer->crop_size > in.height || layer->crop_size > in.width ||
        layer->crop_start > in.height - layer->crop_size ||
        layer->crop_start > in.width - layer->crop_size)
        return layer_refuse(layer, error, "the crop reaches outside its input");
    *output = (Shape){layer->height, layer->width, in.channels};
    return STATUS_OK;
}

static void crop_step(const ForwardCall *call)
{
    const LayerView *view = &call->view;
    crop_enlarge_forward(call->inputs[0], call->n, view->inputs[0], view->layer->crop_start,
                         view->layer->crop_size, view->output, call->output);
}

static void crop_step_backward(const BackwardCall *call)
{
    const LayerView *view = &call->view;
    if (call->grad_inputs[0] != NULL)
        crop_enlarge_backward(call->grad_output, call->n, view->inputs[0], view->layer->crop_start,
                              view->layer->crop_size, view->output, call->grad_inputs[0]);
}

const LayerType layer_type_crop_enlarge = {
    .name = "crop_enlarge",
    .fields = USES_SIZE | USES_CROP,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = crop_shape,
    .forward = crop_step,
    .backward = crop_step_backward,
};

// ---- Pad ---------------------------------------------------------------------------------------

static Status pad_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    Shape in = inputs[0];
    Window down = layer_down(layer), across = layer_across(layer);
    if (layer->height < in.height || layer->width < in.width ||
        down.padding > layer->height - in.height || across.padding > layer->width - in.width)
        return layer_refuse(layer, error, "its input reaches outside its output");
    *output = (Shape){layer->height, layer->width, in.channels};
    return STATUS_OK;
}

static void pad_step(const ForwardCall *call)
{
    const LayerView *view = &call->view;
    pad_forward(call->inputs[0], call->n, view->inputs[0], view->layer->padding,
                layer_across(view->layer).padding, view->output, (float)view->layer->offset,
                call->output);
}

static void pad_step_backward(const BackwardCall *call)
{
    const LayerView *view = &call->view;
    if (call->grad_inputs[0] != NULL)
        pad_backward(call->grad_output, call->n, view->inputs[0], view->layer->padding,
                     layer_across(view->layer).padding, view->output, call->grad_inputs[0]);
}

const LayerType layer_type_pad = {
    .name = "pad",
    .fields = USES_SIZE | USES_WINDOW | USES_OFFSET,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = pad_shape,
    .forward = pad_step,
    .backward = pad_step_backward,
};

// ---- Rearrange ---------------------------------------------------------------------------------

static Status rearrange_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    size_t values = shape_values(inputs[0]), pixels, made, block, whole;
    if (!memory_multiply(layer->height, layer->width, &pixels) ||
        !memory_multiply(pixels, layer->channels, &made) || made != values)
        return layer_refuse(layer, error, "its output has another number of values than its input");
    if (!memory_multiply(layer->rows, layer->columns, &block) ||
        !memory_multiply(block, layer->inner, &whole) || whole == 0 || values % whole != 0)
        return layer_refuse(layer, error, "its rows and columns do not divide its input");
    *output = (Shape){layer->height, layer->width, layer->channels};
    return STATUS_OK;
}

static size_t block_count(const LayerView *view, size_t n)
{
    const Layer *layer = view->layer;
    return n * shape_values(view->output) / (layer->rows * layer->columns * layer->inner);
}

static void rearrange_step(const ForwardCall *call)
{
    const Layer *layer = call->view.layer;
    rearrange_values(call->inputs[0], block_count(&call->view, call->n), layer->rows,
                     layer->columns, layer->inner, call->output);
}

static void rearrange_step_backward(const BackwardCall *call)
{
    const Layer *layer = call->view.layer;
    if (call->grad_inputs[0] != NULL)
        rearrange_values(call->grad_output, block_count(&call->view, call->n), layer->columns,
                         layer->rows, layer->inner, call->grad_inputs[0]);
}

const LayerType layer_type_rearrange = {
    .name = "rearrange",
    .fields = USES_SIZE | USES_CHANNELS | USES_PLACES,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = rearrange_shape,
    .forward = rearrange_step,
    .backward = rearrange_step_backward,
};

// ---- Channel slice -----------------------------------------------------------------------------

static Status slice_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    Shape in = inputs[0];
    if (layer->channels > in.channels || layer->crop_start > in.channels - layer->channels)
        return layer_refuse(layer, error, "the slice reaches outside its input's channels");
    *output = (Shape){in.height, in.width, layer->channels};
    return STATUS_OK;
}

static void slice_step(const ForwardCall *call)
{
    const LayerView *view = &call->view;
    channel_slice_forward(call->inputs[0], call->n * view->output.height * view->output.width,
                          view->inputs[0].channels, view->layer->crop_start, view->output.channels,
                          call->output);
}

static void slice_step_backward(const BackwardCall *call)
{
    const LayerView *view = &call->view;
    if (call->grad_inputs[0] != NULL)
        channel_slice_backward(call->grad_output,
                               call->n * view->output.height * view->output.width,
                               view->inputs[0].channels, view->layer->crop_start,
                               view->output.channels, call->grad_inputs[0]);
}

const LayerType layer_type_channel_slice = {
    .name = "channel_slice",
    .fields = USES_CHANNELS | USES_CROP,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = slice_shape,
    .forward = slice_step,
    .backward = slice_step_backward,
};

// ---- Dropout -----------------------------------------------------------------------------------

static void dropout_step(const ForwardCall *call)
{
    dropout_apply(call->inputs[0], call->n, shape_values(call->view.output), call->view.layer->rate,
                  call->seed, call->first_source, call->output);
}

static void dropout_step_backward(const BackwardCall *call)
{
    if (call->grad_inputs[0] != NULL)
        dropout_apply(call->grad_output, call->n, shape_values(call->view.output),
                      call->view.layer->rate, call->seed, call->first_source, call->grad_inputs[0]);
}

const LayerType layer_type_dropout = {
    .name = "dropout",
    .fields = USES_RATE,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = layer_same_shape,
    .forward = dropout_step,
    .backward = dropout_step_backward,
    .in_place = true,
};
