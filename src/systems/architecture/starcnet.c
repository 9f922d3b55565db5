// StarcNet's three pathways: the whole input and two crops of its middle, enlarged. Names of layers
// are those of the published weights.
#include <stdio.h>

#include "systems/architecture/architecture.h"

enum {
    N_PATHWAYS = 3,
    N_FEATURES = 128,
    N_GROUPS = 8,
    N_MODULES = 7,  // convolution, normalisation, activation
    POOL_AFTER = 4, // the max-pool follows the fourth module
    PUBLISHED_SIZE = 32,
};

enum { CHOICE_PATHWAYS, CHOICE_NORM };

// The numbers in the published layers' names: conv1, conv3, ...; the normalisation's is the same.
static const int module_numbers[N_MODULES] = {1, 3, 4, 7, 8, 11, 12};

// The paper's 1x, 1.6x and 3.2x: the crops' sides at an input of 32 pixels. They scale with it.
static const size_t published_crops[N_PATHWAYS] = {PUBLISHED_SIZE, 20, 11};
static const char *const prefixes[N_PATHWAYS] = {"", "a", "aa"};

static void add_norm_and_activation(Builder *builder, int number, bool batch_norm)
{
    const Layer group = {.kind = LAYER_GROUP_NORM, .groups = N_GROUPS, .epsilon = 1e-5};
    const Layer batch = {.kind = LAYER_BATCH_NORM, .epsilon = 1e-5, .momentum = 0.1};
    builder_add(builder, batch_norm ? batch : group, "bn%d", number);
    builder_add(builder, (Layer){.kind = LAYER_LEAKY_RELU, .slope = 0.01}, "leaky%d", number);
}

static void add_module(Builder *builder, int number, bool batch_norm)
{
    char name[LAYER_NAME_SIZE];
    snprintf(name, sizeof name, "conv%d", number);
    builder_convolution(builder, name, N_FEATURES, 3, 1, true);
    add_norm_and_activation(builder, number, batch_norm);
}

// Rounded up: the published crops begin at (32-20)/2 = 6 and at (32-11)/2 -> 11.
static void add_crop(Builder *builder, size_t size, size_t crop_size)
{
    builder_add(builder,
                (Layer){.kind = LAYER_CROP_ENLARGE,
                        .crop_start = (size - crop_size + 1) / 2,
                        .crop_size = crop_size,
                        .height = size,
                        .width = size},
                "crop");
}

// One pathway from the input to its 128 features.
static void add_pathway(Builder *builder, size_t size, size_t crop_size, bool batch_norm)
{
    if (crop_size < size)
        add_crop(builder, size, crop_size);
    for (size_t i = 0; i < N_MODULES; i++) {
        add_module(builder, module_numbers[i], batch_norm);
        if (i + 1 == POOL_AFTER)
            builder_max_pool(builder, "pool", 2, 0);
    }
    builder_flatten(builder);
    builder_linear(builder, "fc1", N_FEATURES);
    add_norm_and_activation(builder, 13, batch_norm);
    builder_dropout(builder, "dropout", 0.5);
}

// `size` / 32 * `published`, to the nearest pixel.
static size_t scaled_crop(size_t size, size_t published)
{
    return (size * published + PUBLISHED_SIZE / 2) / PUBLISHED_SIZE;
}

static void add_starcnet(Builder *builder, size_t n_classes, const size_t *picked)
{
    size_t n_pathways = N_PATHWAYS - picked[CHOICE_PATHWAYS], input = builder->last;
    size_t size = builder->status == STATUS_OK ? network_input_shape(builder->network).height : 0;
    Layer join = {.kind = LAYER_CONCATENATE, .n_inputs = n_pathways};
    for (size_t i = 0; i < n_pathways; i++) {
        builder->last = input;
        builder->prefix = prefixes[i];
        add_pathway(builder, size, scaled_crop(size, published_crops[i]), picked[CHOICE_NORM] == 1);
        join.inputs[i] = builder->last;
    }
    builder->prefix = "";
    if (n_pathways > 1)
        builder_add(builder, join, "concatenate");
    builder_linear(builder, "fc2", n_classes);
}

const Architecture architecture_starcnet = {
    .name = "starcnet",
    .size_least = 8,
    .size_most = 256,
    .choices = {[CHOICE_PATHWAYS] = {"pathways", {"3", "2", "1"}},
                [CHOICE_NORM] = {"norm", {"group", "batch"}}},
    .add = add_starcnet,
};
