#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/layers/convolution.h"
#include "nn/product/matrix.h"
#include "nn/simd.h"

// Terms summed at a time: their weights stay in the second-level cache while all rows use them,
// and partial sums of a few hundred terms lose less to rounding than one of thousands.
enum { BLOCK_DEPTH = 512 };
// Rows and columns of the input packed at a time for the weight gradient.
enum { BLOCK_ROWS = 128, BLOCK_COLUMNS = 256 };

struct Linear {
    size_t in, out;
    float *weight;      // in x out, packed
    float *weight_back; // out x in, packed; NULL before training
    float *bias;        // [matrix_padded(out)]
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static float *new_packed(size_t depth, size_t columns)
{
    size_t size;
    return memory_multiply(depth, matrix_padded(columns), &size)
               ? memory_new_aligned(size, sizeof(float))
               : NULL;
}

Status linear_new(size_t in, size_t out, Linear **result, Error *error)
{
    *result = NULL;
    Linear *linear = memory_new(1, sizeof *linear);
    if (linear != NULL) {
        linear->in = in;
        linear->out = out;
        linear->weight = new_packed(in, out);
        linear->bias = memory_new(matrix_padded(out), sizeof(float));
    }
    if (linear == NULL || linear->weight == NULL || linear->bias == NULL) {
        linear_free(linear);
        return error_memory(error, "the weights of a fully connected layer");
    }
    *result = linear;
    return STATUS_OK;
}

void linear_free(Linear *linear)
{
    if (linear == NULL)
        return;
    free(linear->weight);
    free(linear->weight_back);
    free(linear->bias);
    free(linear);
}

Status linear_set_weights(Linear *linear, const float *weight, const float *bias, bool training,
                          Error *error)
{
    matrix_pack(weight, linear->in, linear->out, 1, linear->in, linear->weight);
    if (bias != NULL)
        memcpy(linear->bias, bias, linear->out * sizeof(float));
    else
        memset(linear->bias, 0, linear->out * sizeof(float));
    if (!training)
        return STATUS_OK;
    if (linear->weight_back == NULL)
        linear->weight_back = new_packed(linear->out, linear->in);
    if (linear->weight_back == NULL)
        return error_memory(error, "the weights of a fully connected layer");
    matrix_pack(weight, linear->out, linear->in, linear->in, 1, linear->weight_back);
    return STATUS_OK;
}

size_t linear_scratch_size(void)
{
    return 2 * BLOCK_ROWS * BLOCK_COLUMNS; // packed inputs, products
}

// c[n][columns] = start + a[n][depth] x packed, in blocks of depth; a share of the columns.
static void multiply_rows(const float *a, size_t n, size_t depth, const float *packed,
                          size_t columns, const float *start, Share share, float *c)
{
    size_t panels = matrix_padded(columns) / MATRIX_PANEL;
    size_t column = share_begin(share, panels) * MATRIX_PANEL;
    size_t end = share_end(share, panels) * MATRIX_PANEL;
    end = end < columns ? end : columns;
    if (column == end)
        return;
    for (size_t first = 0; first < depth; first += BLOCK_DEPTH)
        matrix_multiply(
            &(MatrixProduct){.groups = 1,
                             .rows = n,
                             .columns = end - column,
                             .segments = 1,
                             .depth = depth - first < BLOCK_DEPTH ? depth - first : BLOCK_DEPTH,
                             .a = a + first,
                             .a_row = depth,
                             .a_step = 1,
                             .b = packed + column * depth + first * MATRIX_PANEL,
                             .b_panel = depth * MATRIX_PANEL,
                             .b_ahead = MATRIX_AHEAD,
                             .start = first == 0 && start != NULL ? start + column : NULL,
                             .c = c + column,
                             .c_row = columns,
                             .accumulate = first > 0});
}

void linear_forward(const Linear *linear, const float *input, size_t n, Share share, float *output)
{
    multiply_rows(input, n, linear->in, linear->weight, linear->out, linear->bias, share, output);
}

void linear_backward_data(const Linear *linear, const float *grad_output, size_t n,
                          float *grad_input)
{
    multiply_rows(grad_output, n, linear->out, linear->weight_back, linear->in, NULL, SHARE_ALL,
                  grad_input);
}

// to[row][0 .. columns-1] += from[row][...], rows of `to` being `step` floats apart.
SIMD_CLONES
static void add_rows(const float *restrict from, size_t rows, size_t columns, float *restrict to,
                     size_t step)
{
    for (size_t row = 0; row < rows; row++, from += columns, to += step)
        for (size_t column = 0; column < columns; column++)
            to[column] += from[column];
}

// grad_weight[out][in] += products of a block of rows and columns of the input, packed, with
// grad_output[rows][out].
static void add_block_gradient(const Linear *linear, const float *packed, size_t rows,
                               size_t columns, const float *grad_output, float *grad_weight,
                               float *product)
{
    for (size_t out = 0; out < linear->out; out += BLOCK_ROWS) {
        size_t n = smaller(linear->out - out, BLOCK_ROWS);
        matrix_multiply(&(MatrixProduct){.groups = 1,
                                         .rows = n,
                                         .columns = columns,
                                         .segments = 1,
                                         .depth = rows,
                                         .a = grad_output + out,
                                         .a_row = 1,
                                         .a_step = linear->out,
                                         .b = packed,
                                         .b_panel = rows * MATRIX_PANEL,
                                         .c = product,
                                         .c_row = columns});
        add_rows(product, n, columns, grad_weight + out * linear->in, linear->in);
    }
}

void linear_backward_weight(const Linear *linear, const float *input, const float *grad_output,
                            size_t n, float *grad_weight, float *grad_bias, float *scratch)
{
    size_t in = linear->in, out = linear->out;
    for (size_t row = 0; row < n; row += BLOCK_ROWS) {
        size_t rows = smaller(n - row, BLOCK_ROWS);
        for (size_t column = 0; column < in; column += BLOCK_COLUMNS) {
            size_t columns = smaller(in - column, BLOCK_COLUMNS);
            matrix_pack(input + row * in + column, rows, columns, in, 1, scratch);
            add_block_gradient(linear, scratch, rows, columns, grad_output + row * out,
                               grad_weight + column, scratch + BLOCK_ROWS * BLOCK_COLUMNS);
        }
    }
    if (grad_bias != NULL)
        for (size_t row = 0; row < n; row++)
            for (size_t c = 0; c < out; c++)
                grad_bias[c] += grad_output[row * out + c];
}
