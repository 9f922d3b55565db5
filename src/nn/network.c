#include "nn/network_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/layer_kind.h"

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
        convolution_free(network->nodes[i].convolution);
        linear_free(network->nodes[i].linear);
        free(network->nodes[i].running_moments);
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

static Status add_parameter(Network *network, const char *suffix, const size_t *dimensions,
                            size_t n_dimensions, float fill, bool trainable, Error *error)
{
    if (network->n_parameters == network->parameter_capacity) {
        size_t capacity = network->parameter_capacity > 0 ? 2 * network->parameter_capacity : 64;
        Parameter *grown = memory_resize(network->parameters, capacity, sizeof *grown);
        if (grown == NULL)
            return error_memory(error, "the network's parameters");
        network->parameters = grown;
        network->parameter_capacity = capacity;
    }
    size_t layer = network->n_nodes;
    const char *name = network->nodes[layer].layer.name;
    Parameter parameter = {
        .layer = layer, .n_dimensions = n_dimensions, .n_values = 1, .trainable = trainable};
    snprintf(parameter.name, sizeof parameter.name, "%s.%s", name, suffix);
    for (size_t i = 0; i < n_dimensions; i++) {
        parameter.dimensions[i] = dimensions[i];
        if (!memory_multiply(parameter.n_values, dimensions[i], &parameter.n_values) ||
            parameter.n_values > PARAMETER_VALUES_MAX)
            return error_set(error, STATUS_BAD_INPUT, "layer %s: its %s is too large", name,
                             suffix);
    }
    if (network->lender != NULL) {
        parameter.values = network->lender->parameters[network->n_parameters].values;
    } else {
        parameter.values = memory_new_aligned(parameter.n_values, sizeof(float));
        if (parameter.values == NULL)
            return error_memory(error, parameter.name);
        for (size_t i = 0; i < parameter.n_values; i++)
            parameter.values[i] = fill;
    }
    network->parameters[network->n_parameters++] = parameter;
    return STATUS_OK;
}

static Status add_weights(Network *network, Node *node, Shape input, Error *error)
{
    const Layer *layer = &node->layer;
    size_t kernel[] = {layer->channels, input.channels, layer->kernel, layer->kernel};
    Status status = add_parameter(network, "weight", kernel, layer->kind == LAYER_LINEAR ? 2 : 4, 0,
                                  true, error);
    if (status == STATUS_OK && layer->bias)
        status = add_parameter(network, "bias", &layer->channels, 1, 0, true, error);
    if (status != STATUS_OK)
        return status;
    if (layer->kind == LAYER_LINEAR)
        return linear_new(input.channels, layer->channels, &node->linear, error);
    return convolution_new(
        &(ConvolutionShape){
            .height = input.height,
            .width = input.width,
            .in_channels = input.channels,
            .out_channels = layer->channels,
            .down = {.kernel = layer->kernel, .stride = layer->stride, .padding = layer->padding},
            .across = {.kernel = layer->kernel,
                       .stride = layer->stride,
                       .padding = layer->padding}},
        &node->convolution, error);
}

static Status add_norm(Network *network, Node *node, Error *error)
{
    size_t channels = node->shape.channels;
    Status status = add_parameter(network, "weight", &channels, 1, 1, true, error);
    if (status == STATUS_OK)
        status = add_parameter(network, "bias", &channels, 1, 0, true, error);
    if (node->layer.kind == LAYER_GROUP_NORM || status != STATUS_OK)
        return status;
    status = add_parameter(network, "running_mean", &channels, 1, 0, false, error);
    if (status == STATUS_OK)
        status = add_parameter(network, "running_var", &channels, 1, 1, false, error);
    if (status != STATUS_OK)
        return status;
    node->running_moments = memory_new(channels, sizeof *node->running_moments);
    return node->running_moments != NULL ? STATUS_OK : error_memory(error, node->layer.name);
}

static Status add_parameters(Network *network, Node *node, Shape input, Error *error)
{
    switch (node->layer.kind) {
    case LAYER_CONVOLUTION:
    case LAYER_LINEAR:
        return add_weights(network, node, input, error);
    case LAYER_GROUP_NORM:
    case LAYER_BATCH_NORM:
        return add_norm(network, node, error);
    default:
        return STATUS_OK;
    }
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
        status = add_parameters(network, node, inputs[0], error);
    }
    node->n_parameters = network->n_parameters - node->first_parameter;
    if (status != STATUS_OK) {
        while (network->n_parameters > node->first_parameter) {
            float *values = network->parameters[--network->n_parameters].values;
            if (network->lender == NULL)
                free(values);
        }
        convolution_free(node->convolution);
        linear_free(node->linear);
        free(node->running_moments);
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
        if (node->convolution == NULL && node->linear == NULL)
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

static Status prepare_layer(Network *network, size_t index, bool training, Error *error)
{
    Node *node = &network->nodes[index];
    const float *weight = network_layer_values(network, index, 0);
    const float *bias = network_layer_values(network, index, 1);
    if (node->convolution != NULL)
        return convolution_set_weights(node->convolution, weight, bias, training, error);
    if (node->linear != NULL)
        return linear_set_weights(node->linear, weight, bias, training, error);
    if (node->running_moments != NULL) {
        NormShape shape = {.channels = node->shape.channels, .epsilon = (float)node->layer.epsilon};
        batch_norm_running(&shape, network_layer_values(network, index, 2),
                           network_layer_values(network, index, 3), node->running_moments);
    }
    return STATUS_OK;
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
