#include "nn/network_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// Far above any published network (VGG16 has 1.4e8); a damaged file may ask for more.
enum { PARAMETER_VALUES_MAX = 1 << 29 };

Status network_new(Network **network, Error *error)
{
    *network = memory_new(1, sizeof **network);
    return *network != NULL ? STATUS_OK : error_memory(error, "a network");
}

void network_free(Network *network)
{
    if (network == NULL)
        return;
    for (size_t i = 0; i < network->n_parameters; i++)
        free(network->parameters[i].values);
    free(network->nodes);
    free(network->parameters);
    free(network);
}

Status network_copy(const Network *network, Network **result, Error *error)
{
    Network *copy = NULL;
    Status status = network_new(&copy, error);
    for (size_t i = 0; status == STATUS_OK && i < network->n_nodes; i++)
        status = network_add(copy, &network->nodes[i].layer, NULL, error);
    for (size_t i = 0; status == STATUS_OK && i < network->n_parameters; i++)
        memcpy(copy->parameters[i].values, network->parameters[i].values,
               network->parameters[i].n_values * sizeof(float));
    if (status != STATUS_OK) {
        network_free(copy);
        copy = NULL;
    }
    *result = copy;
    return status;
}

static Status reserve_parameter(Network *network, Error *error)
{
    if (network->n_parameters < network->parameter_capacity)
        return STATUS_OK;
    size_t capacity = network->parameter_capacity > 0 ? 2 * network->parameter_capacity : 64;
    Parameter *grown = memory_resize(network->parameters, capacity, sizeof *grown);
    if (grown == NULL)
        return error_memory(error, "the network's parameters");
    network->parameters = grown;
    network->parameter_capacity = capacity;
    return STATUS_OK;
}

static Status give_values(float start, Parameter *parameter, Error *error)
{
    parameter->values = memory_new_aligned(parameter->n_values, sizeof(float));
    if (parameter->values == NULL)
        return error_memory(error, parameter->name);
    for (size_t i = 0; i < parameter->n_values; i++)
        parameter->values[i] = start;
    return STATUS_OK;
}

static Status add_parameter(Network *network, const ParameterPlan *plan, Error *error)
{
    size_t layer = network->n_nodes;
    const char *name = network->nodes[layer].layer.name;
    Parameter parameter = {.layer = layer,
                           .n_dimensions = plan->n_dimensions,
                           .n_values = 1,
                           .trainable = !plan->is_statistic};
    snprintf(parameter.name, sizeof parameter.name, "%s.%s", name, plan->suffix);
    for (size_t i = 0; i < plan->n_dimensions; i++) {
        parameter.dimensions[i] = plan->dimensions[i];
        if (!memory_multiply(parameter.n_values, plan->dimensions[i], &parameter.n_values) ||
            parameter.n_values > PARAMETER_VALUES_MAX)
            return error_set(error, STATUS_BAD_INPUT, "layer %s: its %s is too large", name,
                             plan->suffix);
    }
    Status status = reserve_parameter(network, error);
    if (status == STATUS_OK)
        status = give_values(plan->start, &parameter, error);
    if (status == STATUS_OK)
        network->parameters[network->n_parameters++] = parameter;
    return status;
}

static Status add_parameters(Network *network, const Layer *layer, const Shape *inputs,
                             Error *error)
{
    const LayerType *type = layer_type(layer->kind);
    if (type->parameters == NULL)
        return STATUS_OK;
    ParameterPlan plans[LAYER_PARAMETERS_MAX];
    size_t n = type->parameters(layer, inputs, plans);
    Status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        status = add_parameter(network, &plans[i], error);
    return status;
}

// The checks that need no knowledge of kinds: name, place in the list, inputs that exist.
static Status check_place(const Network *network, const Layer *layer, Error *error)
{
    if ((size_t)layer->kind >= LAYER_KIND_COUNT)
        return error_set(error, STATUS_BAD_INPUT, "layer %zu is of an unknown kind",
                         network->n_nodes);
    if (layer->name[0] == '\0' || memchr(layer->name, '\0', sizeof layer->name) == NULL)
        return error_set(error, STATUS_BAD_INPUT, "layer %zu has an empty or over-long name",
                         network->n_nodes);
    if ((layer->kind == LAYER_INPUT) != (network->n_nodes == 0))
        return error_set(error, STATUS_BAD_INPUT,
                         "layer %s: a network has one input layer, and it comes first",
                         layer->name);
    for (size_t i = 0; i < network->n_nodes; i++)
        if (strcmp(network->nodes[i].layer.name, layer->name) == 0)
            return error_set(error, STATUS_BAD_INPUT, "two layers are called %s", layer->name);
    if (layer->n_inputs > LAYER_INPUTS_MAX)
        return error_set(error, STATUS_BAD_INPUT, "layer %s: more than %d inputs", layer->name,
                         LAYER_INPUTS_MAX);
    for (size_t i = 0; i < layer->n_inputs; i++)
        if (layer->inputs[i] >= network->n_nodes)
            return error_set(error, STATUS_BAD_INPUT, "layer %s: its input %zu comes after it",
                             layer->name, layer->inputs[i]);
    return STATUS_OK;
}

static Status grow_nodes(Network *network, Error *error)
{
    if (network->n_nodes < network->node_capacity)
        return STATUS_OK;
    size_t capacity = network->node_capacity > 0 ? 2 * network->node_capacity : 64;
    Node *grown = memory_resize(network->nodes, capacity, sizeof *grown);
    if (grown == NULL)
        return error_memory(error, "the network's layers");
    network->nodes = grown;
    network->node_capacity = capacity;
    return STATUS_OK;
}

Status network_add(Network *network, const Layer *layer, size_t *index, Error *error)
{
    Status status = check_place(network, layer, error);
    if (status == STATUS_OK)
        status = grow_nodes(network, error);
    if (status != STATUS_OK)
        return status;
    Shape inputs[LAYER_INPUTS_MAX];
    for (size_t i = 0; i < layer->n_inputs; i++)
        inputs[i] = network->nodes[layer->inputs[i]].shape;
    Node *node = &network->nodes[network->n_nodes];
    *node = (Node){.layer = *layer, .first_parameter = network->n_parameters};
    status = layer_output_shape(layer, inputs, &node->shape, error);
    if (status == STATUS_OK) {
        node->n_values = node->shape.height * node->shape.width * node->shape.channels;
        status = add_parameters(network, &node->layer, inputs, error);
    }
    node->n_parameters = network->n_parameters - node->first_parameter;
    if (status != STATUS_OK) {
        while (network->n_parameters > node->first_parameter)
            free(network->parameters[--network->n_parameters].values);
        return status;
    }
    if (index != NULL)
        *index = network->n_nodes;
    network->n_nodes++;
    return STATUS_OK;
}

size_t network_layer_count(const Network *network)
{
    return network->n_nodes;
}

const Layer *network_layer(const Network *network, size_t index)
{
    return &network->nodes[index].layer;
}

Shape network_layer_shape(const Network *network, size_t index)
{
    return network->nodes[index].shape;
}

Shape network_input_shape(const Network *network)
{
    return network->nodes[0].shape;
}

size_t network_class_count(const Network *network)
{
    return network->nodes[network->n_nodes - 1].shape.channels;
}

size_t network_parameter_count(const Network *network)
{
    return network->n_parameters;
}

Parameter *network_parameter(Network *network, size_t index)
{
    return &network->parameters[index];
}

const Parameter *network_parameter_const(const Network *network, size_t index)
{
    return &network->parameters[index];
}

Parameter *network_parameter_find(Network *network, const char *name)
{
    for (size_t i = 0; i < network->n_parameters; i++)
        if (strcmp(network->parameters[i].name, name) == 0)
            return &network->parameters[i];
    return NULL;
}

size_t network_value_count(const Network *network)
{
    size_t count = 0;
    for (size_t i = 0; i < network->n_parameters; i++)
        if (network->parameters[i].trainable)
            count += network->parameters[i].n_values;
    return count;
}

double network_multiply_adds(const Network *network)
{
    double sum = 0;
    for (size_t i = 0; i < network->n_nodes; i++) {
        const Node *node = &network->nodes[i];
        if (!layer_type(node->layer.kind)->has_weights)
            continue;
        double pixels = (double)node->shape.height * (double)node->shape.width;
        sum += pixels * (double)network->parameters[node->first_parameter].n_values;
    }
    return sum;
}

const float *network_layer_values(const Network *network, size_t layer, size_t which)
{
    const Node *node = &network->nodes[layer];
    return which < node->n_parameters ? network->parameters[node->first_parameter + which].values
                                      : NULL;
}

LayerView network_layer_view(const Network *network, size_t layer)
{
    const Node *node = &network->nodes[layer];
    LayerView view = {.layer = &node->layer, .output = node->shape, .slope = 1};
    for (size_t i = 0; i < node->layer.n_inputs; i++)
        view.inputs[i] = network->nodes[node->layer.inputs[i]].shape;
    for (size_t i = 0; i < LAYER_PARAMETERS_MAX; i++)
        view.values[i] = network_layer_values(network, layer, i);
    return view;
}
