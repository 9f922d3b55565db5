#include "nn/product/digits.h"

#include <stdint.h>
#include <string.h>

// A tile is what a matrix register holds: 16 rows of 64 bytes. Those of A are rows of A, those of B
// four rows of B with the four bytes of a column side by side.
enum { TILE_ROWS = 16, TILE_BYTES = 64, TILE = TILE_ROWS * TILE_BYTES, PANEL = 16 };
enum { DIGITS = 3 };
enum { STEP = DIGITS * TILE }; // bytes of DIGITS_DEPTH values of a tile's rows or columns

// The deepest product whose sums fit into 32 bits: three products of two digits, 2^14 each, a term.
enum { DEPTH_MAX = 40960 };

bool digits_suit(size_t depth, size_t columns)
{
    return depth % DIGITS_DEPTH == 0 && depth <= DEPTH_MAX && columns % DIGITS_COLUMNS == 0 &&
           digits_supported();
}

// A: tiles[row tile][step][digit], then the scales of all rows. B: for each panel
// tiles[step][digit] and the panel's scales.
static size_t strip_size(size_t depth)
{
    return depth / DIGITS_DEPTH * STEP;
}

static size_t row_tiles(size_t rows)
{
    return (rows + TILE_ROWS - 1) / TILE_ROWS;
}

size_t digits_rows_size(size_t rows, size_t depth)
{
    return row_tiles(rows) * (strip_size(depth) + TILE_ROWS * sizeof(float));
}

static size_t panel_size(size_t depth)
{
    return strip_size(depth) + PANEL * sizeof(float);
}

size_t digits_columns_size(size_t depth)
{
    return DIGITS_PANELS * panel_size(depth);
}

#ifdef DIGITS_AMX

#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,amx-tile,amx-int8")))
#define INLINE TARGET static inline __attribute__((always_inline))

bool digits_supported(void)
{
    // The kernel saves a thread's matrix registers only for programs that ask (Linux's
    // Documentation/arch/x86/xstate.rst).
    enum { REQUEST_PERMISSION = 0x1023, MATRIX_REGISTERS = 18 };
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("amx-int8") &&
           syscall(SYS_arch_prctl, REQUEST_PERMISSION, MATRIX_REGISTERS) == 0;
}

// GCC's tile instructions do not say what memory they read and write: what went before is written
// there, and what comes after reads it again.
#define SETTLE(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

static float *row_scales(void *a, size_t rows, size_t depth)
{
    void *scales = (int8_t *)a + row_tiles(rows) * strip_size(depth);
    return scales;
}

static float *panel_scales(int8_t *panel, size_t depth)
{
    void *scales = panel + strip_size(depth);
    return scales;
}

// ---- Digits ------------------------------------------------------------------------------------

// The largest of a row or column is 127 127 0 in digits, and at least TINY, whose scale is a float.
// A unit is a value of 256 here, since two of them meet in every product and the sums below are
// 2^16 too small.
static const float LARGEST = 127 * 65536 + 127 * 256, UNIT = 256.0f / (127 * 65536 + 127 * 256);
static const float TINY = 2.5e-32f;

// The digits of four vectors, each lane's four side by side.
typedef struct Digits {
    __m512i digit[DIGITS]; // largest first
} Digits;

INLINE __m512i choose_bits(__m512i mask, __m512i a, __m512i b)
{
    return _mm512_ternarylogic_epi32(mask, a, b, 0xca);
}

INLINE Digits digits_of(const __m512 values[4], const __m512 scale)
{
    const __m512i even = _mm512_set1_epi32(0x00ff00ff), low = _mm512_set1_epi32(0x0000ffff);
    const __m512i sign = _mm512_set1_epi8((char)0x80);
    // With 128 added to the lower two digits, the digits are bytes of the sum, without carries.
    const __m512 carry = _mm512_set1_ps(0x8080);
    __m512i v[4];
    for (int i = 0; i < 4; i++)
        v[i] = _mm512_cvtps_epi32(_mm512_fmadd_ps(values[i], scale, carry));
    // Bytes 0 and 2, and byte 1, of two values: in each lane 0 0 2 2, and 1 1 .. .. .
    __m512i outer_0 = choose_bits(even, v[0], _mm512_slli_epi32(v[1], 8));
    __m512i outer_1 = choose_bits(even, v[2], _mm512_slli_epi32(v[3], 8));
    __m512i inner_0 = choose_bits(even, _mm512_srli_epi32(v[0], 8), v[1]);
    __m512i inner_1 = choose_bits(even, _mm512_srli_epi32(v[2], 8), v[3]);
    __m512i middle = choose_bits(low, inner_0, _mm512_slli_epi32(inner_1, 16));
    __m512i last = choose_bits(low, outer_0, _mm512_slli_epi32(outer_1, 16));
    return (Digits){{choose_bits(low, _mm512_srli_epi32(outer_0, 16), outer_1),
                     _mm512_xor_si512(middle, sign), _mm512_xor_si512(last, sign)}};
}

INLINE __m512i magnitude(__m512 values)
{
    return _mm512_and_si512(_mm512_castps_si512(values), _mm512_set1_epi32(0x7fffffff));
}

// As integers, magnitudes are in order, and what is not a number is the largest.
TARGET void digits_set_row(const float *values, size_t rows, size_t depth, size_t row, void *a)
{
    __m512i largest = _mm512_castps_si512(_mm512_set1_ps(TINY));
    for (size_t k = 0; k < depth; k += 16)
        largest = _mm512_max_epi32(largest, magnitude(_mm512_loadu_ps(values + k)));
    union {
        int32_t bits;
        float value;
    } top = {.bits = _mm512_reduce_max_epi32(largest)};
    __m512 scale = _mm512_set1_ps(LARGEST / top.value);
    int8_t *to = (int8_t *)a + row / TILE_ROWS * strip_size(depth) + row % TILE_ROWS * TILE_BYTES;
    for (size_t k = 0; k < depth; k += DIGITS_DEPTH, to += STEP) {
        __m512 four[4];
        for (size_t i = 0; i < 4; i++)
            four[i] = _mm512_loadu_ps(values + k + i * 16);
        Digits d = digits_of(four, scale);
        for (size_t i = 0; i < DIGITS; i++)
            _mm512_storeu_si512(to + i * TILE, d.digit[i]);
    }
    // Infinity less itself is not a number.
    row_scales(a, rows, depth)[row] = top.value * UNIT + (top.value - top.value);
}

// Rows and columns of 4 bytes change places.
TARGET static void turn_tile(const int8_t *tile, int8_t *to)
{
    __m512i r[TILE_ROWS], t[TILE_ROWS];
    for (size_t i = 0; i < TILE_ROWS; i++)
        r[i] = _mm512_load_si512(tile + i * TILE_BYTES);
    for (size_t i = 0; i < TILE_ROWS; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (size_t i = 0; i < TILE_ROWS; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    for (size_t i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
    for (size_t i = 0; i < 4; i++) {
        _mm512_storeu_si512(to, _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88));
        _mm512_storeu_si512(to + 4 * TILE_BYTES, _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88));
        _mm512_storeu_si512(to + 8 * TILE_BYTES, _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd));
        _mm512_storeu_si512(to + 12 * TILE_BYTES, _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd));
        to += TILE_BYTES;
    }
}

// Scales of the columns of values[depth][PANEL] to `scales`, and the digits to tiles of B at `to`,
// which may overlap what has been read of `values`; or `turned`, to tiles of A.
INLINE void set_columns(const float *values, size_t depth, const bool turned, int8_t *to,
                        float *scales)
{
    __m512i largest = _mm512_castps_si512(_mm512_set1_ps(TINY));
    for (size_t k = 0; k < depth; k++)
        largest = _mm512_max_epi32(largest, magnitude(_mm512_loadu_ps(values + k * PANEL)));
    __m512 top = _mm512_castsi512_ps(largest);
    __m512 scale = _mm512_div_ps(_mm512_set1_ps(LARGEST), top);
    for (size_t k = 0; k < depth; k += DIGITS_DEPTH, to += STEP) {
        _Alignas(64) int8_t step[STEP];
        for (size_t row = 0; row < TILE_ROWS; row++) {
            __m512 four[4];
            for (size_t i = 0; i < 4; i++)
                four[i] = _mm512_loadu_ps(values + (k + i * TILE_ROWS + row) * PANEL);
            Digits d = digits_of(four, scale);
            for (size_t i = 0; i < DIGITS; i++)
                _mm512_store_si512(step + i * TILE + row * TILE_BYTES, d.digit[i]);
        }
        if (turned)
            for (size_t i = 0; i < STEP; i += TILE)
                turn_tile(step + i, to + i);
        else
            memcpy(to, step, sizeof step);
    }
    _mm512_storeu_ps(scales, _mm512_fmadd_ps(top, _mm512_set1_ps(UNIT), _mm512_sub_ps(top, top)));
}

TARGET void digits_set_panel(const float *values, size_t depth, size_t panel, void *b)
{
    int8_t *to = (int8_t *)b + panel * panel_size(depth);
    set_columns(values, depth, false, to, panel_scales(to, depth));
}

TARGET void digits_set_turned(const float *values, size_t rows, size_t depth, size_t first, void *a)
{
    int8_t *to = (int8_t *)a + first / TILE_ROWS * strip_size(depth);
    set_columns(values, depth, true, to, row_scales(a, rows, depth) + first);
}

// ---- Products ----------------------------------------------------------------------------------

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

// Sums of the digits' products by the size of the products, of two tiles of rows and two panels.
typedef struct Sums {
    int32_t of[DIGITS][2][2][TILE_ROWS][PANEL];
} Sums;

// Two tiles of rows and two panels of one group.
typedef struct Operands {
    const int8_t *a, *a_other, *b, *b_other;
    size_t steps;
} Operands;

// What is done while the matrix registers multiply: fetching what comes next, and writing the rows
// of C whose sums are ready.
typedef struct Meanwhile {
    const int8_t *next_a, *next_b, *next_b_end;
    const Sums *sums;
    size_t row, rows, rows_at_a_time;
    __m512 scales[DIGITS_PANELS], start[DIGITS_PANELS]; // of the columns
    const float *a_scales;
    float *c;
    size_t c_row;
} Meanwhile;

INLINE __m512 weighted(const Sums *sums, size_t row, size_t panel)
{
    const int32_t *sum = sums->of[0][row / TILE_ROWS][panel][row % TILE_ROWS];
    __m512 value = _mm512_cvtepi32_ps(_mm512_load_si512(sum));
    for (size_t i = 1; i < DIGITS; i++)
        value = _mm512_fmadd_ps(
            value, _mm512_set1_ps(256),
            _mm512_cvtepi32_ps(_mm512_load_si512(sum + i * sizeof sums->of[0] / sizeof *sum)));
    return value;
}

// The scales one after the other: their product may be too small for a float.
INLINE void write_rows(Meanwhile *m, size_t end)
{
    for (; m->row < end; m->row++, m->c += m->c_row) {
        __m512 scale = _mm512_set1_ps(m->a_scales[m->row]);
        for (size_t panel = 0; panel < DIGITS_PANELS; panel++) {
            __m512 value = _mm512_mul_ps(weighted(m->sums, m->row, panel), m->scales[panel]);
            value = _mm512_fmadd_ps(value, scale, m->start[panel]);
            _mm512_storeu_ps(m->c + panel * PANEL, value);
        }
    }
}

INLINE const int8_t *fetch(const int8_t *from, size_t lines)
{
    for (size_t i = 0; i < lines; i++)
        _mm_prefetch(from + i * TILE_BYTES, _MM_HINT_T0);
    return from + lines * TILE_BYTES;
}

// A part of what is to be done meanwhile; the lines fetched are together all of A for the next
// rows, and the next group's B if there are 64 rows. On a core by itself the matrix registers wait
// little for the second-level cache and this costs a tenth of the time; beside a busy hyperthread
// they wait for loads and for each other, and instructions between theirs and near operands gain a
// quarter.
INLINE void do_meanwhile(Meanwhile *m, const bool write)
{
    if (m->next_b < m->next_b_end)
        m->next_b = fetch(m->next_b, 2);
    if (write) {
        size_t end = m->row + m->rows_at_a_time;
        write_rows(m, end < m->rows ? end : m->rows);
    } else {
        m->next_a = fetch(m->next_a, 8);
    }
}

// Adds the products of digit i of A and digit j of B. `both`: the second tile of rows is there too.
INLINE void add_products(const Operands *o, const bool both, size_t i, size_t j, Meanwhile *m)
{
    // Sums are written before the first that replace them are stored.
    const bool write = i + j == 2;
    for (size_t k = 0; k < o->steps; k++) {
        size_t a = k * STEP + i * TILE, b = k * STEP + j * TILE;
        _tile_loadd(4, o->a + a, TILE_BYTES);
        _tile_loadd(6, o->b + b, TILE_BYTES);
        _tile_loadd(7, o->b_other + b, TILE_BYTES);
        if (both)
            _tile_loadd(5, o->a_other + a, TILE_BYTES);
        _tile_dpbssd(0, 4, 6);
        do_meanwhile(m, write);
        _tile_dpbssd(1, 4, 7);
        do_meanwhile(m, write);
        if (both)
            _tile_dpbssd(2, 5, 6);
        do_meanwhile(m, write);
        if (both)
            _tile_dpbssd(3, 5, 7);
        do_meanwhile(m, write);
    }
}

INLINE void start_sums(void)
{
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
}

INLINE void store_sums(const bool both, int32_t sums[2][2][TILE_ROWS][PANEL])
{
    _tile_stored(0, sums[0][0], TILE_BYTES);
    _tile_stored(1, sums[0][1], TILE_BYTES);
    if (both) {
        _tile_stored(2, sums[1][0], TILE_BYTES);
        _tile_stored(3, sums[1][1], TILE_BYTES);
    }
}

// Smaller products first. The sums before are written meanwhile.
INLINE void sum_products(const Operands *o, const bool both, Meanwhile *meanwhile, Sums *sums)
{
    start_sums();
    add_products(o, both, 0, 2, meanwhile);
    add_products(o, both, 1, 1, meanwhile);
    add_products(o, both, 2, 0, meanwhile);
    store_sums(both, sums->of[2]);
    start_sums();
    add_products(o, both, 0, 1, meanwhile);
    add_products(o, both, 1, 0, meanwhile);
    store_sums(both, sums->of[1]);
    start_sums();
    add_products(o, both, 0, 0, meanwhile);
    store_sums(both, sums->of[0]);
    SETTLE(sums);
}

TARGET static void multiply_group(const DigitsProduct *p, size_t group, Sums *sums, Meanwhile *m)
{
    size_t strip = strip_size(p->depth);
    size_t a_size = p->one_a ? 0 : digits_rows_size(p->a_rows, p->depth);
    const int8_t *a = (const int8_t *)p->a + group * a_size, *next = a + a_size;
    const void *a_scales = a + row_tiles(p->a_rows) * strip;
    Operands o = {.steps = p->depth / DIGITS_DEPTH};
    o.b = (const int8_t *)p->b + group * digits_columns_size(p->depth);
    o.b_other = o.b + panel_size(p->depth);
    m->next_b = o.b + digits_columns_size(p->depth);
    m->next_b_end = m->next_b + digits_columns_size(p->depth);
    for (size_t row = 0; row < p->rows; row += 2 * TILE_ROWS, a += 2 * strip) {
        size_t rows = p->rows - row;
        m->next_a = rows > 2 * TILE_ROWS ? a + 2 * strip : next;
        o.a = a;
        o.a_other = a + strip;
        if (rows > TILE_ROWS)
            sum_products(&o, true, m, sums);
        else
            sum_products(&o, false, m, sums);
        m->scales[0] = _mm512_loadu_ps(o.b + strip);
        m->scales[1] = _mm512_loadu_ps(o.b_other + strip);
        for (size_t panel = 0; p->start != NULL && panel < DIGITS_PANELS; panel++)
            m->start[panel] = _mm512_loadu_ps(p->start + group * DIGITS_COLUMNS + panel * PANEL);
        m->a_scales = (const float *)a_scales + row;
        m->row = 0;
        m->rows = rows < 2 * TILE_ROWS ? rows : 2 * TILE_ROWS;
        m->c = p->c + group * p->c_group + row * p->c_row;
    }
}

TARGET void digits_multiply(const DigitsProduct *p)
{
    _Alignas(64) Sums sums;
    // do_meanwhile is called so often to write two tiles of rows.
    size_t turns = 4 * DIGITS * (p->depth / DIGITS_DEPTH);
    Meanwhile meanwhile = {
        .sums = &sums, .rows_at_a_time = (2 * TILE_ROWS + turns - 1) / turns, .c_row = p->c_row};
    configure();
    SETTLE(p->a);
    for (size_t group = 0; group < p->groups; group++)
        multiply_group(p, group, &sums, &meanwhile);
    write_rows(&meanwhile, meanwhile.rows);
    _tile_release();
}

#else

bool digits_supported(void)
{
    return false;
}

#endif
