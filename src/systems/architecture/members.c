// The network of paper 004: VGG19's convolutions with LeakyReLU, as Keras names the layers.
#include <stdio.h>
#include <stdlib.h>

#include "systems/architecture/architecture.h"

enum { N_BLOCKS = 5, N_HIDDEN = 4096 };

static const struct {
    size_t width, convolutions;
} blocks[N_BLOCKS] = {{64, 2}, {128, 2}, {256, 4}, {512, 4}, {512, 4}};

// Keras' LeakyReLU, whose default is steeper than PyTorch's.
static void add_leaky(Builder *builder, const char *name)
{
    builder_add(builder, (Layer){.kind = LAYER_LEAKY_RELU, .slope = 0.3}, "%s", name);
}

static void add_block(Builder *builder, size_t block)
{
    char prefix[LAYER_NAME_SIZE], name[LAYER_NAME_SIZE];
    snprintf(prefix, sizeof prefix, "block%zu_", block + 1);
    builder->prefix = prefix;
    for (size_t i = 1; i <= blocks[block].convolutions; i++) {
        snprintf(name, sizeof name, "conv%zu", i);
        builder_convolution(builder, name, blocks[block].width, 3, 1, true);
        snprintf(name, sizeof name, "leaky%zu", i);
        add_leaky(builder, name);
    }
    builder_max_pool(builder, "pool", 2, 0);
    builder->prefix = "";
}

static void add_members(Builder *builder, size_t n_classes, const size_t *picked)
{
    double rate = strtod(architecture_members.choices[0].values[picked[0]], NULL);
    for (size_t block = 0; block < N_BLOCKS; block++)
        add_block(builder, block);
    builder_flatten(builder);
    builder_linear(builder, "fc1", N_HIDDEN);
    add_leaky(builder, "fc1_leaky");
    builder_dropout(builder, "fc1_dropout", rate);
    builder_linear(builder, "fc2", N_HIDDEN);
    add_leaky(builder, "fc2_leaky");
    builder_dropout(builder, "fc2_dropout", rate);
    builder_linear(builder, "predictions", n_classes);
}

const Architecture architecture_members = {
    .name = "members",
    .size_least = 32,
    .size_most = 1024,
    // The paper does not say the rate; the first is the usual one.
    .choices = {{"dropout", {"0.5", "0.2", "0.25", "0.3", "0.4", "0"}}},
    .add = add_members,
};
