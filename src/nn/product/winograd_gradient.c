// The weight gradient: at each position a product of transformed inputs, turned, with transformed
// gradients of the outputs, summed over tiles; each block's sums are transformed back.
#include <string.h>

#include "nn/product/matrix.h"
#include "nn/product/winograd_internal.h"

// Tiles of a block: what the transformed input of 128 channels leaves of the second-level cache is
// enough for the rest.
enum { TILES = DIGITS_DEPTH };

// Parts of the scratch and their distances between positions.
typedef struct Block {
    const float *inputs[TILES][POSITIONS], *outputs[TILES][TILE * TILE];
    size_t tiles;
    size_t columns;   // output channels multiplied together
    float *v, *g, *u; // input, gradients of the output, sums
    size_t v_step, g_step, u_step;
    float *line; // digits: [36][TILES][LANES] before they are taken apart
    size_t line_step;
} Block;

static void set_sizes(const Winograd *winograd, Block *block)
{
    size_t in = winograd->shape.in_channels;
    if (winograd_in_digits(winograd)) {
        block->columns = DIGITS_COLUMNS;
        block->v_step = digits_rows_size(in, TILES) / sizeof(float);
        block->g_step = digits_columns_size(TILES) / sizeof(float);
        block->line_step = winograd_step(TILES, LANES);
    } else {
        block->columns = MATRIX_PANEL;
        block->v_step = winograd_step(TILES, in);
        block->g_step = winograd_step(TILES, MATRIX_PANEL);
        block->line_step = 0;
    }
    block->u_step = winograd_step(in, block->columns);
}

static void set_places(Block *block, float *scratch)
{
    block->v = scratch;
    block->g = block->v + POSITIONS * block->v_step;
    block->u = block->g + POSITIONS * block->g_step;
    block->line = block->u + POSITIONS * block->u_step;
}

size_t winograd_gradient_scratch(const Winograd *winograd)
{
    Block block;
    set_sizes(winograd, &block);
    return POSITIONS * (block.v_step + block.g_step + block.u_step + block.line_step);
}

// ---- Of floats -------------------------------------------------------------------------------

// [tile][in] at each position.
static void transform_inputs(const Winograd *winograd, const Block *block)
{
    size_t in = winograd->shape.in_channels;
    for (size_t tile = 0; tile < block->tiles; tile++)
        winograd_input_tile(block->inputs[tile], 0, in, block->v + tile * in, block->v_step, LANES);
}

static void multiply(const Winograd *winograd, const Block *block, size_t column)
{
    for (size_t tile = 0; tile < block->tiles; tile++)
        winograd_grad_output_tile(block->outputs[tile], column, block->g + tile * MATRIX_PANEL,
                                  block->g_step);
    matrix_multiply(&(MatrixProduct){.groups = POSITIONS,
                                     .rows = winograd->shape.in_channels,
                                     .columns = MATRIX_PANEL,
                                     .segments = 1,
                                     .depth = block->tiles,
                                     .a = block->v,
                                     .a_group = block->v_step,
                                     .a_row = 1,
                                     .a_step = winograd->shape.in_channels,
                                     .b = block->g,
                                     .b_group = block->g_step,
                                     .c = block->u,
                                     .c_group = block->u_step,
                                     .c_row = MATRIX_PANEL});
}

// ---- Of digits -------------------------------------------------------------------------------

// Tiles that are missing from the last block count as zeros.
static void clear_missing(const Block *block)
{
    for (size_t i = 0; i < POSITIONS; i++)
        memset(block->line + i * block->line_step + block->tiles * LANES, 0,
               (TILES - block->tiles) * LANES * sizeof(float));
}

static void transform_inputs_digits(const Winograd *winograd, const Block *block)
{
    size_t in = winograd->shape.in_channels;
    for (size_t channel = 0; channel < in; channel += LANES) {
        for (size_t tile = 0; tile < block->tiles; tile++)
            winograd_input_tile(block->inputs[tile], channel, channel + LANES,
                                block->line + tile * LANES, block->line_step, 0);
        for (size_t i = 0; i < POSITIONS; i++)
            digits_set_turned(block->line + i * block->line_step, in, TILES, channel,
                              block->v + i * block->v_step);
    }
}

static void multiply_digits(const Winograd *winograd, const Block *block, size_t column)
{
    size_t in = winograd->shape.in_channels;
    for (size_t panel = 0; panel < DIGITS_PANELS; panel++) {
        for (size_t tile = 0; tile < block->tiles; tile++)
            winograd_grad_output_tile(block->outputs[tile], column + panel * LANES,
                                      block->line + tile * LANES, block->line_step);
        for (size_t i = 0; i < POSITIONS; i++)
            digits_set_panel(block->line + i * block->line_step, TILES, panel,
                             block->g + i * block->g_step);
    }
    digits_multiply(&(DigitsProduct){.groups = POSITIONS,
                                     .rows = in,
                                     .depth = TILES,
                                     .a_rows = in,
                                     .a = block->v,
                                     .b = block->g,
                                     .c = block->u,
                                     .c_group = block->u_step,
                                     .c_row = DIGITS_COLUMNS});
}

// ---- Either way ------------------------------------------------------------------------------

size_t winograd_gradient_size(const Winograd *winograd)
{
    return 9 * winograd->shape.in_channels * winograd->shape.out_channels;
}

void winograd_backward_weight(const Winograd *winograd, const float *input,
                              const float *grad_output, size_t n, float *accumulator,
                              float *scratch)
{
    const ConvolutionShape *shape = &winograd->shape;
    Block block;
    set_sizes(winograd, &block);
    set_places(&block, scratch);
    bool digits = winograd_in_digits(winograd);
    size_t n_tiles = n * winograd->tiles_y * winograd->tiles_x;
    size_t tap_step = shape->in_channels * LANES;
    for (size_t first = 0; first < n_tiles; first += TILES) {
        block.tiles = n_tiles - first < TILES ? n_tiles - first : TILES;
        for (size_t tile = 0; tile < block.tiles; tile++) {
            Place place = winograd_place(winograd, first + tile);
            winograd_input_pixels(winograd, input, place, block.inputs[tile]);
            winograd_output_pixels(winograd, grad_output, place, block.outputs[tile]);
        }
        if (digits) {
            clear_missing(&block);
            transform_inputs_digits(winograd, &block);
        } else {
            transform_inputs(winograd, &block);
        }
        for (size_t column = 0; column < shape->out_channels; column += block.columns) {
            if (digits)
                multiply_digits(winograd, &block, column);
            else
                multiply(winograd, &block, column);
            for (size_t lane = 0; lane < block.columns; lane += LANES)
                winograd_add_grad_kernels(
                    block.u + lane, block.u_step, block.columns, shape->in_channels,
                    accumulator + (column + lane) / LANES * 9 * tap_step, tap_step);
        }
    }
}

// The accumulator is [out / LANES][tap][in][LANES].
void winograd_gradient_finish(const Winograd *winograd, const float *accumulator,
                              float *grad_weight)
{
    const ConvolutionShape *shape = &winograd->shape;
    for (size_t out = 0; out < shape->out_channels; out++)
        for (size_t in = 0; in < shape->in_channels; in++)
            for (size_t tap = 0; tap < 9; tap++) {
                size_t line = (out / LANES * 9 + tap) * shape->in_channels + in;
                *grad_weight++ = accumulator[line * LANES + out % LANES];
            }
}
