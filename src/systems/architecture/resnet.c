// ResNets as torchvision has them, names and all. In the bottleneck the stride is in the 3x3
// convolution.
#include <stdio.h>

#include "systems/architecture/architecture.h"

enum { N_STAGES = 4 };

static void add_basic(Builder *builder, size_t width, size_t stride)
{
    builder_convolution(builder, "conv1", width, 3, stride, false);
    builder_batch_norm(builder, "bn1");
    builder_relu(builder, "relu1");
    builder_convolution(builder, "conv2", width, 3, 1, false);
    builder_batch_norm(builder, "bn2");
}

static void add_bottleneck(Builder *builder, size_t width, size_t stride)
{
    builder_convolution(builder, "conv1", width, 1, 1, false);
    builder_batch_norm(builder, "bn1");
    builder_relu(builder, "relu1");
    builder_convolution(builder, "conv2", width, 3, stride, false);
    builder_batch_norm(builder, "bn2");
    builder_relu(builder, "relu2");
    builder_convolution(builder, "conv3", 4 * width, 1, 1, false);
    builder_batch_norm(builder, "bn3");
}

// Where a block `changes` the shape the way round it goes through a 1x1 convolution.
static void add_block(Builder *builder, size_t width, size_t stride, bool bottleneck, bool changes)
{
    size_t start = builder->last;
    (bottleneck ? add_bottleneck : add_basic)(builder, width, stride);
    size_t through = builder->last;
    builder->last = start;
    if (changes) {
        builder_convolution(builder, "downsample.0", bottleneck ? 4 * width : width, 1, stride,
                            false);
        builder_batch_norm(builder, "downsample.1");
    }
    builder_add(builder,
                (Layer){.kind = LAYER_ADD, .n_inputs = 2, .inputs = {through, builder->last}},
                "add");
    builder_relu(builder, "relu");
}

static void add_resnet(Builder *builder, const size_t blocks[N_STAGES], bool bottleneck,
                       size_t n_classes)
{
    builder_convolution(builder, "conv1", 64, 7, 2, false);
    builder_batch_norm(builder, "bn1");
    builder_relu(builder, "relu");
    builder_max_pool(builder, "maxpool", 3, 1);
    for (size_t stage = 0; stage < N_STAGES; stage++)
        for (size_t i = 0; i < blocks[stage]; i++) {
            char prefix[LAYER_NAME_SIZE];
            snprintf(prefix, sizeof prefix, "layer%zu.%zu.", stage + 1, i);
            builder->prefix = prefix;
            add_block(builder, (size_t)64 << stage, stage > 0 && i == 0 ? 2 : 1, bottleneck,
                      i == 0 && (stage > 0 || bottleneck));
            builder->prefix = "";
        }
    builder_adaptive_average(builder, "avgpool", 1);
    builder_flatten(builder);
    builder_linear(builder, "fc", n_classes);
}

// Blocks of each stage: table 1 of the paper.
static void add_resnet18(Builder *builder, size_t n_classes, const size_t *picked)
{
    (void)picked;
    add_resnet(builder, (const size_t[]){2, 2, 2, 2}, false, n_classes);
}

static void add_resnet34(Builder *builder, size_t n_classes, const size_t *picked)
{
    (void)picked;
    add_resnet(builder, (const size_t[]){3, 4, 6, 3}, false, n_classes);
}

static void add_resnet50(Builder *builder, size_t n_classes, const size_t *picked)
{
    (void)picked;
    add_resnet(builder, (const size_t[]){3, 4, 6, 3}, true, n_classes);
}

static void add_resnet101(Builder *builder, size_t n_classes, const size_t *picked)
{
    (void)picked;
    add_resnet(builder, (const size_t[]){3, 4, 23, 3}, true, n_classes);
}

#define RESNET(depth)                                                                              \
    const Architecture architecture_resnet##depth = {                                              \
        .name = "resnet" #depth, .size_least = 32, .size_most = 1024, .add = add_resnet##depth}
RESNET(18);
RESNET(34);
RESNET(50);
RESNET(101);
