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

// Glorot & Bengio 2010: uniform in +- sqrt(6 / (fan in + fan out)).
void network_init_xavier(Network *network, Random *random)
{
    for (size_t i = 0; i < network->n_nodes; i++) {
        const Node *node = &network->nodes[i];
        if (!has_weights(node))
            continue;
        Parameter *weight = &network->parameters[node->first_parameter];
        double bound = sqrt(6 / (fan_in(weight) + fan_out(weight)));
        for (size_t k = 0; k < weight->n_values; k++)
            weight->values[k] = (float)(bound * (2 * random_uniform(random) - 1));
        zero_bias(network, node);
    }
}

// He et al. 2015: normal with variance 2 / fan in.
void network_init_he(Network *network, Random *random)
{
    for (size_t i = 0; i < network->n_nodes; i++) {
        const Node *node = &network->nodes[i];
        if (!has_weights(node))
            continue;
        Parameter *weight = &network->parameters[node->first_parameter];
        double deviation = sqrt(2 / fan_in(weight));
        for (size_t k = 0; k < weight->n_values; k++)
            weight->values[k] = (float)(deviation * random_normal(random));
        zero_bias(network, node);
    }
}
