#include "nn/layers/linear.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/product/product.h"

// Sources of a usual call.
enum { SOURCES = 64 };

struct Linear {
    size_t in, out;
    PackedMatrix *weight; // in x out
    PackedMatrix *back;   // out x in; NULL before training
    const ProductBackend *adds;
    float *bias; // [product_padded(out)]
};

Status linear_new(size_t in, size_t out, Linear **result, Error *error)
{
    *result = NULL;
    Linear *linear = memory_new(1, sizeof *linear);
    if (linear == NULL)
        return error_memory(error, "a fully connected layer");
    linear->in = in;
    linear->out = out;
    linear->adds = product_backend(&(ProductShape){PRODUCT_SUM, out, SOURCES, in});
    Status status = packed_matrix_new(&(ProductShape){PRODUCT_SOURCES, SOURCES, in, out},
                                      &linear->weight, error);
    if (status == STATUS_OK) {
        linear->bias = memory_new(product_padded(out), sizeof(float));
        if (linear->bias == NULL)
            status = error_memory(error, "a fully connected layer");
    }
    if (status != STATUS_OK) {
        linear_free(linear);
        return status;
    }
    *result = linear;
    return STATUS_OK;
}

void linear_free(Linear *linear)
{
    if (linear == NULL)
        return;
    packed_matrix_free(linear->weight);
    packed_matrix_free(linear->back);
    free(linear->bias);
    free(linear);
}

Status linear_set_weights(Linear *linear, const float *weight, const float *bias, bool training,
                          Error *error)
{
    packed_matrix_set(linear->weight, weight, 1, linear->in);
    if (bias != NULL)
        memcpy(linear->bias, bias, linear->out * sizeof(float));
    else
        memset(linear->bias, 0, linear->out * sizeof(float));
    if (!training)
        return STATUS_OK;
    if (linear->back == NULL) {
        ProductShape shape = {PRODUCT_SOURCES, SOURCES, linear->out, linear->in};
        Status status = packed_matrix_new(&shape, &linear->back, error);
        if (status != STATUS_OK)
            return status;
    }
    packed_matrix_set(linear->back, weight, linear->in, 1);
    return STATUS_OK;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t linear_scratch_size(const Linear *linear)
{
    size_t forward = packed_matrix_scratch_size(linear->weight);
    size_t back = linear->back != NULL ? packed_matrix_scratch_size(linear->back) : 0;
    return larger(product_sum_scratch_size(linear->adds), larger(forward, back));
}

void linear_forward(const Linear *linear, const float *input, size_t n, Share share, float *output,
                    float *scratch)
{
    size_t step = packed_matrix_column_step(linear->weight);
    size_t steps = (linear->out + step - 1) / step;
    size_t column = share_begin(share, steps) * step, end = share_end(share, steps) * step;
    if (column == end)
        return;
    packed_matrix_multiply(linear->weight,
                           &(ProductRows){.rows = n,
                                          .a = input,
                                          .a_row = linear->in,
                                          .start = linear->bias,
                                          .c = output,
                                          .c_row = linear->out,
                                          .first_column = column,
                                          .end_column = end < linear->out ? end : linear->out,
                                          .scratch = scratch});
}

void linear_backward_data(const Linear *linear, const float *grad_output, size_t n,
                          float *grad_input, float *scratch)
{
    packed_matrix_multiply(linear->back, &(ProductRows){.rows = n,
                                                        .a = grad_output,
                                                        .a_row = linear->out,
                                                        .c = grad_input,
                                                        .c_row = linear->in,
                                                        .scratch = scratch});
}

void linear_backward_weight(const Linear *linear, const float *input, const float *grad_output,
                            size_t n, float *grad_weight, float *grad_bias, float *scratch)
{
    product_add(linear->adds, &(ProductSum){.rows = linear->out,
                                            .depth = n,
                                            .columns = linear->in,
                                            .a = grad_output,
                                            .a_row = linear->out,
                                            .b = input,
                                            .b_row = linear->in,
                                            .c = grad_weight,
                                            .c_row = linear->in,
                                            .scratch = scratch});
    for (size_t row = 0; grad_bias != NULL && row < n; row++)
        for (size_t c = 0; c < linear->out; c++)
            grad_bias[c] += grad_output[row * linear->out + c];
}
