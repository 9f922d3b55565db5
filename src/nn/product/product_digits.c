// Products in digits (digits.h), where rows are pixels and the processor has matrix registers.
#include <string.h>

#include "nn/product/digits.h"
#include "nn/product/matrix.h"
#include "nn/product/product_internal.h"

// Rows that are taken apart into digits together.
enum { ROWS = 64 };

static bool suits(const ProductShape *shape)
{
    return DIGITS_POSSIBLE && shape->use == PRODUCT_PIXELS &&
           digits_suit(shape->depth, shape->columns);
}

static size_t packed_size(const ProductShape *shape)
{
    return product_own.packed_size(shape);
}

static size_t scratch_size(const PackedMatrix *matrix)
{
    return digits_rows_size(ROWS, matrix->shape.depth) / sizeof(float);
}

#ifdef DIGITS_AMX

// The values of a group of columns, packed, are replaced by their digits.
static void pack(PackedMatrix *matrix, const float *b, size_t b_row, size_t b_step)
{
    size_t depth = matrix->shape.depth;
    product_own.pack(matrix, b, b_row, b_step);
    char *to = (char *)matrix->values;
    const float *from = matrix->values;
    for (size_t column = 0; column < matrix->shape.columns; column += DIGITS_COLUMNS) {
        for (size_t panel = 0; panel < DIGITS_PANELS; panel++, from += depth * MATRIX_PANEL)
            digits_set_panel(from, depth, panel, to);
        to += digits_columns_size(depth);
    }
}

static void multiply(const PackedMatrix *matrix, const ProductRows *p)
{
    size_t depth = matrix->shape.depth, group = p->first_column / DIGITS_COLUMNS;
    const char *b = (const char *)matrix->values + group * digits_columns_size(depth);
    for (size_t first = 0, rows; first < p->rows; first += rows) {
        rows = p->rows - first < ROWS ? p->rows - first : ROWS;
        for (size_t i = 0; i < rows; i++)
            digits_set_row(p->a + (first + i) * p->a_row, ROWS, depth, i, p->scratch);
        digits_multiply(
            &(DigitsProduct){.groups = (p->end_column - p->first_column) / DIGITS_COLUMNS,
                             .rows = rows,
                             .depth = depth,
                             .a_rows = ROWS,
                             .a = p->scratch,
                             .one_a = true,
                             .b = b,
                             .start = p->start != NULL ? p->start + p->first_column : NULL,
                             .c = p->c + first * p->c_row + p->first_column,
                             .c_group = DIGITS_COLUMNS,
                             .c_row = p->c_row});
    }
}

#else

static void pack(PackedMatrix *matrix, const float *b, size_t b_row, size_t b_step)
{
    product_own.pack(matrix, b, b_row, b_step);
}

static void multiply(const PackedMatrix *matrix, const ProductRows *p)
{
    product_own.multiply(matrix, p);
}

#endif

const ProductBackend product_digits = {
    .name = "digits",
    .suits = suits,
    .column_step = DIGITS_COLUMNS,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .multiply = multiply,
};
