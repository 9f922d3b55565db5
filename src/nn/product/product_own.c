// Products by our own kernels (matrix.h).
#include "base/memory.h"
#include "nn/product/matrix.h"
#include "nn/product/product_internal.h"
#include "nn/simd.h"

// Terms summed at a time where rows are sources: their weights stay in the second-level cache while
// all rows use them, and partial sums of a few hundred terms lose less to rounding than one of
// thousands.
enum { BLOCK_DEPTH = 512 };
// Terms and columns packed, and rows multiplied, at a time for sums.
enum { BLOCK_ROWS = 128, BLOCK_COLUMNS = 256 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool own_suits(const ProductShape *shape)
{
    (void)shape;
    return true;
}

size_t product_padded(size_t n)
{
    return matrix_padded(n);
}

static size_t own_packed_size(const ProductShape *shape)
{
    size_t size;
    return memory_multiply(shape->depth, matrix_padded(shape->columns), &size) ? size : 0;
}

static void own_pack(PackedMatrix *matrix, const float *b, size_t b_row, size_t b_step)
{
    matrix_pack(b, matrix->shape.depth, matrix->shape.columns, b_row, b_step, matrix->values);
}

static size_t own_scratch_size(const PackedMatrix *matrix)
{
    (void)matrix;
    return 0;
}

static void own_multiply(const PackedMatrix *matrix, const ProductRows *p)
{
    size_t depth = matrix->shape.depth, column = p->first_column;
    size_t block = matrix->shape.use == PRODUCT_SOURCES ? BLOCK_DEPTH : depth;
    for (size_t first = 0; first < depth; first += block)
        matrix_multiply(
            &(MatrixProduct){.groups = 1,
                             .rows = p->rows,
                             .columns = p->end_column - column,
                             .segments = 1,
                             .depth = smaller(depth - first, block),
                             .a = p->a + first,
                             .a_row = p->a_row,
                             .a_step = 1,
                             .b = matrix->values + column * depth + first * MATRIX_PANEL,
                             .b_panel = depth * MATRIX_PANEL,
                             .b_ahead = MATRIX_AHEAD,
                             .start = first == 0 && p->start != NULL ? p->start + column : NULL,
                             .c = p->c + column,
                             .c_row = p->c_row,
                             .accumulate = first > 0});
}

// to[row][0 .. columns-1] += from[row][...], rows of `to` being `step` floats apart.
SIMD_CLONES
static void add_rows(const float *restrict from, size_t rows, size_t columns, float *restrict to,
                     size_t step)
{
    for (size_t row = 0; row < rows; row++, from += columns, to += step)
        for (size_t column = 0; column < columns; column++)
            to[column] += from[column];
}

// Terms k .. k+terms-1 of the sums of columns column .. column+columns-1.
static void add_block(const ProductSum *s, size_t k, size_t terms, size_t column, size_t columns)
{
    float *packed = s->scratch, *product = s->scratch + BLOCK_ROWS * BLOCK_COLUMNS;
    matrix_pack(s->b + k * s->b_row + column, terms, columns, s->b_row, 1, packed);
    for (size_t row = 0; row < s->rows; row += BLOCK_ROWS) {
        size_t rows = smaller(s->rows - row, BLOCK_ROWS);
        matrix_multiply(&(MatrixProduct){.groups = 1,
                                         .rows = rows,
                                         .columns = columns,
                                         .segments = 1,
                                         .depth = terms,
                                         .a = s->a + k * s->a_row + row,
                                         .a_row = 1,
                                         .a_step = s->a_row,
                                         .b = packed,
                                         .b_panel = terms * MATRIX_PANEL,
                                         .c = product,
                                         .c_row = columns});
        add_rows(product, rows, columns, s->c + row * s->c_row + column, s->c_row);
    }
}

static void own_add(const ProductSum *s)
{
    for (size_t k = 0; k < s->depth; k += BLOCK_ROWS)
        for (size_t column = 0; column < s->columns; column += BLOCK_COLUMNS)
            add_block(s, k, smaller(s->depth - k, BLOCK_ROWS), column,
                      smaller(s->columns - column, BLOCK_COLUMNS));
}

const ProductBackend product_own = {
    .name = "own",
    .suits = own_suits,
    .column_step = MATRIX_PANEL,
    .packed_size = own_packed_size,
    .pack = own_pack,
    .scratch_size = own_scratch_size,
    .multiply = own_multiply,
    .sum_scratch = 2 * BLOCK_ROWS * BLOCK_COLUMNS,
    .add = own_add,
};
