// Windows: padding of every kind, pools, means over the image.
#include <float.h>

#include "classifier/import/onnx_operators_internal.h"

// Larger numbers can only come from a damaged file.
enum { WINDOW_MAX = 1 << 16 };

// ---- Reading -----------------------------------------------------------------------------------

// An attribute with one number an axis (`ends`: two), spread over rows and columns; `otherwise`
// where it is left out.
static Status read_axes(OnnxNode *node, const char *name, size_t n_axes, size_t per_axis,
                        int64_t otherwise, int64_t numbers[4])
{
    int64_t given[ONNX_RANK_MAX];
    size_t n;
    bool found;
    Status status = onnx_wholes(node, name, ONNX_INPUTS_MAX, given, &n, &found);
    if (status == STATUS_OK && found && n != n_axes * per_axis)
        return onnx_refuse(node, "%zu numbers as %s where %zu are wanted", n, name,
                           n_axes * per_axis);
    for (size_t end = 0; end < per_axis && status == STATUS_OK; end++)
        for (size_t axis = 0; axis < 2; axis++) {
            bool absent = !found || axis + n_axes < 2;
            int64_t value = absent ? otherwise : given[end * n_axes + axis + n_axes - 2];
            if (value < 0 || value > WINDOW_MAX)
                return onnx_refuse(node, "%s of %lld is out of range", name, (long long)value);
            numbers[end * 2 + axis] = value;
        }
    return status;
}

static size_t span_of(const OnnxWindow *window)
{
    return (window->kernel - 1) * window->dilation + 1;
}

// As many positions as fit, or (`up`) one more that begins inside.
static Status count_positions(OnnxNode *node, size_t size, bool up, OnnxWindow *window)
{
    size_t all = size + window->begin + window->end, span = span_of(window);
    if (all < span)
        return onnx_refuse(node, "its kernel is larger than its input");
    window->positions = (all - span) / window->stride + 1;
    if (up && (all - span) % window->stride > 0 &&
        window->positions * window->stride < size + window->begin) {
        window->positions++;
        window->beyond = true;
    }
    return STATUS_OK;
}

// SAME_UPPER, SAME_LOWER: size / stride positions, rounded up; what is odd in the padding comes
// last, or first.
static void pad_same(size_t size, bool lower, OnnxWindow *window)
{
    size_t positions = (size + window->stride - 1) / window->stride;
    size_t needed = (positions - 1) * window->stride + span_of(window);
    size_t padding = needed > size ? needed - size : 0;
    window->begin = lower ? padding - padding / 2 : padding / 2;
    window->end = padding - window->begin;
}

Status onnx_windows(OnnxNode *node, Shape shape, size_t rank, const int64_t *kernel,
                    OnnxWindow windows[2])
{
    int64_t strides[4], dilations[4], pads[4];
    size_t n_axes = rank - 2, sizes[2] = {shape.height, shape.width};
    Status status = read_axes(node, "strides", n_axes, 1, 1, strides);
    if (status == STATUS_OK)
        status = read_axes(node, "dilations", n_axes, 1, 1, dilations);
    if (status == STATUS_OK)
        status = read_axes(node, "pads", n_axes, 2, 0, pads);
    bool upper = onnx_text_is(node, "auto_pad", "SAME_UPPER", false);
    bool lower = onnx_text_is(node, "auto_pad", "SAME_LOWER", false);
    for (size_t i = 0; i < 2 && status == STATUS_OK; i++) {
        if (kernel[i] < 1 || kernel[i] > WINDOW_MAX || strides[i] < 1 || dilations[i] < 1)
            return onnx_refuse(node, "its kernel, strides or dilations are out of range");
        windows[i] = (OnnxWindow){(size_t)kernel[i],
                                  (size_t)strides[i],
                                  (size_t)dilations[i],
                                  (size_t)pads[i],
                                  (size_t)pads[i + 2],
                                  0,
                                  false};
        if (upper || lower)
            pad_same(sizes[i], lower, &windows[i]);
        status =
            count_positions(node, sizes[i], onnx_whole(node, "ceil_mode", 0) != 0, &windows[i]);
    }
    return status;
}

bool onnx_window_is_plain(const OnnxWindow *window, size_t size)
{
    size_t all = size + 2 * window->begin, span = span_of(window);
    return window->begin < span && all >= span &&
           (all - span) / window->stride + 1 == window->positions;
}

// ---- Padding -----------------------------------------------------------------------------------

Status onnx_pad_image(OnnxNode *node, size_t layer, const size_t begin[2], const size_t end[2],
                      double value, size_t *padded)
{
    Shape in = node->graph->plan.layers[layer].shape;
    Layer pad = {.kind = LAYER_PAD,
                 .height = in.height + begin[0] + end[0],
                 .width = in.width + begin[1] + end[1],
                 .padding = begin[0],
                 .rectangular = true,
                 .across = {.padding = begin[1]},
                 .offset = value};
    return onnx_follow(node, pad, layer, padded);
}

// pads[2 rank] of all dimensions, of which those of the two pixels' may be more than 0.
static Status split_pads(OnnxNode *node, const int64_t *pads, size_t rank, size_t first,
                         size_t begin[2], size_t end[2])
{
    for (size_t d = 0; d < rank; d++) {
        bool of_pixels = d >= first && d < first + 2;
        int64_t before = pads[d], behind = pads[rank + d];
        if ((!of_pixels && (before != 0 || behind != 0)) || before < 0 || behind < 0 ||
            before > WINDOW_MAX || behind > WINDOW_MAX)
            return onnx_refuse(node,
                               "skyclass adds rows and columns only, not %lld and %lld "
                               "values at dimension %zu",
                               (long long)before, (long long)behind, d);
        if (of_pixels) {
            begin[d - first] = (size_t)before;
            end[d - first] = (size_t)behind;
        }
    }
    return STATUS_OK;
}

static Status pad_value(OnnxNode *node, double *value)
{
    Constant constant;
    *value = onnx_real(node, "value", 0.0);
    if (!onnx_has_input(node, 2))
        return STATUS_OK;
    Status status = onnx_constant(node, 2, "value", &constant);
    if (status == STATUS_OK && constant.n > 0)
        *value = constant_value(&constant, 0);
    return status;
}

Status onnx_make_pad(OnnxNode *node)
{
    OnnxValue *value;
    int64_t pads[ONNX_RANK_MAX];
    size_t n, layer, begin[2], end[2];
    bool found;
    double filling;
    if (!onnx_text_is(node, "mode", "constant", true) || onnx_has_input(node, 3))
        return onnx_refuse(node, "skyclass pads with a constant, along all axes");
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_wholes(node, "pads", 1, pads, &n, &found);
    if (status == STATUS_OK)
        status = pad_value(node, &filling);
    if (status != STATUS_OK)
        return status;
    if (!found || value->rank != 4 || n != 8)
        return onnx_refuse(node, "skyclass pads images, with eight numbers as pads");
    bool last = onnx_is_channels_last(node->graph, value);
    if (!last)
        status = onnx_as_image(node, value);
    if (status == STATUS_OK)
        status = split_pads(node, pads, 4, last ? 1 : 2, begin, end);
    if (status == STATUS_OK)
        status = onnx_pad_image(node, value->layer, begin, end, filling, &layer);
    if (status != STATUS_OK || !last)
        return status == STATUS_OK ? onnx_give_image(node, 0, layer, 4) : status;
    OnnxValue padded = *value;
    padded.layer = layer;
    onnx_see_channels_last(node->graph, &padded);
    return onnx_give(node, 0, &padded);
}

// ---- Pools -------------------------------------------------------------------------------------

// A mean over the kernel counts padding or it does not.
static Status choose_kind(OnnxNode *node, const OnnxWindow windows[2], LayerKind *kind)
{
    bool counts = onnx_whole(node, "count_include_pad", 0) != 0;
    bool padded = false;
    *kind = node->rule->kind;
    for (size_t i = 0; i < 2; i++) {
        padded = padded || windows[i].begin > 0 || windows[i].end > 0 || windows[i].beyond;
        if (*kind == LAYER_MAX_POOL)
            continue;
        if (windows[i].dilation > 1)
            return onnx_refuse(node, "a mean with dilation, which skyclass has no layer for");
        if (counts && windows[i].beyond)
            return onnx_refuse(node,
                               "ceil_mode beyond padding that counts; programs differ in "
                               "what it means");
    }
    if (*kind == LAYER_AVERAGE_POOL && padded && !counts)
        *kind = LAYER_AVERAGE_INSIDE;
    return STATUS_OK;
}

static Layer pool_layer(LayerKind kind, const OnnxWindow windows[2], Shape in)
{
    bool plain =
        onnx_window_is_plain(&windows[0], in.height) && onnx_window_is_plain(&windows[1], in.width);
    return (Layer){
        .kind = kind,
        .kernel = windows[0].kernel,
        .stride = windows[0].stride,
        .padding = windows[0].begin,
        .dilation = windows[0].dilation,
        .rectangular = true,
        .across = {windows[1].kernel, windows[1].stride, windows[1].begin, windows[1].dilation},
        .height = plain ? 0 : windows[0].positions,
        .width = plain ? 0 : windows[1].positions};
}

// Padding that is as long as the kernel is a layer of its own.
static Status pad_first(OnnxNode *node, LayerKind kind, OnnxWindow windows[2], size_t *layer)
{
    if (windows[0].begin < span_of(&windows[0]) && windows[1].begin < span_of(&windows[1]))
        return STATUS_OK;
    if (kind == LAYER_AVERAGE_INSIDE)
        return onnx_refuse(node, "its padding is as large as its kernel");
    const size_t begin[2] = {windows[0].begin, windows[1].begin};
    const size_t end[2] = {windows[0].end, windows[1].end};
    windows[0].begin = windows[0].end = windows[1].begin = windows[1].end = 0;
    return onnx_pad_image(node, *layer, begin, end, kind == LAYER_MAX_POOL ? -FLT_MAX : 0.0, layer);
}

Status onnx_make_pool(OnnxNode *node)
{
    OnnxValue *value;
    OnnxWindow windows[2];
    int64_t kernel[4];
    LayerKind kind;
    size_t layer;
    if (node->proto->n_output > 1 && node->proto->output[1][0] != '\0')
        return onnx_refuse(node, "skyclass does not keep the places of the largest values");
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_as_image(node, value);
    if (status == STATUS_OK && value->rank < 3)
        return onnx_refuse(node, "its input has no pixels");
    if (status == STATUS_OK)
        status = read_axes(node, "kernel_shape", value->rank - 2, 1, 1, kernel);
    Shape in = status == STATUS_OK ? onnx_shape(node->graph, value) : (Shape){0};
    if (status == STATUS_OK)
        status = onnx_windows(node, in, value->rank, kernel, windows);
    if (status == STATUS_OK)
        status = choose_kind(node, windows, &kind);
    layer = value->layer;
    if (status == STATUS_OK)
        status = pad_first(node, kind, windows, &layer);
    if (status == STATUS_OK)
        status = onnx_follow(node, pool_layer(kind, windows, node->graph->plan.layers[layer].shape),
                             layer, &layer);
    return status == STATUS_OK ? onnx_give_image(node, 0, layer, value->rank) : status;
}

// ---- The whole image ---------------------------------------------------------------------------

static Status pool_whole(OnnxNode *node, size_t input, size_t *layer)
{
    Shape in = node->graph->plan.layers[input].shape;
    Layer mean = {.kind = LAYER_ADAPTIVE_AVERAGE, .height = 1, .width = 1};
    Layer largest = {.kind = LAYER_MAX_POOL,
                     .kernel = in.height,
                     .stride = 1,
                     .rectangular = true,
                     .across = {in.width, 1, 0, 1}};
    return onnx_follow(node, node->rule->kind == LAYER_MAX_POOL ? largest : mean, input, layer);
}

Status onnx_make_global_pool(OnnxNode *node)
{
    OnnxValue *value;
    size_t layer;
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_as_image(node, value);
    if (status == STATUS_OK)
        status = pool_whole(node, value->layer, &layer);
    return status == STATUS_OK ? onnx_give_image(node, 0, layer, value->rank) : status;
}

// Which dimensions a reduction takes away: all but the sources' and the channels'.
static Status read_reduced(OnnxNode *node, const OnnxValue *value, bool reduced[ONNX_RANK_MAX],
                           size_t *channels)
{
    int64_t axes[ONNX_RANK_MAX];
    size_t n, axis;
    bool found;
    Status status = onnx_wholes(node, "axes", 1, axes, &n, &found);
    for (size_t d = 0; d < value->rank; d++)
        reduced[d] = !found;
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        if ((status = onnx_axis(node, axes[i], value->rank, &axis)) == STATUS_OK)
            reduced[axis] = true;
    if (status != STATUS_OK)
        return status;
    if (!onnx_channel_dimension(node->graph, value, channels))
        return onnx_refuse(node, "its input's dimensions are not rows, columns and channels");
    for (size_t d = 0; d < value->rank; d++)
        if (reduced[d] == (d == 0 || d == *channels) && value->dimensions[d] > 1)
            return onnx_refuse(node, "skyclass reduces all pixels of each channel, not other axes");
    return reduced[0] ? onnx_refuse(node, "reduces over the sources") : STATUS_OK;
}

Status onnx_make_reduction(OnnxNode *node)
{
    OnnxValue *value, result;
    bool reduced[ONNX_RANK_MAX];
    bool keep = onnx_whole(node, "keepdims", 1) != 0;
    size_t channels = 0;
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = read_reduced(node, value, reduced, &channels);
    if (status == STATUS_OK) {
        result = (OnnxValue){.rank = 1, .dimensions = {value->dimensions[0]}};
        status = pool_whole(node, value->layer, &result.layer);
    }
    if (status != STATUS_OK)
        return status;
    for (size_t d = 1; d < value->rank; d++)
        if (!reduced[d] || keep) {
            result.dimensions[result.rank] = d == channels ? value->dimensions[d] : 1;
            result.strides[result.rank++] = 1;
        }
    return onnx_give(node, 0, &result);
}
