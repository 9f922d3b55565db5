// VGG as torchvision has it: the layers' names are their numbers in two lists, "features" and
// "classifier".
#include "systems/architecture/architecture.h"

enum { N_STAGES = 5, N_HIDDEN = 4096 };

static const size_t widths[N_STAGES] = {64, 128, 256, 512, 512};

// A convolution and what follows it up to the ReLU; returns the number of the next layer.
static int add_unit(Builder *builder, int number, size_t channels, bool batch_norm)
{
    builder_add(builder,
                (Layer){.kind = LAYER_CONVOLUTION,
                        .channels = channels,
                        .kernel = 3,
                        .stride = 1,
                        .padding = 1,
                        .bias = true},
                "features.%d", number++);
    if (batch_norm)
        builder_add(builder, (Layer){.kind = LAYER_BATCH_NORM, .epsilon = 1e-5, .momentum = 0.1},
                    "features.%d", number++);
    builder_add(builder, (Layer){.kind = LAYER_RELU}, "features.%d", number++);
    return number;
}

// The first: the last layer gives the classes. The second keeps ImageNet's 1000 and adds a layer
// behind them, which the number of parameters that paper 003 gives asks for.
enum { HEAD_REPLACED, HEAD_APPENDED, N_IMAGENET = 1000 };

static void add_head(Builder *builder, size_t n_classes, size_t head)
{
    builder_adaptive_average(builder, "avgpool", 7);
    builder_flatten(builder);
    builder_linear(builder, "classifier.0", N_HIDDEN);
    builder_relu(builder, "classifier.1");
    builder_dropout(builder, "classifier.2", 0.5);
    builder_linear(builder, "classifier.3", N_HIDDEN);
    builder_relu(builder, "classifier.4");
    builder_dropout(builder, "classifier.5", 0.5);
    builder_linear(builder, "classifier.6", head == HEAD_APPENDED ? N_IMAGENET : n_classes);
    if (head == HEAD_APPENDED)
        builder_linear(builder, "classifier.7", n_classes);
}

static void add_vgg(Builder *builder, const size_t counts[N_STAGES], bool batch_norm,
                    size_t n_classes, size_t head)
{
    int number = 0;
    for (size_t stage = 0; stage < N_STAGES; stage++) {
        for (size_t i = 0; i < counts[stage]; i++)
            number = add_unit(builder, number, widths[stage], batch_norm);
        builder_add(builder, (Layer){.kind = LAYER_MAX_POOL, .kernel = 2, .stride = 2},
                    "features.%d", number++);
    }
    add_head(builder, n_classes, head);
}

static void add_vgg16(Builder *builder, size_t n_classes, const size_t *picked)
{
    add_vgg(builder, (const size_t[]){2, 2, 3, 3, 3}, false, n_classes, picked[0]);
}

static void add_vgg19_bn(Builder *builder, size_t n_classes, const size_t *picked)
{
    (void)picked;
    add_vgg(builder, (const size_t[]){2, 2, 4, 4, 4}, true, n_classes, HEAD_REPLACED);
}

const Architecture architecture_vgg16 = {.name = "vgg16",
                                         .size_least = 32,
                                         .size_most = 1024,
                                         .choices = {{"head", {"replace", "append"}}},
                                         .add = add_vgg16};
const Architecture architecture_vgg19_bn = {
    .name = "vgg19-bn", .size_least = 32, .size_most = 1024, .add = add_vgg19_bn};
