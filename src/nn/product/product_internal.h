// A backend of product.h: one row of its table.
#ifndef SKYCLASS_NN_PRODUCT_PRODUCT_INTERNAL_H
#define SKYCLASS_NN_PRODUCT_PRODUCT_INTERNAL_H

#include "nn/product/product.h"

struct PackedMatrix {
    const ProductBackend *backend;
    ProductShape shape;
    float *values;
};

struct ProductBackend {
    const char *name;
    bool (*suits)(const ProductShape *shape); // can do it, and does it well
    size_t column_step;                       // see packed_matrix_column_step
    // Floats of a packed matrix; 0: too many to count.
    size_t (*packed_size)(const ProductShape *shape);
    void (*pack)(PackedMatrix *matrix, const float *b, size_t b_row, size_t b_step);
    size_t (*scratch_size)(const PackedMatrix *matrix);
    void (*multiply)(const PackedMatrix *matrix, const ProductRows *product);
    size_t sum_scratch;                 // floats
    void (*add)(const ProductSum *sum); // NULL: never for PRODUCT_SUM
};

extern const ProductBackend product_digits, product_blas, product_own, product_reference;

// Whether OpenBLAS can be used here, and whether it is worth it.
typedef struct BlasState {
    bool usable;         // multiplies rightly, in several threads at once
    bool wrong;          // does not multiply rightly
    bool wide;           // its kernels are as wide as the processor's registers
    char name[128];      // version and kernels
    char objection[256]; // "" where there is none
} BlasState;
void product_blas_examine(BlasState *state);

#endif
