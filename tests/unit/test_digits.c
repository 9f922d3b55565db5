// Products in digits against sums in double precision, where the processor has them.
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
#include "nn/product/digits.h"

#ifdef DIGITS_AMX

enum { GROUPS = 2, ROWS = 64, COLUMNS = DIGITS_COLUMNS, PANEL = 16 };
enum { C_ROW = COLUMNS + 5, C_GROUP = (ROWS + 1) * C_ROW, C_SIZE = GROUPS * C_GROUP };

static const size_t DEPTHS[] = {64, 128, 192, 512};
enum { N_DEPTHS = sizeof DEPTHS / sizeof *DEPTHS };

static const float UNTOUCHED = -77.0f; // what C holds before

typedef struct Operands {
    size_t depth;
    float *a; // [GROUPS][ROWS][depth]
    float *b; // [GROUPS][COLUMNS / PANEL][depth][PANEL]
} Operands;

static float *a_value(const Operands *o, size_t group, size_t row, size_t k)
{
    return o->a + (group * ROWS + row) * o->depth + k;
}

static size_t b_size(const Operands *o)
{
    return o->depth * COLUMNS;
}

static float *b_value(const Operands *o, size_t group, size_t k, size_t column)
{
    return o->b + group * b_size(o) + (column / PANEL * o->depth + k) * PANEL + column % PANEL;
}

static void *allocate(size_t n, size_t size)
{
    void *block = memory_new_aligned(n, size);
    assert_non_null(block);
    return block;
}

static Operands operands_new(size_t depth)
{
    Operands o = {.depth = depth,
                  .a = allocate(GROUPS * ROWS * depth, sizeof(float)),
                  .b = allocate(GROUPS * COLUMNS * depth, sizeof(float))};
    Random random = random_start(7, 0);
    for (size_t i = 0; i < GROUPS * ROWS * depth; i++)
        o.a[i] = (float)random_normal(&random);
    for (size_t i = 0; i < GROUPS * b_size(&o); i++)
        o.b[i] = (float)random_normal(&random);
    return o;
}

static void operands_free(Operands *o)
{
    free(o->a);
    free(o->b);
}

static void set_columns(const float *values, size_t depth, void *b)
{
    for (size_t panel = 0; panel < DIGITS_PANELS; panel++)
        digits_set_panel(values + panel * depth * PANEL, depth, panel, b);
}

// The digits of all columns of B.
static char *columns_new(const Operands *o)
{
    size_t size = digits_columns_size(o->depth);
    char *b = allocate(GROUPS, size);
    for (size_t group = 0; group < GROUPS; group++)
        set_columns(b_value(o, group, 0, 0), o->depth, b + group * size);
    return b;
}

// Rows `first` .. first+rows-1 of A, in a matrix made for a_rows, by the columns b -> c[C_SIZE].
static void multiply_rows(const Operands *o, const void *b, size_t first, size_t rows,
                          size_t a_rows, float *c)
{
    size_t a_size = digits_rows_size(a_rows, o->depth);
    char *a = allocate(GROUPS, a_size);
    memset(a, 0xff, GROUPS * a_size); // rows never set, scales that are not numbers
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t row = 0; row < rows; row++)
            digits_set_row(a_value(o, group, first + row, 0), a_rows, o->depth, row,
                           a + group * a_size);
    for (size_t i = 0; i < C_SIZE; i++)
        c[i] = UNTOUCHED;
    digits_multiply(&(DigitsProduct){.groups = GROUPS,
                                     .rows = rows,
                                     .depth = o->depth,
                                     .a_rows = a_rows,
                                     .a = a,
                                     .b = b,
                                     .c = c,
                                     .c_group = C_GROUP,
                                     .c_row = C_ROW});
    free(a);
}

static void multiply(const Operands *o, float *c)
{
    char *b = columns_new(o);
    multiply_rows(o, b, 0, ROWS, ROWS, c);
    free(b);
}

static float element(const float *c, size_t group, size_t row, size_t column)
{
    return c[group * C_GROUP + row * C_ROW + column];
}

static bool same_bits(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

// What a row times a column is in double precision, how far off a product in digits may be, and the
// sum taken in floats.
typedef struct Expected {
    double sum, allowed;
    float plain;
} Expected;

// Values are multiples of 2^-23 of their row's or column's largest, so off by up to 2^-24 of it; of
// each product of values two products of digits are missing, each up to 2^-24 of the largest.
// Evenly spread, these have variances of 1/3 and 1/9. Six deviations, and ten roundings: of two
// scales, three each, and of the weighted sums.
static Expected expected(const Operands *o, size_t group, size_t row, size_t column)
{
    Expected e = {0};
    double a_top = 0.0, b_top = 0.0, variance = 0.0;
    for (size_t k = 0; k < o->depth; k++) {
        a_top = fmax(a_top, fabs(*a_value(o, group, row, k)));
        b_top = fmax(b_top, fabs(*b_value(o, group, k, column)));
    }
    for (size_t k = 0; k < o->depth; k++) {
        float a = *a_value(o, group, row, k), b = *b_value(o, group, k, column);
        e.sum += (double)a * b;
        e.plain += a * b;
        variance += (pow(a_top * b, 2) + pow(a * b_top, 2)) / 3 + 2 * pow(a_top * b_top, 2) / 9;
    }
    e.allowed = ldexp(6 * sqrt(variance) + 10 * fabs(e.sum), -24);
    return e;
}

static void products_are_exact_to_a_floats_precision(void **state)
{
    (void)state;
    if (!digits_supported())
        skip();
    float c[C_SIZE];
    for (size_t i = 0; i < N_DEPTHS; i++) {
        Operands o = operands_new(DEPTHS[i]);
        multiply(&o, c);
        for (size_t group = 0; group < GROUPS; group++)
            for (size_t row = 0; row < ROWS; row++)
                for (size_t column = 0; column < COLUMNS; column++) {
                    Expected e = expected(&o, group, row, column);
                    assert_true(fabs(element(c, group, row, column) - e.sum) <= e.allowed);
                }
        operands_free(&o);
    }
}

static void errors_are_those_of_sums_of_floats(void **state)
{
    (void)state;
    if (!digits_supported())
        skip();
    float c[C_SIZE];
    for (size_t i = 0; i < N_DEPTHS; i++) {
        Operands o = operands_new(DEPTHS[i]);
        multiply(&o, c);
        double squares = 0.0, plain_squares = 0.0;
        for (size_t group = 0; group < GROUPS; group++)
            for (size_t row = 0; row < ROWS; row++)
                for (size_t column = 0; column < COLUMNS; column++) {
                    Expected e = expected(&o, group, row, column);
                    squares += pow(element(c, group, row, column) - e.sum, 2);
                    plain_squares += pow(e.plain - e.sum, 2);
                }
        assert_true(sqrt(squares) < 2 * sqrt(plain_squares));
        operands_free(&o);
    }
}

// Each third row and each fifth column times 2^20, a power of two so that only the exponent of the
// products may change.
static void sizes_of_rows_and_columns_do_not_mix(void **state)
{
    (void)state;
    if (!digits_supported())
        skip();
    float c[C_SIZE], large[C_SIZE];
    Operands o = operands_new(128);
    multiply(&o, c);
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t k = 0; k < o.depth; k++) {
            for (size_t row = 0; row < ROWS; row += 3)
                *a_value(&o, group, row, k) *= 0x1p20f;
            for (size_t column = 0; column < COLUMNS; column += 5)
                *b_value(&o, group, k, column) *= 0x1p20f;
        }
    multiply(&o, large);
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t row = 0; row < ROWS; row++)
            for (size_t column = 0; column < COLUMNS; column++) {
                float scale = (row % 3 == 0 ? 0x1p20f : 1) * (column % 5 == 0 ? 0x1p20f : 1);
                assert_true(same_bits(element(large, group, row, column),
                                      element(c, group, row, column) * scale));
            }
    operands_free(&o);
}

// All rows and columns times 2^-59: products of 1e-36 are floats like any other.
static void small_products_keep_their_precision(void **state)
{
    (void)state;
    if (!digits_supported())
        skip();
    float c[C_SIZE], small[C_SIZE];
    Operands o = operands_new(128);
    multiply(&o, c);
    for (size_t i = 0; i < GROUPS * ROWS * o.depth; i++)
        o.a[i] *= 0x1p-59f;
    for (size_t i = 0; i < GROUPS * b_size(&o); i++)
        o.b[i] *= 0x1p-59f;
    multiply(&o, small);
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t row = 0; row < ROWS; row++)
            for (size_t column = 0; column < COLUMNS; column++) {
                double wanted = ldexp(element(c, group, row, column), -118);
                double difference = element(small, group, row, column) - wanted;
                assert_true(fabs(difference) <= ldexp(fabs(wanted), -23) + 0x1p-149);
            }
    operands_free(&o);
}

static void fill_row(const Operands *o, size_t row, float value)
{
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t k = 0; k < o->depth; k++)
            *a_value(o, group, row, k) = value;
}

static void fill_column(const Operands *o, size_t column, float value)
{
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t k = 0; k < o->depth; k++)
            *b_value(o, group, k, column) = value;
}

// What row 20 and column 9 filled with `value` give: 0 there, and the others' bits do not change.
static void gives_zeros(float value)
{
    float before[C_SIZE], c[C_SIZE];
    Operands o = operands_new(64);
    multiply(&o, before);
    fill_row(&o, 20, value);
    fill_column(&o, 9, value);
    multiply(&o, c);
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t row = 0; row < ROWS; row++)
            for (size_t column = 0; column < COLUMNS; column++) {
                float is = element(c, group, row, column);
                if (row == 20 || column == 9)
                    assert_true(is == 0.0f);
                else
                    assert_true(same_bits(is, element(before, group, row, column)));
            }
    operands_free(&o);
}

static void zeros_give_zeros(void **state)
{
    (void)state;
    if (!digits_supported())
        skip();
    gives_zeros(0.0f);
    gives_zeros(-0.0f);
}

// Row 20 times 2^-exponent: `lost` of its bits are too small for a scale.
static void small_rows_lose(int exponent, int lost)
{
    float c[C_SIZE], small[C_SIZE];
    Operands o = operands_new(64);
    multiply(&o, c);
    for (size_t k = 0; k < o.depth; k++)
        *a_value(&o, 0, 20, k) = ldexpf(*a_value(&o, 0, 20, k), -exponent);
    multiply(&o, small);
    for (size_t column = 0; column < COLUMNS; column++) {
        double wanted = ldexp(element(c, 0, 20, column), -exponent);
        double difference = element(small, 0, 20, column) - wanted;
        assert_true(fabs(difference) <= ldexp(1.0, lost - 17 - exponent));
    }
    operands_free(&o);
}

static void what_is_all_but_zero_keeps_less_than_its_precision(void **state)
{
    (void)state;
    if (!digits_supported())
        skip();
    small_rows_lose(100, 0);
    small_rows_lose(110, 4);
    small_rows_lose(115, 9);
}

static void what_is_no_number_stays_in_its_row_and_column(void **state)
{
    (void)state;
    if (!digits_supported())
        skip();
    const float bad[] = {INFINITY, -INFINITY, NAN, -NAN};
    float before[C_SIZE], c[C_SIZE];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Operands o = operands_new(128);
        fill_row(&o, 4, 0.0f);
        multiply(&o, before);
        *a_value(&o, 0, 33, 70) = bad[i];
        *b_value(&o, 0, 127, 21) = bad[i];
        multiply(&o, c);
        for (size_t group = 0; group < GROUPS; group++)
            for (size_t row = 0; row < ROWS; row++)
                for (size_t column = 0; column < COLUMNS; column++) {
                    float is = element(c, group, row, column);
                    if (group == 0 && (row == 33 || column == 21))
                        assert_true(isnan(is));
                    else
                        assert_true(same_bits(is, element(before, group, row, column)));
                }
        operands_free(&o);
    }
}

// That c, of rows `first` on, holds the elements of `all`, and nothing beside them.
static void assert_rows(const float *c, const float *all, size_t first, size_t rows)
{
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t row = 0; row <= ROWS; row++)
            for (size_t column = 0; column < C_ROW; column++) {
                float wanted = row < rows && column < COLUMNS
                                   ? element(all, group, first + row, column)
                                   : UNTOUCHED;
                assert_true(same_bits(element(c, group, row, column), wanted));
            }
}

static void an_element_is_the_same_bits_in_any_row(void **state)
{
    (void)state;
    if (!digits_supported())
        skip();
    float all[C_SIZE], some[C_SIZE];
    for (size_t i = 0; i < N_DEPTHS; i++) {
        Operands o = operands_new(DEPTHS[i]);
        char *b = columns_new(&o);
        multiply_rows(&o, b, 0, ROWS, ROWS, all);
        for (size_t rows = 1; rows <= ROWS; rows++) {
            size_t first = (rows * 11) % (ROWS - rows + 1);
            multiply_rows(&o, b, first, rows, rows, some);
            assert_rows(some, all, first, rows);
            multiply_rows(&o, b, ROWS - rows, rows, ROWS, some);
            assert_rows(some, all, ROWS - rows, rows);
        }
        free(b);
        operands_free(&o);
    }
}

static void an_element_is_the_same_bits_in_any_column(void **state)
{
    (void)state;
    if (!digits_supported())
        skip();
    float c[C_SIZE], turned[C_SIZE];
    Operands o = operands_new(64), other = operands_new(64);
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t k = 0; k < o.depth; k++)
            for (size_t column = 0; column < COLUMNS; column++)
                *b_value(&other, group, k, (column + 11) % COLUMNS) =
                    *b_value(&o, group, k, column);
    multiply(&o, c);
    multiply(&other, turned);
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t row = 0; row < ROWS; row++)
            for (size_t column = 0; column < COLUMNS; column++)
                assert_true(same_bits(element(turned, group, row, (column + 11) % COLUMNS),
                                      element(c, group, row, column)));
    operands_free(&o);
    operands_free(&other);
}

static void rows_may_be_given_turned(void **state)
{
    (void)state;
    if (!digits_supported())
        skip();
    enum { FIRST = 16 };
    for (size_t i = 0; i < N_DEPTHS; i++) {
        Operands o = operands_new(DEPTHS[i]);
        size_t size = digits_rows_size(ROWS, o.depth);
        char *one_by_one = allocate(1, size), *turned = allocate(1, size);
        float *values = allocate(o.depth * PANEL, sizeof *values);
        for (size_t row = 0; row < ROWS; row++)
            digits_set_row(a_value(&o, 0, row, 0), ROWS, o.depth, row, one_by_one);
        for (size_t first = 0; first < ROWS; first += PANEL) {
            for (size_t k = 0; k < o.depth; k++)
                for (size_t row = 0; row < PANEL; row++)
                    values[k * PANEL + row] = *a_value(&o, 0, first + row, k);
            digits_set_turned(values, ROWS, o.depth, first, turned);
        }
        assert_memory_equal(turned, one_by_one, size);
        free(one_by_one);
        free(turned);
        free(values);
        operands_free(&o);
    }
}

static void groups_may_share_rows_and_start_from_values(void **state)
{
    (void)state;
    if (!digits_supported())
        skip();
    Operands o = operands_new(128);
    for (size_t group = 1; group < GROUPS; group++)
        memcpy(a_value(&o, group, 0, 0), o.a, ROWS * o.depth * sizeof(float));
    float apart[C_SIZE], shared[C_SIZE], start[GROUPS * COLUMNS];
    multiply(&o, apart);
    char *a = allocate(1, digits_rows_size(ROWS, o.depth)), *b = columns_new(&o);
    for (size_t row = 0; row < ROWS; row++)
        digits_set_row(a_value(&o, 0, row, 0), ROWS, o.depth, row, a);
    for (size_t i = 0; i < GROUPS * COLUMNS; i++)
        start[i] = (float)i;
    digits_multiply(&(DigitsProduct){.groups = GROUPS,
                                     .rows = ROWS,
                                     .depth = o.depth,
                                     .a_rows = ROWS,
                                     .a = a,
                                     .one_a = true,
                                     .b = b,
                                     .start = start,
                                     .c = shared,
                                     .c_group = C_GROUP,
                                     .c_row = C_ROW});
    for (size_t group = 0; group < GROUPS; group++)
        for (size_t row = 0; row < ROWS; row++)
            for (size_t column = 0; column < COLUMNS; column++) {
                double wanted =
                    (double)element(apart, group, row, column) + start[group * COLUMNS + column];
                double difference = element(shared, group, row, column) - wanted;
                assert_true(fabs(difference) <= ldexp(fabs(wanted) + 64, -23));
            }
    free(a);
    free(b);
    operands_free(&o);
}

// One group's columns after the other, each over the values of the one before.
static void columns_may_lie_where_their_values_were(void **state)
{
    (void)state;
    if (!digits_supported())
        skip();
    for (size_t i = 0; i < N_DEPTHS; i++) {
        Operands o = operands_new(DEPTHS[i]);
        size_t size = digits_columns_size(o.depth);
        char *apart = columns_new(&o);
        assert_true(size <= b_size(&o) * sizeof(float));
        for (size_t group = 0; group < GROUPS; group++)
            set_columns(b_value(&o, group, 0, 0), o.depth, (char *)o.b + group * size);
        assert_memory_equal(o.b, apart, GROUPS * size);
        free(apart);
        operands_free(&o);
    }
}

#endif

int main(void)
{
#ifdef DIGITS_AMX
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_exact_to_a_floats_precision),
        cmocka_unit_test(errors_are_those_of_sums_of_floats),
        cmocka_unit_test(sizes_of_rows_and_columns_do_not_mix),
        cmocka_unit_test(small_products_keep_their_precision),
        cmocka_unit_test(zeros_give_zeros),
        cmocka_unit_test(what_is_all_but_zero_keeps_less_than_its_precision),
        cmocka_unit_test(what_is_no_number_stays_in_its_row_and_column),
        cmocka_unit_test(an_element_is_the_same_bits_in_any_row),
        cmocka_unit_test(an_element_is_the_same_bits_in_any_column),
        cmocka_unit_test(columns_may_lie_where_their_values_were),
        cmocka_unit_test(rows_may_be_given_turned),
        cmocka_unit_test(groups_may_share_rows_and_start_from_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
#else
    return 0;
#endif
}
