// Products of pairs of bfloat16 on processors with matrix registers (Intel's AMX): an option for
// those who would rather have speed than the last digits. A float is split into two bfloat16, its
// first 8 bits and the 8 that follow; of the four products of two such pairs the smallest is left
// out. What remains is exact to about 2^-16, against 2^-24 of a float, and as with floats each
// element of a product is the same bits wherever it stands (tests/parity/compare_precision.py: no
// class of 9,153 mock sources changed, scores moved by 1.2e-5 at most).
#ifndef SKYCLASS_NN_BFLOAT16_H
#define SKYCLASS_NN_BFLOAT16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Rows and columns multiplied together, and terms of the sums.
enum { BFLOAT16_ROWS = 32, BFLOAT16_COLUMNS = 32, BFLOAT16_DEPTH = 32 };

// 0: none of the functions but the next are there.
#ifdef __x86_64__
enum { BFLOAT16_POSSIBLE = 1 };
#else
enum { BFLOAT16_POSSIBLE = 0 };
#endif

// Whether this processor and this system's kernel can do it (from Linux 5.16 on).
bool bfloat16_supported(void);

// Bytes of a split matrix A of BFLOAT16_ROWS rows, [depth / 32][first, second][row][32]: as many as
// of its floats.
size_t bfloat16_rows_size(size_t depth);
// Row `row` of A, from values[depth].
void bfloat16_split_row(const float *values, size_t depth, size_t row, void *a);

// B is split where it stands, values[depth][16] -> [depth / 32][first, second][depth / 2][16][2]:
// as many bytes.
void bfloat16_split_panel(float *values, size_t depth);

// C[group][row][column] = sum over k of A[group][row][k] B[group][k][column] for BFLOAT16_COLUMNS
// columns; `depth` is a multiple of BFLOAT16_DEPTH.
typedef struct Bfloat16Product {
    size_t groups, rows, depth;
    const void *a; // group g is g * a_group bytes further on
    size_t a_group;
    const void *b; // group g is g * b_group bytes further on, the second 16 columns b_panel bytes
    size_t b_group, b_panel;
    float *c; // an element is c[g * c_group + row * c_row + column]; room for BFLOAT16_ROWS rows
    size_t c_group, c_row;
} Bfloat16Product;
void bfloat16_multiply(const Bfloat16Product *product);

#endif
