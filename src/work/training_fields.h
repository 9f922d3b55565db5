// The settings that decide what a training run comes to, by name: once for everybody who asks for
// them, be it a dictionary of Tcl or a checkpoint that must know whether it fits.
#ifndef SKYCLASS_WORK_TRAINING_FIELDS_H
#define SKYCLASS_WORK_TRAINING_FIELDS_H

#include "base/field.h"
#include "work/training.h"

extern const char *const training_bests[],
    *const training_optimisers[], *const training_schedules[], *const training_balances[],
                                                                   *const training_corners[];

// Rows of a table over `type`, whose TrainingSettings are reached by `at`: "training." or nothing.
// clang-format off
#define TRAINING_FIELDS(type, at)                                                                  \
    FIELD("epochs", type, at epochs, FIELD_COUNT),                                                 \
    FIELD("batches", type, at batches, FIELD_COUNT),                                               \
    FIELD("stop_epochs", type, at stop_epochs, FIELD_COUNT),                                       \
    FIELD_OF_CHOICES("best", type, at best, training_bests),                                       \
    FIELD("batch", type, at batch, FIELD_COUNT),                                                   \
    FIELD_OF_CHOICES("optimiser", type, at optimiser.kind, training_optimisers),                   \
    FIELD("learning_rate", type, at optimiser.learning_rate, FIELD_NUMBER),                        \
    FIELD("beta1", type, at optimiser.beta1, FIELD_NUMBER),                                        \
    FIELD("beta2", type, at optimiser.beta2, FIELD_NUMBER),                                        \
    FIELD("momentum", type, at optimiser.momentum, FIELD_NUMBER),                                  \
    FIELD("rho", type, at optimiser.rho, FIELD_NUMBER),                                            \
    FIELD("epsilon", type, at optimiser.epsilon, FIELD_NUMBER),                                    \
    FIELD("weight_decay", type, at optimiser.weight_decay, FIELD_NUMBER),                          \
    FIELD_OF_CHOICES("schedule", type, at schedule, training_schedules),                           \
    FIELD("step_epochs", type, at step_epochs, FIELD_COUNT),                                       \
    FIELD("step_factor", type, at step_factor, FIELD_NUMBER),                                      \
    FIELD("warm_up", type, at warm_up, FIELD_NUMBER),                                              \
    FIELD("max_seconds", type, at max_seconds, FIELD_NUMBER),                                      \
    FIELD_OF_CHOICES("balance", type, at sampler.balance, training_balances),                      \
    FIELD("partial", type, at sampler.partial, FIELD_NUMBER),                                      \
    FIELD("copies", type, at sampler.copies, FIELD_COUNT),                                         \
    FIELD("right_angles", type, at sampler.augmentation.right_angles, FIELD_SWITCH),               \
    FIELD("reflections", type, at sampler.augmentation.reflections, FIELD_SWITCH),                 \
    FIELD("rotation", type, at sampler.augmentation.rotation, FIELD_NUMBER),                       \
    FIELD("scale", type, at sampler.augmentation.scale, FIELD_NUMBER),                             \
    FIELD("scale_probability", type, at sampler.augmentation.scale_probability, FIELD_NUMBER),     \
    FIELD("shift", type, at sampler.augmentation.shift, FIELD_NUMBER),                             \
    FIELD("noise", type, at sampler.augmentation.noise, FIELD_NUMBER),                             \
    FIELD_OF_CHOICES("corners", type, at sampler.augmentation.corners, training_corners),          \
    FIELD("seed", type, at seed, FIELD_SEED)
// clang-format on

extern const Field training_fields[]; // of TrainingSettings

#endif
