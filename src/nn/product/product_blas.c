// Products by OpenBLAS, always on the calling thread alone.
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/product/product_internal.h"

// Sources are multiplied so many at a time, missing ones as zeros, by so many columns: OpenBLAS
// chooses its kernels, and with them the order of its sums, by the shape of a product.
enum { SOURCES = 16, COLUMNS = 64 };

// ---- What suits
// ----------------------------------------------------------------------------------

// OpenBLAS packs the weights anew at every call, ours are packed once: it needs rows to pay for
// that, and wins where our kernels fill columns up or sum over few terms. The limits are those of
// tests/bench/README.md, with its kernels for AVX-512.
static bool suits(const ProductShape *shape)
{
    enum { PIXELS_MIN = 500, DEPTH_MIN = 64, COLUMNS_MIN = 64 };
    enum { FEW_COLUMNS = 8, SUMS_MIN = 1000, TERMS_MAX = 1000 };
    switch (shape->use) {
    case PRODUCT_SOURCES:
        return shape->columns <= FEW_COLUMNS;
    case PRODUCT_PIXELS:
        return shape->rows >= PIXELS_MIN && shape->depth >= DEPTH_MIN &&
               shape->columns >= COLUMNS_MIN;
    default:
        return shape->rows * shape->columns >= SUMS_MIN && shape->depth <= TERMS_MAX;
    }
}

// ---- Multiplying
// ---------------------------------------------------------------------------------

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t packed_size(const ProductShape *shape)
{
    size_t size;
    return memory_multiply(shape->depth, shape->columns, &size) ? size : 0;
}

static size_t block_columns(const PackedMatrix *matrix)
{
    return matrix->shape.use == PRODUCT_SOURCES ? COLUMNS : matrix->shape.columns;
}

// [block of columns][depth][columns of the block].
static void pack(PackedMatrix *matrix, const float *b, size_t b_row, size_t b_step)
{
    float *to = matrix->values;
    for (size_t first = 0; first < matrix->shape.columns; first += block_columns(matrix)) {
        size_t columns = smaller(matrix->shape.columns - first, block_columns(matrix));
        for (size_t k = 0; k < matrix->shape.depth; k++)
            for (size_t column = 0; column < columns; column++)
                *to++ = b[k * b_row + (first + column) * b_step];
    }
}

static size_t scratch_size(const PackedMatrix *matrix)
{
    return matrix->shape.use == PRODUCT_SOURCES ? SOURCES * (matrix->shape.depth + COLUMNS) : 0;
}

static void multiply_block(size_t rows, size_t depth, size_t columns, const float *a, size_t a_row,
                           const float *b, const float *start, float *c, size_t c_row)
{
    for (size_t row = 0; start != NULL && row < rows; row++)
        memcpy(c + row * c_row, start, columns * sizeof(float));
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)columns, (int)depth, 1,
                a, (int)a_row, b, (int)columns, start != NULL, c, (int)c_row);
}

// Sources `first` on, fewer than a block of them.
static void multiply_rest(const PackedMatrix *matrix, const ProductRows *p, size_t first,
                          size_t column, size_t columns)
{
    size_t depth = matrix->shape.depth, rows = p->rows - first;
    float *a = p->scratch, *c = p->scratch + SOURCES * depth;
    for (size_t row = 0; row < rows; row++)
        memcpy(a + row * depth, p->a + (first + row) * p->a_row, depth * sizeof(float));
    memset(a + rows * depth, 0, (SOURCES - rows) * depth * sizeof(float));
    multiply_block(SOURCES, depth, columns, a, depth, matrix->values + column * depth,
                   p->start != NULL ? p->start + column : NULL, c, columns);
    for (size_t row = 0; row < rows; row++)
        memcpy(p->c + (first + row) * p->c_row + column, c + row * columns,
               columns * sizeof(float));
}

static void multiply_sources(const PackedMatrix *matrix, const ProductRows *p)
{
    size_t depth = matrix->shape.depth;
    for (size_t column = p->first_column; column < p->end_column; column += COLUMNS) {
        size_t columns = smaller(matrix->shape.columns - column, COLUMNS), row = 0;
        for (; row + SOURCES <= p->rows; row += SOURCES)
            multiply_block(SOURCES, depth, columns, p->a + row * p->a_row, p->a_row,
                           matrix->values + column * depth,
                           p->start != NULL ? p->start + column : NULL,
                           p->c + row * p->c_row + column, p->c_row);
        if (row < p->rows)
            multiply_rest(matrix, p, row, column, columns);
    }
}

// Pixels come in the same blocks always, with all columns.
static void multiply(const PackedMatrix *matrix, const ProductRows *p)
{
    if (matrix->shape.use == PRODUCT_SOURCES)
        multiply_sources(matrix, p);
    else
        multiply_block(p->rows, matrix->shape.depth, matrix->shape.columns, p->a, p->a_row,
                       matrix->values, p->start, p->c, p->c_row);
}

static void add(const ProductSum *s)
{
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)s->rows, (int)s->columns,
                (int)s->depth, 1, s->a, (int)s->a_row, s->b, (int)s->b_row, 1, s->c, (int)s->c_row);
}

const ProductBackend product_blas = {
    .name = "OpenBLAS",
    .suits = suits,
    .column_step = COLUMNS,
    .packed_size = packed_size,
    .pack = pack,
    .scratch_size = scratch_size,
    .multiply = multiply,
    .add = add,
};

// ---- Whether to trust it
// -------------------------------------------------------------------------

// The kernels of OpenBLAS that use less than AVX2 or less than AVX-512, by what
// openblas_get_corename calls them. A processor that its version does not know gets such kernels
// (0.3.21 takes an Emerald Rapids for a Prescott of 2004), and they are several times slower than
// ours.
static const struct {
    const char *name;
    int floats; // in a register
} narrow_kernels[] = {
    {"Katmai", 4},       {"Coppermine", 4}, {"Northwood", 4},  {"Prescott", 4},
    {"Banias", 4},       {"Atom", 4},       {"Core2", 4},      {"Penryn", 4},
    {"Dunnington", 4},   {"Nehalem", 4},    {"Athlon", 4},     {"Opteron", 4},
    {"Opteron_SSE3", 4}, {"Barcelona", 4},  {"Nano", 4},       {"Bobcat", 4},
    {"Sandybridge", 4},  {"Bulldozer", 4},  {"Piledriver", 4}, {"Steamroller", 4},
    {"Excavator", 8},    {"Haswell", 8},    {"Zen", 8},
};

static int kernel_width(const char *name)
{
    for (size_t i = 0; i < sizeof narrow_kernels / sizeof *narrow_kernels; i++)
        if (strcmp(name, narrow_kernels[i].name) == 0)
            return narrow_kernels[i].floats;
    return 16;
}

static int processor_width(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        return 16;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return 8;
#endif
    return 4;
}

// One product of each class of shapes: an odd number of rows and columns, whole blocks, a depth
// beyond OpenBLAS's own blocks, sources fewer than a block.
static const ProductShape checks[] = {
    {PRODUCT_PIXELS, 21, 70, 37},  {PRODUCT_PIXELS, 32, 32, 64}, {PRODUCT_PIXELS, 2, 900, 17},
    {PRODUCT_SOURCES, 3, 100, 80}, {PRODUCT_SUM, 33, 40, 35},
};
enum { N_CHECKS = sizeof checks / sizeof *checks };

typedef struct Operands {
    float *a, *b, *c[2], *scratch;
} Operands;

static void operands_free(Operands *o)
{
    free(o->a);
    free(o->b);
    free(o->c[0]);
    free(o->c[1]);
    free(o->scratch);
}

static bool operands_new(const ProductShape *shape, Operands *o)
{
    size_t n_a = shape->rows * shape->depth, n_b = shape->depth * shape->columns;
    *o = (Operands){.a = memory_new(n_a, sizeof(float)),
                    .b = memory_new(n_b, sizeof(float)),
                    .c = {memory_new(shape->rows * shape->columns, sizeof(float)),
                          memory_new(shape->rows * shape->columns, sizeof(float))},
                    .scratch = memory_new(SOURCES, (shape->depth + COLUMNS) * sizeof(float))};
    if (o->a == NULL || o->b == NULL || o->c[0] == NULL || o->c[1] == NULL || o->scratch == NULL)
        return false;
    Random random = random_start(1, 0);
    for (size_t i = 0; i < n_a; i++)
        o->a[i] = (float)random_uniform(&random) - 0.5f;
    for (size_t i = 0; i < n_b; i++)
        o->b[i] = (float)random_uniform(&random) - 0.5f;
    return true;
}

static bool multiply_by(const ProductBackend *backend, const ProductShape *shape, const Operands *o,
                        float *c)
{
    if (shape->use == PRODUCT_SUM) {
        backend->add(&(ProductSum){.rows = shape->rows,
                                   .depth = shape->depth,
                                   .columns = shape->columns,
                                   .a = o->a,
                                   .a_row = shape->rows,
                                   .b = o->b,
                                   .b_row = shape->columns,
                                   .c = c,
                                   .c_row = shape->columns});
        return true;
    }
    PackedMatrix matrix = {.backend = backend, .shape = *shape};
    matrix.values = memory_new_aligned(backend->packed_size(shape), sizeof(float));
    if (matrix.values == NULL)
        return false;
    backend->pack(&matrix, o->b, shape->columns, 1);
    backend->multiply(&matrix, &(ProductRows){.rows = shape->rows,
                                              .a = o->a,
                                              .a_row = shape->depth,
                                              .start = o->b,
                                              .c = c,
                                              .c_row = shape->columns,
                                              .end_column = shape->columns,
                                              .scratch = o->scratch});
    free(matrix.values);
    return true;
}

// A sum in floats of n products of values up to 1/2 is off by 2^-24 a term, at most 1/4 of it each.
static bool check(const ProductShape *shape)
{
    Operands o;
    bool right = operands_new(shape, &o) && multiply_by(&product_blas, shape, &o, o.c[0]) &&
                 multiply_by(&product_reference, shape, &o, o.c[1]);
    for (size_t i = 0; right && i < shape->rows * shape->columns; i++)
        right = fabsf(o.c[0][i] - o.c[1][i]) <= ldexpf((float)(shape->depth + 4), -24);
    operands_free(&o);
    return right;
}

static bool multiplies_rightly(void)
{
    for (size_t i = 0; i < N_CHECKS; i++)
        if (!check(&checks[i]))
            return false;
    return true;
}

void product_blas_examine(BlasState *state)
{
    char version[64] = "";
    sscanf(openblas_get_config(), "OpenBLAS %63s", version);
    openblas_set_num_threads(1);
    const char *core = openblas_get_corename();
    snprintf(state->name, sizeof state->name, "OpenBLAS %s (%s)", version, core);
    // Builds for one thread do not guard the memory that calls share: Debian's libopenblas0-serial
    // gives wrong sums, without a word, when two threads multiply.
    bool guarded = openblas_get_parallel() != OPENBLAS_SEQUENTIAL;
    state->wrong = !multiplies_rightly();
    state->usable = guarded && !state->wrong;
    state->wide = kernel_width(core) >= processor_width();
    if (state->wrong)
        snprintf(state->objection, sizeof state->objection,
                 "%s multiplies matrices wrongly on this processor", state->name);
    else if (!guarded)
        snprintf(state->objection, sizeof state->objection,
                 "%s was built for one thread (install libopenblas0-pthread)", state->name);
    else if (!state->wide)
        snprintf(state->objection, sizeof state->objection,
                 "%s has kernels for registers of %d floats, this processor has %d", state->name,
                 kernel_width(core), processor_width());
}
