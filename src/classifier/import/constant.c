#include "classifier/import/constant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"

// Whole numbers are shapes, indices and lists; they are copied one by one.
enum { WHOLE_VALUES_MAX = 1 << 20 };

// ---- The pool ----------------------------------------------------------------------------------

void *block_pool_new(BlockPool *pool, size_t n, size_t size, Error *error)
{
    size_t bytes, all;
    void **blocks = memory_resize(pool->blocks, pool->n + 1, sizeof *blocks);
    if (blocks == NULL || !memory_multiply(n, size, &bytes) ||
        __builtin_add_overflow(pool->bytes, bytes, &all)) {
        error_memory(error, "the network's constants");
        pool->blocks = blocks != NULL ? blocks : pool->blocks;
        return NULL;
    }
    pool->blocks = blocks;
    if (limits_check(all, "the network's constants", error) != STATUS_OK)
        return NULL;
    blocks[pool->n] = memory_new(n > 0 ? n : 1, size);
    if (blocks[pool->n] == NULL) {
        error_memory(error, "the network's constants");
        return NULL;
    }
    pool->bytes = all;
    return blocks[pool->n++];
}

void block_pool_clear(BlockPool *pool)
{
    for (size_t i = 0; i < pool->n; i++)
        free(pool->blocks[i]);
    free(pool->blocks);
    *pool = (BlockPool){0};
}

// ---- Making ------------------------------------------------------------------------------------

static bool set_shape(Constant *constant, size_t n_dimensions, const size_t *dimensions)
{
    constant->view = (TensorView){.n_dimensions = n_dimensions};
    constant->n = 1;
    if (n_dimensions > TENSOR_VIEW_DIMENSIONS)
        return false;
    for (size_t i = 0; i < n_dimensions; i++) {
        constant->view.dimensions[i] = dimensions[i];
        if (!memory_multiply(constant->n, dimensions[i], &constant->n))
            return false;
    }
    return tensor_view_contiguous(&constant->view);
}

static Status impossible(Error *error)
{
    return error_set(error, STATUS_BAD_INPUT, "a constant has an impossible shape");
}

Status constant_over(Elements elements, size_t n_dimensions, const size_t *dimensions,
                     Constant *constant, Error *error)
{
    size_t n;
    constant->elements = elements;
    if (!set_shape(constant, n_dimensions, dimensions))
        return impossible(error);
    if (!tensor_view_count(&constant->view, elements.n, &n))
        return error_set(error, STATUS_BAD_INPUT, "reaches outside its %zu stored values",
                         elements.n);
    return STATUS_OK;
}

static Elements pool_elements(bool whole, const void *values, size_t n)
{
    return (Elements){whole ? ELEMENT_INT64 : ELEMENT_FLOAT32,
                      __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, values, n};
}

Status constant_new(BlockPool *pool, bool whole, size_t n_dimensions, const size_t *dimensions,
                    Constant *constant, void **values, Error *error)
{
    if (!set_shape(constant, n_dimensions, dimensions))
        return impossible(error);
    *values = block_pool_new(pool, constant->n, whole ? sizeof(int64_t) : sizeof(float), error);
    if (*values == NULL)
        return STATUS_MEMORY;
    constant->elements = pool_elements(whole, *values, constant->n);
    return STATUS_OK;
}

Status constant_filled(BlockPool *pool, bool whole, double value, size_t n_dimensions,
                       const size_t *dimensions, Constant *constant, Error *error)
{
    if (!set_shape(constant, n_dimensions, dimensions))
        return impossible(error);
    void *place = block_pool_new(pool, 1, sizeof(int64_t), error);
    if (place == NULL)
        return STATUS_MEMORY;
    if (whole)
        *(int64_t *)place = value > -9e18 && value < 9e18 ? (int64_t)value : 0;
    else
        *(float *)place = (float)value;
    constant->elements = pool_elements(whole, place, 1);
    memset(constant->view.strides, 0, sizeof constant->view.strides);
    return STATUS_OK;
}

// ---- Reading -----------------------------------------------------------------------------------

bool constant_is_whole(const Constant *constant)
{
    return constant->elements.kind >= ELEMENT_INT64;
}

static size_t place_of(const Constant *constant, size_t k)
{
    const TensorView *view = &constant->view;
    size_t index = view->offset;
    for (size_t d = view->n_dimensions; d-- > 0;) {
        index += k % view->dimensions[d] * view->strides[d];
        k /= view->dimensions[d];
    }
    return index;
}

double constant_value(const Constant *constant, size_t k)
{
    size_t place = place_of(constant, k);
    return constant_is_whole(constant) ? (double)element_whole(&constant->elements, place)
                                       : (double)element_real(&constant->elements, place);
}

int64_t constant_whole(const Constant *constant, size_t k)
{
    if (constant_is_whole(constant))
        return element_whole(&constant->elements, place_of(constant, k));
    double value = constant_value(constant, k);
    return value > -9e18 && value < 9e18 ? (int64_t)value : 0;
}

// One stored value stands for all.
static bool repeats_one(const TensorView *view)
{
    for (size_t d = 0; d < view->n_dimensions; d++)
        if (view->strides[d] != 0 && view->dimensions[d] > 1)
            return false;
    return true;
}

bool constant_is_uniform(const Constant *constant)
{
    if (constant->n == 0 || repeats_one(&constant->view))
        return constant->n > 0;
    double first = constant_value(constant, 0);
    for (size_t k = 1; k < constant->n; k++)
        if (constant_value(constant, k) != first)
            return false;
    return true;
}

void constant_copy(const Constant *constant, float *values)
{
    if (constant->n > 0)
        tensor_view_copy(&constant->view, &constant->elements, values, constant->n);
}

// ---- Other shapes ------------------------------------------------------------------------------

static bool is_in_one_piece(const TensorView *view)
{
    TensorView piece = *view;
    tensor_view_contiguous(&piece);
    for (size_t d = 0; d < view->n_dimensions && !repeats_one(view); d++)
        if (view->dimensions[d] > 1 && view->strides[d] != piece.strides[d])
            return false;
    return true;
}

Status constant_in_one_piece(BlockPool *pool, const Constant *constant, Constant *result,
                             Error *error)
{
    void *values = NULL;
    bool whole = constant_is_whole(constant);
    *result = *constant;
    if (is_in_one_piece(&constant->view))
        return STATUS_OK;
    if (whole && constant->n > WHOLE_VALUES_MAX)
        return error_set(error, STATUS_BAD_INPUT, "%zu whole numbers are no shape and no list",
                         constant->n);
    Status status = constant_new(pool, whole, constant->view.n_dimensions,
                                 constant->view.dimensions, result, &values, error);
    if (status == STATUS_OK && !whole)
        constant_copy(constant, values);
    for (size_t k = 0; status == STATUS_OK && whole && k < constant->n; k++)
        ((int64_t *)values)[k] = constant_whole(constant, k);
    return status;
}

Status constant_reshaped(BlockPool *pool, const Constant *constant, size_t n_dimensions,
                         const size_t *dimensions, Constant *result, Error *error)
{
    Constant piece, shaped;
    Status status = constant_in_one_piece(pool, constant, &piece, error);
    if (status != STATUS_OK)
        return status;
    shaped = piece;
    if (!set_shape(&shaped, n_dimensions, dimensions) || shaped.n != constant->n)
        return impossible(error);
    shaped.view.offset = piece.view.offset;
    if (repeats_one(&piece.view))
        memset(shaped.view.strides, 0, sizeof shaped.view.strides);
    *result = shaped;
    return STATUS_OK;
}

Constant constant_transposed(const Constant *constant, const size_t *order)
{
    Constant result = *constant;
    for (size_t d = 0; d < constant->view.n_dimensions; d++) {
        result.view.dimensions[d] = constant->view.dimensions[order[d]];
        result.view.strides[d] = constant->view.strides[order[d]];
    }
    return result;
}
