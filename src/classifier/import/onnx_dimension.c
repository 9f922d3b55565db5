// Operators that change dimensions, or leave values as they are.
#include <string.h>

#include "base/memory.h"
#include "classifier/import/onnx_operators_internal.h"

// ---- As it is ----------------------------------------------------------------------------------

Status onnx_make_same(OnnxNode *node)
{
    OnnxValue *value;
    // TensorProto.DataType: float, float16, double, bfloat16.
    int64_t to = onnx_whole(node, "to", 1);
    if (to != 1 && to != 10 && to != 11 && to != 16)
        return onnx_refuse(node, "makes whole numbers of the image's values");
    Status status = onnx_data(node, 0, &value);
    return status == STATUS_OK ? onnx_give(node, 0, value) : status;
}

Status onnx_make_dropout(OnnxNode *node)
{
    OnnxValue *value;
    size_t index;
    Constant training, ratio;
    double rate = onnx_real(node, "ratio", 0.5);
    if (onnx_has_input(node, 2)) {
        Status status = onnx_constant(node, 2, "training_mode", &training);
        if (status != STATUS_OK)
            return status;
        if (training.n == 1 && constant_value(&training, 0) != 0.0)
            return onnx_refuse(node, "is as in training; export the model for inference");
    }
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK && onnx_has_input(node, 1) &&
        (status = onnx_constant(node, 1, "ratio", &ratio)) == STATUS_OK && ratio.n == 1)
        rate = constant_value(&ratio, 0);
    if (status == STATUS_OK)
        status =
            onnx_follow(node, (Layer){.kind = LAYER_DROPOUT, .rate = rate}, value->layer, &index);
    return status == STATUS_OK ? onnx_give_same_shape(node, 0, index, value) : status;
}

// ---- Reshape -----------------------------------------------------------------------------------

static bool multiply_all(const size_t *dimensions, size_t n, size_t *product)
{
    *product = 1;
    for (size_t i = 0; i < n; i++)
        if (!memory_multiply(*product, dimensions[i], product))
            return false;
    return true;
}

Status onnx_resolve_shape(OnnxNode *node, const int64_t *wanted, size_t n, const size_t *old,
                          size_t n_old, size_t *dimensions)
{
    size_t open = n, all, others = 1;
    bool copies = onnx_whole(node, "allowzero", 0) == 0, possible = multiply_all(old, n_old, &all);
    for (size_t i = 0; i < n && possible; i++) {
        possible = wanted[i] >= -1 && !(wanted[i] == -1 && open < n) &&
                   !(wanted[i] == 0 && copies && i >= n_old);
        if (wanted[i] == -1)
            open = i;
        dimensions[i] = wanted[i] == -1 ? 1 : (size_t)wanted[i];
        if (possible && wanted[i] == 0 && copies)
            dimensions[i] = old[i];
        possible = possible && memory_multiply(others, dimensions[i], &others);
    }
    if (possible && open < n) {
        possible = others > 0 && all % others == 0;
        dimensions[open] = possible ? all / others : 0;
    } else {
        possible = possible && others == all;
    }
    return possible ? STATUS_OK
                    : onnx_refuse(node, "its target shape does not fit %zu values", all);
}

// Strides of the same values with other dimensions, where there are such; dimension 0 stays. Runs
// of dimensions that lie in one piece are shared out over the new ones.
static bool view_again(const OnnxValue *value, size_t rank, const size_t *dimensions,
                       size_t *strides)
{
    size_t next = rank - 1, base = value->rank > 1 ? value->strides[value->rank - 1] : 1;
    size_t old = 1, new = 1;
    for (size_t d = value->rank; d-- > 1;) {
        old *= value->dimensions[d];
        bool run_ends =
            d == 1 || (value->dimensions[d - 1] != 1 && value->strides[d - 1] != old * base);
        if (!run_ends)
            continue;
        for (; next >= 1 && (new < old || dimensions[next] == 1); next--) {
            strides[next] = new *base;
            new *= dimensions[next];
        }
        if (new != old)
            return false;
        base = value->strides[d - 1];
        old = new = 1;
    }
    for (; next >= 1 && dimensions[next] == 1; next--)
        strides[next] = 1;
    return next == 0;
}

// Gives the node's input with other dimensions.
static Status give_reshaped(OnnxNode *node, OnnxValue *value, size_t rank, const size_t *dimensions)
{
    OnnxValue result = *value;
    if (rank == 0 || dimensions[0] != value->dimensions[0])
        return onnx_refuse(node, "mixes the values of several sources");
    result.rank = rank;
    memcpy(result.dimensions, dimensions, rank * sizeof *dimensions);
    if (!view_again(value, rank, dimensions, result.strides)) {
        Status status = onnx_as_vector(node, value);
        if (status != STATUS_OK)
            return status;
        result.layer = value->layer;
        view_again(value, rank, dimensions, result.strides);
    }
    return onnx_give(node, 0, &result);
}

Status onnx_make_reshape(OnnxNode *node)
{
    OnnxValue *value;
    int64_t wanted[ONNX_RANK_MAX];
    size_t n = 0, dimensions[ONNX_RANK_MAX];
    bool found;
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_wholes(node, "shape", 1, wanted, &n, &found);
    if (status == STATUS_OK)
        status = onnx_resolve_shape(node, wanted, n, value->dimensions, value->rank, dimensions);
    return status == STATUS_OK ? give_reshaped(node, value, n, dimensions) : status;
}

Status onnx_make_flatten(OnnxNode *node)
{
    OnnxValue *value;
    int64_t axis = onnx_whole(node, "axis", 1);
    size_t dimensions[2] = {1, 1};
    Status status = onnx_data(node, 0, &value);
    if (status != STATUS_OK)
        return status;
    axis += axis < 0 ? (int64_t)value->rank : 0;
    for (size_t d = 0; d < value->rank; d++)
        dimensions[(int64_t)d >= axis] *= value->dimensions[d];
    return give_reshaped(node, value, 2, dimensions);
}

// ---- Dimensions of length 1 --------------------------------------------------------------------

Status onnx_squeezed(OnnxNode *node, const size_t *old, size_t rank, const int64_t *axes, size_t n,
                     size_t first, bool removed[ONNX_RANK_MAX])
{
    size_t axis;
    for (size_t d = 0; d < rank; d++)
        removed[d] = n == 0 && d >= first && old[d] == 1;
    for (size_t i = 0; i < n; i++) {
        Status status = onnx_axis(node, axes[i], rank, &axis);
        if (status != STATUS_OK)
            return status;
        if (old[axis] != 1)
            return onnx_refuse(node, "dimension %zu is %zu long and cannot be left out", axis,
                               old[axis]);
        removed[axis] = true;
    }
    return STATUS_OK;
}

Status onnx_unsqueezed(OnnxNode *node, const size_t *old, size_t rank, const int64_t *axes,
                       size_t n, bool inserted[ONNX_RANK_MAX], size_t *new_rank)
{
    (void)old;
    size_t axis;
    *new_rank = rank + n;
    if (*new_rank > ONNX_RANK_MAX)
        return onnx_refuse(node, "makes more than %d dimensions", ONNX_RANK_MAX);
    memset(inserted, 0, ONNX_RANK_MAX * sizeof *inserted);
    for (size_t i = 0; i < n; i++) {
        Status status = onnx_axis(node, axes[i], *new_rank, &axis);
        if (status == STATUS_OK && inserted[axis])
            status = onnx_refuse(node, "names dimension %zu twice", axis);
        if (status != STATUS_OK)
            return status;
        inserted[axis] = true;
    }
    return STATUS_OK;
}

Status onnx_make_squeeze(OnnxNode *node)
{
    OnnxValue *value, result;
    int64_t axes[ONNX_RANK_MAX];
    size_t n;
    bool found, removed[ONNX_RANK_MAX];
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_wholes(node, "axes", 1, axes, &n, &found);
    if (status == STATUS_OK)
        status = onnx_squeezed(node, value->dimensions, value->rank, axes, n, 0, removed);
    if (status == STATUS_OK && removed[0])
        return onnx_refuse(node, "leaves out the dimension of the sources");
    if (status != STATUS_OK)
        return status;
    result = *value;
    result.rank = 0;
    for (size_t d = 0; d < value->rank; d++)
        if (!removed[d]) {
            result.dimensions[result.rank] = value->dimensions[d];
            result.strides[result.rank++] = value->strides[d];
        }
    return onnx_give(node, 0, &result);
}

Status onnx_make_unsqueeze(OnnxNode *node)
{
    OnnxValue *value, result;
    int64_t axes[ONNX_RANK_MAX];
    size_t n, rank;
    bool found, inserted[ONNX_RANK_MAX];
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_wholes(node, "axes", 1, axes, &n, &found);
    if (status == STATUS_OK)
        status = onnx_unsqueezed(node, value->dimensions, value->rank, axes, n, inserted, &rank);
    if (status == STATUS_OK && inserted[0])
        return onnx_refuse(node, "puts a dimension before the sources");
    if (status != STATUS_OK)
        return status;
    result = *value;
    result.rank = rank;
    for (size_t d = 0, old = 0; d < rank; d++) {
        result.dimensions[d] = inserted[d] ? 1 : value->dimensions[old];
        result.strides[d] = inserted[d] ? 1 : value->strides[old];
        old += !inserted[d];
    }
    return onnx_give(node, 0, &result);
}

// ---- Transpose ---------------------------------------------------------------------------------

Status onnx_order(OnnxNode *node, size_t rank, size_t order[ONNX_RANK_MAX])
{
    int64_t given[ONNX_RANK_MAX];
    size_t n;
    bool found, used[ONNX_RANK_MAX] = {false};
    Status status = onnx_wholes(node, "perm", ONNX_INPUTS_MAX, given, &n, &found);
    if (status == STATUS_OK && found && n != rank)
        return onnx_refuse(node, "orders %zu dimensions of %zu", n, rank);
    for (size_t d = 0; d < rank && status == STATUS_OK; d++) {
        status = onnx_axis(node, found ? given[d] : (int64_t)(rank - 1 - d), rank, &order[d]);
        if (status == STATUS_OK && used[order[d]])
            status = onnx_refuse(node, "names dimension %zu twice", order[d]);
        if (status == STATUS_OK)
            used[order[d]] = true;
    }
    return status;
}

Status onnx_make_transpose(OnnxNode *node)
{
    OnnxValue *value;
    size_t order[ONNX_RANK_MAX];
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_order(node, value->rank, order);
    if (status == STATUS_OK && order[0] != 0)
        return onnx_refuse(node, "moves the dimension of the sources");
    if (status != STATUS_OK)
        return status;
    OnnxValue result = *value;
    for (size_t d = 0; d < value->rank; d++) {
        result.dimensions[d] = value->dimensions[order[d]];
        result.strides[d] = value->strides[order[d]];
    }
    return onnx_give(node, 0, &result);
}

// ---- Channels joined and taken apart -----------------------------------------------------------

// Makes `axis` of the value its layer's channels; *last: they are the last of four dimensions.
static Status take_channels(OnnxNode *node, OnnxValue *value, size_t axis, bool *last)
{
    *last = axis == 3 && onnx_is_channels_last(node->graph, value);
    if (*last)
        return STATUS_OK;
    if (axis != 1)
        return onnx_refuse(node, "works along dimension %zu; skyclass joins and parts channels",
                           axis);
    return onnx_as_image(node, value);
}

static Status give_channels(OnnxNode *node, size_t output, size_t layer, size_t rank, bool last)
{
    OnnxValue value = {.layer = layer, .dimensions = {node->graph->sources}};
    if (!last)
        return onnx_give_image(node, output, layer, rank);
    onnx_see_channels_last(node->graph, &value);
    return onnx_give(node, output, &value);
}

// More than eight at a time are joined by and by.
static Status join_layers(OnnxNode *node, const size_t *layers, size_t n, size_t *index)
{
    Layer join = {.kind = LAYER_CONCATENATE};
    Status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        join.inputs[join.n_inputs++] = layers[i];
        if (join.n_inputs < LAYER_INPUTS_MAX && i + 1 < n)
            continue;
        status = onnx_add(node, join, NULL, 0, index);
        join.inputs[0] = *index;
        join.n_inputs = 1;
    }
    return status;
}

Status onnx_make_concat(OnnxNode *node)
{
    OnnxValue *value;
    size_t axis = 0, index, rank = 0, layers[ONNX_INPUTS_MAX];
    bool last = false, all_last = true;
    Status status = STATUS_OK;
    for (size_t i = 0; i < node->n_inputs && status == STATUS_OK; i++) {
        status = onnx_data(node, i, &value);
        if (status == STATUS_OK)
            status = onnx_axis(node, onnx_whole(node, "axis", 1), value->rank, &axis);
        if (status == STATUS_OK)
            status = take_channels(node, value, axis, &last);
        if (status == STATUS_OK && i > 0 && (rank != value->rank || last != all_last))
            return onnx_refuse(node, "its inputs differ in their dimensions");
        if (status == STATUS_OK) {
            all_last = last;
            rank = value->rank;
            layers[i] = value->layer;
        }
    }
    if (status == STATUS_OK)
        status = join_layers(node, layers, node->n_inputs, &index);
    return status == STATUS_OK ? give_channels(node, 0, index, rank, last) : status;
}

static Status slice_channels(OnnxNode *node, size_t layer, size_t first, size_t count,
                             size_t *index)
{
    return onnx_follow(node,
                       (Layer){.kind = LAYER_CHANNEL_SLICE, .crop_start = first, .channels = count},
                       layer, index);
}

// The lengths of Split's outputs: given, or as equal as can be.
static Status read_parts(OnnxNode *node, size_t whole, int64_t parts[ONNX_RANK_MAX], size_t *n)
{
    bool found;
    size_t sum = 0;
    Status status = onnx_wholes(node, "split", 1, parts, n, &found);
    if (status != STATUS_OK)
        return status;
    if (!found) {
        *n = node->proto->n_output;
        if (*n == 0 || *n > ONNX_RANK_MAX)
            return onnx_refuse(node, "parts into %zu outputs", *n);
        size_t each = (whole + *n - 1) / *n;
        for (size_t i = 0; i < *n; i++)
            parts[i] = (int64_t)(i * each >= whole        ? 0
                                 : (i + 1) * each > whole ? whole - i * each
                                                          : each);
    }
    for (size_t i = 0; i < *n; i++)
        sum += parts[i] > 0 && (size_t)parts[i] <= whole ? (size_t)parts[i] : whole + 1;
    if (sum != whole || *n != node->proto->n_output)
        return onnx_refuse(node, "its parts do not make up the %zu channels of its input", whole);
    return STATUS_OK;
}

Status onnx_make_split(OnnxNode *node)
{
    OnnxValue *value;
    int64_t parts[ONNX_RANK_MAX];
    size_t axis, n, index, first = 0;
    bool last;
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_axis(node, onnx_whole(node, "axis", 0), value->rank, &axis);
    if (status == STATUS_OK)
        status = take_channels(node, value, axis, &last);
    if (status == STATUS_OK)
        status = read_parts(node, value->dimensions[axis], parts, &n);
    if (status != STATUS_OK)
        return status;
    size_t layer = value->layer, rank = value->rank;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        status = slice_channels(node, layer, first, (size_t)parts[i], &index);
        if (status == STATUS_OK)
            status = give_channels(node, i, index, rank, last);
        first += (size_t)parts[i];
    }
    return status;
}

// ---- Slice -------------------------------------------------------------------------------------

static size_t clamp(int64_t at, size_t size)
{
    int64_t from_start = at < 0 ? at + (int64_t)size : at;
    return from_start < 0 ? 0 : from_start > (int64_t)size ? size : (size_t)from_start;
}

// Where it begins and how many values it takes; backwards from the last value that there is.
static void set_span(OnnxSlice *slice, size_t size, int64_t start, int64_t end)
{
    bool back = slice->step < 0;
    int64_t length = (int64_t)size, least = back ? -1 : 0, most = back ? length - 1 : length;
    int64_t step = back ? -slice->step : slice->step;
    start += start < 0 ? length : 0;
    end += end < 0 && end >= -length ? length : 0;
    start = start < least ? least : start > most ? most : start;
    end = end < least ? least : end > most ? most : end;
    int64_t distance = back ? start - end : end - start;
    slice->first = start > 0 ? (size_t)start : 0;
    slice->count = distance > 0 ? (size_t)((distance - 1) / step + 1) : 0;
}

Status onnx_slices(OnnxNode *node, const size_t *dimensions, size_t rank,
                   OnnxSlice slices[ONNX_RANK_MAX], size_t *n)
{
    int64_t starts[ONNX_RANK_MAX], ends[ONNX_RANK_MAX], axes[ONNX_RANK_MAX], steps[ONNX_RANK_MAX];
    size_t n_ends, n_axes, n_steps;
    bool found, has_axes, has_steps;
    Status status = onnx_wholes(node, "starts", 1, starts, n, &found);
    if (status == STATUS_OK)
        status = onnx_wholes(node, "ends", 2, ends, &n_ends, &found);
    if (status == STATUS_OK)
        status = onnx_wholes(node, "axes", 3, axes, &n_axes, &has_axes);
    if (status == STATUS_OK)
        status = onnx_wholes(node, "steps", 4, steps, &n_steps, &has_steps);
    if (status != STATUS_OK)
        return status;
    if (n_ends != *n || (has_axes && n_axes != *n) || (has_steps && n_steps != *n))
        return onnx_refuse(node, "its starts, ends, axes and steps differ in number");
    for (size_t i = 0; i < *n && status == STATUS_OK; i++) {
        OnnxSlice *slice = &slices[i];
        status = onnx_axis(node, has_axes ? axes[i] : (int64_t)i, rank, &slice->axis);
        if (status != STATUS_OK)
            return status;
        slice->step = has_steps ? steps[i] : 1;
        if (slice->step == 0 || slice->step > 1 << 30 || slice->step < -(1 << 30))
            return onnx_refuse(node, "goes in steps of %lld", (long long)slice->step);
        set_span(slice, dimensions[slice->axis], starts[i], ends[i]);
    }
    return status;
}

Status onnx_make_slice(OnnxNode *node)
{
    OnnxValue *value, result;
    OnnxSlice slices[ONNX_RANK_MAX];
    size_t n, index;
    bool last = false;
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_slices(node, value->dimensions, value->rank, slices, &n);
    if (status != STATUS_OK)
        return status;
    result = *value;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        if (slices[i].count == result.dimensions[slices[i].axis] && slices[i].step == 1)
            continue;
        if (slices[i].axis == 0 || slices[i].step != 1)
            return onnx_refuse(node, "leaves out sources, or every other value");
        status = take_channels(node, &result, slices[i].axis, &last);
        if (status == STATUS_OK)
            status = slice_channels(node, result.layer, slices[i].first, slices[i].count, &index);
        if (status == STATUS_OK)
            return give_channels(node, 0, index, result.rank, last);
    }
    return status == STATUS_OK ? onnx_give(node, 0, &result) : status;
}

// ---- What is known of a value ------------------------------------------------------------------

static Status give_wholes(OnnxNode *node, const size_t *numbers, size_t n, bool one)
{
    void *place;
    Constant constant;
    Status status = constant_new(&node->graph->plan.pool, true, one ? 0 : 1, &n, &constant, &place,
                                 node->error);
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        ((int64_t *)place)[i] = (int64_t)numbers[i];
    return status == STATUS_OK ? onnx_give_constant(node, 0, &constant) : onnx_blame(node, status);
}

static const size_t *shape_of_input(OnnxNode *node, size_t *rank)
{
    const OnnxValue *value = onnx_input(node, 0);
    *rank = value->is_constant ? value->constant.view.n_dimensions : value->rank;
    return value->is_constant ? value->constant.view.dimensions : value->dimensions;
}

Status onnx_make_shape(OnnxNode *node)
{
    size_t rank;
    if (!onnx_has_input(node, 0))
        return onnx_refuse(node, "its input is missing");
    const size_t *dimensions = shape_of_input(node, &rank);
    size_t start = clamp(onnx_whole(node, "start", 0), rank);
    size_t end = clamp(onnx_whole(node, "end", (int64_t)rank), rank);
    return give_wholes(node, dimensions + start, end > start ? end - start : 0, false);
}

Status onnx_make_size(OnnxNode *node)
{
    size_t rank, size;
    if (!onnx_has_input(node, 0))
        return onnx_refuse(node, "its input is missing");
    const size_t *dimensions = shape_of_input(node, &rank);
    if (!multiply_all(dimensions, rank, &size))
        return onnx_refuse(node, "its input is too large");
    return give_wholes(node, &size, 1, true);
}

// ---- Softmax -----------------------------------------------------------------------------------

// The scores of skyclass are the softmax of the last layer: at the end of the graph the node is
// left out. Before operator set 13 it was over all dimensions from `axis` on.
Status onnx_make_softmax(OnnxNode *node)
{
    OnnxValue *value, result;
    size_t axis, over = 1, all = 1;
    bool old = node->graph->opset < 13;
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_axis(node, onnx_whole(node, "axis", old ? 1 : -1), value->rank, &axis);
    if (status != STATUS_OK)
        return status;
    for (size_t d = 1; d < value->rank; d++) {
        all *= value->dimensions[d];
        over *= d == axis || (old && d > axis) ? value->dimensions[d] : 1;
    }
    if (axis == 0 || over != all)
        return onnx_refuse(node,
                           "is over a part of its input's values; skyclass knows softmax over "
                           "the classes");
    result = *value;
    result.ending = ENDING_SOFTMAX;
    return onnx_give(node, 0, &result);
}
