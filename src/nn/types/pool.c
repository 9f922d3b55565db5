// Pooling (layers/pool.h).
#include "nn/layers/pool.h"
#include "nn/layer_type.h"

static PoolShape pool_shape(const LayerView *view)
{
    return (PoolShape){.input = view->inputs[0],
                       .output = view->output,
                       .down = layer_down(view->layer),
                       .across = layer_across(view->layer)};
}

static Status window_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    // PyTorch's rule; it makes sure that no window lies in the padding alone.
    Window down = layer_down(layer), across = layer_across(layer);
    Status status = layer_window_shape(layer, inputs[0], output, error);
    if (status == STATUS_OK &&
        (down.padding > down.kernel / 2 || across.padding > across.kernel / 2))
        status = layer_refuse(layer, error, "the padding must be at most half the kernel");
    output->channels = inputs[0].channels;
    return status;
}

// ---- Max ---------------------------------------------------------------------------------------

static void max_forward(const ForwardCall *call)
{
    PoolShape shape = pool_shape(&call->view);
    max_pool_forward(&shape, call->inputs[0], call->n, call->output);
}

static void max_backward(const BackwardCall *call)
{
    PoolShape shape = pool_shape(&call->view);
    if (call->grad_inputs[0] != NULL)
        max_pool_backward(&shape, call->inputs[0], call->grad_output, call->n, call->grad_inputs[0],
                          call->scratch);
}

static size_t max_scratch(const LayerView *view)
{
    return 2 * view->output.channels;
}

const LayerType layer_type_max_pool = {
    .name = "max_pool",
    .fields = USES_WINDOW,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = window_shape,
    .forward = max_forward,
    .backward = max_backward,
    .scratch_size = max_scratch,
    .needs_input = true,
};

// ---- Average -----------------------------------------------------------------------------------

static void average_forward(const ForwardCall *call)
{
    PoolShape shape = pool_shape(&call->view);
    average_pool_forward(&shape, call->inputs[0], call->n, call->output);
}

static void average_backward(const BackwardCall *call)
{
    PoolShape shape = pool_shape(&call->view);
    if (call->grad_inputs[0] != NULL)
        average_pool_backward(&shape, call->grad_output, call->n, call->grad_inputs[0]);
}

const LayerType layer_type_average_pool = {
    .name = "average_pool",
    .fields = USES_WINDOW,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = window_shape,
    .forward = average_forward,
    .backward = average_backward,
};

static Status adaptive_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    (void)error;
    *output = (Shape){layer->height, layer->width, inputs[0].channels};
    return STATUS_OK;
}

static void adaptive_forward(const ForwardCall *call)
{
    PoolShape shape = pool_shape(&call->view);
    adaptive_average_forward(&shape, call->inputs[0], call->n, call->output);
}

static void adaptive_backward(const BackwardCall *call)
{
    PoolShape shape = pool_shape(&call->view);
    if (call->grad_inputs[0] != NULL)
        adaptive_average_backward(&shape, call->grad_output, call->n, call->grad_inputs[0]);
}

const LayerType layer_type_adaptive_average = {
    .name = "adaptive_average",
    .fields = USES_SIZE,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = adaptive_shape,
    .forward = adaptive_forward,
    .backward = adaptive_backward,
};
