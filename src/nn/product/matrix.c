#include "nn/product/matrix.h"

#include <string.h>

static void copy_rows(const float *from, size_t from_row, size_t rows, size_t columns, float *to,
                      size_t to_row)
{
    for (size_t row = 0; row < rows; row++)
        memcpy(to + row * to_row, from + row * from_row, columns * sizeof(float));
}

#ifdef __x86_64__

#ifdef __SANITIZE_ADDRESS__
#define WIDE_ROWS 4 // the checks of more rows take GCC minutes to compile
#define LINE_ROWS 4
#else
#define WIDE_ROWS 14
#define LINE_ROWS 28
#endif

#define KERNEL_NAME    multiply_avx512
#define KERNEL_TARGET  __attribute__((target("avx512f,fma")))
#define KERNEL_LANES   16
#define KERNEL_VECTORS 2
#define KERNEL_ROWS    WIDE_ROWS
#include "nn/product/matrix_kernel.h"

// An element of A in lines is broadcast by the multiply-add itself: 29 instead of 44 instructions
// for 28 of these, which counts where a core's other thread takes its share of them.
#define KERNEL_NAME    multiply_avx512_lines
#define KERNEL_TARGET  __attribute__((target("avx512f,fma")))
#define KERNEL_LANES   16
#define KERNEL_VECTORS 1
#define KERNEL_ROWS    LINE_ROWS
#define KERNEL_LINES
#include "nn/product/matrix_kernel.h"

#define KERNEL_NAME    multiply_avx2
#define KERNEL_TARGET  __attribute__((target("avx2,fma")))
#define KERNEL_LANES   8
#define KERNEL_VECTORS 2
#define KERNEL_ROWS    6
#include "nn/product/matrix_kernel.h"

#define KERNEL_ROWS 4

#else

#define KERNEL_ROWS 8

#endif

#define KERNEL_NAME multiply_plain
#define KERNEL_TARGET
#define KERNEL_LANES   4
#define KERNEL_VECTORS 2
#include "nn/product/matrix_kernel.h"

typedef void Multiply(const MatrixProduct *product);
typedef struct Kernel {
    const char *name;
    Multiply *multiply, *multiply_lines; // of A with any strides; in lines
} Kernel;

static const Kernel KERNELS[] = {
#ifdef __x86_64__
    {"AVX-512", multiply_avx512, multiply_avx512_lines},
    {"AVX2", multiply_avx2, multiply_avx2},
#endif
    {"plain", multiply_plain, multiply_plain},
};
enum { N_KERNELS = sizeof KERNELS / sizeof *KERNELS };

// Kernels are sorted widest first; a processor that has one has all that follow.
static const Kernel *widest_kernel(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        return &KERNELS[0];
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &KERNELS[1];
    return &KERNELS[2];
#else
    return &KERNELS[0];
#endif
}

static void multiply_with(const Kernel *kernel, const MatrixProduct *product)
{
    if (product->a_row == 1 || (product->a_row == MATRIX_LINE && product->a_step == 1))
        kernel->multiply_lines(product);
    else
        kernel->multiply(product);
}

void matrix_multiply(const MatrixProduct *product)
{
    multiply_with(widest_kernel(), product);
}

size_t matrix_kernel_count(void)
{
    return (size_t)(KERNELS + N_KERNELS - widest_kernel());
}

const char *matrix_kernel_name(size_t kernel)
{
    return widest_kernel()[kernel].name;
}

void matrix_multiply_with(size_t kernel, const MatrixProduct *product)
{
    multiply_with(widest_kernel() + kernel, product);
}

size_t matrix_padded(size_t n)
{
    return (n + MATRIX_PANEL - 1) / MATRIX_PANEL * MATRIX_PANEL;
}

// Columns that lie side by side in rows. Rows are taken along for some panels at a time: those of a
// large layer are a multiple of 4 kB apart, so that one panel's would push each other out of the
// caches.
static void pack_rows(const float *b, size_t depth, size_t columns, size_t b_row, float *packed)
{
    enum { TOGETHER = 16 * MATRIX_PANEL };
    size_t whole = columns / MATRIX_PANEL * MATRIX_PANEL, rest = columns - whole;
    for (size_t first = 0; first < whole; first += TOGETHER) {
        size_t end = whole - first < TOGETHER ? whole : first + TOGETHER;
        for (size_t k = 0; k < depth; k++)
            for (size_t column = first; column < end; column += MATRIX_PANEL)
                memcpy(packed + column * depth + k * MATRIX_PANEL, b + k * b_row + column,
                       MATRIX_PANEL * sizeof(float));
    }
    if (rest == 0)
        return;
    memset(packed + whole * depth, 0, depth * MATRIX_PANEL * sizeof(float));
    for (size_t k = 0; k < depth; k++)
        memcpy(packed + whole * depth + k * MATRIX_PANEL, b + k * b_row + whole,
               rest * sizeof(float));
}

// Columns of up to a panel whose elements lie side by side, a cache line of each at a time.
static void pack_columns(const float *b, size_t depth, size_t columns, size_t b_row, size_t b_step,
                         float *packed)
{
    enum { LINE = 16 };
    if (columns < MATRIX_PANEL)
        memset(packed, 0, depth * MATRIX_PANEL * sizeof(float));
    for (size_t first = 0; first < depth; first += LINE) {
        size_t end = depth - first < LINE ? depth : first + LINE;
        for (size_t column = 0; column < columns; column++)
            for (size_t k = first; k < end; k++)
                packed[k * MATRIX_PANEL + column] = b[k * b_row + column * b_step];
    }
}

void matrix_pack(const float *b, size_t depth, size_t columns, size_t b_row, size_t b_step,
                 float *packed)
{
    if (b_step == 1) {
        pack_rows(b, depth, columns, b_row, packed);
        return;
    }
    for (size_t first = 0; first < columns; first += MATRIX_PANEL) {
        size_t n = columns - first < MATRIX_PANEL ? columns - first : MATRIX_PANEL;
        pack_columns(b + first * b_step, depth, n, b_row, b_step, packed + first * depth);
    }
}
