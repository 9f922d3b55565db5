// Matrix products of every kernel this processor has, against sums in double precision.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/product/matrix.h"

enum { DEPTH = 37, ROWS_MAX = 59, COLUMNS_MAX = 70 };

typedef struct Operands {
    float a[ROWS_MAX * DEPTH];
    float b[DEPTH * COLUMNS_MAX];
    float packed[DEPTH * 80]; // COLUMNS_MAX padded
    float start[80];
} Operands;

static Operands operands(void)
{
    Operands o = {0};
    Random random = random_start(1, 0);
    for (size_t i = 0; i < ROWS_MAX * DEPTH; i++)
        o.a[i] = (float)random_normal(&random);
    for (size_t i = 0; i < DEPTH * COLUMNS_MAX; i++)
        o.b[i] = (float)random_normal(&random);
    for (size_t i = 0; i < 80; i++)
        o.start[i] = (float)random_normal(&random);
    matrix_pack(o.b, DEPTH, COLUMNS_MAX, COLUMNS_MAX, 1, o.packed);
    return o;
}

static MatrixProduct product_of(const Operands *o, size_t rows, size_t columns, float *c)
{
    return (MatrixProduct){.groups = 1,
                           .rows = rows,
                           .columns = columns,
                           .segments = 1,
                           .depth = DEPTH,
                           .a = o->a,
                           .a_row = DEPTH,
                           .a_step = 1,
                           .b = o->packed,
                           .b_panel = DEPTH * MATRIX_PANEL,
                           .c = c,
                           .c_row = columns};
}

static double expected(const Operands *o, size_t row, size_t column)
{
    double sum = 0.0;
    for (size_t k = 0; k < DEPTH; k++)
        sum += (double)o->a[row * DEPTH + k] * o->b[k * COLUMNS_MAX + column];
    return sum;
}

static void multiplies_any_number_of_rows_and_columns(void **state)
{
    (void)state;
    Operands o = operands();
    for (size_t kernel = 0; kernel < matrix_kernel_count(); kernel++)
        for (size_t rows = 1; rows <= ROWS_MAX; rows++)
            for (size_t columns = 1; columns <= COLUMNS_MAX; columns += 3) {
                float c[ROWS_MAX * COLUMNS_MAX + 1];
                c[rows * columns] = 12345.0f; // must stay: nothing is written past C
                MatrixProduct product = product_of(&o, rows, columns, c);
                matrix_multiply_with(kernel, &product);
                for (size_t i = 0; i < rows * columns; i++)
                    assert_true(fabs(c[i] - expected(&o, i / columns, i % columns)) < 1e-5);
                assert_true(c[rows * columns] == 12345.0f);
            }
}

static void starts_from_given_values_and_accumulates(void **state)
{
    (void)state;
    enum { ROWS = 9, COLUMNS = 40 };
    Operands o = operands();
    for (size_t kernel = 0; kernel < matrix_kernel_count(); kernel++) {
        float c[ROWS * COLUMNS];
        MatrixProduct product = product_of(&o, ROWS, COLUMNS, c);
        product.start = o.start;
        matrix_multiply_with(kernel, &product);
        product.start = NULL;
        product.accumulate = true;
        matrix_multiply_with(kernel, &product);
        for (size_t i = 0; i < ROWS * COLUMNS; i++)
            assert_true(fabs(c[i] - o.start[i % COLUMNS] -
                             2.0 * expected(&o, i / COLUMNS, i % COLUMNS)) < 2e-5);
    }
}

enum { GROUPS = 3, GROUP_ROWS = 5, SEGMENTS = 4, LENGTH = 8, GROUP_COLUMNS = 32 };
enum { A_GROUP = 200, A_SEGMENT = 60 };

static void assert_follows_strides(const Operands *o, size_t kernel, size_t a_row, size_t a_step)
{
    float c[GROUPS * GROUP_ROWS * GROUP_COLUMNS];
    matrix_multiply_with(kernel, &(MatrixProduct){.groups = GROUPS,
                                                  .rows = GROUP_ROWS,
                                                  .columns = GROUP_COLUMNS,
                                                  .segments = SEGMENTS,
                                                  .depth = LENGTH,
                                                  .a = o->a,
                                                  .a_group = A_GROUP,
                                                  .a_row = a_row,
                                                  .a_segment = A_SEGMENT,
                                                  .a_step = a_step,
                                                  .b = o->packed,
                                                  .b_group = MATRIX_PANEL, // one row further down
                                                  .b_panel = DEPTH * MATRIX_PANEL,
                                                  .c = c,
                                                  .c_group = GROUP_ROWS * GROUP_COLUMNS,
                                                  .c_row = GROUP_COLUMNS});
    for (size_t i = 0; i < GROUPS * GROUP_ROWS * GROUP_COLUMNS; i++) {
        size_t row = i / GROUP_COLUMNS % GROUP_ROWS, group = i / GROUP_COLUMNS / GROUP_ROWS;
        const float *a = o->a + group * A_GROUP + row * a_row;
        double sum = 0.0;
        for (size_t k = 0; k < SEGMENTS * LENGTH; k++)
            sum += (double)a[k / LENGTH * A_SEGMENT + k % LENGTH * a_step] *
                   o->b[(group + k) * COLUMNS_MAX + i % GROUP_COLUMNS];
        assert_true(fabs(c[i] - sum) < 1e-5);
    }
}

// Groups of rows and segments of the depth at strides of their own are the same product.
static void follows_groups_and_segments(void **state)
{
    (void)state;
    Operands o = operands();
    for (size_t kernel = 0; kernel < matrix_kernel_count(); kernel++) {
        assert_follows_strides(&o, kernel, 7, 2);
        assert_follows_strides(&o, kernel, 1, 5);
        assert_follows_strides(&o, kernel, MATRIX_LINE, 1);
        assert_follows_strides(&o, kernel, MATRIX_LINE, 2);
    }
}

// A in columns of lines and A whose rows lie side by side have kernels of their own.
static void lines_and_columns_of_a_are_the_same_product(void **state)
{
    (void)state;
    enum { LINES = 2, LINED = LINES * MATRIX_LINE };
    Operands o = operands();
    float lines[ROWS_MAX * LINED], transposed[ROWS_MAX * LINED];
    float plain[ROWS_MAX * COLUMNS_MAX], other[ROWS_MAX * COLUMNS_MAX];
    for (size_t kernel = 0; kernel < matrix_kernel_count(); kernel++)
        for (size_t rows = 1; rows <= ROWS_MAX; rows++) {
            for (size_t i = 0; i < rows * LINED; i++) {
                size_t row = i / LINED, k = i % LINED;
                lines[(k / MATRIX_LINE * rows + row) * MATRIX_LINE + k % MATRIX_LINE] =
                    transposed[k * rows + row] = o.a[row * DEPTH + k];
            }
            MatrixProduct product = product_of(&o, rows, COLUMNS_MAX, plain);
            product.depth = LINED;
            matrix_multiply_with(kernel, &product);
            product.c = other;
            product.a = transposed;
            product.a_row = 1;
            product.a_step = rows;
            matrix_multiply_with(kernel, &product);
            assert_memory_equal(other, plain, rows * COLUMNS_MAX * sizeof(float));
            product.a = lines;
            product.a_row = MATRIX_LINE;
            product.a_step = 1;
            product.segments = LINES;
            product.depth = MATRIX_LINE;
            product.a_segment = rows * MATRIX_LINE;
            matrix_multiply_with(kernel, &product);
            assert_memory_equal(other, plain, rows * COLUMNS_MAX * sizeof(float));
        }
}

static void an_element_is_the_same_bits_wherever_it_stands(void **state)
{
    (void)state;
    Operands o = operands();
    for (size_t kernel = 0; kernel < matrix_kernel_count(); kernel++) {
        float all[ROWS_MAX * COLUMNS_MAX], some[ROWS_MAX * COLUMNS_MAX];
        MatrixProduct whole = product_of(&o, ROWS_MAX, COLUMNS_MAX, all);
        matrix_multiply_with(kernel, &whole);
        for (size_t first = 0; first < ROWS_MAX; first++)
            for (size_t rows = 1; first + rows <= ROWS_MAX; rows++) {
                MatrixProduct part = product_of(&o, rows, COLUMNS_MAX, some);
                part.a = o.a + first * DEPTH;
                matrix_multiply_with(kernel, &part);
                assert_memory_equal(some, all + first * COLUMNS_MAX,
                                    rows * COLUMNS_MAX * sizeof(float));
            }
    }
}

static void avx512_and_avx2_agree_to_the_bit(void **state)
{
    (void)state;
    if (matrix_kernel_count() < 3)
        skip();
    Operands o = operands();
    float wide[ROWS_MAX * COLUMNS_MAX], narrow[ROWS_MAX * COLUMNS_MAX];
    MatrixProduct product = product_of(&o, ROWS_MAX, COLUMNS_MAX, wide);
    matrix_multiply_with(0, &product);
    product.c = narrow;
    matrix_multiply_with(1, &product);
    assert_memory_equal(wide, narrow, sizeof wide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiplies_any_number_of_rows_and_columns),
        cmocka_unit_test(starts_from_given_values_and_accumulates),
        cmocka_unit_test(follows_groups_and_segments),
        cmocka_unit_test(lines_and_columns_of_a_are_the_same_product),
        cmocka_unit_test(an_element_is_the_same_bits_wherever_it_stands),
        cmocka_unit_test(avx512_and_avx2_agree_to_the_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
