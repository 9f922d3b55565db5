#include "networks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "systems/system.h"

static void require(Status status, const Error *error)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "bench: %s\n", error->text);
    exit(1);
}

// Appends a layer named after its number; returns its index.
static size_t add(Network *network, Layer layer, size_t input)
{
    Error error = {0};
    size_t index;
    if (layer.kind != LAYER_INPUT && layer.n_inputs == 0) {
        layer.inputs[0] = input;
        layer.n_inputs = 1;
    }
    snprintf(layer.name, sizeof layer.name, "layer%zu", network_layer_count(network));
    require(network_add(network, &layer, &index, &error), &error);
    return index;
}

static size_t convolve(Network *network, size_t input, size_t channels, size_t kernel,
                       size_t stride)
{
    size_t last = add(network,
                      (Layer){.kind = LAYER_CONVOLUTION,
                              .channels = channels,
                              .kernel = kernel,
                              .stride = stride,
                              .padding = kernel / 2},
                      input);
    return add(network, (Layer){.kind = LAYER_BATCH_NORM, .epsilon = 1e-5, .momentum = 0.1}, last);
}

static size_t rectify(Network *network, size_t input)
{
    return add(network, (Layer){.kind = LAYER_RELU}, input);
}

static size_t max_pool(Network *network, size_t input, size_t kernel, size_t padding)
{
    return add(network,
               (Layer){.kind = LAYER_MAX_POOL, .kernel = kernel, .stride = 2, .padding = padding},
               input);
}

static size_t add_input(Network *network, size_t size, size_t channels)
{
    return add(network,
               (Layer){.kind = LAYER_INPUT, .height = size, .width = size, .channels = channels},
               0);
}

static size_t connect(Network *network, size_t input, size_t channels)
{
    return add(network, (Layer){.kind = LAYER_LINEAR, .channels = channels, .bias = true}, input);
}

// He et al. 2016, CVPR, table 1; `bottleneck` is the block of three convolutions of ResNet-50.
static void build_resnet(Network *network, const size_t blocks[4], bool bottleneck, size_t classes)
{
    size_t last = rectify(network, convolve(network, 0, 64, 7, 2));
    last = max_pool(network, last, 3, 1);
    for (size_t stage = 0; stage < 4; stage++) {
        size_t channels = (size_t)64 << stage, out = bottleneck ? 4 * channels : channels;
        for (size_t block = 0; block < blocks[stage]; block++) {
            size_t stride = stage > 0 && block == 0 ? 2 : 1, start = last;
            if (bottleneck) {
                last = rectify(network, convolve(network, last, channels, 1, 1));
                last = rectify(network, convolve(network, last, channels, 3, stride));
                last = convolve(network, last, out, 1, 1);
            } else {
                last = rectify(network, convolve(network, last, channels, 3, stride));
                last = convolve(network, last, channels, 3, 1);
            }
            if (network_layer_shape(network, start).channels != out)
                start = convolve(network, start, out, 1, stride);
            last =
                add(network, (Layer){.kind = LAYER_ADD, .n_inputs = 2, .inputs = {last, start}}, 0);
            last = rectify(network, last);
        }
    }
    last = add(network, (Layer){.kind = LAYER_ADAPTIVE_AVERAGE, .height = 1, .width = 1}, last);
    last = add(network, (Layer){.kind = LAYER_FLATTEN}, last);
    connect(network, last, classes);
}

// Simonyan & Zisserman 2015, ICLR, table 1, column E, with batch norm.
static void build_vgg19(Network *network, size_t classes)
{
    static const size_t counts[5] = {2, 2, 4, 4, 4}, channels[5] = {64, 128, 256, 512, 512};
    size_t last = 0;
    for (size_t stage = 0; stage < 5; stage++) {
        for (size_t i = 0; i < counts[stage]; i++)
            last = rectify(network, convolve(network, last, channels[stage], 3, 1));
        last = max_pool(network, last, 2, 0);
    }
    last = add(network, (Layer){.kind = LAYER_ADAPTIVE_AVERAGE, .height = 7, .width = 7}, last);
    last = add(network, (Layer){.kind = LAYER_FLATTEN}, last);
    last = rectify(network, connect(network, last, 4096));
    last = rectify(network, connect(network, last, 4096));
    connect(network, last, classes);
}

Network *bench_network(const char *name)
{
    Error error = {0};
    Network *network;
    if (strcmp(name, "starcnet") == 0) {
        require(system_starcnet.build(&system_starcnet.recipe, "", &network, &error), &error);
    } else {
        require(network_new(&network, &error), &error);
        add_input(network, strcmp(name, "resnet50") == 0 ? 224 : 299,
                  strcmp(name, "resnet50") == 0 ? 3 : 6);
        if (strcmp(name, "resnet18") == 0)
            build_resnet(network, (const size_t[]){2, 2, 2, 2}, false, 4);
        else if (strcmp(name, "resnet50") == 0)
            build_resnet(network, (const size_t[]){3, 4, 6, 3}, true, 2);
        else if (strcmp(name, "vgg19_bn") == 0)
            build_vgg19(network, 4);
        else {
            network_free(network);
            return NULL;
        }
    }
    Random random = random_start(7, 0);
    network_init_xavier(network, &random);
    require(network_prepare(network, &error), &error);
    return network;
}
