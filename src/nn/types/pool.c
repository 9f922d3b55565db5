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

// Whether every window along an axis meets a value of the input.
static bool every_window_meets(const Window *window, size_t size, size_t positions)
{
    for (size_t position = 0; position < positions; position++) {
        bool meets = false;
        for (size_t tap = 0; tap < window->kernel && !meets; tap++)
            meets = window_index(window, position, tap) < size;
        if (!meets)
            return false;
    }
    return true;
}

// A layer that names its output's size has more padding at the end than at the beginning, or less.
static Status window_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    Window down = layer_down(layer), across = layer_across(layer);
    bool named = layer->height > 0 || layer->width > 0;
    Status status = named ? layer_window_check(layer, error)
                          : layer_window_shape(layer, inputs[0], output, error);
    if (status != STATUS_OK)
        return status;
    if (named)
        *output = (Shape){layer->height, layer->width, 0};
    output->channels = inputs[0].channels;
    if (output->height > inputs[0].height + 2 * down.padding + down.kernel ||
        output->width > inputs[0].width + 2 * across.padding + across.kernel ||
        !every_window_meets(&down, inputs[0].height, output->height) ||
        !every_window_meets(&across, inputs[0].width, output->width))
        return layer_refuse(layer, error, "a window lies in the padding alone");
    return STATUS_OK;
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
    .fields = USES_WINDOW | USES_DILATION | USES_SIZE,
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
    .fields = USES_WINDOW | USES_SIZE,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = window_shape,
    .forward = average_forward,
    .backward = average_backward,
};

static void inside_forward(const ForwardCall *call)
{
    PoolShape shape = pool_shape(&call->view);
    average_inside_forward(&shape, call->inputs[0], call->n, call->output);
}

static void inside_backward(const BackwardCall *call)
{
    PoolShape shape = pool_shape(&call->view);
    if (call->grad_inputs[0] != NULL)
        average_inside_backward(&shape, call->grad_output, call->n, call->grad_inputs[0]);
}

const LayerType layer_type_average_inside = {
    .name = "average_inside",
    .fields = USES_WINDOW | USES_SIZE,
    .inputs_min = 1,
    .inputs_max = 1,
    .shape = window_shape,
    .forward = inside_forward,
    .backward = inside_backward,
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
