// Appends layers to a network so that an architecture reads like a list. The first failure sticks:
// what follows it does nothing, and builder_finish reports it.
#ifndef SKYCLASS_SYSTEMS_ARCHITECTURE_BUILDER_H
#define SKYCLASS_SYSTEMS_ARCHITECTURE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "classifier/input_step.h"
#include "nn/network.h"

typedef struct Builder {
    Network *network;
    size_t last;        // the layer that the next one reads
    const char *prefix; // of the names of layers to come
    Status status;
    Error *error;
} Builder;

// Begins a network that takes inputs of this shape.
Builder builder_start(InputShape input, Error *error);
// The network, or NULL with the first failure.
Status builder_finish(Builder *builder, Network **network);

// Appends `layer` behind the last one (or behind the inputs it names), called PREFIX + the
// formatted name; returns its index.
size_t builder_add(Builder *builder, Layer layer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The usual layers of builder_add. Padding keeps the size where the stride is 1.
void builder_convolution(Builder *builder, const char *name, size_t channels, size_t kernel,
                         size_t stride, bool bias);
void builder_batch_norm(Builder *builder, const char *name); // epsilon 1e-5, momentum 0.1
void builder_relu(Builder *builder, const char *name);
void builder_linear(Builder *builder, const char *name, size_t channels);
void builder_max_pool(Builder *builder, const char *name, size_t kernel,
                      size_t padding); // stride 2
void builder_adaptive_average(Builder *builder, const char *name, size_t size);
void builder_flatten(Builder *builder);
void builder_dropout(Builder *builder, const char *name, double rate);

#endif
