// Starting values of weights.
#include <math.h>
#include <string.h>

#include "nn/network_internal.h"

static bool has_weights(const Node *node)
{
    return layer_type(node->layer.kind)->has_weights;
}

// Values in one output's (fan in) or one input's (fan out) part of a weight tensor.
static double fan_in(const Parameter *weight)
{
    return (double)weight->n_values / (double)weight->dimensions[0];
}

static double fan_out(const Parameter *weight)
{
    return (double)weight->n_values / (double)weight->dimensions[1];
}

static void zero_bias(Network *network, const Node *node)
{
    if (!node->layer.bias)
        return;
    Parameter *bias = &network->parameters[node->first_parameter + 1];
    memset(bias->values, 0, bias->n_values * sizeof(float));
}

static float glorot_uniform(const Parameter *weight, Random *random)
{
    double bound = sqrt(6 / (fan_in(weight) + fan_out(weight)));
    return (float)(bound * (2 * random_uniform(random) - 1));
}

static float normal(double deviation, Random *random)
{
    return (float)(deviation * random_normal(random));
}

static float glorot_normal(const Parameter *weight, Random *random)
{
    return normal(sqrt(2 / (fan_in(weight) + fan_out(weight))), random);
}

static float input_normal(const Parameter *weight, Random *random)
{
    return normal(sqrt(1 / fan_in(weight)), random);
}

static float he_normal(const Parameter *weight, Random *random)
{
    return normal(sqrt(2 / fan_in(weight)), random);
}

// Convolutions by their outputs, the classes' layer narrow.
static float resnet_normal(const Parameter *weight, Random *random)
{
    return normal(weight->n_dimensions > 2 ? sqrt(2 / fan_out(weight)) : 0.01, random);
}

static float (*const draws[])(const Parameter *weight, Random *random) = {
    [INITIAL_XAVIER] = glorot_uniform,       [INITIAL_HE] = he_normal,
    [INITIAL_XAVIER_NORMAL] = glorot_normal, [INITIAL_INPUT_NORMAL] = input_normal,
    [INITIAL_RESNET] = resnet_normal,
};
_Static_assert(sizeof draws / sizeof *draws == INITIAL_COUNT, "a spread has no row");

// The last norm on the way through a residual block, which is the sum's first input: at 0 each
// block begins as its way round.
static void zero_last_norms(Network *network)
{
    for (size_t i = 0; i < network->n_nodes; i++) {
        const Layer *layer = &network->nodes[i].layer;
        const Node *through = &network->nodes[layer->inputs[0]];
        if (layer->kind != LAYER_ADD || through->layer.kind != LAYER_BATCH_NORM)
            continue;
        Parameter *weight = &network->parameters[through->first_parameter];
        memset(weight->values, 0, weight->n_values * sizeof(float));
    }
}

void network_initialise(Network *network, InitialWeights how, Random *random)
{
    for (size_t i = 0; i < network->n_nodes; i++) {
        const Node *node = &network->nodes[i];
        if (!has_weights(node))
            continue;
        Parameter *weight = &network->parameters[node->first_parameter];
        for (size_t k = 0; k < weight->n_values; k++)
            weight->values[k] = draws[how](weight, random);
        zero_bias(network, node);
    }
    if (how == INITIAL_RESNET)
        zero_last_norms(network);
}

void network_init_xavier(Network *network, Random *random)
{
    network_initialise(network, INITIAL_XAVIER, random);
}

void network_init_he(Network *network, Random *random)
{
    network_initialise(network, INITIAL_HE, random);
}
