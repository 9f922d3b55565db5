// The door to products: every backend against the reference, the same bits in any company, several
// threads at once, and what SKYCLASS_PRODUCTS says.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "nn/product/product.h"

static const char *program; // this test's own path

static const ProductShape shapes[] = {
    {PRODUCT_SOURCES, 19, 700, 130}, {PRODUCT_SOURCES, 35, 384, 4},  {PRODUCT_SOURCES, 1, 3, 70},
    {PRODUCT_PIXELS, 49, 192, 96},   {PRODUCT_PIXELS, 200, 64, 128}, {PRODUCT_PIXELS, 7, 1000, 33},
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static float *random_values(size_t n)
{
    Random random = random_start(n, 0);
    float *values = memory_new_aligned(n, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)random_normal(&random);
    return values;
}

// A product's operands, the matrix packed by whoever `choice` says.
typedef struct Bench {
    ProductShape shape;
    PackedMatrix *matrix;
    float *a, *b, *start, *scratch;
} Bench;

static Bench bench_new(const ProductShape *shape, ProductChoice choice)
{
    Error error;
    Bench b = {.shape = *shape};
    b.a = random_values(shape->rows * shape->depth);
    b.b = random_values(shape->depth * shape->columns);
    b.start = random_values(product_padded(shape->columns));
    product_choose(choice);
    assert_int_equal(packed_matrix_new(shape, &b.matrix, &error), STATUS_OK);
    product_choose(PRODUCTS_BEST);
    packed_matrix_set(b.matrix, b.b, shape->columns, 1);
    b.scratch = random_values(packed_matrix_scratch_size(b.matrix) + 1);
    return b;
}

static void bench_free(Bench *b)
{
    packed_matrix_free(b->matrix);
    free(b->a);
    free(b->b);
    free(b->start);
    free(b->scratch);
}

static void multiply(const Bench *b, size_t first, size_t rows, size_t column, size_t end, float *c)
{
    packed_matrix_multiply(b->matrix, &(ProductRows){.rows = rows,
                                                     .a = b->a + first * b->shape.depth,
                                                     .a_row = b->shape.depth,
                                                     .start = b->start,
                                                     .c = c,
                                                     .c_row = b->shape.columns,
                                                     .first_column = column,
                                                     .end_column = end,
                                                     .scratch = b->scratch});
}

// Off by no more than a float's rounding of a sum of so many terms of size 1.
static void assert_near(const float *c, const float *expected, size_t n, size_t terms)
{
    for (size_t i = 0; i < n; i++)
        assert_true(fabsf(c[i] - expected[i]) <= 4e-6f * sqrtf((float)terms));
}

static void every_backend_multiplies_as_the_reference_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SHAPES; i++)
        for (ProductChoice choice = PRODUCTS_BEST; choice <= PRODUCTS_OWN; choice++) {
            size_t n = shapes[i].rows * shapes[i].columns;
            Bench reference = bench_new(&shapes[i], PRODUCTS_REFERENCE);
            Bench b = bench_new(&shapes[i], choice);
            float *expected = random_values(n), *c = random_values(n + 1);
            float behind = c[n];
            multiply(&reference, 0, shapes[i].rows, 0, 0, expected);
            multiply(&b, 0, shapes[i].rows, 0, 0, c);
            assert_near(c, expected, n, shapes[i].depth);
            assert_true(c[n] == behind);
            free(expected);
            free(c);
            bench_free(&b);
            bench_free(&reference);
        }
}

static void a_source_is_the_same_bits_alone_and_in_company(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SHAPES && shapes[i].use == PRODUCT_SOURCES; i++)
        for (ProductChoice choice = PRODUCTS_BEST; choice <= PRODUCTS_REFERENCE; choice++) {
            size_t columns = shapes[i].columns, rows = shapes[i].rows;
            Bench b = bench_new(&shapes[i], choice);
            float *all = random_values(rows * columns), *some = random_values(rows * columns);
            multiply(&b, 0, rows, 0, 0, all);
            for (size_t first = 0; first < rows; first++)
                for (size_t n = 1; first + n <= rows; n += 3) {
                    multiply(&b, first, n, 0, 0, some);
                    assert_memory_equal(some, all + first * columns, n * columns * sizeof *some);
                }
            size_t step = packed_matrix_column_step(b.matrix);
            for (size_t column = 0; column < columns; column += step)
                multiply(&b, 0, rows, column, column + step < columns ? column + step : columns,
                         some);
            assert_memory_equal(some, all, rows * columns * sizeof *some);
            free(all);
            free(some);
            bench_free(&b);
        }
}

static void every_backend_adds_as_the_reference_does(void **state)
{
    (void)state;
    const ProductShape sums[] = {
        {PRODUCT_SUM, 130, 300, 270}, {PRODUCT_SUM, 5, 40, 3}, {PRODUCT_SUM, 64, 49, 600}};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        for (ProductChoice choice = PRODUCTS_BEST; choice <= PRODUCTS_OWN; choice++) {
            const ProductShape *s = &sums[i];
            size_t n = s->rows * s->columns;
            float *a = random_values(s->depth * s->rows), *b = random_values(s->depth * s->columns);
            float *c[2] = {random_values(n), random_values(n)};
            for (size_t k = 0; k < 2; k++) {
                product_choose(k == 0 ? choice : PRODUCTS_REFERENCE);
                const ProductBackend *backend = product_backend(s);
                float *scratch = random_values(product_sum_scratch_size(backend) + 1);
                product_add(backend, &(ProductSum){.rows = s->rows,
                                                   .depth = s->depth,
                                                   .columns = s->columns,
                                                   .a = a,
                                                   .a_row = s->rows,
                                                   .b = b,
                                                   .b_row = s->columns,
                                                   .c = c[k],
                                                   .c_row = s->columns,
                                                   .scratch = scratch});
                free(scratch);
            }
            product_choose(PRODUCTS_BEST);
            assert_near(c[0], c[1], n, s->depth);
            free(a);
            free(b);
            free(c[0]);
            free(c[1]);
        }
}

// ---- Threads -----------------------------------------------------------------------------------

typedef struct Crowd {
    Bench bench;
    const float *expected;
    bool differs[4];
} Crowd;

static void multiply_often(void *context, size_t item, size_t thread)
{
    Crowd *crowd = context;
    size_t n = crowd->bench.shape.rows * crowd->bench.shape.columns;
    float *c = memory_new(n, sizeof *c);
    (void)item;
    for (int i = 0; c != NULL && i < 300; i++) {
        multiply(&crowd->bench, 0, crowd->bench.shape.rows, 0, 0, c);
        if (memcmp(c, crowd->expected, n * sizeof *c) != 0)
            crowd->differs[thread] = true;
    }
    free(c);
}

// Debian's OpenBLAS for one thread fails this; it must not be used.
static void threads_do_not_disturb_each_other(void **state)
{
    (void)state;
    const ProductShape shape = {PRODUCT_PIXELS, 100, 100, 100};
    for (ProductChoice choice = PRODUCTS_BEST; choice <= PRODUCTS_OWN; choice++) {
        Parallel *parallel;
        Error error;
        Crowd crowd = {.bench = bench_new(&shape, choice)};
        float *expected = random_values(100 * 100);
        multiply(&crowd.bench, 0, 100, 0, 0, expected);
        crowd.expected = expected;
        assert_int_equal(parallel_new(4, &parallel, &error), STATUS_OK);
        parallel_run(parallel, 4, multiply_often, &crowd);
        for (size_t i = 0; i < 4; i++)
            assert_false(crowd.differs[i]);
        parallel_free(parallel);
        free(expected);
        bench_free(&crowd.bench);
    }
}

// ---- The environment ---------------------------------------------------------------------------

// The backend of a fully connected layer in a process with SKYCLASS_PRODUCTS=value.
static void backend_under(const char *value, char *name, size_t size)
{
    char command[1024];
    snprintf(command, sizeof command, "SKYCLASS_PRODUCTS='%s' '%s' backend 2>&1", value, program);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t used = fread(name, 1, size - 1, pipe);
    name[used] = '\0';
    pclose(pipe);
}

static void the_environment_chooses(void **state)
{
    (void)state;
    char name[512];
    backend_under("own", name, sizeof name);
    assert_string_equal(name, "own\n");
    backend_under("reference", name, sizeof name);
    assert_string_equal(name, "reference\n");
    backend_under("blas", name, sizeof name);
    assert_true(strstr(name, "OpenBLAS") != NULL);
    backend_under("abacus", name, sizeof name);
    assert_true(strstr(name, "none of blas, own, reference") != NULL);
}

int main(int argc, char **argv)
{
    program = argv[0];
    if (argc == 2 && strcmp(argv[1], "backend") == 0) {
        const ProductShape shape = {PRODUCT_SOURCES, 64, 2048, 128};
        printf("%s\n", product_backend_name(product_backend(&shape)));
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_backend_multiplies_as_the_reference_does),
        cmocka_unit_test(a_source_is_the_same_bits_alone_and_in_company),
        cmocka_unit_test(every_backend_adds_as_the_reference_does),
        cmocka_unit_test(threads_do_not_disturb_each_other),
        cmocka_unit_test(the_environment_chooses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
