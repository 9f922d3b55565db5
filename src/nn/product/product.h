// The door to products of matrices: whoever multiplies packs its weights here, and a backend that
// suits the product does it: digits (matrix registers), OpenBLAS, our own kernels, or the
// reference.
//
// Each element of a product is the same bits whatever else is multiplied in the same call. Our own
// kernels promise that for any number of rows; OpenBLAS promises it for one shape alone, so rows
// that are sources are given to it in blocks of a fixed number, and who multiplies pixels cuts each
// image into the same blocks always.
//
// The environment variable SKYCLASS_PRODUCTS=blas|own|reference has one of them do everything, for
// tests and reports of faults. Without it OpenBLAS does what it is good at (product_blas.c), where
// it has kernels as wide as this processor's registers and passes a check when first used.
#ifndef SKYCLASS_NN_PRODUCT_PRODUCT_H
#define SKYCLASS_NN_PRODUCT_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef enum ProductChoice {
    PRODUCTS_BEST, // whatever suits a product
    PRODUCTS_BLAS,
    PRODUCTS_OWN, // digits too
    PRODUCTS_REFERENCE,
} ProductChoice;

// What the environment says, or the last product_choose.
ProductChoice product_choice(void);
// For tests and measurements: for what is packed from now on, in all threads.
void product_choose(ProductChoice choice);

// What the rows of a product are.
typedef enum ProductUse {
    PRODUCT_SOURCES, // as many as there happen to be
    PRODUCT_PIXELS,  // parts of an image, always the same ones
    PRODUCT_SUM,     // terms of sums: product_add
} ProductUse;

// A usual product; of PRODUCT_SUM, `rows` and `columns` are those of C.
typedef struct ProductShape {
    ProductUse use;
    size_t rows, depth, columns;
} ProductShape;

typedef struct ProductBackend ProductBackend;
// The backend that does such products, and its name: "digits", "OpenBLAS", "own", "reference".
const ProductBackend *product_backend(const ProductShape *shape);
const char *product_backend_name(const ProductBackend *backend);
// Why OpenBLAS is not used where it could be; NULL where it is used.
const char *product_blas_objection(void);
// OpenBLAS's version and the processor it takes this one for.
const char *product_blas_name(void);

// n rounded up to the number of floats that a bias must have.
size_t product_padded(size_t n);

// ---- Rows times a matrix -----------------------------------------------------------------------

// B[depth][columns], in the layout of the backend that suits its products.
typedef struct PackedMatrix PackedMatrix;

Status packed_matrix_new(const ProductShape *shape, PackedMatrix **matrix, Error *error);
void packed_matrix_free(PackedMatrix *matrix);
// Element (k, column) is b[k * b_row + column * b_step]; copied.
void packed_matrix_set(PackedMatrix *matrix, const float *b, size_t b_row, size_t b_step);
const ProductBackend *packed_matrix_backend(const PackedMatrix *matrix);
// Columns that can be multiplied by themselves begin at multiples of this.
size_t packed_matrix_column_step(const PackedMatrix *matrix);
size_t packed_matrix_scratch_size(const PackedMatrix *matrix); // floats, for any number of rows

// C[row][column] = start[column] + sum over k of A[row][k] B[k][column]
typedef struct ProductRows {
    size_t rows;
    const float *a; // an element is a[row * a_row + k]
    size_t a_row;
    const float *start; // [product_padded(columns)]; NULL stands for zeros
    float *c;           // an element is c[row * c_row + column]
    size_t c_row;
    size_t first_column, end_column; // both 0: all
    float *scratch;
} ProductRows;
void packed_matrix_multiply(const PackedMatrix *matrix, const ProductRows *product);

// ---- Sums of products --------------------------------------------------------------------------

// C[row][column] += sum over k of A[k][row] B[k][column]: gradients of weights.
typedef struct ProductSum {
    size_t rows, depth, columns;
    const float *a; // an element is a[k * a_row + row]
    size_t a_row;
    const float *b; // an element is b[k * b_row + column]
    size_t b_row;
    float *c; // an element is c[row * c_row + column]
    size_t c_row;
    float *scratch; // product_sum_scratch_size floats
} ProductSum;
size_t product_sum_scratch_size(const ProductBackend *backend);
void product_add(const ProductBackend *backend, const ProductSum *sum);

#endif
