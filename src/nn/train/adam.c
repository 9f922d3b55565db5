#include <math.h>

#include "nn/simd.h"
#include "nn/train/optimiser.h"

SIMD_CLONES
static void move(const float *restrict gradient, size_t n, float decay, float beta1, float beta2,
                 float step_size, float inverse_correction2, float epsilon, float *restrict values,
                 float *restrict mean, float *restrict square)
{
    for (size_t i = 0; i < n; i++) {
        float g = gradient[i] + decay * values[i];
        mean[i] = beta1 * mean[i] + (1 - beta1) * g;
        square[i] = beta2 * square[i] + (1 - beta2) * g * g;
        values[i] -= step_size * mean[i] / (sqrtf(square[i]) * inverse_correction2 + epsilon);
    }
}

static void adam_update(const OptimiserSettings *settings, uint64_t step, const float *gradient,
                        size_t n, float *values, float *const *states)
{
    double correction1 = 1 - pow(settings->beta1, (double)step);
    double correction2 = sqrt(1 - pow(settings->beta2, (double)step));
    move(gradient, n, (float)settings->weight_decay, (float)settings->beta1, (float)settings->beta2,
         (float)(settings->learning_rate / correction1), (float)(1 / correction2),
         (float)settings->epsilon, values, states[0], states[1]);
}

const Optimiser optimiser_adam = {2, {"exp_avg", "exp_avg_sq"}, adam_update};
