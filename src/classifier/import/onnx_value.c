// Values that are a layer's output seen through dimensions and strides.
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "classifier/import/onnx_graph_internal.h"

Shape onnx_shape(const OnnxGraph *graph, const OnnxValue *value)
{
    return graph->plan.layers[value->layer].shape;
}

// ---- Layers ------------------------------------------------------------------------------------

// The node's name; the name of its output where it has none.
static void take_name(const OnnxNode *node, Layer *layer)
{
    const char *name = node->proto->name;
    if ((name == NULL || name[0] == '\0') && node->proto->n_output > 0)
        name = node->proto->output[0];
    size_t length = name != NULL ? strlen(name) : 0;
    size_t skipped = length >= LAYER_NAME_SIZE ? length - LAYER_NAME_SIZE + 1 : 0;
    snprintf(layer->name, sizeof layer->name, "%s", name != NULL ? name + skipped : "");
}

Status onnx_add(OnnxNode *node, Layer layer, const Constant *values, size_t n_values, size_t *index)
{
    take_name(node, &layer);
    return onnx_blame(
        node, layer_plan_add(&node->graph->plan, &layer, values, n_values, index, node->error));
}

Status onnx_follow(OnnxNode *node, Layer layer, size_t input, size_t *index)
{
    layer.n_inputs = 1;
    layer.inputs[0] = input;
    return onnx_add(node, layer, NULL, 0, index);
}

// ---- Outputs -----------------------------------------------------------------------------------

static Status name_output(OnnxNode *node, size_t output, OnnxValue value)
{
    OnnxGraph *graph = node->graph;
    if (output >= node->proto->n_output || node->proto->output[output][0] == '\0')
        return STATUS_OK;
    if (graph->n_values == graph->capacity) {
        size_t capacity = 2 * graph->capacity + 64;
        OnnxValue *grown = memory_resize(graph->values, capacity, sizeof *grown);
        if (grown == NULL)
            return error_memory(node->error, "the graph's values");
        graph->values = grown;
        graph->capacity = capacity;
    }
    value.name = node->proto->output[output];
    graph->values[graph->n_values++] = value;
    return STATUS_OK;
}

Status onnx_give_constant(OnnxNode *node, size_t output, const Constant *constant)
{
    return name_output(node, output, (OnnxValue){.is_constant = true, .constant = *constant});
}

Status onnx_give(OnnxNode *node, size_t output, const OnnxValue *like)
{
    return name_output(node, output, *like);
}

// [sources][channels] and the pixels' dimensions, of a layer with that shape.
static void see_image(Shape shape, OnnxValue *value)
{
    size_t dimensions[] = {shape.channels, shape.height, shape.width};
    size_t strides[] = {1, shape.width * shape.channels, shape.channels};
    for (size_t d = 1; d < value->rank; d++) {
        size_t from = value->rank == 3 && d == 2 ? 2 : d - 1;
        value->dimensions[d] = dimensions[from];
        value->strides[d] = strides[from];
    }
}

Status onnx_give_image(OnnxNode *node, size_t output, size_t layer, size_t rank)
{
    OnnxValue value = {.layer = layer, .rank = rank, .dimensions = {node->graph->sources}};
    see_image(node->graph->plan.layers[layer].shape, &value);
    return name_output(node, output, value);
}

Status onnx_give_same_shape(OnnxNode *node, size_t output, size_t layer, const OnnxValue *like)
{
    OnnxValue value = *like;
    value.layer = layer;
    return name_output(node, output, value);
}

// ---- Orders ------------------------------------------------------------------------------------

// Dimensions longer than 1, in the order in which they lie in memory, and in a wanted one.
typedef struct Order {
    size_t n, sizes[ONNX_RANK_MAX], strides[ONNX_RANK_MAX];
    size_t wanted[ONNX_RANK_MAX]; // numbers of dimensions in memory's order
} Order;

// Dimension by dimension as `wanted` lists them (n of them, of value's).
static Order order_of(const OnnxValue *value, const size_t *wanted, size_t n)
{
    Order order = {0};
    size_t dimensions[ONNX_RANK_MAX] = {0};
    for (size_t i = 0; i < n; i++)
        if (value->dimensions[wanted[i]] > 1)
            dimensions[order.n++] = wanted[i];
    for (size_t i = 0; i < order.n; i++) {
        size_t place = 0;
        for (size_t k = 0; k < order.n; k++)
            place += value->strides[dimensions[k]] > value->strides[dimensions[i]];
        order.wanted[i] = place;
        order.sizes[place] = value->dimensions[dimensions[i]];
        order.strides[place] = value->strides[dimensions[i]];
    }
    return order;
}

// Without gaps: each stride is the product of the sizes behind it.
static bool is_whole(const Order *order, size_t n_values)
{
    size_t stride = 1;
    for (size_t i = order->n; i-- > 0; stride *= order->sizes[i])
        if (order->strides[i] != stride)
            return false;
    return stride == n_values;
}

static size_t product(const size_t *sizes, size_t from, size_t to)
{
    size_t result = 1;
    for (size_t i = from; i < to; i++)
        result *= sizes[i];
    return result;
}

// An exchange of dimensions from .. middle-1 with middle .. end-1.
typedef struct Exchange {
    size_t from, middle, end;
} Exchange;

// The next one that brings `current` (numbers of dimensions) nearer to what is wanted.
static bool next_exchange(const Order *order, const size_t *current, Exchange *exchange)
{
    size_t from = 0;
    while (from < order->n && current[from] == order->wanted[from])
        from++;
    if (from == order->n)
        return false;
    size_t middle = from;
    while (current[middle] != order->wanted[from])
        middle++;
    size_t end = middle + 1;
    while (end < order->n && current[end] == order->wanted[from + end - middle])
        end++;
    *exchange = (Exchange){from, middle, end};
    return true;
}

static void carry_out(const Exchange *e, size_t *list)
{
    size_t kept[ONNX_RANK_MAX], n_first = e->middle - e->from, n_second = e->end - e->middle;
    memcpy(kept, list + e->from, n_first * sizeof *list);
    memmove(list + e->from, list + e->middle, n_second * sizeof *list);
    memcpy(list + e->from + n_second, kept, n_first * sizeof *list);
}

static Layer exchange_layer(const Exchange *e, const size_t *sizes, size_t n, Shape in, Shape out)
{
    size_t rows = product(sizes, e->from, e->middle), columns = product(sizes, e->middle, e->end);
    size_t inner = product(sizes, e->end, n);
    bool flattens = inner == 1 && rows == in.height * in.width && columns == in.channels &&
                    out.height == 1 && out.width == 1;
    if (flattens)
        return (Layer){.kind = LAYER_FLATTEN};
    return (Layer){.kind = LAYER_REARRANGE,
                   .height = out.height,
                   .width = out.width,
                   .channels = out.channels,
                   .rows = rows,
                   .columns = columns,
                   .inner = inner};
}

static bool same_shape(Shape a, Shape b)
{
    return a.height == b.height && a.width == b.width && a.channels == b.channels;
}

// The value's layer followed by what brings its dimensions into the wanted order, `shape` at last.
static Status bring_into_order(OnnxNode *node, OnnxValue *value, const Order *order, Shape shape)
{
    size_t current[ONNX_RANK_MAX], sizes[ONNX_RANK_MAX];
    Shape is = onnx_shape(node->graph, value);
    if (!is_whole(order, shape_values(is)))
        return onnx_refuse(node, "its input repeats or leaves out values of the layer before it");
    for (size_t i = 0; i < order->n; i++) {
        current[i] = i;
        sizes[i] = order->sizes[i];
    }
    Exchange exchange;
    Status status = STATUS_OK;
    while (status == STATUS_OK && next_exchange(order, current, &exchange)) {
        carry_out(&exchange, current);
        Exchange rest;
        bool last = !next_exchange(order, current, &rest);
        Shape out = last ? shape : (Shape){1, 1, shape_values(shape)};
        Layer layer = exchange_layer(&exchange, sizes, order->n, is, out);
        status = onnx_follow(node, layer, value->layer, &value->layer);
        carry_out(&exchange, sizes);
        is = out;
    }
    if (status == STATUS_OK && !same_shape(is, shape))
        status = onnx_follow(node,
                             (Layer){.kind = LAYER_REARRANGE,
                                     .height = shape.height,
                                     .width = shape.width,
                                     .channels = shape.channels,
                                     .rows = 1,
                                     .columns = 1,
                                     .inner = shape_values(shape)},
                             value->layer, &value->layer);
    return status;
}

Status onnx_as_image(OnnxNode *node, OnnxValue *value)
{
    static const size_t wanted[] = {2, 3, 1};
    const size_t *size = value->dimensions;
    if (value->rank < 2 || value->rank > 4)
        return onnx_refuse(node,
                           "its input has %zu dimensions; skyclass knows images with rows and "
                           "columns",
                           value->rank);
    Shape shape = {value->rank == 4 ? size[2] : 1, value->rank > 2 ? size[value->rank - 1] : 1,
                   size[1]};
    Order order = value->rank == 4   ? order_of(value, wanted, 3)
                  : value->rank == 3 ? order_of(value, (const size_t[]){2, 1}, 2)
                                     : order_of(value, (const size_t[]){1}, 1);
    Status status = bring_into_order(node, value, &order, shape);
    if (status == STATUS_OK)
        see_image(shape, value);
    return status;
}

Status onnx_as_vector(OnnxNode *node, OnnxValue *value)
{
    static const size_t wanted[ONNX_RANK_MAX] = {1, 2, 3, 4, 5, 6, 7};
    Order order = order_of(value, wanted, value->rank - 1);
    size_t n = shape_values(onnx_shape(node->graph, value));
    Status status = bring_into_order(node, value, &order, (Shape){1, 1, n});
    for (size_t d = value->rank, stride = 1; status == STATUS_OK && d-- > 1;) {
        value->strides[d] = stride;
        stride *= value->dimensions[d];
    }
    return status;
}

// ---- Channels last -----------------------------------------------------------------------------

bool onnx_is_channels_last(const OnnxGraph *graph, const OnnxValue *value)
{
    Shape shape = onnx_shape(graph, value);
    OnnxValue seen = *value;
    if (value->rank != 4 || value->dimensions[1] != shape.height ||
        value->dimensions[2] != shape.width || value->dimensions[3] != shape.channels)
        return false;
    onnx_see_channels_last(graph, &seen);
    for (size_t d = 1; d < 4; d++)
        if (value->dimensions[d] > 1 && value->strides[d] != seen.strides[d])
            return false;
    return true;
}

void onnx_see_channels_last(const OnnxGraph *graph, OnnxValue *value)
{
    Shape shape = onnx_shape(graph, value);
    const size_t dimensions[] = {shape.height, shape.width, shape.channels};
    const size_t strides[] = {shape.width * shape.channels, shape.channels, 1};
    value->rank = 4;
    for (size_t d = 1; d < 4; d++) {
        value->dimensions[d] = dimensions[d - 1];
        value->strides[d] = strides[d - 1];
    }
}

bool onnx_channel_dimension(const OnnxGraph *graph, const OnnxValue *value, size_t *dimension)
{
    size_t channels = onnx_shape(graph, value).channels;
    for (size_t d = 1; d < value->rank; d++)
        if (value->dimensions[d] == channels && (value->strides[d] == 1 || channels == 1)) {
            *dimension = d;
            return true;
        }
    return false;
}
