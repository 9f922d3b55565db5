#include "nn/product/winograd_transform.h"

#include "nn/simd.h"

// SIMD_CLONES splits a vector where registers are shorter.
enum { LANES = WINOGRAD_LANES, TILE = WINOGRAD_TILE, TILE_IN = WINOGRAD_TILE_IN };
typedef float Vector __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));
typedef double Doubles __attribute__((vector_size(LANES * sizeof(double)), aligned(8)));
#define INLINE static inline __attribute__((always_inline))
// Hides where a pointer comes from: GCC would otherwise compute all 36 addresses ahead, run out of
// registers and fetch each from the stack (a fifth of the transforms' time).
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))

// Toom-Cook interpolation at 0, A, -A, B, -B and infinity. A = 1/sqrt(2), B = sqrt(2) lose less
// to rounding than the usual 1 and 2: their powers stay close to one.

static const float A1 = 0.70710678118654752f, A2 = 0.5f, A3 = 0.35355339059327376f;
static const float B1 = 1.41421356237309505f, B2 = 2.0f, B3 = 2.82842712474619010f;
static const double SCALE_A = 1.0 / (2.0 * 0.5 * (0.5 - 2.0)); // 1 / (2 A^2 (A^2 - B^2))
static const double SCALE_B = 1.0 / (2.0 * 2.0 * (2.0 - 0.5)); // 1 / (2 B^2 (B^2 - A^2))

// Six pixels of a row or column -> six positions. A^2 B^2 = 1.
INLINE void transform_input(const Vector d[TILE_IN], Vector v[TILE_IN])
{
    Vector even_a = d[4] - B2 * d[2], odd_a = A1 * (d[3] - B2 * d[1]);
    Vector even_b = d[4] - A2 * d[2], odd_b = B1 * (d[3] - A2 * d[1]);
    v[0] = d[0] + d[4] - (A2 + B2) * d[2];
    v[1] = even_a + odd_a;
    v[2] = even_a - odd_a;
    v[3] = even_b + odd_b;
    v[4] = even_b - odd_b;
    v[5] = d[1] + d[5] - (A2 + B2) * d[3];
}

// Six positions -> four outputs.
INLINE void transform_output(const Vector m[TILE_IN], Vector y[TILE])
{
    Vector sum_a = m[1] + m[2], difference_a = m[1] - m[2];
    Vector sum_b = m[3] + m[4], difference_b = m[3] - m[4];
    y[0] = m[0] + sum_a + sum_b;
    y[1] = A1 * difference_a + B1 * difference_b;
    y[2] = A2 * sum_a + B2 * sum_b;
    y[3] = m[5] + A3 * difference_a + B3 * difference_b;
}

// The transpose of transform_output: gradients of four outputs -> of six positions.
INLINE void transform_grad_output(const Vector y[TILE], Vector m[TILE_IN])
{
    Vector even_a = y[0] + A2 * y[2], odd_a = A1 * y[1] + A3 * y[3];
    Vector even_b = y[0] + B2 * y[2], odd_b = B1 * y[1] + B3 * y[3];
    m[0] = y[0];
    m[1] = even_a + odd_a;
    m[2] = even_a - odd_a;
    m[3] = even_b + odd_b;
    m[4] = even_b - odd_b;
    m[5] = y[3];
}

// Three weights of a row or column -> six positions; LANES kernels at a time.
INLINE void transform_weight(const Doubles g[3], Doubles u[TILE_IN])
{
    Doubles even_a = SCALE_A * (g[0] + 0.5 * g[2]), odd_a = SCALE_A * 0.70710678118654752 * g[1];
    Doubles even_b = SCALE_B * (g[0] + 2.0 * g[2]), odd_b = SCALE_B * 1.41421356237309505 * g[1];
    u[0] = g[0];
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[2];
}

// The transpose of transform_weight, for LANES kernels in single precision.
INLINE void transform_grad_weight(const Vector u[TILE_IN], Vector g[3])
{
    const float scale_a = (float)SCALE_A, scale_b = (float)SCALE_B;
    Vector sum_a = scale_a * (u[1] + u[2]), difference_a = scale_a * (u[1] - u[2]);
    Vector sum_b = scale_b * (u[3] + u[4]), difference_b = scale_b * (u[3] - u[4]);
    g[0] = u[0] + sum_a + sum_b;
    g[1] = A1 * difference_a + B1 * difference_b;
    g[2] = A2 * sum_a + B2 * sum_b + u[5];
}

// The 36 pixels of a tile at `pixels`[row * 6 + column] -> positions at v[position * stride], the
// next LANES channels `line_step` further on.
SIMD_CLONES void winograd_input_tile(const float *const *pixels, size_t first, size_t end, float *v,
                                     size_t stride, size_t line_step)
{
    for (size_t c = first; c < end; c += LANES, v += line_step) {
        Vector rows[TILE_IN][TILE_IN];
        const float *const *from = pixels;
        OPAQUE(from);
        for (size_t x = 0; x < TILE_IN; x++) {
            Vector column[TILE_IN], transformed[TILE_IN];
            for (size_t y = 0; y < TILE_IN; y++)
                column[y] = *(const Vector *)(from[y * TILE_IN + x] + c);
            transform_input(column, transformed);
            for (size_t y = 0; y < TILE_IN; y++)
                rows[y][x] = transformed[y];
        }
        float *to = v;
        for (size_t y = 0; y < TILE_IN; y++, to += TILE_IN * stride) {
            Vector transformed[TILE_IN];
            OPAQUE(to);
            transform_input(rows[y], transformed);
            for (size_t x = 0; x < TILE_IN; x++)
                *(Vector *)(to + x * stride) = transformed[x];
        }
    }
}

// Positions at m[position * stride] -> the 4x4 pixels of an output tile, plus the bias.
SIMD_CLONES void winograd_output_tile(const float *m, size_t stride, size_t channels,
                                      const float *bias, float *output, size_t row_step,
                                      size_t pixel_step)
{
    for (size_t c = 0; c < channels; c += LANES) {
        // The output is seldom in a near cache; fetched now, it is there when it is written to.
        float *to = output + c;
        for (size_t y = 0; y < TILE; y++, to += row_step) {
            OPAQUE(to);
            for (size_t x = 0; x < TILE; x++)
                __builtin_prefetch(to + x * pixel_step, 1);
        }
        Vector rows[TILE][TILE_IN];
        const float *from = m + c;
        for (size_t x = 0; x < TILE_IN; x++, from += stride) {
            Vector column[TILE_IN], transformed[TILE];
            OPAQUE(from);
            for (size_t y = 0; y < TILE_IN; y++)
                column[y] = *(const Vector *)(from + y * TILE_IN * stride);
            transform_output(column, transformed);
            for (size_t y = 0; y < TILE; y++)
                rows[y][x] = transformed[y];
        }
        Vector offset = *(const Vector *)(bias + c);
        to = output + c;
        for (size_t y = 0; y < TILE; y++, to += row_step) {
            Vector transformed[TILE];
            OPAQUE(to);
            transform_output(rows[y], transformed);
            for (size_t x = 0; x < TILE; x++)
                *(Vector *)(to + x * pixel_step) = transformed[x] + offset;
        }
    }
}

// Gradients of LANES channels of the 16 pixels of an output tile -> of the positions, at
// m[position * stride].
SIMD_CLONES void winograd_grad_output_tile(const float *const *pixels, size_t channel, float *m,
                                           size_t stride)
{
    Vector rows[TILE_IN][TILE];
    for (size_t x = 0; x < TILE; x++) {
        Vector column[TILE], transformed[TILE_IN];
        for (size_t y = 0; y < TILE; y++)
            column[y] = *(const Vector *)(pixels[y * TILE + x] + channel);
        transform_grad_output(column, transformed);
        for (size_t y = 0; y < TILE_IN; y++)
            rows[y][x] = transformed[y];
    }
    for (size_t y = 0; y < TILE_IN; y++, m += TILE_IN * stride) {
        Vector transformed[TILE_IN];
        OPAQUE(m);
        transform_grad_output(rows[y], transformed);
        for (size_t x = 0; x < TILE_IN; x++)
            *(Vector *)(m + x * stride) = transformed[x];
    }
}

// LANES kernels, tap t of kernel l at taps[t][l] -> positions at to[position * stride + l].
SIMD_CLONES void winograd_transform_kernels(const double taps[9][LANES], float *to, size_t stride)
{
    Doubles rows[TILE_IN][3];
    for (size_t x = 0; x < 3; x++) {
        Doubles column[3], transformed[TILE_IN];
        for (size_t y = 0; y < 3; y++)
            column[y] = *(const Doubles *)taps[y * 3 + x];
        transform_weight(column, transformed);
        for (size_t y = 0; y < TILE_IN; y++)
            rows[y][x] = transformed[y];
    }
    for (size_t y = 0; y < TILE_IN; y++) {
        Doubles transformed[TILE_IN];
        transform_weight(rows[y], transformed);
        for (size_t x = 0; x < TILE_IN; x++)
            *(Vector *)(to + (y * TILE_IN + x) * stride) =
                __builtin_convertvector(transformed[x], Vector);
    }
}

SIMD_CLONES void winograd_add_grad_kernels(const float *u, size_t stride, size_t step,
                                           size_t kernels, float *taps, size_t tap_stride)
{
    for (size_t kernel = 0; kernel < kernels; kernel++, u += step, taps += LANES) {
        Vector rows[3][TILE_IN];
        const float *from = u;
        for (size_t x = 0; x < TILE_IN; x++, from += stride) {
            Vector column[TILE_IN], transformed[3];
            OPAQUE(from);
            for (size_t y = 0; y < TILE_IN; y++)
                column[y] = *(const Vector *)(from + y * TILE_IN * stride);
            transform_grad_weight(column, transformed);
            for (size_t y = 0; y < 3; y++)
                rows[y][x] = transformed[y];
        }
        for (size_t y = 0; y < 3; y++) {
            Vector transformed[3];
            transform_grad_weight(rows[y], transformed);
            for (size_t x = 0; x < 3; x++)
                *(Vector *)(taps + (y * 3 + x) * tap_stride) += transformed[x];
        }
    }
}
