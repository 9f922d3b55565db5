#include "nn/run/operation.h"

#include <string.h>

#include "nn/layers/activation.h"
#include "nn/layers/pool.h"
#include "nn/layers/reshape.h"

// ---- What a call is about ----------------------------------------------------------------------

static const Node *node_of(const Network *network, const Step *step)
{
    return &network->nodes[step->layer];
}

static const Node *input_node(const Network *network, const Step *step, size_t input)
{
    return &network->nodes[node_of(network, step)->layer.inputs[input]];
}

static const float *weight_of(const Network *network, const Step *step)
{
    return network_layer_values(network, step->layer, 0);
}

static const float *bias_of(const Network *network, const Step *step)
{
    return network_layer_values(network, step->layer, 1);
}

NormShape operation_norm_shape(const Network *network, const Step *step)
{
    const Node *node = node_of(network, step);
    return (NormShape){.pixels = node->shape.height * node->shape.width,
                       .channels = node->shape.channels,
                       .groups = node->layer.groups,
                       .epsilon = (float)node->layer.epsilon,
                       .slope = step->slope};
}

static PoolShape pool_shape(const Network *network, const Step *step)
{
    const Node *node = node_of(network, step);
    return (PoolShape){.input = input_node(network, step, 0)->shape,
                       .output = node->shape,
                       .kernel = node->layer.kernel,
                       .stride = node->layer.stride,
                       .padding = node->layer.padding};
}

// ---- Convolution and fully connected -----------------------------------------------------------

static void convolution_step(const ForwardCall *call)
{
    convolution_forward(node_of(call->network, call->step)->convolution, call->inputs[0], call->n,
                        call->share, call->output, call->scratch);
}

static void convolution_step_backward(const BackwardCall *call)
{
    const Convolution *convolution = node_of(call->network, call->step)->convolution;
    if (call->grad_parameters != NULL)
        convolution_backward_weight(convolution, call->inputs[0], call->grad_output, call->n,
                                    call->grad_parameters, call->scratch);
    if (call->grad_inputs[0] != NULL)
        convolution_backward_data(convolution, call->grad_output, call->n, call->grad_inputs[0],
                                  call->scratch);
}

static void linear_step(const ForwardCall *call)
{
    linear_forward(node_of(call->network, call->step)->linear, call->inputs[0], call->n,
                   call->share, call->output, call->scratch);
}

static void linear_step_backward(const BackwardCall *call)
{
    if (call->grad_inputs[0] != NULL)
        linear_backward_data(node_of(call->network, call->step)->linear, call->grad_output, call->n,
                             call->grad_inputs[0], call->scratch);
}

// ---- Normalisation and activation --------------------------------------------------------------

static void group_norm_step(const ForwardCall *call)
{
    NormShape shape = operation_norm_shape(call->network, call->step);
    const float *weight = weight_of(call->network, call->step);
    const float *bias = bias_of(call->network, call->step);
    if (call->moments_known)
        group_norm_apply(&shape, call->inputs[0], call->n, weight, bias, call->moments,
                         call->output, call->scratch);
    else
        group_norm_forward(&shape, call->inputs[0], call->n, weight, bias, call->output,
                           call->moments, call->scratch);
}

static void group_norm_step_backward(const BackwardCall *call)
{
    NormShape shape = operation_norm_shape(call->network, call->step);
    group_norm_backward(&shape, call->inputs[0], call->n, weight_of(call->network, call->step),
                        bias_of(call->network, call->step), call->moments, call->grad_output,
                        call->guided && call->step->slope != 1, call->grad_inputs[0],
                        call->grad_parameters, call->scratch);
}

static const Moments *batch_moments(const Network *network, const Step *step,
                                    const Moments *moments)
{
    return moments != NULL ? moments : node_of(network, step)->running_moments;
}

static void batch_norm_step(const ForwardCall *call)
{
    NormShape shape = operation_norm_shape(call->network, call->step);
    batch_norm_forward(&shape, call->inputs[0], call->n, weight_of(call->network, call->step),
                       bias_of(call->network, call->step),
                       batch_moments(call->network, call->step, call->moments), call->output,
                       call->scratch);
}

static void batch_norm_step_backward(const BackwardCall *call)
{
    if (call->grad_inputs[0] == NULL)
        return;
    NormShape shape = operation_norm_shape(call->network, call->step);
    batch_norm_backward(&shape, call->inputs[0], call->n, weight_of(call->network, call->step),
                        bias_of(call->network, call->step),
                        batch_moments(call->network, call->step, call->moments), call->grad_output,
                        call->guided && call->step->slope != 1, call->batch_sums, call->batch_count,
                        call->grad_inputs[0], call->scratch);
}

static void activation_step(const ForwardCall *call)
{
    activation_forward(call->inputs[0], call->n * node_of(call->network, call->step)->n_values,
                       call->step->slope, call->output);
}

static void activation_step_backward(const BackwardCall *call)
{
    if (call->grad_inputs[0] != NULL)
        activation_backward(call->inputs[0], call->grad_output,
                            call->n * node_of(call->network, call->step)->n_values,
                            call->step->slope, call->guided, call->grad_inputs[0]);
}

// ---- Pooling -----------------------------------------------------------------------------------

static void max_pool_step(const ForwardCall *call)
{
    PoolShape shape = pool_shape(call->network, call->step);
    max_pool_forward(&shape, call->inputs[0], call->n, call->output);
}

static void max_pool_step_backward(const BackwardCall *call)
{
    PoolShape shape = pool_shape(call->network, call->step);
    if (call->grad_inputs[0] != NULL)
        max_pool_backward(&shape, call->inputs[0], call->grad_output, call->n, call->grad_inputs[0],
                          call->scratch);
}

static void average_pool_step(const ForwardCall *call)
{
    PoolShape shape = pool_shape(call->network, call->step);
    average_pool_forward(&shape, call->inputs[0], call->n, call->output);
}

static void average_pool_step_backward(const BackwardCall *call)
{
    PoolShape shape = pool_shape(call->network, call->step);
    if (call->grad_inputs[0] != NULL)
        average_pool_backward(&shape, call->grad_output, call->n, call->grad_inputs[0]);
}

static void adaptive_average_step(const ForwardCall *call)
{
    PoolShape shape = pool_shape(call->network, call->step);
    adaptive_average_forward(&shape, call->inputs[0], call->n, call->output);
}

static void adaptive_average_step_backward(const BackwardCall *call)
{
    PoolShape shape = pool_shape(call->network, call->step);
    if (call->grad_inputs[0] != NULL)
        adaptive_average_backward(&shape, call->grad_output, call->n, call->grad_inputs[0]);
}

// ---- Moving and joining ------------------------------------------------------------------------

static void add_step(const ForwardCall *call)
{
    add_forward(call->inputs[0], call->inputs[1],
                call->n * node_of(call->network, call->step)->n_values, call->step->slope,
                call->output);
}

static void add_step_backward(const BackwardCall *call)
{
    size_t bytes = call->n * node_of(call->network, call->step)->n_values * sizeof(float);
    for (size_t i = 0; i < 2; i++)
        if (call->grad_inputs[i] != NULL)
            memcpy(call->grad_inputs[i], call->grad_output, bytes);
}

static void concatenate_step(const ForwardCall *call)
{
    const Node *node = node_of(call->network, call->step);
    size_t n_pixels = call->n * node->shape.height * node->shape.width;
    for (size_t i = 0, offset = 0; i < node->layer.n_inputs; i++) {
        size_t channels = input_node(call->network, call->step, i)->shape.channels;
        concatenate_forward(call->inputs[i], n_pixels, channels, offset, node->shape.channels,
                            call->output);
        offset += channels;
    }
}

static void concatenate_step_backward(const BackwardCall *call)
{
    const Node *node = node_of(call->network, call->step);
    size_t n_pixels = call->n * node->shape.height * node->shape.width;
    for (size_t i = 0, offset = 0; i < node->layer.n_inputs; i++) {
        size_t channels = input_node(call->network, call->step, i)->shape.channels;
        if (call->grad_inputs[i] != NULL)
            concatenate_backward(call->grad_output, n_pixels, channels, offset,
                                 node->shape.channels, call->grad_inputs[i]);
        offset += channels;
    }
}

static void flatten_step(const ForwardCall *call)
{
    Shape in = input_node(call->network, call->step, 0)->shape;
    flatten_forward(call->inputs[0], call->n, in.height * in.width, in.channels, call->output);
}

static void flatten_step_backward(const BackwardCall *call)
{
    Shape in = input_node(call->network, call->step, 0)->shape;
    if (call->grad_inputs[0] != NULL)
        flatten_backward(call->grad_output, call->n, in.height * in.width, in.channels,
                         call->grad_inputs[0]);
}

static void crop_enlarge_step(const ForwardCall *call)
{
    const Node *node = node_of(call->network, call->step);
    crop_enlarge_forward(call->inputs[0], call->n, input_node(call->network, call->step, 0)->shape,
                         node->layer.crop_start, node->layer.crop_size, node->shape, call->output);
}

static void crop_enlarge_step_backward(const BackwardCall *call)
{
    const Node *node = node_of(call->network, call->step);
    if (call->grad_inputs[0] != NULL)
        crop_enlarge_backward(
            call->grad_output, call->n, input_node(call->network, call->step, 0)->shape,
            node->layer.crop_start, node->layer.crop_size, node->shape, call->grad_inputs[0]);
}

static void dropout_step(const ForwardCall *call)
{
    const Node *node = node_of(call->network, call->step);
    dropout_apply(call->inputs[0], call->n, node->n_values, node->layer.rate, call->seed,
                  call->first_source, call->output);
}

static void dropout_step_backward(const BackwardCall *call)
{
    const Node *node = node_of(call->network, call->step);
    if (call->grad_inputs[0] != NULL)
        dropout_apply(call->grad_output, call->n, node->n_values, node->layer.rate, call->seed,
                      call->first_source, call->grad_inputs[0]);
}

// ---- The table ---------------------------------------------------------------------------------

static const Operation operations[LAYER_KIND_COUNT] = {
    [LAYER_CONVOLUTION] = {.forward = convolution_step,
                           .backward = convolution_step_backward,
                           .shares = true,
                           .needs_input = true},
    [LAYER_LINEAR] = {.forward = linear_step,
                      .backward = linear_step_backward,
                      .shares = true,
                      .needs_input = true},
    [LAYER_GROUP_NORM] = {.forward = group_norm_step,
                          .backward = group_norm_step_backward,
                          .in_place = true,
                          .fuses_activation = true,
                          .needs_input = true,
                          .cheap = true},
    [LAYER_BATCH_NORM] = {.forward = batch_norm_step,
                          .backward = batch_norm_step_backward,
                          .in_place = true,
                          .fuses_activation = true,
                          .needs_input = true,
                          .cheap = true},
    [LAYER_RELU] = {.forward = activation_step,
                    .backward = activation_step_backward,
                    .in_place = true,
                    .fuses_activation = true,
                    .needs_input = true,
                    .cheap = true},
    [LAYER_LEAKY_RELU] = {.forward = activation_step,
                          .backward = activation_step_backward,
                          .in_place = true,
                          .fuses_activation = true,
                          .needs_input = true,
                          .cheap = true},
    [LAYER_MAX_POOL] = {.forward = max_pool_step,
                        .backward = max_pool_step_backward,
                        .needs_input = true},
    [LAYER_AVERAGE_POOL] = {.forward = average_pool_step, .backward = average_pool_step_backward},
    [LAYER_ADAPTIVE_AVERAGE] = {.forward = adaptive_average_step,
                                .backward = adaptive_average_step_backward},
    [LAYER_ADD] = {.forward = add_step, .backward = add_step_backward, .in_place = true},
    [LAYER_CONCATENATE] = {.forward = concatenate_step, .backward = concatenate_step_backward},
    [LAYER_FLATTEN] = {.forward = flatten_step, .backward = flatten_step_backward},
    [LAYER_DROPOUT] = {.forward = dropout_step,
                       .backward = dropout_step_backward,
                       .in_place = true},
    [LAYER_CROP_ENLARGE] = {.forward = crop_enlarge_step, .backward = crop_enlarge_step_backward},
};

const Operation *operation_of(const Network *network, const Step *step)
{
    return &operations[node_of(network, step)->layer.kind];
}

// An activation is fused that the operation knows nothing of.
static bool activation_outside(const Network *network, const Step *step)
{
    return step->slope != 1 && !operation_of(network, step)->fuses_activation;
}

bool operation_needs_output(const Network *network, const Step *step)
{
    return operation_of(network, step)->needs_output || activation_outside(network, step);
}

static void apply_activation_outside(const ForwardCall *call)
{
    if (activation_outside(call->network, call->step))
        activation_forward(call->output, call->n * node_of(call->network, call->step)->n_values,
                           call->step->slope, call->output);
}

void operation_forward(const ForwardCall *call)
{
    operation_of(call->network, call->step)->forward(call);
    apply_activation_outside(call);
}

typedef struct SharedCall {
    const ForwardCall *call;
    size_t count;
} SharedCall;

static void forward_share(void *context, size_t item, size_t thread)
{
    const SharedCall *shared = context;
    ForwardCall part = *shared->call;
    part.share = (Share){item, shared->count};
    part.scratch += thread * operation_scratch_size(part.network, part.step);
    operation_of(part.network, part.step)->forward(&part);
}

void operation_forward_shared(const ForwardCall *call, Parallel *parallel)
{
    if (!operation_of(call->network, call->step)->shares) {
        operation_forward(call);
        return;
    }
    SharedCall shared = {call, parallel_thread_count(parallel)};
    parallel_run(parallel, shared.count, forward_share, &shared);
    apply_activation_outside(call);
}

void operation_backward(const BackwardCall *call)
{
    if (activation_outside(call->network, call->step))
        activation_backward(call->output, call->grad_output,
                            call->n * node_of(call->network, call->step)->n_values,
                            call->step->slope, call->guided, call->grad_output);
    operation_of(call->network, call->step)->backward(call);
}

size_t operation_scratch_size(const Network *network, const Step *step)
{
    const Node *node = node_of(network, step);
    switch (node->layer.kind) {
    case LAYER_CONVOLUTION:
        return convolution_scratch_size(node->convolution);
    case LAYER_LINEAR:
        return linear_scratch_size(node->linear);
    case LAYER_GROUP_NORM:
    case LAYER_BATCH_NORM:
        return norm_scratch_size(node->shape.channels);
    case LAYER_MAX_POOL:
        return 2 * node->shape.channels;
    default:
        return 0;
    }
}

size_t operation_gradient_size(const Network *network, const Step *step)
{
    const Node *node = node_of(network, step);
    switch (node->layer.kind) {
    case LAYER_CONVOLUTION:
        return convolution_gradient_size(node->convolution);
    case LAYER_GROUP_NORM:
        return 2 * node->shape.channels;
    default:
        return 0;
    }
}
