#include "nn/layers/activation.h"

#include "nn/simd.h"

SIMD_CLONES
void activation_forward(const float *input, size_t n_values, float slope, float *output)
{
#pragma omp simd
    for (size_t i = 0; i < n_values; i++)
        output[i] = input[i] > 0 ? input[i] : slope * input[i];
}

SIMD_CLONES
static void plain_backward(const float *signs, const float *grad_output, size_t n_values,
                           float slope, float *grad_input)
{
#pragma omp simd
    for (size_t i = 0; i < n_values; i++)
        grad_input[i] = signs[i] > 0 ? grad_output[i] : slope * grad_output[i];
}

SIMD_CLONES
static void guided_backward(const float *signs, const float *grad_output, size_t n_values,
                            float *grad_input)
{
#pragma omp simd
    for (size_t i = 0; i < n_values; i++)
        grad_input[i] = ((signs[i] > 0) & (grad_output[i] > 0)) ? grad_output[i] : 0;
}

void activation_backward(const float *signs, const float *grad_output, size_t n_values, float slope,
                         bool guided, float *grad_input)
{
    if (guided)
        guided_backward(signs, grad_output, n_values, grad_input);
    else
        plain_backward(signs, grad_output, n_values, slope, grad_input);
}
