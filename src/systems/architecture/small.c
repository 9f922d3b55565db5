// A small network: pairs of convolutions with batch norm, halved until the maps are of 8 pixels or
// less. Not of a paper: for sets of a few hundred or thousand sources, and to be bundled.
#include <stdio.h>

#include "systems/architecture/architecture.h"

enum { WIDTH_FIRST = 16, WIDTH_MOST = 96, MAP_MOST = 8 };

static void add_unit(Builder *builder, int number, size_t width)
{
    char name[LAYER_NAME_SIZE];
    snprintf(name, sizeof name, "conv%d", number);
    builder_convolution(builder, name, width, 3, 1, false);
    snprintf(name, sizeof name, "bn%d", number);
    builder_batch_norm(builder, name);
    snprintf(name, sizeof name, "relu%d", number);
    builder_relu(builder, name);
}

static void add_small(Builder *builder, size_t n_classes, const size_t *picked)
{
    (void)picked;
    size_t size = builder->status == STATUS_OK ? network_input_shape(builder->network).height : 0;
    size_t width = WIDTH_FIRST;
    int number = 1;
    char name[LAYER_NAME_SIZE];
    for (int stage = 1; size > MAP_MOST || stage == 1; stage++, size /= 2) {
        add_unit(builder, number++, width);
        add_unit(builder, number++, width);
        snprintf(name, sizeof name, "pool%d", stage);
        builder_max_pool(builder, name, 2, 0);
        width = 2 * width < WIDTH_MOST ? 2 * width : WIDTH_MOST;
    }
    builder_adaptive_average(builder, "mean", 2);
    builder_flatten(builder);
    builder_dropout(builder, "dropout", 0.3);
    builder_linear(builder, "fc", n_classes);
}

const Architecture architecture_small = {
    .name = "small", .size_least = 8, .size_most = 1024, .add = add_small};
