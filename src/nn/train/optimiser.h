// Optimisers, with PyTorch's definitions. Each is one function that moves a run of values along
// their gradients, given the two arrays that it keeps for every value.
#ifndef SKYCLASS_NN_TRAIN_OPTIMISER_H
#define SKYCLASS_NN_TRAIN_OPTIMISER_H

#include <stddef.h>
#include <stdint.h>

typedef enum OptimiserKind { OPTIMISER_ADAM, OPTIMISER_ADADELTA, OPTIMISER_SGD } OptimiserKind;

// PyTorch's definitions and defaults: Adam(lr, beta1, beta2, epsilon, weight_decay as L2),
// Adadelta(lr, rho, epsilon), SGD(lr, momentum, weight_decay).
typedef struct OptimiserSettings {
    OptimiserKind kind;
    double learning_rate;
    double beta1, beta2, epsilon; // Adam 0.9, 0.999, 1e-8
    double rho;                   // Adadelta 0.9 (epsilon 1e-6)
    double momentum;              // SGD
    double weight_decay;
} OptimiserSettings;

OptimiserSettings optimiser_defaults(OptimiserKind kind); // PyTorch's
// The same for rho, epsilon, beta1 and beta2 that are 0.
void optimiser_fill_defaults(OptimiserSettings *settings);

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
