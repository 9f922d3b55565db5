#include "nn/winograd.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/digits.h"
#include "nn/matrix.h"
#include "nn/simd.h"

// LANES channels are transformed at a time; SIMD_CLONES splits a vector where registers are
// shorter.
enum { LANES = 16, POSITIONS = 36, TILE = 4, TILE_IN = 6 };
typedef float Vector __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));
typedef double Doubles __attribute__((vector_size(LANES * sizeof(double)), aligned(8)));
#define INLINE static inline __attribute__((always_inline))
// Hides where a pointer comes from: GCC would otherwise compute all 36 addresses ahead, run out of
// registers and fetch each from the stack (a fifth of the transforms' time).
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))

// Distance between positions is kept off multiples of 4 kB, which would all fall into one set of
// the first-level cache.
enum { SKEW = 16 };

// Tiles transformed together: as many rows as the matrix kernel takes at once, so that the
// transformed input and two panels' products stay in a 1 to 2 MB second-level cache beside the
// weights that stream through it. Layers with many channels do not fit anyway and gain more from
// each weight being used for more tiles; so do weight gradients, where the sums stream both ways.
enum { BLOCK_TILES = 28, BLOCK_TILES_LARGE = 64, BLOCK_COLUMNS = 32 };
enum { BLOCK_IN_CACHE = 600 * 1024 };

struct Winograd {
    ConvolutionShape shape;
    size_t out_height, out_width;
    size_t tiles_y, tiles_x;
    size_t block_tiles;   // tiles transformed together
    size_t block_columns; // output channels multiplied together, a multiple of MATRIX_PANEL
    bool digits;          // products in digits
    // [out / group_columns][36][group_columns / MATRIX_PANEL][in][MATRIX_PANEL], or the digits of
    // each group's columns.
    size_t group_columns;
    float *weight;
    float *bias;  // [out]
    float *zeros; // [in or out, the larger]: a pixel outside the image
};

// ---- Transforms ------------------------------------------------------------------------------
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

// The transpose of transform_weight.
static void transform_grad_weight(const double u[TILE_IN], double g[3])
{
    double sum_a = SCALE_A * (u[1] + u[2]), difference_a = SCALE_A * (u[1] - u[2]);
    double sum_b = SCALE_B * (u[3] + u[4]), difference_b = SCALE_B * (u[3] - u[4]);
    g[0] = u[0] + sum_a + sum_b;
    g[1] = 0.70710678118654752 * difference_a + 1.41421356237309505 * difference_b;
    g[2] = 0.5 * sum_a + 2.0 * sum_b + u[5];
}

// The 36 pixels of a tile at `pixels`[row * 6 + column] -> positions at v[position * stride], the
// next LANES channels `line_step` further on.
SIMD_CLONES static void input_tile(const float *const *pixels, size_t channels, float *v,
                                   size_t stride, size_t line_step)
{
    for (size_t c = 0; c < channels; c += LANES, v += line_step) {
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
SIMD_CLONES static void output_tile(const float *m, size_t stride, size_t channels,
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
SIMD_CLONES static void grad_output_tile(const float *const *pixels, float *m, size_t stride)
{
    Vector rows[TILE_IN][TILE];
    for (size_t x = 0; x < TILE; x++) {
        Vector column[TILE], transformed[TILE_IN];
        for (size_t y = 0; y < TILE; y++)
            column[y] = *(const Vector *)pixels[y * TILE + x];
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

// ---- The layer -------------------------------------------------------------------------------

bool winograd_suits(const ConvolutionShape *shape)
{
    return shape->kernel == 3 && shape->stride == 1 && shape->padding <= 2 &&
           shape->in_channels % LANES == 0 && shape->out_channels % LANES == 0 &&
           convolution_output_height(shape) > 2 && convolution_output_width(shape) > 2;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void choose_blocks(Winograd *winograd)
{
    size_t bytes = POSITIONS * BLOCK_TILES * winograd->shape.in_channels * sizeof(float);
    bool fits = bytes <= BLOCK_IN_CACHE;
    if (winograd->digits) {
        winograd->block_tiles = 64;
        winograd->block_columns = DIGITS_COLUMNS;
        return;
    }
    winograd->block_tiles = fits ? BLOCK_TILES : BLOCK_TILES_LARGE;
    winograd->block_columns = fits ? BLOCK_COLUMNS : winograd->shape.out_channels;
}

Status winograd_new(const ConvolutionShape *shape, Winograd **result, Error *error)
{
    *result = NULL;
    size_t widest =
        shape->in_channels > shape->out_channels ? shape->in_channels : shape->out_channels;
    Winograd *winograd = memory_new(1, sizeof *winograd);
    if (winograd != NULL) {
        winograd->shape = *shape;
        winograd->out_height = convolution_output_height(shape);
        winograd->out_width = convolution_output_width(shape);
        winograd->tiles_y = (winograd->out_height + TILE - 1) / TILE;
        winograd->tiles_x = (winograd->out_width + TILE - 1) / TILE;
        winograd->digits = digits_supported() && shape->in_channels % DIGITS_DEPTH == 0 &&
                           shape->out_channels % DIGITS_COLUMNS == 0;
        winograd->group_columns = winograd->digits ? DIGITS_COLUMNS : MATRIX_PANEL;
        choose_blocks(winograd);
        winograd->weight = memory_new_aligned(winograd_gradient_size(winograd), sizeof(float));
        winograd->bias = memory_new(shape->out_channels, sizeof(float));
        winograd->zeros = memory_new(widest, sizeof(float));
    }
    if (winograd == NULL || winograd->weight == NULL || winograd->bias == NULL ||
        winograd->zeros == NULL) {
        winograd_free(winograd);
        return error_memory(error, "the weights of a convolution");
    }
    *result = winograd;
    return STATUS_OK;
}

void winograd_free(Winograd *winograd)
{
    if (winograd == NULL)
        return;
    free(winograd->weight);
    free(winograd->bias);
    free(winograd->zeros);
    free(winograd);
}

// Floats from one position to the next in the transformed input (channels: in) and in the products
// (channels: a block of columns).
static size_t stride_of(size_t tiles, size_t channels)
{
    return tiles * channels + SKEW;
}

size_t winograd_scratch_size(const Winograd *winograd)
{
    size_t in = winograd->shape.in_channels, columns = winograd->block_columns;
    // A block of pairs and one tile beside it take less.
    return POSITIONS * (stride_of(BLOCK_TILES_LARGE, in) + stride_of(BLOCK_TILES_LARGE, columns));
}

// Where position 0 of the weight from `in` to `out` is, positions following at position_stride.
static size_t weight_index(const Winograd *winograd, size_t in, size_t out)
{
    size_t columns = winograd->group_columns, n_in = winograd->shape.in_channels;
    size_t group = out / columns * POSITIONS * n_in * columns;
    size_t panel = out % columns / MATRIX_PANEL * n_in * MATRIX_PANEL;
    return group + panel + in * MATRIX_PANEL + out % MATRIX_PANEL;
}

static size_t position_stride(const Winograd *winograd)
{
    return winograd->shape.in_channels * winograd->group_columns;
}

// LANES kernels, tap t of kernel l at taps[t][l] -> positions at to[position * stride + l].
SIMD_CLONES static void transform_kernels(const double taps[9][LANES], float *to, size_t stride)
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

// Tap t of the kernel from `in` to `out` is weight[in * in_step + out * out_step + t * tap_step].
static void set_kernels(Winograd *winograd, const float *weight, size_t in_step, size_t out_step,
                        ptrdiff_t tap_step)
{
    const ConvolutionShape *shape = &winograd->shape;
    for (size_t out = 0; out < shape->out_channels; out += LANES)
        for (size_t in = 0; in < shape->in_channels; in++) {
            double taps[9][LANES];
            for (size_t l = 0; l < LANES; l++) {
                const float *kernel = weight + in * in_step + (out + l) * out_step;
                for (size_t t = 0; t < 9; t++)
                    taps[t][l] = kernel[(ptrdiff_t)t * tap_step];
            }
            transform_kernels(taps, winograd->weight + weight_index(winograd, in, out),
                              position_stride(winograd));
        }
}

static void set_digits(Winograd *winograd)
{
#ifdef __x86_64__
    if (!winograd->digits)
        return;
    size_t depth = winograd->shape.in_channels, step = position_stride(winograd);
    char *to = (char *)winograd->weight;
    for (size_t i = 0; i < winograd_gradient_size(winograd); i += step) {
        digits_set_columns(winograd->weight + i, depth, to);
        to += digits_columns_size(depth);
    }
#endif
}

void winograd_set_weights(Winograd *winograd, const float *weight, const float *bias)
{
    const ConvolutionShape *shape = &winograd->shape;
    set_kernels(winograd, weight, 9, shape->in_channels * 9, 1);
    set_digits(winograd);
    if (bias != NULL)
        memcpy(winograd->bias, bias, shape->out_channels * sizeof(float));
    else
        memset(winograd->bias, 0, shape->out_channels * sizeof(float));
}

void winograd_set_weights_reversed(Winograd *winograd, const float *weight)
{
    set_kernels(winograd, weight + 8, winograd->shape.out_channels * 9, 9, -1);
    set_digits(winograd);
}

// A tile's place: `tile` counts through the images, rows and columns of tiles.
typedef struct Place {
    size_t image, y, x; // of the tile's first output pixel
} Place;

static Place tile_place(const Winograd *winograd, size_t tile)
{
    size_t in_image = tile % (winograd->tiles_y * winograd->tiles_x);
    return (Place){.image = tile / (winograd->tiles_y * winograd->tiles_x),
                   .y = in_image / winograd->tiles_x * TILE,
                   .x = in_image % winograd->tiles_x * TILE};
}

// Tiles transformed and output channels multiplied together, where their transformed input and the
// products are in the scratch, and the distances between positions.
typedef struct Block {
    size_t tiles, columns;
    float *v, *m;
    size_t v_stride, m_stride;
} Block;

static Block block_of(const Winograd *winograd, float *scratch)
{
    Block block = {winograd->block_tiles, winograd->block_columns, .v = scratch};
    block.v_stride = stride_of(block.tiles, winograd->shape.in_channels);
    if (winograd->digits)
        block.v_stride = digits_rows_size(block.tiles, winograd->shape.in_channels) / sizeof(float);
    block.m_stride = stride_of(block.tiles, block.columns);
    block.m = block.v + POSITIONS * block.v_stride;
    return block;
}

// Where the 36 pixels of a tile's input are.
static void tile_pixels(const Winograd *winograd, const float *input, size_t tile,
                        const float *pixels[POSITIONS])
{
    const ConvolutionShape *shape = &winograd->shape;
    Place place = tile_place(winograd, tile);
    const float *image = input + place.image * shape->height * shape->width * shape->in_channels;
    for (size_t i = 0; i < POSITIONS; i++) {
        // Coordinates before the image wrap to huge values and fail the comparison.
        size_t y = place.y + i / TILE_IN - shape->padding;
        size_t x = place.x + i % TILE_IN - shape->padding;
        pixels[i] = y < shape->height && x < shape->width
                        ? image + (y * shape->width + x) * shape->in_channels
                        : winograd->zeros;
    }
}

// Of the tiles' LANES channels: [tile][line of channels][LANES] or, `by_line`,
// [line of channels][block's tiles][LANES].
static void transform_inputs(const Winograd *winograd, const float *input, size_t first,
                             size_t tiles, const Block *block, bool by_line)
{
    size_t channels = winograd->shape.in_channels;
    size_t tile_step = by_line ? LANES : channels;
    size_t line_step = by_line ? block->tiles * LANES : LANES;
    for (size_t tile = 0; tile < tiles; tile++) {
        const float *pixels[POSITIONS];
        tile_pixels(winograd, input, first + tile, pixels);
        input_tile(pixels, channels, block->v + tile * tile_step, block->v_stride, line_step);
    }
}

// The same as digits, one tile after the other in the scratch behind the products.
static void transform_inputs_digits(const Winograd *winograd, const float *input, size_t first,
                                    size_t tiles, const Block *block)
{
    float *transformed = block->m + POSITIONS * block->m_stride;

    size_t channels = winograd->shape.in_channels;
    for (size_t tile = 0; tile < tiles; tile++) {
        const float *pixels[POSITIONS];
        tile_pixels(winograd, input, first + tile, pixels);
        input_tile(pixels, channels, transformed, channels, LANES);
        for (size_t i = 0; i < POSITIONS; i++)
            digits_set_row(transformed + i * channels, block->tiles, channels, tile,
                           block->v + i * block->v_stride);
    }
}

// Offset of pixel i of a tile at `place` in the output; SIZE_MAX where it lies outside.
static size_t output_offset(const Winograd *winograd, Place place, size_t i)
{
    size_t y = place.y + i / TILE, x = place.x + i % TILE;
    if (y >= winograd->out_height || x >= winograd->out_width)
        return SIZE_MAX;
    return ((place.image * winograd->out_height + y) * winograd->out_width + x) *
           winograd->shape.out_channels;
}

// Of a tile that stands over the image's edge, only the pixels inside are copied to the output.
static void output_edge_tile(const Winograd *winograd, const float *m, size_t stride, Place place,
                             size_t column, size_t columns, float *output)
{
    float pixels[TILE * TILE * LANES];
    for (size_t first = 0; first < columns; first += LANES) {
        output_tile(m + first, stride, LANES, winograd->bias + column + first, pixels, TILE * LANES,
                    LANES);
        for (size_t i = 0; i < TILE * TILE; i++) {
            size_t offset = output_offset(winograd, place, i);
            if (offset != SIZE_MAX)
                memcpy(output + offset + column + first, pixels + i * LANES, LANES * sizeof(float));
        }
    }
}

static void transform_outputs(const Winograd *winograd, const Block *block, size_t first,
                              size_t tiles, size_t column, size_t columns, float *output)
{
    size_t channels = winograd->shape.out_channels, stride = block->m_stride;
    const float *m = block->m;
    for (size_t tile = 0; tile < tiles; tile++, m += block->columns) {
        Place place = tile_place(winograd, first + tile);
        if (place.y + TILE <= winograd->out_height && place.x + TILE <= winograd->out_width)
            output_tile(m, stride, columns, winograd->bias + column,
                        output + output_offset(winograd, place, 0) + column,
                        winograd->out_width * channels, channels);
        else
            output_edge_tile(winograd, m, stride, place, column, columns, output);
    }
}

// Output channels column .. column+columns-1 of the products of all positions.
static void multiply(const Winograd *winograd, const Block *block, size_t tiles, size_t column,
                     size_t columns)
{
    const float *weight = winograd->weight + weight_index(winograd, 0, column);
    // Position by position, so that its part of v is in the nearest cache for all panels.
    for (size_t i = 0; i < POSITIONS; i++)
        matrix_multiply(&(MatrixProduct){.groups = 1,
                                         .rows = tiles,
                                         .columns = columns,
                                         .segments = winograd->shape.in_channels / LANES,
                                         .depth = LANES,
                                         .a = block->v + i * block->v_stride,
                                         .a_row = LANES,
                                         .a_segment = block->tiles * LANES,
                                         .a_step = 1,
                                         .b = weight + i * position_stride(winograd),
                                         .b_panel = POSITIONS * position_stride(winograd),
                                         .b_ahead = MATRIX_AHEAD,
                                         .c = block->m + i * block->m_stride,
                                         .c_row = block->columns});
}

static void multiply_digits(const Winograd *winograd, const Block *block, size_t tiles,
                            size_t column)
{
    size_t depth = winograd->shape.in_channels;
    const char *b = (const char *)winograd->weight;
    digits_multiply(
        &(DigitsProduct){.groups = POSITIONS,
                         .rows = tiles,
                         .depth = depth,
                         .a_rows = block->tiles,
                         .a = block->v,
                         .b = b + column / DIGITS_COLUMNS * POSITIONS * digits_columns_size(depth),
                         .c = block->m,
                         .c_group = block->m_stride,
                         .c_row = block->columns});
}

// Tiles first .. first+tiles-1, at most a block, for output channels column .. column_end-1.
static void forward_block(const Winograd *winograd, const float *input, size_t first, size_t tiles,
                          size_t column, size_t column_end, float *output, const Block *block)
{
    bool digits = DIGITS_POSSIBLE && winograd->digits;
    if (digits)
        transform_inputs_digits(winograd, input, first, tiles, block);
    else
        transform_inputs(winograd, input, first, tiles, block, true);
    for (; column < column_end; column += block->columns) {
        size_t columns = smaller(block->columns, column_end - column);
        if (digits)
            multiply_digits(winograd, block, tiles, column);
        else
            multiply(winograd, block, tiles, column, columns);
        transform_outputs(winograd, block, first, tiles, column, columns, output);
    }
}

// Tiles are shared out where there is a block for everyone, so that no input is transformed twice;
// else panels of output channels. Blocks are about equal, lest the last one has too few tiles to
// pay for its weights.
void winograd_forward(const Winograd *winograd, const float *input, size_t n, Share share,
                      float *output, float *scratch)
{
    Block block = block_of(winograd, scratch);
    size_t all_tiles = n * winograd->tiles_y * winograd->tiles_x;
    bool by_tile = all_tiles >= share.count * block.tiles;
    Share of_tiles = by_tile ? share : SHARE_ALL, of_panels = by_tile ? SHARE_ALL : share;
    size_t begin = share_begin(of_tiles, all_tiles);
    size_t n_tiles = share_end(of_tiles, all_tiles) - begin;
    size_t panel = winograd->digits ? DIGITS_COLUMNS : MATRIX_PANEL;
    size_t panels = winograd->shape.out_channels / panel;
    size_t column = share_begin(of_panels, panels) * panel;
    size_t column_end = share_end(of_panels, panels) * panel;
    if (column >= column_end)
        return;
    size_t n_blocks = (n_tiles + block.tiles - 1) / block.tiles;
    for (size_t i = 0; i < n_blocks; i++) {
        Share of_block = {i, n_blocks};
        size_t first = share_begin(of_block, n_tiles);
        forward_block(winograd, input, begin + first, share_end(of_block, n_tiles) - first, column,
                      column_end, output, &block);
    }
}

// ---- Weight gradient -------------------------------------------------------------------------

size_t winograd_gradient_size(const Winograd *winograd)
{
    return POSITIONS * winograd->shape.in_channels * winograd->shape.out_channels;
}

// Of a panel of output channels from `column` on: [tile][MATRIX_PANEL] at each position.
static void transform_grad_outputs(const Winograd *winograd, const float *grad_output, size_t first,
                                   size_t tiles, size_t column, const Block *block)
{
    for (size_t tile = 0; tile < tiles; tile++) {
        Place place = tile_place(winograd, first + tile);
        const float *pixels[TILE * TILE];
        for (size_t i = 0; i < TILE * TILE; i++) {
            size_t offset = output_offset(winograd, place, i);
            pixels[i] = offset != SIZE_MAX ? grad_output + offset + column : winograd->zeros;
        }
        grad_output_tile(pixels, block->m + tile * MATRIX_PANEL, block->m_stride);
    }
}

void winograd_backward_weight(const Winograd *winograd, const float *input,
                              const float *grad_output, size_t n, float *accumulator,
                              float *scratch)
{
    const ConvolutionShape *shape = &winograd->shape;
    Block block = {.tiles = BLOCK_TILES_LARGE,
                   .columns = MATRIX_PANEL,
                   .v = scratch,
                   .v_stride = stride_of(BLOCK_TILES_LARGE, shape->in_channels),
                   .m_stride = stride_of(BLOCK_TILES_LARGE, MATRIX_PANEL)};
    block.m = block.v + POSITIONS * block.v_stride;
    size_t n_tiles = n * winograd->tiles_y * winograd->tiles_x;
    for (size_t first = 0; first < n_tiles; first += BLOCK_TILES_LARGE) {
        size_t tiles = smaller(BLOCK_TILES_LARGE, n_tiles - first);
        transform_inputs(winograd, input, first, tiles, &block, false);
        for (size_t column = 0; column < shape->out_channels; column += MATRIX_PANEL) {
            transform_grad_outputs(winograd, grad_output, first, tiles, column, &block);
            matrix_multiply(&(MatrixProduct){.groups = POSITIONS,
                                             .rows = shape->in_channels,
                                             .columns = MATRIX_PANEL,
                                             .segments = 1,
                                             .depth = tiles,
                                             .a = block.v,
                                             .a_group = block.v_stride,
                                             .a_row = 1,
                                             .a_step = shape->in_channels,
                                             .b = block.m,
                                             .b_group = block.m_stride,
                                             .c = accumulator + weight_index(winograd, 0, column),
                                             .c_group = position_stride(winograd),
                                             .c_row = MATRIX_PANEL,
                                             .accumulate = true});
        }
    }
}

void winograd_gradient_finish(const Winograd *winograd, const float *accumulator,
                              float *grad_weight)
{
    const ConvolutionShape *shape = &winograd->shape;
    for (size_t out = 0; out < shape->out_channels; out++)
        for (size_t in = 0; in < shape->in_channels; in++, grad_weight += 9) {
            const float *from = accumulator + weight_index(winograd, in, out);
            double rows[3][TILE_IN];
            for (size_t x = 0; x < TILE_IN; x++) {
                double column[TILE_IN], transformed[3];
                for (size_t y = 0; y < TILE_IN; y++)
                    column[y] = from[(y * TILE_IN + x) * position_stride(winograd)];
                transform_grad_weight(column, transformed);
                for (size_t y = 0; y < 3; y++)
                    rows[y][x] = transformed[y];
            }
            for (size_t y = 0; y < 3; y++) {
                double transformed[3];
                transform_grad_weight(rows[y], transformed);
                for (size_t x = 0; x < 3; x++)
                    grad_weight[y * 3 + x] = (float)transformed[x];
            }
        }
}
