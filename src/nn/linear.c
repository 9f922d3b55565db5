#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/convolution.h"

// Rows of a matrix product, fixed so that a row's result does not depend on n.
enum { BLOCK_ROWS = 32 };

struct Linear {
    size_t in, out;
    float *weight; // [out][in]
    float *bias;   // [out]
};

Status linear_new(size_t in, size_t out, Linear **result, Error *error)
{
    *result = NULL;
    Linear *linear = memory_new(1, sizeof *linear);
    size_t n_weights;
    if (linear != NULL && memory_multiply(in, out, &n_weights)) {
        linear->in = in;
        linear->out = out;
        linear->weight = memory_new_aligned(n_weights, sizeof(float));
        linear->bias = memory_new_aligned(out, sizeof(float));
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
    free(linear->bias);
    free(linear);
}

Status linear_set_weights(Linear *linear, const float *weight, const float *bias, int training,
                          Error *error)
{
    (void)training;
    (void)error;
    memcpy(linear->weight, weight, linear->in * linear->out * sizeof(float));
    if (bias != NULL)
        memcpy(linear->bias, bias, linear->out * sizeof(float));
    else
        memset(linear->bias, 0, linear->out * sizeof(float));
    return STATUS_OK;
}

size_t linear_scratch_size(const Linear *linear)
{
    return BLOCK_ROWS * (linear->in + linear->out);
}

void linear_forward(const Linear *linear, const float *input, size_t n, float *output,
                    float *scratch)
{
    float *rows_in = scratch;
    float *rows_out = scratch + BLOCK_ROWS * linear->in;
    for (size_t first = 0; first < n; first += BLOCK_ROWS) {
        size_t rows = n - first < BLOCK_ROWS ? n - first : BLOCK_ROWS;
        memcpy(rows_in, input + first * linear->in, rows * linear->in * sizeof(float));
        memset(rows_in + rows * linear->in, 0, (BLOCK_ROWS - rows) * linear->in * sizeof(float));
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, BLOCK_ROWS, (int)linear->out,
                    (int)linear->in, 1.0f, rows_in, (int)linear->in, linear->weight,
                    (int)linear->in, 0.0f, rows_out, (int)linear->out);
        for (size_t row = 0; row < rows; row++)
            for (size_t c = 0; c < linear->out; c++)
                output[(first + row) * linear->out + c] =
                    rows_out[row * linear->out + c] + linear->bias[c];
    }
}

void linear_backward_data(const Linear *linear, const float *grad_output, size_t n,
                          float *grad_input, float *scratch)
{
    (void)scratch;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)linear->in,
                (int)linear->out, 1.0f, grad_output, (int)linear->out, linear->weight,
                (int)linear->in, 0.0f, grad_input, (int)linear->in);
}

void linear_backward_weight(const Linear *linear, const float *input, const float *grad_output,
                            size_t n, float *grad_weight, float *grad_bias, float *scratch)
{
    (void)scratch;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)linear->out, (int)linear->in, (int)n,
                1.0f, grad_output, (int)linear->out, input, (int)linear->in, 1.0f, grad_weight,
                (int)linear->in);
    if (grad_bias != NULL)
        for (size_t row = 0; row < n; row++)
            for (size_t c = 0; c < linear->out; c++)
                grad_bias[c] += grad_output[row * linear->out + c];
}
