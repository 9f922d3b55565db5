// Operators on constants alone: exporters compute shapes and weights in the graph.
#include <math.h>
#include <string.h>

#include "classifier/import/onnx_operators_internal.h"

// Of a result that is computed value by value, and bytes of all of them together; weights that are
// made so are smaller.
enum { FOLD_VALUES_MAX = 1 << 24, FOLD_BYTES_MAX = 1 << 28 };

static BlockPool *pool_of(const OnnxNode *node)
{
    return &node->graph->plan.pool;
}

static Status give(OnnxNode *node, Status status, const Constant *constant)
{
    return status == STATUS_OK ? onnx_give_constant(node, 0, constant) : onnx_blame(node, status);
}

static Status check_size(OnnxNode *node, size_t n)
{
    return n <= FOLD_VALUES_MAX
               ? STATUS_OK
               : onnx_refuse(node, "%zu constants are more than skyclass computes", n);
}

// A new constant with room for its values.
static Status make(OnnxNode *node, bool whole, size_t rank, const size_t *dimensions,
                   Constant *constant, void **place)
{
    size_t n = 1;
    if (pool_of(node)->bytes > FOLD_BYTES_MAX)
        return onnx_refuse(node, "the graph computes more constants than skyclass does");
    for (size_t d = 0; d < rank; d++) {
        n = dimensions[d] > FOLD_VALUES_MAX ? (size_t)FOLD_VALUES_MAX + 1 : n * dimensions[d];
        Status status = check_size(node, n);
        if (status != STATUS_OK)
            return status;
    }
    return onnx_blame(
        node, constant_new(pool_of(node), whole, rank, dimensions, constant, place, node->error));
}

static void put(bool whole, void *place, size_t k, const Constant *from, size_t from_k)
{
    if (whole)
        ((int64_t *)place)[k] = constant_whole(from, from_k);
    else
        ((float *)place)[k] = (float)constant_value(from, from_k);
}

// ---- Made from nothing -------------------------------------------------------------------------

Status onnx_fold_constant(OnnxNode *node)
{
    Constant constant;
    int64_t numbers[ONNX_RANK_MAX];
    size_t n;
    bool found;
    void *place;
    const Onnx__TensorProto *tensor = onnx_tensor(node, "value");
    if (tensor != NULL)
        return give(node, onnx_tensor_constant(tensor, &constant, node->error), &constant);
    if (onnx_has(node, "value_float"))
        return give(node,
                    constant_filled(pool_of(node), false, onnx_real(node, "value_float", 0.0), 0,
                                    NULL, &constant, node->error),
                    &constant);
    bool one = onnx_has(node, "value_int");
    Status status = onnx_wholes(node, "value_ints", ONNX_INPUTS_MAX, numbers, &n, &found);
    if (status != STATUS_OK)
        return status;
    if (!one && !found)
        return onnx_refuse(node, "holds something that is not numbers");
    if (one) {
        numbers[0] = onnx_whole(node, "value_int", 0);
        n = 1;
    }
    status = make(node, true, one ? 0 : 1, &n, &constant, &place);
    if (status != STATUS_OK)
        return status;
    memcpy(place, numbers, n * sizeof *numbers);
    return onnx_give_constant(node, 0, &constant);
}

static Status sizes_of(OnnxNode *node, const Constant *shape, size_t *rank,
                       size_t dimensions[ONNX_RANK_MAX])
{
    if (shape->n > ONNX_RANK_MAX)
        return onnx_refuse(node, "makes %zu dimensions", shape->n);
    *rank = shape->n;
    for (size_t d = 0; d < *rank; d++) {
        int64_t size = constant_whole(shape, d);
        if (size < 0 || size > (int64_t)1 << 31)
            return onnx_refuse(node, "makes a dimension %lld long", (long long)size);
        dimensions[d] = (size_t)size;
    }
    return STATUS_OK;
}

Status onnx_fold_filled(OnnxNode *node)
{
    Constant shape, filling, result;
    size_t rank = 0, dimensions[ONNX_RANK_MAX];
    double value = 0.0;
    bool whole = false;
    const Onnx__TensorProto *tensor = onnx_tensor(node, "value");
    Status status = onnx_constant(node, 0, "shape", &shape);
    if (status == STATUS_OK)
        status = sizes_of(node, &shape, &rank, dimensions);
    if (status == STATUS_OK && tensor != NULL) {
        status = onnx_blame(node, onnx_tensor_constant(tensor, &filling, node->error));
        if (status == STATUS_OK && filling.n != 1)
            return onnx_refuse(node, "is filled with %zu values, not one", filling.n);
        if (status == STATUS_OK) {
            value = constant_value(&filling, 0);
            whole = constant_is_whole(&filling);
        }
    }
    if (status != STATUS_OK)
        return status;
    return give(
        node, constant_filled(pool_of(node), whole, value, rank, dimensions, &result, node->error),
        &result);
}

// ---- As they are, in other shapes --------------------------------------------------------------

Status onnx_fold_same(OnnxNode *node)
{
    return onnx_give_constant(node, 0, &onnx_input(node, 0)->constant);
}

// Whole numbers become real ones by themselves where they are used.
Status onnx_fold_cast(OnnxNode *node)
{
    // TensorProto.DataType.
    int64_t to = onnx_whole(node, "to", 1);
    bool real = to == 1 || to == 10 || to == 11 || to == 16;
    Constant constant = onnx_input(node, 0)->constant, result;
    void *place;
    if (real || constant_is_whole(&constant))
        return onnx_give_constant(node, 0, &constant);
    Status status =
        make(node, true, constant.view.n_dimensions, constant.view.dimensions, &result, &place);
    for (size_t k = 0; k < constant.n && status == STATUS_OK; k++)
        put(true, place, k, &constant, k);
    return give(node, status, &result);
}

Status onnx_fold_reshape(OnnxNode *node)
{
    Constant constant, result;
    int64_t wanted[ONNX_RANK_MAX];
    size_t n, dimensions[ONNX_RANK_MAX];
    bool found;
    Status status = onnx_constant(node, 0, "values", &constant);
    if (status == STATUS_OK)
        status = onnx_wholes(node, "shape", 1, wanted, &n, &found);
    if (status == STATUS_OK)
        status = onnx_resolve_shape(node, wanted, n, constant.view.dimensions,
                                    constant.view.n_dimensions, dimensions);
    if (status != STATUS_OK)
        return status;
    return give(node,
                constant_reshaped(pool_of(node), &constant, n, dimensions, &result, node->error),
                &result);
}

Status onnx_fold_squeeze(OnnxNode *node)
{
    Constant constant = onnx_input(node, 0)->constant;
    int64_t axes[ONNX_RANK_MAX];
    size_t n, rank = constant.view.n_dimensions, kept = 0;
    bool found, removed[ONNX_RANK_MAX];
    Status status = onnx_wholes(node, "axes", 1, axes, &n, &found);
    if (status == STATUS_OK)
        status = onnx_squeezed(node, constant.view.dimensions, rank, axes, n, 0, removed);
    if (status != STATUS_OK)
        return status;
    for (size_t d = 0; d < rank; d++)
        if (!removed[d]) {
            constant.view.dimensions[kept] = constant.view.dimensions[d];
            constant.view.strides[kept++] = constant.view.strides[d];
        }
    constant.view.n_dimensions = kept;
    return onnx_give_constant(node, 0, &constant);
}

Status onnx_fold_unsqueeze(OnnxNode *node)
{
    Constant constant = onnx_input(node, 0)->constant, result = constant;
    int64_t axes[ONNX_RANK_MAX];
    size_t n, rank, old = 0;
    bool found, inserted[ONNX_RANK_MAX];
    Status status = onnx_wholes(node, "axes", 1, axes, &n, &found);
    if (status == STATUS_OK)
        status = onnx_unsqueezed(node, constant.view.dimensions, constant.view.n_dimensions, axes,
                                 n, inserted, &rank);
    if (status != STATUS_OK)
        return status;
    for (size_t d = 0; d < rank; d++) {
        result.view.dimensions[d] = inserted[d] ? 1 : constant.view.dimensions[old];
        result.view.strides[d] = inserted[d] ? 0 : constant.view.strides[old];
        old += !inserted[d];
    }
    result.view.n_dimensions = rank;
    return onnx_give_constant(node, 0, &result);
}

Status onnx_fold_transpose(OnnxNode *node)
{
    Constant constant = onnx_input(node, 0)->constant;
    size_t order[ONNX_RANK_MAX];
    Status status = onnx_order(node, constant.view.n_dimensions, order);
    if (status != STATUS_OK)
        return status;
    Constant result = constant_transposed(&constant, order);
    return onnx_give_constant(node, 0, &result);
}

Status onnx_fold_slice(OnnxNode *node)
{
    Constant constant = onnx_input(node, 0)->constant;
    OnnxSlice slices[ONNX_RANK_MAX];
    TensorView *view = &constant.view;
    size_t n;
    Status status = onnx_slices(node, view->dimensions, view->n_dimensions, slices, &n);
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        size_t axis = slices[i].axis;
        view->offset += slices[i].count > 0 ? slices[i].first * view->strides[axis] : 0;
        view->strides[axis] *= (size_t)slices[i].step; // backwards: unsigned numbers wrap round
        view->dimensions[axis] = slices[i].count;
    }
    constant.n = 1;
    for (size_t d = 0; d < view->n_dimensions; d++)
        constant.n *= view->dimensions[d];
    return status == STATUS_OK ? onnx_give_constant(node, 0, &constant) : status;
}

// ---- Shapes of two constants together ----------------------------------------------------------

// Aligned at the last dimension, a dimension of length 1 repeated.
static Status broadcast(OnnxNode *node, Constant *a, size_t rank, const size_t *dimensions)
{
    TensorView view = {.n_dimensions = rank, .offset = a->view.offset};
    size_t old = a->view.n_dimensions;
    if (old > rank)
        return onnx_refuse(node, "has a constant with more dimensions than its result");
    a->n = 1;
    for (size_t d = 0; d < rank; d++) {
        bool there = d + old >= rank;
        size_t size = there ? a->view.dimensions[d + old - rank] : 1;
        view.dimensions[d] = dimensions[d];
        view.strides[d] = there && size > 1 ? a->view.strides[d + old - rank] : 0;
        if (size != 1 && size != dimensions[d])
            return onnx_refuse(node, "has constants that are %zu and %zu long", size,
                               dimensions[d]);
        a->n *= dimensions[d];
    }
    a->view = view;
    return STATUS_OK;
}

static size_t dimension_from_end(const Constant *constant, size_t from_end)
{
    size_t rank = constant->view.n_dimensions;
    return from_end < rank ? constant->view.dimensions[rank - 1 - from_end] : 1;
}

static size_t common_shape(const Constant *a, const Constant *b, size_t *dimensions)
{
    size_t rank =
        a->view.n_dimensions > b->view.n_dimensions ? a->view.n_dimensions : b->view.n_dimensions;
    for (size_t k = 0; k < rank; k++) {
        size_t one = dimension_from_end(a, k), other = dimension_from_end(b, k);
        dimensions[rank - 1 - k] = one == 1 ? other : one;
    }
    return rank;
}

Status onnx_fold_expand(OnnxNode *node)
{
    Constant constant = onnx_input(node, 0)->constant, shape, wanted = {0};
    size_t rank, sizes[ONNX_RANK_MAX], dimensions[ONNX_RANK_MAX], n = 1;
    Status status = onnx_constant(node, 1, "shape", &shape);
    if (status == STATUS_OK)
        status = sizes_of(node, &shape, &wanted.view.n_dimensions, sizes);
    if (status != STATUS_OK)
        return status;
    memcpy(wanted.view.dimensions, sizes, wanted.view.n_dimensions * sizeof *sizes);
    rank = common_shape(&constant, &wanted, dimensions);
    for (size_t d = 0; d < rank && status == STATUS_OK; d++) {
        n = dimensions[d] > FOLD_VALUES_MAX ? (size_t)FOLD_VALUES_MAX + 1 : n * dimensions[d];
        status = check_size(node, n);
    }
    if (status == STATUS_OK)
        status = broadcast(node, &constant, rank, dimensions);
    return status == STATUS_OK ? onnx_give_constant(node, 0, &constant) : status;
}

Status onnx_fold_gather(OnnxNode *node)
{
    Constant constant = onnx_input(node, 0)->constant, indices, result;
    size_t axis, rank = constant.view.n_dimensions;
    void *place;
    Status status = onnx_constant(node, 1, "indices", &indices);
    if (status == STATUS_OK)
        status = onnx_axis(node, onnx_whole(node, "axis", 0), rank, &axis);
    if (status == STATUS_OK && (rank != 1 || indices.view.n_dimensions > 1))
        return onnx_refuse(node, "skyclass gathers from lists of numbers only");
    bool whole = constant_is_whole(&constant);
    if (status == STATUS_OK)
        status =
            make(node, whole, indices.view.n_dimensions, indices.view.dimensions, &result, &place);
    for (size_t k = 0; k < indices.n && status == STATUS_OK; k++) {
        size_t index;
        status = onnx_axis(node, constant_whole(&indices, k), constant.n, &index);
        if (status == STATUS_OK)
            put(whole, place, k, &constant, index);
    }
    return status == STATUS_OK ? onnx_give_constant(node, 0, &result) : status;
}

// Lists of numbers after one another.
Status onnx_fold_concat(OnnxNode *node)
{
    Constant result;
    size_t n = 0, k = 0;
    void *place;
    bool whole = true;
    for (size_t i = 0; i < node->n_inputs; i++) {
        Constant part;
        Status status = onnx_constant(node, i, "part", &part);
        if (status != STATUS_OK)
            return status;
        if (part.view.n_dimensions != 1)
            return onnx_refuse(node, "skyclass joins constants that are lists only");
        whole = whole && constant_is_whole(&part);
        n += part.n;
    }
    Status status = make(node, whole, 1, &n, &result, &place);
    for (size_t i = 0; i < node->n_inputs && status == STATUS_OK; i++) {
        const Constant *part = &onnx_input(node, i)->constant;
        for (size_t j = 0; j < part->n; j++)
            put(whole, place, k++, part, j);
    }
    return status == STATUS_OK ? onnx_give_constant(node, 0, &result) : status;
}

// ---- Arithmetic --------------------------------------------------------------------------------

typedef enum Arithmetic {
    PLUS,
    MINUS,
    TIMES,
    DIVIDED,
    NEGATIVE,
    ROOT,
    INVERSE,
    DOWN,
    UP
} Arithmetic;

static bool arithmetic_of(const OnnxNode *node, Arithmetic *which)
{
    static const struct {
        const char *name;
        Arithmetic which;
    } names[] = {{"Add", PLUS},    {"Sub", MINUS},          {"Mul", TIMES},
                 {"Div", DIVIDED}, {"Neg", NEGATIVE},       {"Sqrt", ROOT},
                 {"Floor", DOWN},  {"Reciprocal", INVERSE}, {"Ceil", UP}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, node->rule->name) == 0) {
            *which = names[i].which;
            return true;
        }
    return false;
}

static double compute(Arithmetic which, double a, double b)
{
    switch (which) {
    case PLUS:
        return a + b;
    case MINUS:
        return a - b;
    case TIMES:
        return a * b;
    case DIVIDED:
        return a / b;
    case NEGATIVE:
        return -a;
    case ROOT:
        return sqrt(a);
    case INVERSE:
        return 1.0 / a;
    case DOWN:
        return floor(a);
    default:
        return ceil(a);
    }
}

// Sizes and indices, for which doubles are exact; division is cut towards 0.
static int64_t compute_whole(Arithmetic which, int64_t a, int64_t b)
{
    double value = trunc(compute(which, (double)a, (double)b));
    return value > -9e15 && value < 9e15 ? (int64_t)value : 0;
}

Status onnx_fold_binary(OnnxNode *node)
{
    Constant a = onnx_input(node, 0)->constant, b, result;
    Arithmetic which;
    size_t rank, dimensions[ONNX_RANK_MAX];
    void *place;
    Status status = onnx_constant(node, 1, "second operand", &b);
    if (status != STATUS_OK)
        return status;
    if (!arithmetic_of(node, &which))
        return onnx_refuse(node, "of two constants");
    bool whole = constant_is_whole(&a) && constant_is_whole(&b);
    rank = common_shape(&a, &b, dimensions);
    status = make(node, whole, rank, dimensions, &result, &place);
    if (status == STATUS_OK)
        status = broadcast(node, &a, rank, dimensions);
    if (status == STATUS_OK)
        status = broadcast(node, &b, rank, dimensions);
    for (size_t k = 0; k < result.n && status == STATUS_OK; k++) {
        if (whole)
            ((int64_t *)place)[k] =
                compute_whole(which, constant_whole(&a, k), constant_whole(&b, k));
        else
            ((float *)place)[k] =
                (float)compute(which, constant_value(&a, k), constant_value(&b, k));
    }
    return status == STATUS_OK ? onnx_give_constant(node, 0, &result) : status;
}

Status onnx_fold_unary(OnnxNode *node)
{
    Constant a = onnx_input(node, 0)->constant, result;
    Arithmetic which;
    void *place;
    if (!arithmetic_of(node, &which))
        return onnx_refuse(node, "of a constant");
    bool whole = constant_is_whole(&a);
    Status status = make(node, whole, a.view.n_dimensions, a.view.dimensions, &result, &place);
    for (size_t k = 0; k < a.n && status == STATUS_OK; k++) {
        if (whole)
            ((int64_t *)place)[k] = compute_whole(which, constant_whole(&a, k), 0);
        else
            ((float *)place)[k] = (float)compute(which, constant_value(&a, k), 0.0);
    }
    return status == STATUS_OK ? onnx_give_constant(node, 0, &result) : status;
}

// The product of a list of sizes.
Status onnx_fold_product(OnnxNode *node)
{
    const Constant *list = &onnx_input(node, 0)->constant;
    Constant result;
    void *place;
    double product = 1.0;
    size_t one = 1;
    if (list->view.n_dimensions > 1)
        return onnx_refuse(node, "skyclass multiplies lists of numbers only");
    for (size_t k = 0; k < list->n; k++)
        product *= constant_value(list, k);
    Status status =
        make(node, true, onnx_whole(node, "keepdims", 1) != 0 ? 1 : 0, &one, &result, &place);
    if (status == STATUS_OK)
        *(int64_t *)place = product > -9e15 && product < 9e15 ? (int64_t)product : 0;
    return status == STATUS_OK ? onnx_give_constant(node, 0, &result) : status;
}
