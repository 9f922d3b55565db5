#include "classifier/import/keras_network.h"

#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "classifier/import/keras_apart.h"
#include "classifier/import/layer_plan.h"

// ---- A network in the making -------------------------------------------------------------------

// What a layer of Keras gave: a layer of the plan.
typedef struct Given {
    const char *name;
    size_t layer;
    NetworkEnding ending;
} Given;

typedef struct KerasNetwork {
    const KerasFile *file;
    LayerPlan plan;
    Given *given;
    size_t n, capacity;
    const InputShape *wanted;
} KerasNetwork;

// A layer as the file describes it, while it is added.
typedef struct KerasCall {
    KerasNetwork *network;
    const char *class_name, *name;
    json_t *config;
    size_t n_inputs, inputs[LAYER_INPUTS_MAX]; // of the plan
    size_t output;
    NetworkEnding ending;
    Error *error;
} KerasCall;

static Status refuse(const KerasCall *call, const char *what)
{
    return error_set(call->error, STATUS_BAD_INPUT, "layer %.60s (%.40s): %s", call->name,
                     call->class_name, what);
}

static Status blame(const KerasCall *call, Status status)
{
    if (status == STATUS_OK)
        return STATUS_OK;
    return error_prefix(call->error, "layer %.60s (%.40s)", call->name, call->class_name);
}

static Shape shape_before(const KerasCall *call)
{
    return call->network->plan.layers[call->output].shape;
}

// Appends a layer behind the last one of this call.
static Status follow(KerasCall *call, Layer layer, const Constant *values, size_t n_values)
{
    snprintf(layer.name, sizeof layer.name, "%.*s", LAYER_NAME_SIZE - 1, call->name);
    if (layer.n_inputs == 0) {
        layer.n_inputs = 1;
        layer.inputs[0] = call->output;
    }
    return blame(call, layer_plan_add(&call->network->plan, &layer, values, n_values, &call->output,
                                      call->error));
}

// ---- The description ---------------------------------------------------------------------------

static bool flag(const KerasCall *call, const char *key, bool otherwise)
{
    json_t *value = json_object_get(call->config, key);
    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

static double real(const KerasCall *call, const char *key, double otherwise)
{
    json_t *value = json_object_get(call->config, key);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

static const char *word(const KerasCall *call, const char *key, const char *otherwise)
{
    json_t *value = json_object_get(call->config, key);
    return json_is_string(value) ? json_string_value(value) : otherwise;
}

// One number for both axes, or a list of two; 1 to 65536.
static bool pair(const KerasCall *call, const char *key, size_t otherwise, size_t numbers[2])
{
    json_t *value = json_object_get(call->config, key);
    numbers[0] = numbers[1] = otherwise;
    if (value == NULL || json_is_null(value))
        return true;
    for (size_t i = 0; i < 2; i++) {
        json_t *number = json_is_array(value) ? json_array_get(value, i) : value;
        json_int_t whole = json_integer_value(number);
        if (whole < 1 || whole > 65536)
            return false;
        numbers[i] = (size_t)whole;
    }
    return true;
}

static size_t count(const KerasCall *call, const char *key)
{
    json_int_t whole = json_integer_value(json_object_get(call->config, key));
    return whole > 0 && whole < 1 << 24 ? (size_t)whole : 0;
}

static Status check_format(const KerasCall *call)
{
    return strcmp(word(call, "data_format", "channels_last"), "channels_first") == 0
               ? refuse(call, "has its channels first, which skyclass does not read from Keras")
               : STATUS_OK;
}

// The layer's weights, of which there must be n.
static Status find_weights(const KerasCall *call, size_t n, const Constant **weights)
{
    char words[80];
    const KerasLayer *layer = keras_file_layer(call->network->file, call->name);
    size_t found = layer != NULL ? layer->n_weights : 0;
    *weights = layer != NULL ? layer->weights : NULL;
    if (found == n)
        return STATUS_OK;
    snprintf(words, sizeof words, "has %zu weights in the file where %zu are wanted", found, n);
    return refuse(call, words);
}

// ---- Activations -------------------------------------------------------------------------------

// sigmoid(x) x
static Status swish(KerasCall *call)
{
    size_t before = call->output;
    Status status = follow(call, (Layer){.kind = LAYER_SIGMOID}, NULL, 0);
    return status == STATUS_OK ? follow(call,
                                        (Layer){.kind = LAYER_MULTIPLY,
                                                .n_inputs = 2,
                                                .inputs = {before, call->output}},
                                        NULL, 0)
                               : status;
}

static Status activate(KerasCall *call, const char *name)
{
    static const struct {
        const char *name;
        Layer layer;
    } activations[] = {
        {"relu", {.kind = LAYER_RELU}},
        {"relu6", {.kind = LAYER_CLIP, .alpha = 0, .beta = 6}},
        {"sigmoid", {.kind = LAYER_SIGMOID}},
        {"tanh", {.kind = LAYER_TANH}},
        {"elu", {.kind = LAYER_ELU, .alpha = 1}},
        {"softplus", {.kind = LAYER_SOFTPLUS}},
        {"hard_sigmoid", {.kind = LAYER_HARD_SIGMOID, .alpha = 0.2, .beta = 0.5}},
    };
    if (strcmp(name, "linear") == 0)
        return STATUS_OK;
    if (strcmp(name, "swish") == 0 || strcmp(name, "silu") == 0)
        return swish(call);
    if (strcmp(name, "softmax") == 0) {
        Shape shape = shape_before(call);
        call->ending = ENDING_SOFTMAX;
        return shape.height * shape.width == 1
                   ? STATUS_OK
                   : refuse(call, "a softmax for each pixel, where skyclass knows one for all");
    }
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
        if (strcmp(activations[i].name, name) == 0)
            return follow(call, activations[i].layer, NULL, 0);
    char words[100];
    snprintf(words, sizeof words, "skyclass does not know the activation %.40s", name);
    return refuse(call, words);
}

static Status make_activation(KerasCall *call)
{
    return activate(call, word(call, "activation", "?"));
}

static Status make_softmax(KerasCall *call)
{
    return activate(call, "softmax");
}

static Status leak(KerasCall *call, double slope)
{
    if (slope == 0.0)
        return follow(call, (Layer){.kind = LAYER_RELU}, NULL, 0);
    return follow(call, (Layer){.kind = LAYER_LEAKY_RELU, .slope = slope}, NULL, 0);
}

// Keras' own slope is 0.3; since version 3 it is called negative_slope.
static Status make_leaky(KerasCall *call)
{
    return leak(call, real(call, "negative_slope", real(call, "alpha", 0.3)));
}

static Status make_relu(KerasCall *call)
{
    double most = real(call, "max_value", 0.0);
    if (real(call, "threshold", 0.0) != 0.0)
        return refuse(call, "has a threshold, which skyclass has no layer for");
    Status status = leak(call, real(call, "negative_slope", 0.0));
    return status == STATUS_OK && most > 0.0
               ? follow(call, (Layer){.kind = LAYER_CLIP, .alpha = -FLT_MAX, .beta = most}, NULL, 0)
               : status;
}

static Status make_elu(KerasCall *call)
{
    return follow(call, (Layer){.kind = LAYER_ELU, .alpha = real(call, "alpha", 1.0)}, NULL, 0);
}

// ---- Windows -----------------------------------------------------------------------------------

typedef struct Axis {
    size_t kernel, stride, dilation, begin, end, positions;
} Axis;

// "same": as many positions as the size divided by the stride, rounded up; what is odd in the
// padding comes last.
static bool place_windows(const KerasCall *call, const size_t kernel[2], size_t stride_otherwise[2],
                          Axis axes[2])
{
    size_t strides[2], dilations[2];
    Shape in = shape_before(call);
    const size_t sizes[2] = {in.height, in.width};
    bool same = strcmp(word(call, "padding", "valid"), "same") == 0;
    bool good = pair(call, "strides", 0, strides) && pair(call, "dilation_rate", 1, dilations);
    for (size_t i = 0; i < 2 && good; i++) {
        size_t stride = strides[i] > 0 ? strides[i] : stride_otherwise[i];
        Axis *axis = &axes[i];
        *axis = (Axis){kernel[i], stride, dilations[i], 0, 0, 0};
        size_t span = (kernel[i] - 1) * dilations[i] + 1;
        axis->positions = (sizes[i] + stride - 1) / stride;
        size_t needed = (axis->positions - 1) * stride + span;
        size_t padding = same && needed > sizes[i] ? needed - sizes[i] : 0;
        axis->begin = padding / 2;
        axis->end = padding - padding / 2;
        good = sizes[i] + padding >= span;
        if (!same && good)
            axis->positions = (sizes[i] - span) / stride + 1;
    }
    return good;
}

static void set_window(Layer *layer, const Axis axes[2])
{
    layer->kernel = axes[0].kernel;
    layer->stride = axes[0].stride;
    layer->padding = axes[0].begin;
    layer->dilation = axes[0].dilation;
    layer->across = (Window){axes[1].kernel, axes[1].stride, axes[1].begin, axes[1].dilation};
    const Window down = layer_down(layer);
    layer->rectangular = memcmp(&down, &layer->across, sizeof down) != 0;
    if (!layer->rectangular)
        layer->across = (Window){0};
}

static Status add_padding(KerasCall *call, size_t top, size_t bottom, size_t left, size_t right)
{
    Shape in = shape_before(call);
    return follow(call,
                  (Layer){.kind = LAYER_PAD,
                          .height = in.height + top + bottom,
                          .width = in.width + left + right,
                          .padding = top,
                          .rectangular = true,
                          .across = {.padding = left}},
                  NULL, 0);
}

static Status make_zero_padding(KerasCall *call)
{
    json_t *padding = json_object_get(call->config, "padding");
    size_t sides[4];
    Status status = check_format(call);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < 4; i++) {
        json_t *axis = json_is_array(padding) ? json_array_get(padding, i / 2) : padding;
        json_t *side = json_is_array(axis) ? json_array_get(axis, i % 2) : axis;
        json_int_t whole = json_integer_value(side);
        if (!json_is_integer(side) || whole < 0 || whole > 65536)
            return refuse(call, "its padding is no number of pixels");
        sides[i] = (size_t)whole;
    }
    return add_padding(call, sides[0], sides[1], sides[2], sides[3]);
}

// ---- Layers with weights -----------------------------------------------------------------------

// Kernels [rows][columns][in][out]; of each channel by itself (`separate`) [rows][columns][in]
// [for each].
static Status turn_kernel(KerasCall *call, const Constant *given, bool separate, Constant *kernel)
{
    static const size_t usual[] = {3, 2, 0, 1}, by_channel[] = {2, 3, 0, 1};
    const size_t *sizes = given->view.dimensions;
    if (given->view.n_dimensions != 4)
        return refuse(call, "its kernel has not four dimensions");
    *kernel = constant_transposed(given, separate ? by_channel : usual);
    const size_t dimensions[4] = {sizes[2] * sizes[3], 1, sizes[0], sizes[1]};
    return separate ? blame(call, constant_reshaped(&call->network->plan.pool, kernel, 4,
                                                    dimensions, kernel, call->error))
                    : STATUS_OK;
}

static Status add_convolution(KerasCall *call, bool separate)
{
    Constant values[2];
    const Constant *given;
    size_t kernel[2];
    Axis axes[2];
    bool bias = flag(call, "use_bias", true);
    Status status = check_format(call);
    if (status == STATUS_OK)
        status = find_weights(call, bias ? 2 : 1, &given);
    if (status == STATUS_OK)
        status = turn_kernel(call, &given[0], separate, &values[0]);
    if (status != STATUS_OK)
        return status;
    if (!pair(call, "kernel_size", 0, kernel) ||
        !place_windows(call, kernel, (size_t[]){1, 1}, axes))
        return refuse(call, "its kernel, strides or dilation are out of range");
    if (axes[0].begin != axes[0].end || axes[1].begin != axes[1].end) {
        status = add_padding(call, axes[0].begin, axes[0].end, axes[1].begin, axes[1].end);
        axes[0].begin = axes[1].begin = 0;
    }
    Layer layer = {.kind = LAYER_CONVOLUTION,
                   .channels = values[0].view.dimensions[0],
                   .groups = separate ? shape_before(call).channels : count(call, "groups"),
                   .bias = bias};
    layer.groups = layer.groups > 0 ? layer.groups : 1;
    set_window(&layer, axes);
    if (bias)
        values[1] = given[1];
    if (status == STATUS_OK)
        status = follow(call, layer, values, bias ? 2 : 1);
    return status == STATUS_OK ? activate(call, word(call, "activation", "linear")) : status;
}

static Status make_convolution(KerasCall *call)
{
    return add_convolution(call, false);
}

static Status make_depthwise(KerasCall *call)
{
    return add_convolution(call, true);
}

static Status make_dense(KerasCall *call)
{
    static const size_t exchanged[] = {1, 0};
    Constant values[2];
    const Constant *given;
    bool bias = flag(call, "use_bias", true);
    Status status = find_weights(call, bias ? 2 : 1, &given);
    if (status != STATUS_OK)
        return status;
    if (given[0].view.n_dimensions != 2)
        return refuse(call, "its kernel has not two dimensions");
    values[0] = constant_transposed(&given[0], exchanged);
    if (bias)
        values[1] = given[1];
    status = follow(
        call, (Layer){.kind = LAYER_LINEAR, .channels = values[0].view.dimensions[0], .bias = bias},
        values, bias ? 2 : 1);
    return status == STATUS_OK ? activate(call, word(call, "activation", "linear")) : status;
}

// gamma, beta, mean, variance; without `scale` or `center` the first or second is left out.
static Status make_batch_norm(KerasCall *call)
{
    Constant values[4];
    const Constant *given;
    size_t channels = shape_before(call).channels, taken = 0;
    const bool there[4] = {flag(call, "scale", true), flag(call, "center", true), true, true};
    Status status = find_weights(call, (size_t)there[0] + (size_t)there[1] + 2, &given);
    for (size_t i = 0; i < 4 && status == STATUS_OK; i++) {
        if (there[i])
            values[i] = given[taken++];
        else
            status = blame(call, constant_filled(&call->network->plan.pool, false, i == 0, 1,
                                                 &channels, &values[i], call->error));
    }
    if (status != STATUS_OK)
        return status;
    return follow(call,
                  (Layer){.kind = LAYER_BATCH_NORM,
                          .epsilon = real(call, "epsilon", 1e-3),
                          .momentum = 1.0 - real(call, "momentum", 0.99)},
                  values, 4);
}

static Status make_rescaling(KerasCall *call)
{
    Constant values[2];
    size_t channels = shape_before(call).channels;
    const double numbers[2] = {real(call, "scale", NAN), real(call, "offset", 0.0)};
    if (!isfinite(numbers[0]))
        return refuse(call, "its scale is no number");
    for (size_t i = 0; i < 2; i++) {
        Status status = constant_filled(&call->network->plan.pool, false, numbers[i], 1, &channels,
                                        &values[i], call->error);
        if (status != STATUS_OK)
            return blame(call, status);
    }
    return follow(call, (Layer){.kind = LAYER_SCALE}, values, 2);
}

// ---- Other layers ------------------------------------------------------------------------------

static Status make_nothing(KerasCall *call)
{
    (void)call;
    return STATUS_OK;
}

static Status make_dropout(KerasCall *call)
{
    return follow(call, (Layer){.kind = LAYER_DROPOUT, .rate = real(call, "rate", 0.5)}, NULL, 0);
}

static Status add_pool(KerasCall *call, LayerKind kind)
{
    size_t kernel[2];
    Axis axes[2];
    Status status = check_format(call);
    if (status != STATUS_OK)
        return status;
    if (!pair(call, "pool_size", 2, kernel) || !place_windows(call, kernel, kernel, axes))
        return refuse(call, "its pool_size or strides are out of range");
    Layer layer = {.kind = kind};
    set_window(&layer, axes);
    if (axes[0].begin != axes[0].end || axes[1].begin != axes[1].end) {
        layer.height = axes[0].positions;
        layer.width = axes[1].positions;
    }
    return follow(call, layer, NULL, 0);
}

static Status make_max_pool(KerasCall *call)
{
    return add_pool(call, LAYER_MAX_POOL);
}

// Padding does not count in Keras' means.
static Status make_average_pool(KerasCall *call)
{
    bool same = strcmp(word(call, "padding", "valid"), "same") == 0;
    return add_pool(call, same ? LAYER_AVERAGE_INSIDE : LAYER_AVERAGE_POOL);
}

static Status make_global_average(KerasCall *call)
{
    Status status = check_format(call);
    return status == STATUS_OK
               ? follow(call, (Layer){.kind = LAYER_ADAPTIVE_AVERAGE, .height = 1, .width = 1},
                        NULL, 0)
               : status;
}

static Status make_global_max(KerasCall *call)
{
    Shape in = shape_before(call);
    Status status = check_format(call);
    return status == STATUS_OK ? follow(call,
                                        (Layer){.kind = LAYER_MAX_POOL,
                                                .kernel = in.height,
                                                .stride = 1,
                                                .rectangular = true,
                                                .across = {in.width, 1, 0, 1}},
                                        NULL, 0)
                               : status;
}

// Rows, columns, channels: the order in memory, so that weights behind it stay as they are.
static Status make_flatten(KerasCall *call)
{
    size_t n = shape_values(shape_before(call));
    return follow(call,
                  (Layer){.kind = LAYER_REARRANGE,
                          .height = 1,
                          .width = 1,
                          .channels = n,
                          .rows = 1,
                          .columns = 1,
                          .inner = n},
                  NULL, 0);
}

static Status make_join(KerasCall *call, LayerKind kind)
{
    Layer layer = {.kind = kind, .n_inputs = call->n_inputs};
    memcpy(layer.inputs, call->inputs, sizeof layer.inputs);
    return follow(call, layer, NULL, 0);
}

static Status make_add(KerasCall *call)
{
    return make_join(call, LAYER_ADD);
}

static Status make_concatenate(KerasCall *call)
{
    double axis = real(call, "axis", -1.0);
    if (axis != -1.0 && axis != 3.0)
        return refuse(call, "joins another dimension than channels");
    return make_join(call, LAYER_CONCATENATE);
}

static Status make_multiply(KerasCall *call)
{
    return make_join(call, LAYER_MULTIPLY);
}

// [null, rows, columns, channels] of the first layer; null: as the recipe wants it.
static Status add_input(KerasCall *call)
{
    const InputShape *wanted = call->network->wanted;
    json_t *shape = json_object_get(call->config, "batch_input_shape");
    shape = shape != NULL ? shape : json_object_get(call->config, "batch_shape");
    size_t sizes[3] = {wanted->size, wanted->size, wanted->channels};
    char words[120];
    for (size_t d = 0; d < 3; d++) {
        json_t *size = json_array_get(shape, d + 1);
        if (json_is_integer(size) && (size_t)json_integer_value(size) != sizes[d]) {
            snprintf(words, sizeof words,
                     "takes %lld at dimension %zu, the recipe makes %zu x %zu x %zu values",
                     (long long)json_integer_value(size), d + 1, sizes[0], sizes[1], sizes[2]);
            return refuse(call, words);
        }
    }
    const Layer layer = {.kind = LAYER_INPUT,
                         .name = "input",
                         .height = sizes[0],
                         .width = sizes[1],
                         .channels = sizes[2]};
    if (shape != NULL && json_array_size(shape) != 4)
        return refuse(call, "does not take images");
    return blame(call,
                 layer_plan_add(&call->network->plan, &layer, NULL, 0, &call->output, call->error));
}

// ---- The table ---------------------------------------------------------------------------------

static const struct {
    const char *name;
    size_t n_inputs; // 0: any number
    Status (*make)(KerasCall *call);
} classes[] = {
    {"Activation", 1, make_activation},
    {"Add", 2, make_add},
    {"AveragePooling2D", 1, make_average_pool},
    {"BatchNormalization", 1, make_batch_norm},
    {"Concatenate", 0, make_concatenate},
    {"Conv2D", 1, make_convolution},
    {"Dense", 1, make_dense},
    {"DepthwiseConv2D", 1, make_depthwise},
    {"Dropout", 1, make_dropout},
    {"ELU", 1, make_elu},
    {"Flatten", 1, make_flatten},
    {"GaussianDropout", 1, make_nothing},
    {"GaussianNoise", 1, make_nothing},
    {"GlobalAveragePooling2D", 1, make_global_average},
    {"GlobalMaxPooling2D", 1, make_global_max},
    {"InputLayer", 1, make_nothing},
    {"LeakyReLU", 1, make_leaky},
    {"MaxPooling2D", 1, make_max_pool},
    {"Multiply", 2, make_multiply},
    {"ReLU", 1, make_relu},
    {"Rescaling", 1, make_rescaling},
    {"Softmax", 1, make_softmax},
    {"SpatialDropout2D", 1, make_nothing},
    {"ZeroPadding2D", 1, make_zero_padding},
};

// ---- The list of layers ------------------------------------------------------------------------

static const Given *find_given(const KerasNetwork *network, const char *name)
{
    for (size_t i = network->n; i-- > 0;)
        if (strcmp(network->given[i].name, name) == 0)
            return &network->given[i];
    return NULL;
}

static Status give(KerasCall *call)
{
    KerasNetwork *network = call->network;
    Given *grown = memory_resize(network->given, network->n + 1, sizeof *grown);
    if (grown == NULL)
        return error_memory(call->error, "the network's layers");
    network->given = grown;
    grown[network->n++] = (Given){call->name, call->output, call->ending};
    return STATUS_OK;
}

static Status add_source(KerasCall *call, const char *name)
{
    const Given *given = name != NULL ? find_given(call->network, name) : NULL;
    if (given == NULL)
        return refuse(call, "reads a layer that is not before it");
    if (given->ending != ENDING_NONE)
        return refuse(call, "reads a softmax, which skyclass knows only at the end of a network");
    if (call->n_inputs == LAYER_INPUTS_MAX)
        return refuse(call, "reads more than eight layers");
    call->inputs[call->n_inputs++] = given->layer;
    return STATUS_OK;
}

// Of a functional model: [[["name", 0, 0, {}], ...]], since Keras 3 [{"args": ...}] with
// "keras_history": ["name", 0, 0] somewhere inside.
static Status add_histories(KerasCall *call, json_t *value, size_t depth)
{
    Status status = STATUS_OK;
    json_t *history = json_object_get(value, "keras_history"), *part;
    const char *key;
    size_t i;
    if (history != NULL)
        return add_source(call, json_string_value(json_array_get(history, 0)));
    if (depth > 8)
        return refuse(call, "is described in too many layers of lists");
    // Of a value that is no array, or no object, there are none.
    json_array_foreach(value, i, part)
    {
        if (status == STATUS_OK)
            status = add_histories(call, part, depth + 1);
    }
    json_object_foreach(value, key, part)
    {
        if (status == STATUS_OK)
            status = add_histories(call, part, depth + 1);
    }
    return status;
}

static Status add_inbound(KerasCall *call, json_t *inbound)
{
    json_t *first = json_array_get(inbound, 0), *source;
    size_t i;
    Status status = STATUS_OK;
    if (json_array_size(inbound) > 1)
        return refuse(call, "is used more than once");
    if (json_is_object(first))
        return add_histories(call, json_object_get(first, "args"), 0);
    json_array_foreach(first, i, source)
    {
        const char *name = json_string_value(json_array_get(source, 0));
        if (status == STATUS_OK)
            status = add_source(call, name);
    }
    return status;
}

static Status make_layer(KerasCall *call)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strcmp(classes[i].name, call->class_name) != 0)
            continue;
        if (call->n_inputs > 0 && classes[i].n_inputs > 0 && call->n_inputs != classes[i].n_inputs)
            return refuse(call, "reads another number of layers than skyclass knows of");
        Status status = classes[i].make(call);
        return status == STATUS_OK ? give(call) : status;
    }
    return refuse(call, "skyclass does not know this kind of layer");
}

static Status add_layer(KerasNetwork *network, json_t *description, bool sequential, Error *error)
{
    KerasCall call = {.network = network, .error = error};
    call.config = json_object_get(description, "config");
    const char *class_name = json_string_value(json_object_get(description, "class_name"));
    const char *name = json_string_value(json_object_get(description, "name"));
    name = name != NULL ? name : json_string_value(json_object_get(call.config, "name"));
    call.class_name = class_name != NULL ? class_name : "?";
    call.name = name != NULL ? name : "?";
    Status status = STATUS_OK;
    bool first = network->n == 0;
    if (first)
        status = add_input(&call);
    else if (sequential)
        status = add_source(&call, network->given[network->n - 1].name);
    else
        status = add_inbound(&call, json_object_get(description, "inbound_nodes"));
    if (status == STATUS_OK && !first && call.n_inputs == 0)
        return refuse(&call, "is a second input; skyclass knows networks that look at one cutout");
    if (!first)
        call.output = call.inputs[0];
    return status == STATUS_OK ? make_layer(&call) : status;
}

static Status add_layers(KerasNetwork *network, json_t *model, Error *error)
{
    json_t *config = json_object_get(model, "config"), *description;
    const char *kind = json_string_value(json_object_get(model, "class_name"));
    bool sequential = kind != NULL && strcmp(kind, "Sequential") == 0;
    json_t *layers = json_is_array(config) ? config : json_object_get(config, "layers");
    size_t i;
    Status status = STATUS_OK;
    if (json_array_size(layers) == 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "its description (model_config) has no list of layers");
    json_array_foreach(layers, i, description)
    {
        if (status == STATUS_OK)
            status = add_layer(network, description, sequential, error);
    }
    return status;
}

// ---- The network -------------------------------------------------------------------------------

static Status end_network(KerasNetwork *network, ImportedNetwork *imported, Error *error)
{
    const Given *last = &network->given[network->n - 1];
    size_t output = last->layer;
    imported->ending = last->ending;
    if (network->plan.layers[output].layer.kind == LAYER_SIGMOID) {
        imported->ending = ENDING_SIGMOID;
        output = network->plan.layers[output].layer.inputs[0];
    }
    return layer_plan_build(&network->plan, output, &imported->network, error);
}

static Status read_network(const KerasFile *file, const InputShape *wanted,
                           ImportedNetwork *imported, Error *error)
{
    KerasNetwork network = {.file = file, .wanted = wanted};
    json_error_t where;
    if (file->config == NULL)
        return error_set(error, STATUS_BAD_INPUT,
                         "holds weights but not the network that they belong to; name the system "
                         "with --system, or save the whole model (model.save)");
    json_t *model = json_loads(file->config, 0, &where);
    if (model == NULL)
        return error_set(error, STATUS_BAD_INPUT, "its description (model_config) is no JSON: %s",
                         where.text);
    Status status = add_layers(&network, model, error);
    if (status == STATUS_OK)
        status = end_network(&network, imported, error);
    layer_plan_clear(&network.plan);
    free(network.given);
    json_decref(model);
    return status;
}

Status keras_network_read(const unsigned char *bytes, size_t size, const InputShape *wanted,
                          ImportedNetwork *imported, Error *error)
{
    KerasFile file;
    *imported = (ImportedNetwork){0};
    Status status = keras_file_read_apart(bytes, size, &file, error);
    if (status == STATUS_OK)
        status = read_network(&file, wanted, imported, error);
    keras_file_clear(&file);
    return status;
}

// ---- Weights alone -----------------------------------------------------------------------------

// As the parameter wants it; *shape is that of the image before a `flatten`, height 0 where there
// is none in front of the layer.
static Status turn(KerasFile *file, const Constant *given, const Parameter *parameter, Shape image,
                   Constant *turned, Error *error)
{
    static const size_t kernel[] = {3, 2, 0, 1}, exchanged[] = {1, 0}, flattened[] = {3, 2, 0, 1};
    size_t n = given->view.n_dimensions;
    *turned = *given;
    if (n == 4)
        *turned = constant_transposed(given, kernel);
    else if (n == 2 && image.height == 0)
        *turned = constant_transposed(given, exchanged);
    else if (n == 2) {
        const size_t sizes[4] = {image.height, image.width, image.channels,
                                 given->view.dimensions[1]};
        Status status = constant_reshaped(&file->pool, given, 4, sizes, turned, error);
        if (status != STATUS_OK)
            return status;
        *turned = constant_transposed(turned, flattened);
        const size_t again[2] = {sizes[3], given->view.dimensions[0]};
        status = constant_reshaped(&file->pool, turned, 2, again, turned, error);
        if (status != STATUS_OK)
            return status;
    }
    if (turned->view.n_dimensions == parameter->n_dimensions &&
        memcmp(turned->view.dimensions, parameter->dimensions,
               parameter->n_dimensions * sizeof parameter->dimensions[0]) == 0)
        return STATUS_OK;
    return error_set(
        error, STATUS_BAD_INPUT,
        "another shape than %s of the network; choose the system they were trained for",
        parameter->name);
}

// The image in front of the `flatten` that layer `index` reads, height 0 where it reads another.
static Shape flattened_image(const Network *network, size_t index)
{
    const Layer *layer = network_layer(network, index);
    const Layer *before = network_layer(network, layer->inputs[0]);
    if (layer->kind == LAYER_LINEAR && before->kind == LAYER_FLATTEN)
        return network_layer_shape(network, before->inputs[0]);
    return (Shape){0, 0, 0};
}

static Status fill_layer(KerasFile *file, const KerasLayer *from, Network *network, size_t first,
                         Error *error)
{
    Constant turned;
    size_t index = network_parameter_const(network, first)->layer;
    for (size_t i = 0; i < from->n_weights; i++) {
        Parameter *parameter = first + i < network_parameter_count(network)
                                   ? network_parameter(network, first + i)
                                   : NULL;
        if (parameter == NULL || parameter->layer != index)
            return error_set(error, STATUS_BAD_INPUT,
                             "layer %s has more weights than the network's", from->name);
        Status status = turn(file, &from->weights[i], parameter, flattened_image(network, index),
                             &turned, error);
        if (status != STATUS_OK)
            return error_prefix(error, "layer %s", from->name);
        constant_copy(&turned, parameter->values);
    }
    return STATUS_OK;
}

static size_t parameters_of_layer(const Network *network, size_t first)
{
    size_t n = 0, index = network_parameter_const(network, first)->layer;
    while (first + n < network_parameter_count(network) &&
           network_parameter_const(network, first + n)->layer == index)
        n++;
    return n;
}

Status keras_weights_apply(const unsigned char *bytes, size_t size, Network *network, Error *error)
{
    KerasFile file;
    size_t first = 0, i = 0;
    Status status = keras_file_read_apart(bytes, size, &file, error);
    for (; status == STATUS_OK && i < file.n && first < network_parameter_count(network); i++) {
        size_t n = parameters_of_layer(network, first);
        if (file.layers[i].n_weights != n)
            status = error_set(error, STATUS_BAD_INPUT,
                               "layer %s has %zu weights where the network's %s has %zu",
                               file.layers[i].name, file.layers[i].n_weights,
                               network_parameter_const(network, first)->name, n);
        else
            status = fill_layer(&file, &file.layers[i], network, first, error);
        first += n;
    }
    if (status == STATUS_OK && (i < file.n || first < network_parameter_count(network)))
        status = error_set(error, STATUS_BAD_INPUT,
                           "%zu layers with weights are another number than the network's; choose "
                           "the system they were trained for",
                           file.n);
    keras_file_clear(&file);
    return status;
}
