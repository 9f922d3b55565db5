// Optimisers, with PyTorch's definitions. Each is one function that moves a run of values along
// their gradients, given the two arrays that it keeps for every value.
#ifndef SKYCLASS_NN_TRAIN_OPTIMISER_H
#define SKYCLASS_NN_TRAIN_OPTIMISER_H

#include <stddef.h>
#include <stdint.h>

#include "nn/train/trainer.h"

enum { OPTIMISER_STATES_MAX = 2 };

typedef struct Optimiser {
    size_t n_states;
    const char *state_names[OPTIMISER_STATES_MAX]; // PyTorch's
    // n values; states[i][n], all zero before the first step; `step` counts from 1.
    void (*update)(const OptimiserSettings *settings, uint64_t step, const float *gradient,
                   size_t n, float *values, float *const *states);
} Optimiser;

const Optimiser *optimiser_of(OptimiserKind kind);

extern const Optimiser optimiser_adam;     // Kingma & Ba 2015, algorithm 1
extern const Optimiser optimiser_adadelta; // Zeiler 2012, algorithm 1
extern const Optimiser optimiser_sgd;      // with momentum, not Nesterov's

#endif
