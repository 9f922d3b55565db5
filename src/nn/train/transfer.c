#include "nn/train/transfer.h"

#include <stdio.h>
#include <string.h>

#include "nn/network_internal.h"

static bool has_weights(const Network *network, size_t layer)
{
    return layer_type(network->nodes[layer].layer.kind)->has_weights;
}

static size_t first_layer(const Network *network)
{
    size_t layer = 0;
    while (layer + 1 < network->n_nodes && !has_weights(network, layer))
        layer++;
    return layer;
}

static size_t last_layer(const Network *network)
{
    size_t layer = network->n_nodes - 1;
    while (layer > 0 && !has_weights(network, layer))
        layer--;
    return layer;
}

static const TransferTensor *find(const TransferTensor *tensors, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(tensors[i].name, name) == 0)
            return &tensors[i];
    return NULL;
}

static bool same_shape(const Parameter *parameter, const TransferTensor *tensor)
{
    if (parameter->n_dimensions != tensor->n_dimensions)
        return false;
    return memcmp(parameter->dimensions, tensor->dimensions,
                  tensor->n_dimensions * sizeof *tensor->dimensions) == 0;
}

// Whether only the number of inputs differs.
static bool can_widen(const Parameter *parameter, const TransferTensor *tensor)
{
    bool same = parameter->n_dimensions == 4 && tensor->n_dimensions == 4 &&
                parameter->dimensions[0] == tensor->dimensions[0];
    for (size_t i = 2; i < 4 && same; i++)
        same = parameter->dimensions[i] == tensor->dimensions[i];
    return same;
}

// Kernels [out][in][rows][columns].
static void widen(const TransferTensor *tensor, bool halve, Parameter *parameter)
{
    size_t n_out = parameter->dimensions[0], n_in = parameter->dimensions[1];
    size_t n_before = tensor->dimensions[1];
    size_t area = parameter->dimensions[2] * parameter->dimensions[3];
    float scale = halve ? (float)n_before / (float)n_in : 1.0f;
    for (size_t out = 0; out < n_out; out++)
        for (size_t in = 0; in < n_in; in++)
            for (size_t i = 0; i < area; i++)
                parameter->values[(out * n_in + in) * area + i] =
                    scale * tensor->values[(out * n_before + in % n_before) * area + i];
}

static Status take(Network *network, Parameter *parameter, const TransferTensor *tensor, bool halve,
                   TransferReport *report, Error *error)
{
    const char *layer = network->nodes[parameter->layer].layer.name;
    if (tensor != NULL && same_shape(parameter, tensor)) {
        memcpy(parameter->values, tensor->values, parameter->n_values * sizeof(float));
    } else if (tensor != NULL && parameter->layer == first_layer(network) &&
               can_widen(parameter, tensor)) {
        widen(tensor, halve, parameter);
        report->widened = true;
    } else if (parameter->layer == last_layer(network)) {
        snprintf(report->new_head, sizeof report->new_head, "%s", layer);
    } else {
        return error_set(error, STATUS_BAD_INPUT,
                         "its weights do not fit this network: %s %s; only the first layer's "
                         "inputs and the last layer may differ",
                         parameter->name, tensor == NULL ? "is missing" : "has another shape");
    }
    return STATUS_OK;
}

static Status check_tensors(const Network *network, const TransferTensor *tensors, size_t n,
                            Error *error)
{
    for (size_t i = 0; i < n; i++) {
        bool found = strstr(tensors[i].name, "num_batches_tracked") != NULL;
        for (size_t k = 0; k < network->n_parameters && !found; k++)
            found = strcmp(network->parameters[k].name, tensors[i].name) == 0;
        if (!found)
            return error_set(error, STATUS_BAD_INPUT,
                             "its weights do not fit this network, which has no %s",
                             tensors[i].name);
    }
    return STATUS_OK;
}

Status network_transfer(Network *network, const TransferTensor *tensors, size_t n, bool halve,
                        TransferReport *report, Error *error)
{
    *report = (TransferReport){false, ""};
    Status status = check_tensors(network, tensors, n, error);
    for (size_t i = 0; i < network->n_parameters && status == STATUS_OK; i++) {
        Parameter *parameter = &network->parameters[i];
        status = take(network, parameter, find(tensors, n, parameter->name), halve, report, error);
    }
    return status;
}

Status network_held_layers(const Network *network, size_t n, size_t *first_trained, Error *error)
{
    size_t n_layers = 0, layer = 0;
    for (size_t i = 0; i < network->n_nodes; i++)
        n_layers += has_weights(network, i);
    if (n >= n_layers)
        return error_set(error, STATUS_USAGE,
                         "the network has %zu layers with weights; hold at most %zu, which leaves "
                         "the last to train",
                         n_layers, n_layers - 1);
    for (size_t left = n; left > 0; layer++)
        left -= has_weights(network, layer);
    // What follows the last held layer up to the next one (norms, activations) is held with it.
    while (n > 0 && !has_weights(network, layer))
        layer++;
    *first_trained = layer;
    return STATUS_OK;
}
