// A network that another program's file describes, layers and all.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_IMPORTED_NETWORK_H
#define SKYCLASS_CLASSIFIER_IMPORT_IMPORTED_NETWORK_H

#include "classifier/input_step.h"
#include "nn/network.h"

// What the file's network does to its last layer. Here scores are always the softmax of that layer.
typedef enum NetworkEnding {
    ENDING_NONE,    // nothing: it is taken for logits
    ENDING_SOFTMAX, // softmax, which is left out of the network
    ENDING_SIGMOID, // a sigmoid, left out too
} NetworkEnding;

typedef struct ImportedNetwork {
    Network *network; // owned by whoever has the struct
    NetworkEnding ending;
} ImportedNetwork;

// Appends what makes scores of two classes of a single number z: logits 0 and z, whose softmax is
// 1 - sigmoid(z) and sigmoid(z). Changes nothing where there are more numbers than one.
// STATUS_BAD_INPUT where each of several numbers went through a sigmoid of its own.
Status imported_network_finish(ImportedNetwork *imported, Error *error);

#endif
