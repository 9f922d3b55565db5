#include "nn/layers/curve.h"

#include <math.h>

// Each pair of functions computes n values in one loop.
typedef void Values(float alpha, float beta, const float *x, size_t n, float *y);

#define CURVE(name, value, slope)                                                                  \
    static void name##_values(float alpha, float beta, const float *input, size_t n,               \
                              float *output)                                                       \
    {                                                                                              \
        (void)alpha;                                                                               \
        (void)beta;                                                                                \
        for (size_t i = 0; i < n; i++) {                                                           \
            const float x = input[i];                                                              \
            output[i] = (value);                                                                   \
        }                                                                                          \
    }                                                                                              \
    static float name##_slope(float alpha, float beta, float x)                                    \
    {                                                                                              \
        (void)alpha;                                                                               \
        (void)beta;                                                                                \
        return (slope);                                                                            \
    }

static float sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

// 2 / sqrt(pi), the slope of the error function at 0.
static const float erf_slope_at_zero = 1.12837917f;

CURVE(sigmoid, sigmoid(x), sigmoid(x) * (1 - sigmoid(x)))
CURVE(tanh, tanhf(x), 1 - tanhf(x) * tanhf(x))
CURVE(erf, erff(x), erf_slope_at_zero *expf(-x *x))
CURVE(softplus, x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x)), sigmoid(x))
CURVE(elu, x > 0 ? x : alpha * expm1f(x), x > 0 ? 1 : alpha * expf(x))
CURVE(hard_sigmoid, fminf(fmaxf(alpha *x + beta, 0), 1),
      alpha *x + beta > 0 && alpha * x + beta < 1 ? alpha : 0)
CURVE(clip, fminf(fmaxf(x, alpha), beta), x > alpha && x < beta ? 1 : 0)

static const struct {
    Values *values;
    float (*slope)(float alpha, float beta, float x);
} curves[] = {
    [CURVE_SIGMOID] = {sigmoid_values, sigmoid_slope},
    [CURVE_TANH] = {tanh_values, tanh_slope},
    [CURVE_ERF] = {erf_values, erf_slope},
    [CURVE_SOFTPLUS] = {softplus_values, softplus_slope},
    [CURVE_ELU] = {elu_values, elu_slope},
    [CURVE_HARD_SIGMOID] = {hard_sigmoid_values, hard_sigmoid_slope},
    [CURVE_CLIP] = {clip_values, clip_slope},
};

void curve_forward(Curve curve, float alpha, float beta, const float *input, size_t n_values,
                   float *output)
{
    curves[curve].values(alpha, beta, input, n_values, output);
}

void curve_backward(Curve curve, float alpha, float beta, const float *input,
                    const float *grad_output, size_t n_values, bool guided, float *grad_input)
{
    for (size_t i = 0; i < n_values; i++) {
        float grad = guided && !(grad_output[i] > 0) ? 0 : grad_output[i];
        grad_input[i] = grad * curves[curve].slope(alpha, beta, input[i]);
    }
}
