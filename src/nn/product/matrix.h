// Our own kernels for products of matrices of float, behind product.h and the convolutions'
// methods.
//
// Each element of a product is one sum over the depth, taken in order in one register; it is the
// same bits whatever the number of rows and columns, wherever the element stands among them, and
// on AVX-512 and AVX2 alike (processors without fused multiply-add round twice). B is packed once
// and read many times, where a BLAS packs it at every call.
#ifndef SKYCLASS_NN_PRODUCT_MATRIX_H
#define SKYCLASS_NN_PRODUCT_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

enum { MATRIX_PANEL = 16 }; // columns of B that lie side by side
enum { MATRIX_LINE = 16 };  // a_row (like 1) that a kernel is made for: A in columns of lines

// A good b_ahead where B comes from the third-level cache or memory: 8 kB (measured; 1 to 8 kB do).
enum { MATRIX_AHEAD = 128 };

// C[group][row][column] = start[column] + sum over segment, i of
//                         A[group][row][segment][i] B[group][segment * depth + i][column]
// Plain matrices have one group and one segment; a convolution's rows of output pixels are groups
// and the rows under its kernel are segments, so that no copy of the patches is made.
typedef struct MatrixProduct {
    size_t groups, rows, columns, segments, depth;
    // An element is a[group * a_group + row * a_row + segment * a_segment + i * a_step].
    const float *a;
    size_t a_group, a_row, a_segment, a_step;
    // An element is b[group * b_group + column / MATRIX_PANEL * b_panel + k * MATRIX_PANEL +
    // column % MATRIX_PANEL]. Columns up to the next multiple of MATRIX_PANEL must be readable.
    const float *b;
    size_t b_group, b_panel;
    size_t b_ahead;     // rows of B to fetch ahead of use; 0 where B is in a near cache
    const float *start; // readable like a row of B; NULL stands for zeros
    // An element is c[group * c_group + row * c_row + column].
    float *c;
    size_t c_group, c_row;
    bool accumulate; // add the sum to C instead of overwriting C
} MatrixProduct;

void matrix_multiply(const MatrixProduct *product);

// n rounded up to a multiple of MATRIX_PANEL.
size_t matrix_padded(size_t n);

// Lays B[depth][columns], element (k, column) at b[k * b_row + column * b_step], out in panels
// (b_panel = depth * MATRIX_PANEL), filled up with zeros:
// depth * matrix_padded(columns) floats.
void matrix_pack(const float *b, size_t depth, size_t columns, size_t b_row, size_t b_step,
                 float *packed);

// For tests: the instruction sets this processor has a kernel for, widest first, and
// matrix_multiply on a chosen one.
size_t matrix_kernel_count(void);
const char *matrix_kernel_name(size_t kernel);
void matrix_multiply_with(size_t kernel, const MatrixProduct *product);

#endif
