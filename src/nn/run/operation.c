#include "nn/run/operation.h"

#include "nn/layers/activation.h"

static const LayerType *type_of(const LayerView *view)
{
    return layer_type(view->layer->kind);
}

const LayerType *operation_type(const Network *network, const Step *step)
{
    return layer_type(network->nodes[step->layer].layer.kind);
}

LayerView operation_view(const PackedNetwork *packed, const Step *step)
{
    LayerView view = packed_network_view(packed, step->layer);
    view.slope = step->slope;
    return view;
}

// An activation is fused that the type knows nothing of.
static bool activation_outside(const LayerType *type, float slope)
{
    return slope != 1 && !type->fuses_activation;
}

bool operation_needs_output(const Network *network, const Step *step)
{
    const LayerType *type = operation_type(network, step);
    return type->needs_output || activation_outside(type, step->slope);
}

static void apply_activation_outside(const ForwardCall *call)
{
    if (activation_outside(type_of(&call->view), call->view.slope))
        activation_forward(call->output, call->n * shape_values(call->view.output),
                           call->view.slope, call->output);
}

void operation_forward(const ForwardCall *call)
{
    type_of(&call->view)->forward(call);
    apply_activation_outside(call);
}

typedef struct SharedCall {
    const ForwardCall *call;
    size_t count, scratch_size;
} SharedCall;

static size_t scratch_size(const LayerView *view)
{
    const LayerType *type = type_of(view);
    return type->scratch_size != NULL ? type->scratch_size(view) : 0;
}

static void forward_share(void *context, size_t item, size_t thread)
{
    const SharedCall *shared = context;
    ForwardCall part = *shared->call;
    part.share = (Share){item, shared->count};
    part.scratch += thread * shared->scratch_size;
    type_of(&part.view)->forward(&part);
}

void operation_forward_shared(const ForwardCall *call, Parallel *parallel)
{
    if (!type_of(&call->view)->shares) {
        operation_forward(call);
        return;
    }
    SharedCall shared = {call, parallel_thread_count(parallel), scratch_size(&call->view)};
    parallel_run(parallel, shared.count, forward_share, &shared);
    apply_activation_outside(call);
}

void operation_backward(const BackwardCall *call)
{
    const LayerType *type = type_of(&call->view);
    if (activation_outside(type, call->view.slope))
        activation_backward(call->output, call->grad_output,
                            call->n * shape_values(call->view.output), call->view.slope,
                            call->guided, call->grad_output);
    type->backward(call);
}

size_t operation_scratch_size(const PackedNetwork *packed, const Step *step)
{
    LayerView view = operation_view(packed, step);
    return scratch_size(&view);
}

size_t operation_gradient_size(const PackedNetwork *packed, const Step *step)
{
    LayerView view = operation_view(packed, step);
    const LayerType *type = type_of(&view);
    return type->gradient_size != NULL ? type->gradient_size(&view) : 0;
}
