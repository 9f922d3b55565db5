#include "nn/layers/channel.h"

#include <math.h>
#include <string.h>

#include "nn/simd.h"

// ---- Scale -------------------------------------------------------------------------------------

SIMD_CLONES
void scale_forward(const float *input, size_t n_pixels, size_t channels, const float *weight,
                   const float *bias, float *output)
{
    for (size_t p = 0; p < n_pixels; p++)
        for (size_t c = 0; c < channels; c++)
            output[p * channels + c] = weight[c] * input[p * channels + c] + bias[c];
}

SIMD_CLONES
void scale_backward(const float *input, const float *grad_output, size_t n_pixels, size_t channels,
                    const float *weight, float *grad_input, float *grad_parameters)
{
    for (size_t p = 0; p < n_pixels; p++, input += channels, grad_output += channels)
        for (size_t c = 0; c < channels; c++) {
            float grad = grad_output[c];
            if (grad_parameters != NULL) {
                grad_parameters[c] += grad * input[c];
                grad_parameters[channels + c] += grad;
            }
            if (grad_input != NULL)
                grad_input[p * channels + c] = grad * weight[c];
        }
}

// ---- Leaky ReLU with a slope for each channel --------------------------------------------------

SIMD_CLONES
void prelu_forward(const float *input, size_t n_pixels, size_t channels, const float *weight,
                   float *output)
{
    for (size_t p = 0; p < n_pixels; p++)
        for (size_t c = 0; c < channels; c++) {
            float x = input[p * channels + c];
            output[p * channels + c] = x > 0 ? x : weight[c] * x;
        }
}

SIMD_CLONES
void prelu_backward(const float *input, const float *grad_output, size_t n_pixels, size_t channels,
                    const float *weight, float *grad_input, float *grad_parameters)
{
    for (size_t p = 0; p < n_pixels; p++, input += channels, grad_output += channels)
        for (size_t c = 0; c < channels; c++) {
            float grad = grad_output[c];
            if (grad_parameters != NULL && !(input[c] > 0))
                grad_parameters[c] += grad * input[c];
            if (grad_input != NULL)
                grad_input[p * channels + c] = input[c] > 0 ? grad : grad * weight[c];
        }
}

// ---- Products of two layers --------------------------------------------------------------------

SIMD_CLONES
void multiply_forward(const float *a, const float *b, size_t n_pixels, size_t b_pixels,
                      size_t channels, float *output)
{
    for (size_t p = 0; p < n_pixels; p++, a += channels, output += channels) {
        const float *row = b_pixels == 1 ? b : b + p * channels;
        for (size_t c = 0; c < channels; c++)
            output[c] = a[c] * row[c];
    }
}

SIMD_CLONES
void multiply_backward_second(const float *a, const float *grad_output, size_t n_pixels,
                              size_t b_pixels, size_t channels, float *grad_b)
{
    memset(grad_b, 0, b_pixels * channels * sizeof(float));
    for (size_t p = 0; p < n_pixels; p++, a += channels, grad_output += channels) {
        float *row = b_pixels == 1 ? grad_b : grad_b + p * channels;
        for (size_t c = 0; c < channels; c++)
            row[c] += a[c] * grad_output[c];
    }
}

// ---- Local response normalisation --------------------------------------------------------------

// The channels about c: first .. end-1.
static void neighbours(const LocalNorm *norm, size_t c, size_t *first, size_t *end)
{
    size_t before = (norm->span - 1) / 2, behind = norm->span / 2;
    *first = c > before ? c - before : 0;
    *end = c + behind + 1 < norm->channels ? c + behind + 1 : norm->channels;
}

static float local_sum(const LocalNorm *norm, const float *pixel, size_t c)
{
    size_t first, end;
    float squares = 0;
    neighbours(norm, c, &first, &end);
    for (size_t k = first; k < end; k++)
        squares += pixel[k] * pixel[k];
    return norm->offset + norm->alpha / (float)norm->span * squares;
}

void local_norm_forward(const LocalNorm *norm, const float *input, size_t n_pixels, float *output)
{
    size_t channels = norm->channels;
    for (size_t p = 0; p < n_pixels; p++, input += channels, output += channels)
        for (size_t c = 0; c < channels; c++)
            output[c] = input[c] * powf(local_sum(norm, input, c), -norm->beta);
}

// dy_c / dx_k = [c = k] s_c^-beta - 2 beta alpha / span x_c x_k s_c^(-beta-1) where k is near c.
void local_norm_backward(const LocalNorm *norm, const float *input, const float *grad_output,
                         size_t n_pixels, float *grad_input)
{
    size_t channels = norm->channels;
    float factor = 2 * norm->beta * norm->alpha / (float)norm->span;
    memset(grad_input, 0, n_pixels * channels * sizeof(float));
    for (size_t p = 0; p < n_pixels; p++) {
        for (size_t c = 0; c < channels; c++) {
            size_t first, end;
            float sum = local_sum(norm, input, c), power = powf(sum, -norm->beta);
            float common = factor * grad_output[c] * input[c] * power / sum;
            neighbours(norm, c, &first, &end);
            grad_input[c] += grad_output[c] * power;
            for (size_t k = first; k < end; k++)
                grad_input[k] -= common * input[k];
        }
        input += channels;
        grad_output += channels;
        grad_input += channels;
    }
}
