#include "nn/simd.h"
#include "nn/train/optimiser.h"

SIMD_CLONES
static void move(const float *restrict gradient, size_t n, float decay, float momentum,
                 float learning_rate, float *restrict values, float *restrict velocity)
{
    for (size_t i = 0; i < n; i++) {
        velocity[i] = momentum * velocity[i] + (gradient[i] + decay * values[i]);
        values[i] -= learning_rate * velocity[i];
    }
}

static void sgd_update(const OptimiserSettings *settings, uint64_t step, const float *gradient,
                       size_t n, float *values, float *const *states)
{
    (void)step;
    move(gradient, n, (float)settings->weight_decay, (float)settings->momentum,
         (float)settings->learning_rate, values, states[0]);
}

const Optimiser optimiser_sgd = {1, {"momentum_buffer"}, sgd_update};
