#include "nn/train/gradient.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/network_internal.h"
#include "nn/train/backprop.h"

struct ClassGradient {
    PackedNetwork *packed; // of the caller's network, to go back
    Backprop *backprop;
    size_t n_classes, n_input_values, n_layer_values;
};

Status class_gradient_new(const Network *network, size_t layer, bool guided, Parallel *parallel,
                          ClassGradient **result, Error *error)
{
    *result = NULL;
    if (layer >= network->n_nodes)
        return error_set(error, STATUS_USAGE, "the network has no layer %zu", layer);
    ClassGradient *gradient = memory_new(1, sizeof *gradient);
    if (gradient == NULL)
        return error_memory(error, "a gradient");
    gradient->n_classes = network_class_count(network);
    gradient->n_input_values = network->nodes[0].n_values;
    gradient->n_layer_values = network->nodes[layer].n_values;
    const BackpropOptions options = {
        .guided = guided, .input_gradient = true, .kept_layer = (int)layer};
    Status status = packed_network_new(network, true, parallel, &gradient->packed, error);
    if (status == STATUS_OK)
        status =
            backprop_new(gradient->packed, NULL, &options, parallel, &gradient->backprop, error);
    if (status != STATUS_OK) {
        class_gradient_free(gradient);
        gradient = NULL;
    }
    *result = gradient;
    return status;
}

void class_gradient_free(ClassGradient *gradient)
{
    if (gradient == NULL)
        return;
    backprop_free(gradient->backprop);
    packed_network_free(gradient->packed);
    free(gradient);
}

static void copy_out(const float *values, size_t n_values, float *result)
{
    if (result != NULL)
        memcpy(result, values, n_values * sizeof *values);
}

Status class_gradient_run(ClassGradient *gradient, const float *input, const size_t *classes,
                          size_t n, float *grad_input, float *output, float *grad_output,
                          Error *error)
{
    for (size_t i = 0; i < n; i++)
        if (classes[i] >= gradient->n_classes)
            return error_set(error, STATUS_USAGE, "there is no class %zu; the network has %zu",
                             classes[i] + 1, gradient->n_classes);
    Backprop *backprop = gradient->backprop;
    Status status = backprop_forward(backprop, input, n, 0, error);
    if (status != STATUS_OK)
        return status;
    float *grad_logits = backprop_grad_logits(backprop);
    memset(grad_logits, 0, n * gradient->n_classes * sizeof *grad_logits);
    for (size_t i = 0; i < n; i++)
        grad_logits[i * gradient->n_classes + classes[i]] = 1;
    backprop_backward(backprop);
    copy_out(backprop_grad_input(backprop), n * gradient->n_input_values, grad_input);
    copy_out(backprop_kept_value(backprop), n * gradient->n_layer_values, output);
    copy_out(backprop_kept_gradient(backprop), n * gradient->n_layer_values, grad_output);
    return STATUS_OK;
}
