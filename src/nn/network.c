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
    for (size_t i = 0; i < network->n_nodes; i++) {
        const LayerType *type = layer_type(network->nodes[i].layer.kind);
        if (type->unpack != NULL)
            type->unpack(network->nodes[i].packed);
    }
    for (size_t i = 0; i < network->n_parameters && network->lender == NULL; i++)
        free(network->parameters[i].values);
    free(network->nodes);
    free(network->parameters);
    free(network);
}

// The layers of `network` again, with values of their own or, `shared`, with its values.
static Status repeat_layers(const Network *network, bool shared, Network **result, Error *error)
{
    Network *made = NULL;
    Status status = network_new(&made, error);
    if (status == STATUS_OK && shared)
        made->lender = network;
    for (size_t i = 0; status == STATUS_OK && i < network->n_nodes; i++)
        status = network_add(made, &network->nodes[i].layer, NULL, error);
    if (status != STATUS_OK) {
        network_free(made);
        made = NULL;
    }
    *result = made;
    return status;
}

Status network_copy(const Network *network, Network **copy, Error *error)
{
    Status status = repeat_layers(network, false, copy, error);
    for (size_t i = 0; status == STATUS_OK && i < network->n_parameters; i++)
        memcpy((*copy)->parameters[i].values, network->parameters[i].values,
               network->parameters[i].n_values * sizeof(float));
    return status;
}

Status network_share(const Network *network, Network **shared, Error *error)
{
    return repeat_layers(network, true, shared, error);
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

// The lender's values, or new ones.
static Status give_values(const Network *network, float start, Parameter *parameter, Error *error)
{
    if (network->lender != NULL) {
        parameter->values = network->lender->parameters[network->n_parameters].values;
        return STATUS_OK;
    }
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
        status = give_values(network, plan->start, &parameter, error);
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
        while (network->n_parameters > node->first_parameter) {
            float *values = network->parameters[--network->n_parameters].values;
            if (network->lender == NULL)
                free(values);
        }
        return status;
    }
    if (index != NULL)
        *index = network->n_nodes;
    network->n_nodes++;
    network->prepared = network->prepared_training = false;
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
    LayerView view = {
        .layer = &node->layer, .output = node->shape, .packed = node->packed, .slope = 1};
    for (size_t i = 0; i < node->layer.n_inputs; i++)
        view.inputs[i] = network->nodes[node->layer.inputs[i]].shape;
    for (size_t i = 0; i < LAYER_PARAMETERS_MAX; i++)
        view.values[i] = network_layer_values(network, layer, i);
    return view;
}

static Status prepare_layer(Network *network, size_t index, bool training, Error *error)
{
    const LayerType *type = layer_type(network->nodes[index].layer.kind);
    if (type->pack == NULL)
        return STATUS_OK;
    LayerView view = network_layer_view(network, index);
    return type->pack(&view, training, &network->nodes[index].packed, error);
}

typedef struct Preparation {
    Network *network;
    bool training;
    Error *errors; // [layers]
} Preparation;

static void prepare_item(void *context, size_t item, size_t thread)
{
    (void)thread;
    Preparation *preparation = context;
    prepare_layer(preparation->network, item, preparation->training, &preparation->errors[item]);
}

Status network_prepare_on(Network *network, bool training, Parallel *parallel, Error *error)
{
    if (network->n_nodes < 2)
        return error_set(error, STATUS_BAD_INPUT, "the network has no layers");
    const Node *last = &network->nodes[network->n_nodes - 1];
    if (last->shape.height != 1 || last->shape.width != 1)
        return error_set(error, STATUS_BAD_INPUT,
                         "the network's last layer %s does not give one value a class",
                         last->layer.name);
    Preparation preparation = {network, training,
                               memory_new(network->n_nodes, sizeof *preparation.errors)};
    if (preparation.errors == NULL)
        return error_memory(error, "the network's weights");
    parallel_run(parallel, network->n_nodes, prepare_item, &preparation);
    Status status = STATUS_OK;
    for (size_t i = 0; i < network->n_nodes && status == STATUS_OK; i++)
        if (preparation.errors[i].status != STATUS_OK)
            status =
                error_set(error, preparation.errors[i].status, "%s", preparation.errors[i].text);
    free(preparation.errors);
    if (status != STATUS_OK)
        return status;
    network->prepared = true;
    network->prepared_training = training;
    return STATUS_OK;
}

static Status prepare(Network *network, bool training, Error *error)
{
    Parallel *parallel;
    Status status = parallel_new(0, &parallel, error);
    if (status != STATUS_OK)
        return status;
    status = network_prepare_on(network, training, parallel, error);
    parallel_free(parallel);
    return status;
}

Status network_prepare(Network *network, Error *error)
{
    return prepare(network, false, error);
}

Status network_prepare_training(Network *network, Error *error)
{
    return prepare(network, true, error);
}
