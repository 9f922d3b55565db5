// Layers that move values or leave some out: flatten, crop and enlarge, dropout (layers/reshape.h).
#include "nn/layers/reshape.h"
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
