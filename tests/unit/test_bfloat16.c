// Products of pairs of bfloat16 against sums in double precision, where the processor has them.
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
#include "nn/bfloat16.h"

#ifdef __x86_64__

enum { GROUPS = 2, DEPTH = 96, PANEL = 16, PANELS = BFLOAT16_COLUMNS / PANEL };
enum { C_ROW = BFLOAT16_COLUMNS + 5, C_GROUP = BFLOAT16_ROWS * C_ROW };

typedef struct Operands {
    float a[GROUPS][BFLOAT16_ROWS][DEPTH];
    float b[PANELS][GROUPS][DEPTH][PANEL];
    float b_split[PANELS][GROUPS][DEPTH][PANEL];
} Operands;

static Operands *operands_new(void)
{
    Operands *o = memory_new(1, sizeof *o);
    assert_non_null(o);
    Random random = random_start(7, 0);
    for (size_t i = 0; i < sizeof o->a / sizeof(float); i++)
        (&o->a[0][0][0])[i] = (float)random_normal(&random);
    for (size_t i = 0; i < sizeof o->b / sizeof(float); i++)
        (&o->b[0][0][0][0])[i] = (float)random_normal(&random);
    memcpy(o->b_split, o->b, sizeof o->b);
    for (size_t panel = 0; panel < PANELS; panel++)
        for (size_t group = 0; group < GROUPS; group++)
            bfloat16_split_panel(&o->b_split[panel][group][0][0], DEPTH);
    return o;
}

// Rows 0 .. rows-1 of the product of o's rows from `first` on, to c[GROUPS][BFLOAT16_ROWS][C_ROW].
static void multiply(const Operands *o, size_t first, size_t rows, float *c)
{
    size_t a_size = bfloat16_rows_size(DEPTH);
    char *a = memory_new_aligned(GROUPS * a_size, sizeof *a);
    assert_non_null(a);
    memset(a, 0xff, GROUPS * a_size); // not numbers: rows left out must not matter
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t row = 0; row < rows; row++)
            bfloat16_split_row(o->a[group][first + row], DEPTH, row, a + group * a_size);
    bfloat16_multiply(&(Bfloat16Product){.groups = GROUPS,
                                         .rows = rows,
                                         .depth = DEPTH,
                                         .a = a,
                                         .a_group = a_size,
                                         .b = o->b_split,
                                         .b_group = sizeof o->b_split[0][0],
                                         .b_panel = sizeof o->b_split[0],
                                         .c = c,
                                         .c_group = C_GROUP,
                                         .c_row = C_ROW});
    free(a);
}

static void pairs_are_exact_to_sixteen_bits(void **state)
{
    (void)state;
    if (!bfloat16_supported())
        skip();
    Operands *o = operands_new();
    float c[GROUPS * C_GROUP];
    multiply(o, 0, BFLOAT16_ROWS, c);
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t row = 0; row < BFLOAT16_ROWS; row++)
            for (size_t column = 0; column < BFLOAT16_COLUMNS; column++) {
                double sum = 0.0, size = 0.0;
                for (size_t k = 0; k < DEPTH; k++) {
                    double term = (double)o->a[group][row][k] *
                                  o->b[column / PANEL][group][k][column % PANEL];
                    sum += term;
                    size += term * term;
                }
                double difference = c[group * C_GROUP + row * C_ROW + column] - sum;
                assert_true(fabs(difference) < ldexp(sqrt(size), -15));
            }
    free(o);
}

static void an_element_is_the_same_bits_in_any_row(void **state)
{
    (void)state;
    if (!bfloat16_supported())
        skip();
    Operands *o = operands_new();
    float all[GROUPS * C_GROUP], some[GROUPS * C_GROUP];
    multiply(o, 0, BFLOAT16_ROWS, all);
    for (size_t first = 0; first < BFLOAT16_ROWS; first += 3)
        for (size_t rows = 1; first + rows <= BFLOAT16_ROWS; rows += 5) {
            multiply(o, first, rows, some);
            for (size_t group = 0; group < GROUPS; group++)
                for (size_t row = 0; row < rows; row++)
                    assert_memory_equal(some + group * C_GROUP + row * C_ROW,
                                        all + group * C_GROUP + (first + row) * C_ROW,
                                        BFLOAT16_COLUMNS * sizeof(float));
        }
    free(o);
}

#endif

int main(void)
{
#ifdef __x86_64__
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_exact_to_sixteen_bits),
        cmocka_unit_test(an_element_is_the_same_bits_in_any_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
#else
    return 0;
#endif
}
