// Products as their defining sums, in double: what the other backends are tested against.
#include "base/memory.h"
#include "nn/product/product_internal.h"

static bool reference_suits(const ProductShape *shape)
{
    (void)shape;
    return true;
}

static size_t reference_packed_size(const ProductShape *shape)
{
    size_t size;
    return memory_multiply(shape->depth, shape->columns, &size) ? size : 0;
}

// [column][k], so that a sum runs along it.
static void reference_pack(PackedMatrix *matrix, const float *b, size_t b_row, size_t b_step)
{
    float *to = matrix->values;
    for (size_t column = 0; column < matrix->shape.columns; column++)
        for (size_t k = 0; k < matrix->shape.depth; k++)
            *to++ = b[k * b_row + column * b_step];
}

static size_t reference_scratch_size(const PackedMatrix *matrix)
{
    (void)matrix;
    return 0;
}

static void reference_multiply(const PackedMatrix *matrix, const ProductRows *p)
{
    for (size_t row = 0; row < p->rows; row++)
        for (size_t column = p->first_column; column < p->end_column; column++) {
            const float *a = p->a + row * p->a_row;
            const float *b = matrix->values + column * matrix->shape.depth;
            double sum = p->start != NULL ? p->start[column] : 0.0;
            for (size_t k = 0; k < matrix->shape.depth; k++)
                sum += (double)a[k] * b[k];
            p->c[row * p->c_row + column] = (float)sum;
        }
}

static void reference_add(const ProductSum *s)
{
    for (size_t row = 0; row < s->rows; row++)
        for (size_t column = 0; column < s->columns; column++) {
            double sum = s->c[row * s->c_row + column];
            for (size_t k = 0; k < s->depth; k++)
                sum += (double)s->a[k * s->a_row + row] * s->b[k * s->b_row + column];
            s->c[row * s->c_row + column] = (float)sum;
        }
}

const ProductBackend product_reference = {
    .name = "reference",
    .suits = reference_suits,
    .column_step = 1,
    .packed_size = reference_packed_size,
    .pack = reference_pack,
    .scratch_size = reference_scratch_size,
    .multiply = reference_multiply,
    .add = reference_add,
};
