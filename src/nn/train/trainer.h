// Backpropagation and optimisers over a Network.
#ifndef SKYCLASS_NN_TRAIN_TRAINER_H
#define SKYCLASS_NN_TRAIN_TRAINER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/parallel.h"
#include "nn/network.h"
#include "nn/train/optimiser.h"

typedef struct Trainer Trainer;

// The trainer changes `network`'s values (it does not own it) and shares the batch out over
// `parallel`. Same seed, same calls: same weights, whatever the number of threads. Parameters of
// layers before `first_trainable_layer` stay as they are (0: all are trained).
Status trainer_new(Network *network, const OptimiserSettings *settings, Parallel *parallel,
                   uint64_t seed, size_t first_trainable_layer, Trainer **trainer, Error *error);
void trainer_free(Trainer *trainer);
void trainer_set_learning_rate(Trainer *trainer, double learning_rate);

// One step on input[n][h][w][c], labels[n] in 0 .. classes-1: forward in training mode (dropout,
// batch statistics), mean cross-entropy, backward, update. *loss is the mean loss before the
// update, *n_correct counts argmax hits; both may be NULL.
Status trainer_step(Trainer *trainer, const float *input, const size_t *labels, size_t n,
                    double *loss, size_t *n_correct, Error *error);

// The two halves of trainer_step, for tests and for gradients with respect to the input.
// trainer_gradients leaves parameter gradients readable through trainer_gradient.
Status trainer_gradients(Trainer *trainer, const float *input, const size_t *labels, size_t n,
                         double *loss, size_t *n_correct, Error *error);
const float *trainer_gradient(const Trainer *trainer,
                              size_t parameter); // PyTorch layout; NULL if not trainable
Status trainer_update(Trainer *trainer, Error *error);

// Must be called after somebody else changed the network's values (a checkpoint restored).
Status trainer_values_changed(Trainer *trainer, Error *error);

// Everything besides the network's values that the next step depends on (moments, step count,
// dropout's random state), as named arrays for a checkpoint. `trainer_state` lists pointers into
// the trainer: write them to save, copy into them to restore.
typedef struct TrainerState {
    size_t n_arrays;
    struct {
        char name[LAYER_NAME_SIZE + 32];
        float *values;
        size_t n_values;
    } * arrays;     // owned by the trainer
    uint64_t *step; // steps done
    Random *random; // dropout
} TrainerState;
TrainerState *trainer_state(Trainer *trainer);

#endif
