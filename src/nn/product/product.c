#include "nn/product/product_internal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// In order of preference; the last suits everything.
static const ProductBackend *const backends[] = {&product_digits, &product_blas, &product_own,
                                                 &product_reference};
enum { N_BACKENDS = sizeof backends / sizeof *backends };

static const char *const choice_names[] = {
    [PRODUCTS_BEST] = "best",
    [PRODUCTS_BLAS] = "blas",
    [PRODUCTS_OWN] = "own",
    [PRODUCTS_REFERENCE] = "reference",
};
enum { N_CHOICES = sizeof choice_names / sizeof *choice_names };

// ---- The choice --------------------------------------------------------------------------------

static pthread_once_t started = PTHREAD_ONCE_INIT;
static atomic_int chosen = PRODUCTS_BEST;
static BlasState blas;

static void read_environment(void)
{
    const char *name = getenv("SKYCLASS_PRODUCTS");
    if (name == NULL || *name == '\0')
        return;
    for (int choice = 0; choice < N_CHOICES; choice++)
        if (strcmp(name, choice_names[choice]) == 0) {
            atomic_store(&chosen, choice);
            return;
        }
    fprintf(stderr, "skyclass: SKYCLASS_PRODUCTS is none of blas, own, reference; left aside\n");
}

static void start(void)
{
    read_environment();
    product_blas_examine(&blas);
    bool asked = atomic_load(&chosen) == PRODUCTS_BLAS;
    if (blas.wrong || (asked && !blas.usable))
        fprintf(stderr, "skyclass: %s; skyclass multiplies by itself instead\n", blas.objection);
}

ProductChoice product_choice(void)
{
    pthread_once(&started, start);
    return (ProductChoice)atomic_load(&chosen);
}

void product_choose(ProductChoice choice)
{
    pthread_once(&started, start);
    atomic_store(&chosen, choice);
}

const char *product_blas_objection(void)
{
    pthread_once(&started, start);
    return blas.objection[0] != '\0' ? blas.objection : NULL;
}

const char *product_blas_name(void)
{
    pthread_once(&started, start);
    return blas.name;
}

const ProductBackend *product_backend(const ProductShape *shape)
{
    switch (product_choice()) {
    case PRODUCTS_REFERENCE:
        return &product_reference;
    case PRODUCTS_BLAS:
        return blas.usable ? &product_blas : &product_own;
    default:
        break;
    }
    for (size_t i = 0; i < N_BACKENDS; i++) {
        bool allowed = backends[i] != &product_blas ||
                       (blas.usable && blas.wide && product_choice() == PRODUCTS_BEST);
        if (allowed && backends[i]->suits(shape))
            return backends[i];
    }
    return &product_own;
}

const char *product_backend_name(const ProductBackend *backend)
{
    return backend->name;
}

// ---- Packed matrices ---------------------------------------------------------------------------

Status packed_matrix_new(const ProductShape *shape, PackedMatrix **result, Error *error)
{
    *result = NULL;
    PackedMatrix *matrix = memory_new(1, sizeof *matrix);
    if (matrix != NULL) {
        matrix->shape = *shape;
        matrix->backend = product_backend(shape);
        size_t size = matrix->backend->packed_size(shape);
        if (size > 0)
            matrix->values = memory_new_aligned(size, sizeof *matrix->values);
    }
    if (matrix == NULL || matrix->values == NULL) {
        packed_matrix_free(matrix);
        return error_memory(error, "a layer's weights");
    }
    *result = matrix;
    return STATUS_OK;
}

void packed_matrix_free(PackedMatrix *matrix)
{
    if (matrix == NULL)
        return;
    free(matrix->values);
    free(matrix);
}

void packed_matrix_set(PackedMatrix *matrix, const float *b, size_t b_row, size_t b_step)
{
    matrix->backend->pack(matrix, b, b_row, b_step);
}

const ProductBackend *packed_matrix_backend(const PackedMatrix *matrix)
{
    return matrix->backend;
}

size_t packed_matrix_column_step(const PackedMatrix *matrix)
{
    return matrix->backend->column_step;
}

size_t packed_matrix_scratch_size(const PackedMatrix *matrix)
{
    return matrix->backend->scratch_size(matrix);
}

void packed_matrix_multiply(const PackedMatrix *matrix, const ProductRows *product)
{
    ProductRows whole = *product;
    if (whole.end_column == 0)
        whole.end_column = matrix->shape.columns;
    if (whole.rows > 0 && whole.first_column < whole.end_column)
        matrix->backend->multiply(matrix, &whole);
}

size_t product_sum_scratch_size(const ProductBackend *backend)
{
    return backend->sum_scratch;
}

void product_add(const ProductBackend *backend, const ProductSum *sum)
{
    if (sum->rows > 0 && sum->columns > 0 && sum->depth > 0)
        backend->add(sum);
}
