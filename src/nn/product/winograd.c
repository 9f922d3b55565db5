#include "nn/product/winograd_internal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/product/digits.h"
#include "nn/product/matrix.h"

// Tiles transformed together: as many rows as the matrix kernel takes at once, so that the
// transformed input and two panels' products stay in a 1 to 2 MB second-level cache beside the
// weights that stream through it. Layers with many channels do not fit anyway and gain more from
// each weight being used for more tiles; so do digits, which take a quarter less room.
enum { BLOCK_TILES = 28, BLOCK_TILES_LARGE = 64, BLOCK_COLUMNS = 32 };
enum { BLOCK_TILES_SHARED = 32 }; // in digits, enough for one thread among several
enum { BLOCK_IN_CACHE = 600 * 1024 };

bool winograd_suits(const ConvolutionShape *shape)
{
    return convolution_is_plain(shape) && shape->down.kernel == 3 && shape->down.stride == 1 &&
           shape->down.padding <= 2 && shape->in_channels % LANES == 0 &&
           shape->out_channels % LANES == 0 && convolution_output_height(shape) > 2 &&
           convolution_output_width(shape) > 2;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void choose_blocks(Winograd *winograd)
{
    size_t bytes = POSITIONS * BLOCK_TILES * winograd->shape.in_channels * sizeof(float);
    bool fits = bytes <= BLOCK_IN_CACHE;
    winograd->block_tiles = fits && !winograd->digits ? BLOCK_TILES : BLOCK_TILES_LARGE;
    winograd->block_columns =
        fits || winograd->digits ? BLOCK_COLUMNS : winograd->shape.out_channels;
}

static size_t weight_size(const Winograd *winograd)
{
    return POSITIONS * winograd->shape.in_channels * winograd->shape.out_channels;
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
        winograd->digits = digits_suit(shape->in_channels, shape->out_channels);
        winograd->group_columns = winograd->digits ? DIGITS_COLUMNS : MATRIX_PANEL;
        choose_blocks(winograd);
        winograd->weight = memory_new_aligned(weight_size(winograd), sizeof(float));
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
            winograd_transform_kernels(taps, winograd->weight + weight_index(winograd, in, out),
                                       position_stride(winograd));
        }
}

// Replaces the transformed weights by their digits.
static void set_digits(Winograd *winograd)
{
    const ConvolutionShape *shape = &winograd->shape;
    const float *from = winograd->weight;
    char *to = (char *)winograd->weight;
    for (size_t i = 0; i < shape->out_channels / DIGITS_COLUMNS * POSITIONS; i++) {
        for (size_t panel = 0; panel < DIGITS_PANELS; panel++) {
            digits_set_panel(from, shape->in_channels, panel, to);
            from += shape->in_channels * MATRIX_PANEL;
        }
        to += digits_columns_size(shape->in_channels);
    }
}

void winograd_set_weights(Winograd *winograd, const float *weight, const float *bias)
{
    const ConvolutionShape *shape = &winograd->shape;
    set_kernels(winograd, weight, 9, shape->in_channels * 9, 1);
    if (winograd_in_digits(winograd))
        set_digits(winograd);
    if (bias != NULL)
        memcpy(winograd->bias, bias, shape->out_channels * sizeof(float));
    else
        memset(winograd->bias, 0, shape->out_channels * sizeof(float));
}

void winograd_set_weights_reversed(Winograd *winograd, const float *weight)
{
    set_kernels(winograd, weight + 8, winograd->shape.out_channels * 9, 9, -1);
    if (winograd_in_digits(winograd))
        set_digits(winograd);
}

Place winograd_place(const Winograd *winograd, size_t tile)
{
    size_t in_image = tile % (winograd->tiles_y * winograd->tiles_x);
    return (Place){.image = tile / (winograd->tiles_y * winograd->tiles_x),
                   .y = in_image / winograd->tiles_x * TILE,
                   .x = in_image % winograd->tiles_x * TILE};
}

void winograd_input_pixels(const Winograd *winograd, const float *input, Place place,
                           const float *pixels[POSITIONS])
{
    const ConvolutionShape *shape = &winograd->shape;
    size_t row = shape->width * shape->in_channels;
    const float *image = input + place.image * shape->height * row;
    // Coordinates before the image wrap to huge values and fail the comparisons.
    size_t top = place.y - shape->down.padding, left = place.x - shape->down.padding;
    bool inside = place.y >= shape->down.padding && top + TILE_IN <= shape->height &&
                  place.x >= shape->down.padding && left + TILE_IN <= shape->width;
    for (size_t i = 0; i < POSITIONS; i++) {
        size_t y = top + i / TILE_IN, x = left + i % TILE_IN;
        pixels[i] = inside || (y < shape->height && x < shape->width)
                        ? image + y * row + x * shape->in_channels
                        : winograd->zeros;
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

void winograd_output_pixels(const Winograd *winograd, const float *output, Place place,
                            const float *pixels[TILE * TILE])
{
    for (size_t i = 0; i < TILE * TILE; i++) {
        size_t offset = output_offset(winograd, place, i);
        pixels[i] = offset != SIZE_MAX ? output + offset : winograd->zeros;
    }
}

// Tiles transformed and output channels multiplied together, the distances between positions in
// their transformed input and in the products, and where these are in the scratch.
typedef struct Block {
    size_t tiles, columns;
    size_t v_step, m_step;
    Place places[BLOCK_TILES_LARGE];
    float *v, *m;
    float *tile; // digits: one tile transformed
} Block;

static void set_sizes(const Winograd *winograd, Block *block)
{
    size_t in = winograd->shape.in_channels;
    block->tiles = winograd->block_tiles;
    block->columns = winograd->block_columns;
    block->v_step = winograd_in_digits(winograd)
                        ? digits_rows_size(block->tiles, in) / sizeof(float)
                        : winograd_step(block->tiles, in);
    block->m_step = winograd_step(block->tiles, block->columns);
}

static void set_places(Block *block, float *scratch)
{
    block->v = scratch;
    block->m = block->v + POSITIONS * block->v_step;
    block->tile = block->m + POSITIONS * block->m_step;
}

// Floats of scratch that winograd_forward needs.
static size_t forward_scratch(const Winograd *winograd)
{
    Block block;
    set_sizes(winograd, &block);
    size_t tile = winograd_in_digits(winograd) ? POSITIONS * winograd->shape.in_channels : 0;
    return POSITIONS * (block.v_step + block.m_step) + tile;
}

size_t winograd_scratch_size(const Winograd *winograd)
{
    size_t forward = forward_scratch(winograd), gradient = winograd_gradient_scratch(winograd);
    return forward > gradient ? forward : gradient;
}

// [line of channels][block's tiles][LANES] of the tiles' channels.
static void transform_inputs(const Winograd *winograd, const float *input, size_t tiles,
                             const Block *block)
{
    for (size_t tile = 0; tile < tiles; tile++) {
        const float *pixels[POSITIONS];
        winograd_input_pixels(winograd, input, block->places[tile], pixels);
        winograd_input_tile(pixels, 0, winograd->shape.in_channels, block->v + tile * LANES,
                            block->v_step, block->tiles * LANES);
    }
}

static void transform_inputs_digits(const Winograd *winograd, const float *input, size_t tiles,
                                    const Block *block)
{
    size_t channels = winograd->shape.in_channels;
    for (size_t tile = 0; tile < tiles; tile++) {
        const float *pixels[POSITIONS];
        winograd_input_pixels(winograd, input, block->places[tile], pixels);
        winograd_input_tile(pixels, 0, channels, block->tile, channels, LANES);
        for (size_t i = 0; i < POSITIONS; i++)
            digits_set_row(block->tile + i * channels, block->tiles, channels, tile,
                           block->v + i * block->v_step);
    }
}

// Of a tile that stands over the image's edge, only the pixels inside are copied to the output.
static void output_edge_tile(const Winograd *winograd, const float *m, size_t stride, Place place,
                             size_t column, size_t columns, float *output)
{
    float pixels[TILE * TILE * LANES];
    for (size_t first = 0; first < columns; first += LANES) {
        winograd_output_tile(m + first, stride, LANES, winograd->bias + column + first, pixels,
                             TILE * LANES, LANES);
        for (size_t i = 0; i < TILE * TILE; i++) {
            size_t offset = output_offset(winograd, place, i);
            if (offset != SIZE_MAX)
                memcpy(output + offset + column + first, pixels + i * LANES, LANES * sizeof(float));
        }
    }
}

static void transform_outputs(const Winograd *winograd, const Block *block, size_t tiles,
                              size_t column, size_t columns, float *output)
{
    size_t channels = winograd->shape.out_channels, stride = block->m_step;
    const float *m = block->m;
    for (size_t tile = 0; tile < tiles; tile++, m += block->columns) {
        Place place = block->places[tile];
        if (place.y + TILE <= winograd->out_height && place.x + TILE <= winograd->out_width)
            winograd_output_tile(m, stride, columns, winograd->bias + column,
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
                                         .a = block->v + i * block->v_step,
                                         .a_row = LANES,
                                         .a_segment = block->tiles * LANES,
                                         .a_step = 1,
                                         .b = weight + i * position_stride(winograd),
                                         .b_panel = POSITIONS * position_stride(winograd),
                                         .b_ahead = MATRIX_AHEAD,
                                         .c = block->m + i * block->m_step,
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
                         .c_group = block->m_step,
                         .c_row = block->columns});
}

// Tiles first .. first+tiles-1, at most a block, for output channels column .. column_end-1.
static void forward_block(const Winograd *winograd, const float *input, size_t first, size_t tiles,
                          size_t column, size_t column_end, float *output, Block *block)
{
    for (size_t tile = 0; tile < tiles; tile++)
        block->places[tile] = winograd_place(winograd, first + tile);
    if (winograd_in_digits(winograd))
        transform_inputs_digits(winograd, input, tiles, block);
    else
        transform_inputs(winograd, input, tiles, block);
    for (; column < column_end; column += block->columns) {
        size_t columns = smaller(block->columns, column_end - column);
        if (winograd_in_digits(winograd))
            multiply_digits(winograd, block, tiles, column);
        else
            multiply(winograd, block, tiles, column, columns);
        transform_outputs(winograd, block, tiles, column, columns, output);
    }
}

// Tiles are shared out where there is a block for everyone, so that no input is transformed twice;
// else panels of output channels. Blocks are about equal, lest the last one has too few tiles to
// pay for its weights.
void winograd_forward(const Winograd *winograd, const float *input, size_t n, Share share,
                      float *output, float *scratch)
{
    Block block;
    set_sizes(winograd, &block);
    set_places(&block, scratch);
    size_t all_tiles = n * winograd->tiles_y * winograd->tiles_x;
    size_t enough = winograd->digits ? BLOCK_TILES_SHARED : block.tiles;
    bool by_tile = all_tiles >= share.count * enough;
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
