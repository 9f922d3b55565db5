#include <math.h>

#include "nn/simd.h"
#include "nn/train/optimiser.h"

SIMD_CLONES
static void move(const float *restrict gradient, size_t n, float decay, float rho, float epsilon,
                 float learning_rate, float *restrict values, float *restrict square,
                 float *restrict delta_square)
{
    for (size_t i = 0; i < n; i++) {
        float g = gradient[i] + decay * values[i];
        square[i] = rho * square[i] + (1 - rho) * g * g;
        float delta = sqrtf((delta_square[i] + epsilon) / (square[i] + epsilon)) * g;
        delta_square[i] = rho * delta_square[i] + (1 - rho) * delta * delta;
        values[i] -= learning_rate * delta;
    }
}

static void adadelta_update(const OptimiserSettings *settings, uint64_t step, const float *gradient,
                            size_t n, float *values, float *const *states)
{
    (void)step;
    move(gradient, n, (float)settings->weight_decay, (float)settings->rho, (float)settings->epsilon,
         (float)settings->learning_rate, values, states[0], states[1]);
}

const Optimiser optimiser_adadelta = {2, {"square_avg", "acc_delta"}, adadelta_update};
