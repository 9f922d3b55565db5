#include "nn/bfloat16.h"

#include <string.h>

enum { TILE_ROWS = 16, TILE_BYTES = 64, PANEL = 16 };
// Values in one tile register, and in the first and second parts of a tile together.
enum { TILE = TILE_ROWS * BFLOAT16_DEPTH, BOTH = 2 * TILE };

size_t bfloat16_rows_size(size_t depth)
{
    return 2 * depth * BFLOAT16_ROWS * sizeof(uint16_t);
}

#ifdef __x86_64__

#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16,amx-tile,amx-bf16")))

bool bfloat16_supported(void)
{
    // The kernel saves a thread's matrix registers only for programs that ask (Linux's
    // Documentation/arch/x86/xstate.rst).
    enum { REQUEST_PERMISSION = 0x1023, MATRIX_REGISTERS = 18 };
    return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("amx-bf16") &&
           syscall(SYS_arch_prctl, REQUEST_PERMISSION, MATRIX_REGISTERS) == 0;
}

// GCC's tile instructions do not say what memory they read and write: what went before is written
// there, and what comes after reads it again.
#define SETTLE(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

// 32 floats -> the first and the second 8 bits of each.
TARGET static void split(__m512 low, __m512 high, __m512bh *first, __m512bh *second)
{
    *first = _mm512_cvtne2ps_pbh(high, low);
    __m512i bits = (__m512i)*first;
    __m512i low_bits = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(bits));
    __m512i high_bits = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(bits, 1));
    low -= (__m512)_mm512_slli_epi32(low_bits, 16);
    high -= (__m512)_mm512_slli_epi32(high_bits, 16);
    *second = _mm512_cvtne2ps_pbh(high, low);
}

TARGET void bfloat16_split_row(const float *values, size_t depth, size_t row, void *a)
{
    uint16_t *to = (uint16_t *)a + row * BFLOAT16_DEPTH;
    for (size_t k = 0; k < depth; k += BFLOAT16_DEPTH, to += 2 * BFLOAT16_ROWS * BFLOAT16_DEPTH) {
        __m512bh first, second;
        split(_mm512_loadu_ps(values + k), _mm512_loadu_ps(values + k + 16), &first, &second);
        _mm512_storeu_si512(to, (__m512i)first);
        _mm512_storeu_si512(to + BFLOAT16_ROWS * BFLOAT16_DEPTH, (__m512i)second);
    }
}

TARGET void bfloat16_split_panel(float *values, size_t depth)
{
    // Column j's values of two rows that follow each other become neighbours.
    uint16_t order[2 * PANEL];
    for (int j = 0; j < PANEL; j++) {
        order[2 * j] = (uint16_t)j;
        order[2 * j + 1] = (uint16_t)(PANEL + j);
    }
    __m512i pairs = _mm512_loadu_si512(order);
    for (size_t k = 0; k < depth; k += BFLOAT16_DEPTH, values += BFLOAT16_DEPTH * PANEL) {
        uint16_t parts[BOTH];
        for (size_t row = 0; row < BFLOAT16_DEPTH; row += 2) {
            __m512bh first, second;
            split(_mm512_loadu_ps(values + row * PANEL),
                  _mm512_loadu_ps(values + (row + 1) * PANEL), &first, &second);
            uint16_t *to = parts + row * PANEL;
            _mm512_storeu_si512(to, _mm512_permutexvar_epi16(pairs, (__m512i)first));
            _mm512_storeu_si512(to + TILE, _mm512_permutexvar_epi16(pairs, (__m512i)second));
        }
        memcpy(values, parts, sizeof parts);
    }
}

// Matrix registers 0 to 3 hold sums: row tile r and panel p in 2 r + p. 4 and 5 hold tiles of A, 6
// and 7 of B.
TARGET static void configure(void)
{
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } shape = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        shape.row_bytes[i] = TILE_BYTES;
        shape.rows[i] = TILE_ROWS;
    }
    SETTLE(&shape);
    _tile_loadconfig(&shape);
}

// The weights come from the third-level cache.
TARGET static inline __attribute__((always_inline)) void fetch_tile(const uint16_t *tile)
{
    for (size_t row = 0; row < TILE_ROWS; row++)
        _mm_prefetch((const char *)tile + row * TILE_BYTES, _MM_HINT_T0);
}

// `both`: rows 16 to 31 are there too.
#define LOAD_A(from, both)                                                                         \
    do {                                                                                           \
        _tile_loadd(4, from, TILE_BYTES);                                                          \
        if (both)                                                                                  \
            _tile_loadd(5, (from) + TILE, TILE_BYTES);                                             \
    } while (0)
#define LOAD_B(panel, other)                                                                       \
    do {                                                                                           \
        _tile_loadd(6, panel, TILE_BYTES);                                                         \
        _tile_loadd(7, other, TILE_BYTES);                                                         \
    } while (0)
#define MULTIPLY(both)                                                                             \
    do {                                                                                           \
        _tile_dpbf16ps(0, 4, 6);                                                                   \
        _tile_dpbf16ps(1, 4, 7);                                                                   \
        if (both) {                                                                                \
            _tile_dpbf16ps(2, 5, 6);                                                               \
            _tile_dpbf16ps(3, 5, 7);                                                               \
        }                                                                                          \
    } while (0)

// Smaller products first.
TARGET static inline __attribute__((always_inline)) void multiply_group(const Bfloat16Product *p,
                                                                        const bool both,
                                                                        const uint16_t *a,
                                                                        const uint16_t *b, float *c)
{
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t k = 0; k < p->depth; k += BFLOAT16_DEPTH, a += 2 * BOTH, b += BOTH) {
        const uint16_t *other = b + p->b_panel / sizeof *b;
        fetch_tile(b + BOTH);
        fetch_tile(other + BOTH);
        LOAD_A(a, both);
        LOAD_B(b + TILE, other + TILE);
        MULTIPLY(both);
        fetch_tile(b + BOTH + TILE);
        fetch_tile(other + BOTH + TILE);
        LOAD_B(b, other);
        MULTIPLY(both);
        LOAD_A(a + BOTH, both);
        MULTIPLY(both);
    }
    _tile_stored(0, c, p->c_row * sizeof(float));
    _tile_stored(1, c + PANEL, p->c_row * sizeof(float));
    if (both) {
        c += TILE_ROWS * p->c_row;
        _tile_stored(2, c, p->c_row * sizeof(float));
        _tile_stored(3, c + PANEL, p->c_row * sizeof(float));
    }
}

TARGET void bfloat16_multiply(const Bfloat16Product *p)
{
    configure();
    SETTLE(p->a);
    for (size_t group = 0; group < p->groups; group++) {
        const void *a = (const char *)p->a + group * p->a_group;
        const void *b = (const char *)p->b + group * p->b_group;
        float *c = p->c + group * p->c_group;
        if (p->rows > TILE_ROWS)
            multiply_group(p, true, a, b, c);
        else
            multiply_group(p, false, a, b, c);
    }
    SETTLE(p->c);
    _tile_release();
}

#else

bool bfloat16_supported(void)
{
    return false;
}

#endif
