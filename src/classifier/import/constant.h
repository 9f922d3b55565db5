// Numbers that a file fixes, seen as a tensor: where they lie in the file, or in a pool of blocks
// for what was computed from them. Nothing is copied before somebody needs it.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_CONSTANT_H
#define SKYCLASS_CLASSIFIER_IMPORT_CONSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "classifier/import/tensor_view.h"

typedef struct Constant {
    Elements elements; // borrowed
    TensorView view;   // a stride of 0 repeats a value
    size_t n;          // values in the view
} Constant;

// Blocks that live as long as the pool.
typedef struct BlockPool {
    void **blocks;
    size_t n, bytes;
} BlockPool;

// n zeroed items of `size` bytes; NULL, with an error, where they are more than a run may use.
void *block_pool_new(BlockPool *pool, size_t n, size_t size, Error *error);
void block_pool_clear(BlockPool *pool);

// A tensor of the given shape over elements, in one piece; STATUS_BAD_INPUT where they are fewer.
Status constant_over(Elements elements, size_t n_dimensions, const size_t *dimensions,
                     Constant *constant, Error *error);
// New float32 or int64 numbers in the pool, zero: *values is their place (float or int64_t).
Status constant_new(BlockPool *pool, bool whole, size_t n_dimensions, const size_t *dimensions,
                    Constant *constant, void **values, Error *error);
// One number, everywhere.
Status constant_filled(BlockPool *pool, bool whole, double value, size_t n_dimensions,
                       const size_t *dimensions, Constant *constant, Error *error);

// Whether it holds whole numbers, which are read exactly.
bool constant_is_whole(const Constant *constant);
// The value at place k, last dimension fastest.
double constant_value(const Constant *constant, size_t k);
int64_t constant_whole(const Constant *constant, size_t k);
// Whether all values are one.
bool constant_is_uniform(const Constant *constant);
// All its values as float32, last dimension fastest.
void constant_copy(const Constant *constant, float *values);

// The same values in one piece, so that they can take another shape.
Status constant_in_one_piece(BlockPool *pool, const Constant *constant, Constant *result,
                             Error *error);
// The same values with other dimensions, as many values.
Status constant_reshaped(BlockPool *pool, const Constant *constant, size_t n_dimensions,
                         const size_t *dimensions, Constant *result, Error *error);
// Dimension i of the result is dimension order[i].
Constant constant_transposed(const Constant *constant, const size_t *order);

#endif
