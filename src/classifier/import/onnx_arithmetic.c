// Functions of one value, sums and products.
#include <float.h>
#include <math.h>
#include <string.h>

#include "classifier/import/onnx_operators_internal.h"

// ---- Functions of one value --------------------------------------------------------------------

// The layer behind the node's input; it may be seen in any order.
static Status give_curve(OnnxNode *node, Layer layer)
{
    OnnxValue *value;
    size_t index;
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_follow(node, layer, value->layer, &index);
    return status == STATUS_OK ? onnx_give_same_shape(node, 0, index, value) : status;
}

Status onnx_make_curve(OnnxNode *node)
{
    Layer layer = {.kind = node->rule->kind};
    if (layer.kind == LAYER_ELU)
        layer.alpha = onnx_real(node, "alpha", 1.0);
    if (layer.kind == LAYER_HARD_SIGMOID) {
        layer.alpha = onnx_real(node, "alpha", 0.2);
        layer.beta = onnx_real(node, "beta", 0.5);
    }
    return give_curve(node, layer);
}

// `weight` x + `bias` for all channels.
static Status scale_all(OnnxNode *node, size_t input, double weight, double bias, size_t *index)
{
    Constant values[2];
    size_t channels = node->graph->plan.layers[input].shape.channels;
    BlockPool *pool = &node->graph->plan.pool;
    Status status = constant_filled(pool, false, weight, 1, &channels, &values[0], node->error);
    if (status == STATUS_OK)
        status = constant_filled(pool, false, bias, 1, &channels, &values[1], node->error);
    if (status != STATUS_OK)
        return onnx_blame(node, status);
    return onnx_add(node, (Layer){.kind = LAYER_SCALE, .n_inputs = 1, .inputs = {input}}, values, 2,
                    index);
}

Status onnx_make_leaky(OnnxNode *node)
{
    OnnxValue *value;
    Constant slopes;
    size_t index;
    double slope = onnx_real(node, "alpha", 0.01);
    if (slope == 0.0)
        return give_curve(node, (Layer){.kind = LAYER_RELU});
    if (slope > 0.0 && slope < 1.0)
        return give_curve(node, (Layer){.kind = LAYER_LEAKY_RELU, .slope = slope});
    Status status = onnx_data(node, 0, &value);
    if (status != STATUS_OK)
        return status;
    size_t channels = onnx_shape(node->graph, value).channels;
    status =
        constant_filled(&node->graph->plan.pool, false, slope, 1, &channels, &slopes, node->error);
    if (status == STATUS_OK)
        status =
            onnx_add(node, (Layer){.kind = LAYER_PRELU, .n_inputs = 1, .inputs = {value->layer}},
                     &slopes, 1, &index);
    return status == STATUS_OK ? onnx_give_same_shape(node, 0, index, value) : status;
}

// Bounds were attributes before operator set 11.
static Status read_bound(OnnxNode *node, const char *name, size_t input, double *bound)
{
    Constant constant;
    *bound = onnx_real(node, name, *bound);
    if (!onnx_has_input(node, input))
        return STATUS_OK;
    Status status = onnx_constant(node, input, name, &constant);
    if (status == STATUS_OK && constant.n == 1)
        *bound = constant_value(&constant, 0);
    return status;
}

Status onnx_make_clip(OnnxNode *node)
{
    double low = -FLT_MAX, high = FLT_MAX;
    Status status = read_bound(node, "min", 1, &low);
    if (status == STATUS_OK)
        status = read_bound(node, "max", 2, &high);
    if (status != STATUS_OK)
        return status;
    if (low == 0.0 && high >= FLT_MAX)
        return give_curve(node, (Layer){.kind = LAYER_RELU});
    return give_curve(
        node,
        (Layer){.kind = LAYER_CLIP, .alpha = fmax(low, -FLT_MAX), .beta = fmin(high, FLT_MAX)});
}

Status onnx_make_selu(OnnxNode *node)
{
    OnnxValue *value;
    size_t index = 0;
    const Layer elu = {.kind = LAYER_ELU,
                       .alpha = onnx_real(node, "alpha", 1.67326319217681884765625)};
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_follow(node, elu, value->layer, &index);
    if (status == STATUS_OK)
        status = scale_all(node, index, onnx_real(node, "gamma", 1.05070102214813232421875), 0.0,
                           &index);
    return status == STATUS_OK ? onnx_give_same_shape(node, 0, index, value) : status;
}

// Those that are x times a chain of other functions of x.
static Status multiply_by(OnnxNode *node, const OnnxValue *value, size_t gate)
{
    size_t index;
    Status status = onnx_add(
        node, (Layer){.kind = LAYER_MULTIPLY, .n_inputs = 2, .inputs = {value->layer, gate}}, NULL,
        0, &index);
    return status == STATUS_OK ? onnx_give_same_shape(node, 0, index, value) : status;
}

static Status gate_by(OnnxNode *node, double factor, const Layer *layers, size_t n_layers)
{
    OnnxValue *value;
    Status status = onnx_data(node, 0, &value);
    size_t gate = status == STATUS_OK ? value->layer : 0;
    if (status == STATUS_OK && factor != 1.0)
        status = scale_all(node, gate, factor, 0.0, &gate);
    for (size_t i = 0; i < n_layers && status == STATUS_OK; i++)
        status = onnx_follow(node, layers[i], gate, &gate);
    return status == STATUS_OK ? multiply_by(node, value, gate) : status;
}

Status onnx_make_hard_swish(OnnxNode *node)
{
    const Layer gate = {.kind = LAYER_HARD_SIGMOID, .alpha = 1.0 / 6.0, .beta = 0.5};
    return gate_by(node, 1.0, &gate, 1);
}

Status onnx_make_swish(OnnxNode *node)
{
    return gate_by(node, onnx_real(node, "alpha", 1.0), &(Layer){.kind = LAYER_SIGMOID}, 1);
}

Status onnx_make_mish(OnnxNode *node)
{
    const Layer gate[] = {{.kind = LAYER_SOFTPLUS}, {.kind = LAYER_TANH}};
    return gate_by(node, 1.0, gate, 2);
}

// x (1 + erf(x / sqrt(2))) / 2
Status onnx_make_gelu(OnnxNode *node)
{
    OnnxValue *value;
    size_t gate;
    if (!onnx_text_is(node, "approximate", "none", true))
        return onnx_refuse(node, "skyclass has GELU by the error function, not its approximation");
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = scale_all(node, value->layer, sqrt(0.5), 0.0, &gate);
    if (status == STATUS_OK)
        status = onnx_follow(node, (Layer){.kind = LAYER_ERF}, gate, &gate);
    if (status == STATUS_OK)
        status = scale_all(node, gate, 0.5, 0.5, &gate);
    return status == STATUS_OK ? multiply_by(node, value, gate) : status;
}

Status onnx_make_negative(OnnxNode *node)
{
    OnnxValue *value;
    size_t index;
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = scale_all(node, value->layer, -1.0, 0.0, &index);
    return status == STATUS_OK ? onnx_give_same_shape(node, 0, index, value) : status;
}

Status onnx_make_local_norm(OnnxNode *node)
{
    OnnxValue *value;
    size_t index;
    int64_t span = onnx_whole(node, "size", 0);
    if (span < 1 || span > 1 << 20)
        return onnx_refuse(node, "its size of %lld is out of range", (long long)span);
    const Layer norm = {.kind = LAYER_LOCAL_NORM,
                        .span = (size_t)span,
                        .alpha = onnx_real(node, "alpha", 1e-4),
                        .beta = onnx_real(node, "beta", 0.75),
                        .offset = onnx_real(node, "bias", 1.0)};
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_as_image(node, value);
    if (status == STATUS_OK)
        status = onnx_follow(node, norm, value->layer, &index);
    return status == STATUS_OK ? onnx_give_image(node, 0, index, value->rank) : status;
}

// ---- With constants ----------------------------------------------------------------------------

Status onnx_match_constant(OnnxNode *node, const OnnxValue *value, const Constant *constant,
                           bool *one, size_t *dimension)
{
    size_t rank = constant->view.n_dimensions, varying = 0;
    if (constant->n == 0 || rank > value->rank)
        return onnx_refuse(node, "its constant has more dimensions than its other input");
    for (size_t i = 0; i < rank; i++) {
        size_t d = value->rank - rank + i, size = constant->view.dimensions[i];
        if (size != 1 && (size != value->dimensions[d] || d == 0))
            return onnx_refuse(node, "its constant is %zu long where its other input is %zu", size,
                               value->dimensions[d]);
        if (size > 1) {
            *dimension = d;
            varying++;
        }
    }
    *one = varying == 0 || constant_is_uniform(constant);
    if (*one || varying == 1)
        return STATUS_OK;
    return onnx_refuse(node,
                       "its constant varies along %zu dimensions; skyclass has numbers that "
                       "vary from channel to channel",
                       varying);
}

// What weight x + bias a number k stands for.
typedef struct Straight {
    float weight, bias;
} Straight;

typedef Straight StraightOf(float k);

static Straight plus(float k)
{
    return (Straight){1, k};
}

static Straight minus(float k)
{
    return (Straight){1, -k};
}

static Straight taken_from(float k)
{
    return (Straight){-1, k};
}

static Straight times(float k)
{
    return (Straight){k, 0};
}

static Straight divided(float k)
{
    return (Straight){1 / k, 0};
}

// Weights and biases of the value's channels, in the pool.
static Status make_lines(OnnxNode *node, const OnnxValue *value, const Constant *constant, bool one,
                         StraightOf *of, Constant lines[2])
{
    size_t channels = onnx_shape(node->graph, value).channels;
    float *places[2];
    for (size_t i = 0; i < 2; i++) {
        void *place;
        Status status = constant_new(&node->graph->plan.pool, false, 1, &channels, &lines[i],
                                     &place, node->error);
        if (status != STATUS_OK)
            return onnx_blame(node, status);
        places[i] = place;
    }
    for (size_t c = 0; c < channels; c++) {
        Straight line = of((float)constant_value(constant, one ? 0 : c));
        places[0][c] = line.weight;
        places[1][c] = line.bias;
    }
    return STATUS_OK;
}

// Whether only this node reads the value's layer, so that the layer may be changed.
static bool is_ours(const OnnxNode *node, const OnnxValue *value)
{
    const OnnxGraph *graph = node->graph;
    size_t seen = 0, read = 0;
    if (graph->plan.layers[value->layer].n_readers > 0)
        return false;
    for (size_t i = 0; i < graph->n_values; i++)
        seen += !graph->values[i].is_constant && graph->values[i].layer == value->layer;
    for (size_t i = 0; i < graph->proto->n_output; i++) {
        const char *output = graph->proto->output[i]->name;
        read += output != NULL && strcmp(output, value->name) == 0;
    }
    for (size_t i = 0; i < graph->proto->n_node && seen == 1; i++)
        for (size_t k = 0; k < graph->proto->node[i]->n_input; k++)
            read += strcmp(graph->proto->node[i]->input[k], value->name) == 0;
    return seen == 1 && read == 1;
}

// Adds the biases to those of a convolution or a fully connected layer.
static Status merge_bias(OnnxNode *node, PlannedLayer *planned, const Constant lines[2])
{
    void *place;
    Constant sum;
    size_t channels = lines[1].n;
    bool had = planned->layer.bias;
    Status status =
        constant_new(&node->graph->plan.pool, false, 1, &channels, &sum, &place, node->error);
    for (size_t c = 0; c < channels && status == STATUS_OK; c++)
        ((float *)place)[c] =
            (float)((had ? constant_value(&planned->values[1], c) * planned->factors[1] : 0.0) +
                    constant_value(&lines[1], c));
    if (status != STATUS_OK)
        return onnx_blame(node, status);
    planned->layer.bias = true;
    planned->values[1] = sum;
    planned->factors[1] = 1.0;
    planned->n_values = 2;
    return STATUS_OK;
}

// One scale behind another is one scale.
static Status merge_scale(PlannedLayer *planned, Constant lines[2])
{
    float *weight = (void *)lines[0].elements.bytes, *bias = (void *)lines[1].elements.bytes;
    for (size_t c = 0; c < lines[0].n; c++) {
        bias[c] += weight[c] * (float)constant_value(&planned->values[1], c);
        weight[c] *= (float)constant_value(&planned->values[0], c);
    }
    planned->values[0] = lines[0];
    planned->values[1] = lines[1];
    return STATUS_OK;
}

static Status add_lines(OnnxNode *node, const OnnxValue *value, bool moves_only, Constant lines[2])
{
    PlannedLayer *before = &node->graph->plan.layers[value->layer];
    LayerKind kind = before->layer.kind;
    size_t index = value->layer;
    Status status;
    if ((kind == LAYER_CONVOLUTION || kind == LAYER_LINEAR) && moves_only && is_ours(node, value))
        status = merge_bias(node, before, lines);
    else if (kind == LAYER_SCALE && is_ours(node, value))
        status = merge_scale(before, lines);
    else
        status = onnx_add(node, (Layer){.kind = LAYER_SCALE, .n_inputs = 1, .inputs = {index}},
                          lines, 2, &index);
    return status == STATUS_OK ? onnx_give_same_shape(node, 0, index, value) : status;
}

static Status with_constant(OnnxNode *node, size_t data, size_t number, StraightOf *of)
{
    OnnxValue *value;
    Constant constant, lines[2];
    bool one;
    size_t dimension = 0, channels;
    Status status = onnx_data(node, data, &value);
    if (status == STATUS_OK)
        status = onnx_constant(node, number, "second operand", &constant);
    if (status == STATUS_OK)
        status = onnx_match_constant(node, value, &constant, &one, &dimension);
    if (status == STATUS_OK && !one) {
        bool fits = onnx_channel_dimension(node->graph, value, &channels) && channels == dimension;
        if (!fits && dimension != 1)
            return onnx_refuse(node,
                               "its constant varies along dimension %zu, not from channel to "
                               "channel",
                               dimension);
        status = fits ? STATUS_OK : onnx_as_image(node, value);
    }
    if (status == STATUS_OK)
        status = make_lines(node, value, &constant, one, of, lines);
    return status == STATUS_OK ? add_lines(node, value, of == plus || of == minus, lines) : status;
}

// ---- Of two layers -----------------------------------------------------------------------------

static bool same_view(const OnnxGraph *graph, const OnnxValue *a, const OnnxValue *b)
{
    Shape one = onnx_shape(graph, a), other = onnx_shape(graph, b);
    bool same = a->rank == b->rank && one.height == other.height && one.width == other.width &&
                one.channels == other.channels;
    for (size_t d = 1; same && d < a->rank; d++)
        same = a->dimensions[d] == b->dimensions[d] &&
               (a->dimensions[d] == 1 || a->strides[d] == b->strides[d]);
    return same;
}

// Both inputs in one order.
static Status bring_together(OnnxNode *node, OnnxValue *a, OnnxValue *b)
{
    if (a->rank != b->rank)
        return onnx_refuse(node, "its inputs have %zu and %zu dimensions", a->rank, b->rank);
    if (same_view(node->graph, a, b) ||
        (onnx_is_channels_last(node->graph, a) && onnx_is_channels_last(node->graph, b)))
        return STATUS_OK;
    Status status = onnx_as_image(node, a);
    return status == STATUS_OK ? onnx_as_image(node, b) : status;
}

static Status join(OnnxNode *node, LayerKind kind, OnnxValue *a, OnnxValue *b, OnnxValue *result)
{
    size_t index;
    Status status = bring_together(node, a, b);
    if (status != STATUS_OK)
        return status;
    Shape first = onnx_shape(node->graph, a), second = onnx_shape(node->graph, b);
    bool turned = kind == LAYER_MULTIPLY && first.height * first.width == 1 &&
                  second.height * second.width > 1;
    const OnnxValue *large = turned ? b : a, *small = turned ? a : b;
    status =
        onnx_add(node, (Layer){.kind = kind, .n_inputs = 2, .inputs = {large->layer, small->layer}},
                 NULL, 0, &index);
    if (status == STATUS_OK) {
        *result = *large;
        result->layer = index;
    }
    return status;
}

static bool is_constant(const OnnxNode *node, size_t input)
{
    return onnx_has_input(node, input) && onnx_input(node, input)->is_constant;
}

static Status of_two(OnnxNode *node, LayerKind kind)
{
    OnnxValue *a, *b, result;
    Status status = onnx_data(node, 0, &a);
    if (status == STATUS_OK)
        status = onnx_data(node, 1, &b);
    if (status == STATUS_OK)
        status = join(node, kind, a, b, &result);
    return status == STATUS_OK ? onnx_give(node, 0, &result) : status;
}

Status onnx_make_add(OnnxNode *node)
{
    if (is_constant(node, 0))
        return with_constant(node, 1, 0, plus);
    return is_constant(node, 1) ? with_constant(node, 0, 1, plus) : of_two(node, LAYER_ADD);
}

Status onnx_make_multiply(OnnxNode *node)
{
    if (is_constant(node, 0))
        return with_constant(node, 1, 0, times);
    return is_constant(node, 1) ? with_constant(node, 0, 1, times) : of_two(node, LAYER_MULTIPLY);
}

Status onnx_make_divide(OnnxNode *node)
{
    return with_constant(node, 0, 1, divided);
}

Status onnx_make_subtract(OnnxNode *node)
{
    OnnxValue *a, *b, negative, result;
    if (is_constant(node, 0))
        return with_constant(node, 1, 0, taken_from);
    if (is_constant(node, 1))
        return with_constant(node, 0, 1, minus);
    Status status = onnx_data(node, 0, &a);
    if (status == STATUS_OK)
        status = onnx_data(node, 1, &b);
    if (status != STATUS_OK)
        return status;
    negative = *b;
    status = scale_all(node, b->layer, -1.0, 0.0, &negative.layer);
    if (status == STATUS_OK)
        status = join(node, LAYER_ADD, a, &negative, &result);
    return status == STATUS_OK ? onnx_give(node, 0, &result) : status;
}

Status onnx_make_sum(OnnxNode *node)
{
    OnnxValue *next, result = {0};
    Status status = onnx_data(node, 0, &next);
    if (status == STATUS_OK)
        result = *next;
    for (size_t i = 1; i < node->n_inputs && status == STATUS_OK; i++)
        if ((status = onnx_data(node, i, &next)) == STATUS_OK)
            status = join(node, LAYER_ADD, &result, next, &result);
    return status == STATUS_OK ? onnx_give(node, 0, &result) : status;
}
