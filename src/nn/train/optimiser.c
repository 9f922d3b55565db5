#include "nn/train/optimiser.h"

const Optimiser *optimiser_of(OptimiserKind kind)
{
    switch (kind) {
    case OPTIMISER_ADAM:
        return &optimiser_adam;
    case OPTIMISER_ADADELTA:
        return &optimiser_adadelta;
    default:
        return &optimiser_sgd;
    }
}

OptimiserSettings optimiser_defaults(OptimiserKind kind)
{
    switch (kind) {
    case OPTIMISER_ADAM:
        return (OptimiserSettings){
            .kind = kind, .learning_rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    case OPTIMISER_ADADELTA:
        return (OptimiserSettings){.kind = kind, .learning_rate = 1.0, .rho = 0.9, .epsilon = 1e-6};
    default:
        // PyTorch asks for the learning rate; 0.01 is its later versions' default.
        return (OptimiserSettings){.kind = kind, .learning_rate = 1e-2};
    }
}

static void fill(double *value, double fallback)
{
    if (*value == 0.0)
        *value = fallback;
}

void optimiser_fill_defaults(OptimiserSettings *settings)
{
    const OptimiserSettings defaults = optimiser_defaults(settings->kind);
    fill(&settings->rho, defaults.rho);
    fill(&settings->epsilon, defaults.epsilon);
    fill(&settings->beta1, defaults.beta1);
    fill(&settings->beta2, defaults.beta2);
}
