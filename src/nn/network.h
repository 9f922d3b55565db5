// A network is a list of layers, as data; one executor runs it forward, one backward. Running
// changes nothing here: the weights as the kernels want them are beside it (run/packed_network.h),
// and belong to whoever runs it, so that several may run one network at a time.
//
// Activations are float, channels-last: [n][height][width][channels]; a vector is [n][1][1][c].
// Parameters keep PyTorch's names, layouts and meaning, so that weights move in and out unchanged:
// "NAME.weight", "NAME.bias", batch norm also "NAME.running_mean", "NAME.running_var".
#ifndef SKYCLASS_NN_NETWORK_H
#define SKYCLASS_NN_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "nn/layer.h"
#include "nn/run/softmax.h"

enum { TENSOR_DIMENSIONS_MAX = 4 };

// One parameter tensor, in PyTorch's layout. `trainable` is false for running statistics.
typedef struct Parameter {
    char name[LAYER_NAME_SIZE + 16];
    size_t layer;
    size_t n_dimensions;
    size_t dimensions[TENSOR_DIMENSIONS_MAX]; // slowest first
    size_t n_values;
    bool trainable;
    float *values; // owned by the network
} Parameter;

typedef struct Network Network;

Status network_new(Network **network, Error *error);
void network_free(Network *network);
// A deep copy: layers and values.
Status network_copy(const Network *network, Network **copy, Error *error);

// Appends a layer; *index is its number (index may be NULL). Layer 0 must be LAYER_INPUT. Shapes
// are checked and parameters allocated (zero, norm weights and running_var 1). The last layer's
// output is the network's output (logits; softmax is network_softmax).
Status network_add(Network *network, const Layer *layer, size_t *index, Error *error);

size_t network_layer_count(const Network *network);
const Layer *network_layer(const Network *network, size_t index);
Shape network_layer_shape(const Network *network, size_t index);
Shape network_input_shape(const Network *network);
size_t network_class_count(const Network *network); // channels of the last layer

size_t network_parameter_count(const Network *network);
Parameter *network_parameter(Network *network, size_t index);
const Parameter *network_parameter_const(const Network *network, size_t index);
Parameter *network_parameter_find(Network *network, const char *name); // NULL when absent
size_t network_value_count(const Network *network);   // floats in all trainable parameters
double network_multiply_adds(const Network *network); // for one source, convolution + linear

// How weights of convolutions and linear layers are drawn; biases are 0. Of a tensor [out][in]...
// the fan in is `in`, the fan out `out`, times the kernel's area.
typedef enum InitialWeights {
    INITIAL_XAVIER,        // uniform, +- sqrt(6 / (fan in + fan out)): Glorot & Bengio 2010
    INITIAL_HE,            // normal, variance 2 / fan in: He et al. 2015
    INITIAL_XAVIER_NORMAL, // normal, variance 2 / (fan in + fan out)
    INITIAL_INPUT_NORMAL,  // normal, variance 1 / fan in, as paper 000 writes it
    INITIAL_RESNET, // convolutions normal, variance 2 / fan out; linear layers normal, deviation
                    // 0.01; the last norm of each residual block 0 (mmpretrain)
    INITIAL_COUNT
} InitialWeights;
void network_initialise(Network *network, InitialWeights how, Random *random);

// Xavier uniform (gain 1) / He normal (fan in) for convolution and linear weights; biases 0.
void network_init_xavier(Network *network, Random *random);
void network_init_he(Network *network, Random *random);

#endif
