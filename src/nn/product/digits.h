// Matrix products of float32 on processors with matrix registers (Intel's AMX), which multiply
// bytes: every value becomes three digits of 8 bits with a scale for its row of A or column of B,
// the digits' products are summed exactly in integers, and the sums, weighted, are a float again.
// (The scheme of Ootomo, Ozaki & Yokota 2024, arXiv:2306.11975, with three digits.)
//
// A value keeps 24 bits with its sign, counted from the largest of its row or column: a float's
// precision for that one. Of the nine products of digits the three smallest are left out, 2^-24 of
// the largest. Each element of a product is the same bits wherever it stands.
#ifndef SKYCLASS_NN_PRODUCT_DIGITS_H
#define SKYCLASS_NN_PRODUCT_DIGITS_H

#include <stdbool.h>
#include <stddef.h>

// Columns multiplied together, in panels of 16, and what the depth of a product is a multiple of.
enum { DIGITS_PANELS = 2, DIGITS_COLUMNS = 32, DIGITS_DEPTH = 64 };

// 0: of the functions that follow, only the first two and those that give sizes are there.
// Clang knows the name of the feature since 19; the permission is Linux's to give.
#if defined(__x86_64__) && defined(__linux__) && (!defined(__clang__) || __clang_major__ >= 19)
#define DIGITS_AMX
enum { DIGITS_POSSIBLE = 1 };
#else
enum { DIGITS_POSSIBLE = 0 };
#endif

// Whether this processor and this system's kernel can do it (from Linux 5.16 on). Asks the kernel
// for the registers, and is called before anything else.
bool digits_supported(void);
// Supported, and for a product with `depth` terms an element and so many columns.
bool digits_suit(size_t depth, size_t columns);

// Bytes of the digits and scales of a matrix A: of whole tiles of 16 rows, 3 for each value and 4 a
// row.
size_t digits_rows_size(size_t rows, size_t depth);
// Row `row` of A, from values[depth]; `depth` is a multiple of DIGITS_DEPTH. Rows that were never
// set may be multiplied: their products mean nothing.
void digits_set_row(const float *values, size_t rows, size_t depth, size_t row, void *a);
// Rows first .. first+15 of A, from values[depth][16]; `first` is a multiple of 16.
void digits_set_turned(const float *values, size_t rows, size_t depth, size_t first, void *a);

// The same of DIGITS_COLUMNS columns of B; `panel` 0 or 1 is 16 of them, from values[depth][16].
// Its digits may lie where the values do, or before.
size_t digits_columns_size(size_t depth);
void digits_set_panel(const float *values, size_t depth, size_t panel, void *b);

// C[group][row][column] = start[group][column] + sum over k of A[group][row][k] B[group][k][column]
// for DIGITS_COLUMNS columns. Where a row of A or a column of B holds infinities or what is not a
// number, C is not a number. Rows and columns with nothing above 2.5e-32 keep less than 24 bits.
typedef struct DigitsProduct {
    size_t groups, rows, depth;
    size_t a_rows; // that A was made for
    const void *a; // groups follow each other
    bool one_a;    // for all groups
    const void *b;
    const float *start; // [groups][DIGITS_COLUMNS]; NULL stands for zeros
    float *c;           // an element is c[g * c_group + row * c_row + column]
    size_t c_group, c_row;
} DigitsProduct;
void digits_multiply(const DigitsProduct *product);

#endif
