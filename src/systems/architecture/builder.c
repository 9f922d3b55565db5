#include "systems/architecture/builder.h"

#include <stdarg.h>
#include <stdio.h>

Builder builder_start(InputShape input, Error *error)
{
    Builder builder = {.prefix = "", .error = error};
    builder.status = network_new(&builder.network, error);
    builder_add(&builder,
                (Layer){.kind = LAYER_INPUT,
                        .height = input.size,
                        .width = input.size,
                        .channels = input.channels},
                "input");
    return builder;
}

Status builder_finish(Builder *builder, Network **network)
{
    if (builder->status != STATUS_OK) {
        network_free(builder->network);
        builder->network = NULL;
    }
    *network = builder->network;
    return builder->status;
}

size_t builder_add(Builder *builder, Layer layer, const char *format, ...)
{
    char name[LAYER_NAME_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    if (builder->status != STATUS_OK)
        return builder->last;
    int length = snprintf(layer.name, sizeof layer.name, "%s%s", builder->prefix, name);
    if (length < 0 || (size_t)length >= sizeof layer.name)
        builder->status =
            error_set(builder->error, STATUS_USAGE, "the layer's name %s is too long", name);
    if (layer.kind != LAYER_INPUT && layer.n_inputs == 0) {
        layer.n_inputs = 1;
        layer.inputs[0] = builder->last;
    }
    if (builder->status == STATUS_OK)
        builder->status = network_add(builder->network, &layer, &builder->last, builder->error);
    return builder->last;
}

void builder_convolution(Builder *builder, const char *name, size_t channels, size_t kernel,
                         size_t stride, bool bias)
{
    builder_add(builder,
                (Layer){.kind = LAYER_CONVOLUTION,
                        .channels = channels,
                        .kernel = kernel,
                        .stride = stride,
                        .padding = kernel / 2,
                        .bias = bias},
                "%s", name);
}

void builder_batch_norm(Builder *builder, const char *name)
{
    builder_add(builder, (Layer){.kind = LAYER_BATCH_NORM, .epsilon = 1e-5, .momentum = 0.1}, "%s",
                name);
}

void builder_relu(Builder *builder, const char *name)
{
    builder_add(builder, (Layer){.kind = LAYER_RELU}, "%s", name);
}

void builder_linear(Builder *builder, const char *name, size_t channels)
{
    builder_add(builder, (Layer){.kind = LAYER_LINEAR, .channels = channels, .bias = true}, "%s",
                name);
}

void builder_max_pool(Builder *builder, const char *name, size_t kernel, size_t padding)
{
    builder_add(builder,
                (Layer){.kind = LAYER_MAX_POOL, .kernel = kernel, .stride = 2, .padding = padding},
                "%s", name);
}

void builder_adaptive_average(Builder *builder, const char *name, size_t size)
{
    builder_add(builder, (Layer){.kind = LAYER_ADAPTIVE_AVERAGE, .height = size, .width = size},
                "%s", name);
}

void builder_flatten(Builder *builder)
{
    builder_add(builder, (Layer){.kind = LAYER_FLATTEN}, "flatten");
}

void builder_dropout(Builder *builder, const char *name, double rate)
{
    builder_add(builder, (Layer){.kind = LAYER_DROPOUT, .rate = rate}, "%s", name);
}
