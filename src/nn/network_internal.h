// What a Network is made of; for the modules of nn/ that walk its layers.
#ifndef SKYCLASS_NN_NETWORK_INTERNAL_H
#define SKYCLASS_NN_NETWORK_INTERNAL_H

#include "nn/layer_type.h"
#include "nn/network.h"

typedef struct Node {
    Layer layer;
    Shape shape;     // of its output
    size_t n_values; // floats of one source's output
    size_t first_parameter, n_parameters;
} Node;

struct Network {
    size_t n_nodes, node_capacity;
    Node *nodes;
    size_t n_parameters, parameter_capacity;
    Parameter *parameters;
};

// The values of a layer's parameter number `which` (0 weight, 1 bias, 2 running_mean,
// 3 running_var); NULL where the layer has none.
const float *network_layer_values(const Network *network, size_t layer, size_t which);

// A layer where it stands, with no activation fused and nothing packed.
LayerView network_layer_view(const Network *network, size_t layer);

#endif
