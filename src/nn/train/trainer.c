#include "nn/train/trainer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "nn/network_internal.h"
#include "nn/train/backprop.h"
#include "nn/train/loss.h"
#include "nn/train/optimiser.h"

// Values that one item of the shared-out update covers.
enum { UPDATE_VALUES = 1 << 16 };

// Part of a parameter, for the update.
typedef struct Piece {
    size_t parameter, first, n;
} Piece;

struct Trainer {
    Network *network;
    PackedNetwork *packed;
    Parallel *parallel;
    OptimiserSettings settings;
    const Optimiser *optimiser;
    Backprop *backprop;
    uint64_t step;
    Random random;                          // seeds of dropout
    float *(*states)[OPTIMISER_STATES_MAX]; // [parameters]; NULL where not trained
    size_t n_pieces;
    Piece *pieces;
    TrainerState state;
};

// ---- Making and freeing ------------------------------------------------------------------------

static bool is_trained(const Trainer *trainer, size_t parameter)
{
    return backprop_gradient(trainer->backprop, parameter) != NULL;
}

static Status allocate_states(Trainer *trainer, Error *error)
{
    Network *network = trainer->network;
    size_t n_parameters = network_parameter_count(network);
    size_t n_states = trainer->optimiser->n_states;
    trainer->states = memory_new(n_parameters, sizeof *trainer->states);
    trainer->state.arrays = memory_new(n_parameters * n_states, sizeof *trainer->state.arrays);
    if (trainer->states == NULL || trainer->state.arrays == NULL)
        return error_memory(error, "the optimiser");
    for (size_t i = 0; i < n_parameters; i++) {
        const Parameter *parameter = network_parameter(network, i);
        for (size_t k = 0; is_trained(trainer, i) && k < n_states; k++) {
            float *values = memory_new(parameter->n_values, sizeof *values);
            if (values == NULL)
                return error_memory(error, "the optimiser");
            trainer->states[i][k] = values;
            size_t at = trainer->state.n_arrays++;
            snprintf(trainer->state.arrays[at].name, sizeof trainer->state.arrays[at].name, "%s.%s",
                     parameter->name, trainer->optimiser->state_names[k]);
            trainer->state.arrays[at].values = values;
            trainer->state.arrays[at].n_values = parameter->n_values;
        }
    }
    trainer->state.step = &trainer->step;
    trainer->state.random = &trainer->random;
    return STATUS_OK;
}

static Status cut_pieces(Trainer *trainer, Error *error)
{
    size_t n_parameters = network_parameter_count(trainer->network);
    for (int pass = 0; pass < 2; pass++) {
        size_t n = 0;
        for (size_t i = 0; i < n_parameters; i++) {
            size_t n_values = network_parameter(trainer->network, i)->n_values;
            for (size_t first = 0; is_trained(trainer, i) && first < n_values;
                 first += UPDATE_VALUES, n++)
                if (pass == 1)
                    trainer->pieces[n] = (Piece){i, first,
                                                 n_values - first < UPDATE_VALUES ? n_values - first
                                                                                  : UPDATE_VALUES};
        }
        if (pass == 0) {
            trainer->n_pieces = n;
            trainer->pieces = memory_new(n, sizeof *trainer->pieces);
            if (trainer->pieces == NULL)
                return error_memory(error, "the optimiser");
        }
    }
    return STATUS_OK;
}

Status trainer_new(Network *network, const OptimiserSettings *settings, Parallel *parallel,
                   uint64_t seed, size_t first_trainable_layer, Trainer **result, Error *error)
{
    *result = NULL;
    Trainer *trainer = memory_new(1, sizeof *trainer);
    if (trainer == NULL)
        return error_memory(error, "the trainer");
    trainer->network = network;
    trainer->parallel = parallel;
    trainer->settings = *settings;
    trainer->optimiser = optimiser_of(settings->kind);
    trainer->random = random_start(seed, 0);
    const BackpropOptions options = {.training = true,
                                     .parameter_gradients = true,
                                     .first_trainable_layer = first_trainable_layer,
                                     .kept_layer = STEPS_FUSE_ALL};
    Status status = packed_network_new(network, true, parallel, &trainer->packed, error);
    if (status == STATUS_OK)
        status =
            backprop_new(trainer->packed, network, &options, parallel, &trainer->backprop, error);
    if (status == STATUS_OK)
        status = allocate_states(trainer, error);
    if (status == STATUS_OK)
        status = cut_pieces(trainer, error);
    if (status != STATUS_OK) {
        trainer_free(trainer);
        trainer = NULL;
    }
    *result = trainer;
    return status;
}

void trainer_free(Trainer *trainer)
{
    if (trainer == NULL)
        return;
    for (size_t i = 0; i < trainer->state.n_arrays; i++)
        free(trainer->state.arrays[i].values);
    free(trainer->state.arrays);
    free(trainer->states);
    free(trainer->pieces);
    backprop_free(trainer->backprop);
    packed_network_free(trainer->packed);
    free(trainer);
}

void trainer_set_learning_rate(Trainer *trainer, double learning_rate)
{
    trainer->settings.learning_rate = learning_rate;
}

// ---- A step ------------------------------------------------------------------------------------

Status trainer_gradients(Trainer *trainer, const float *input, const size_t *labels, size_t n,
                         double *loss, size_t *n_correct, Error *error)
{
    size_t classes = network_class_count(trainer->network);
    for (size_t i = 0; i < n; i++)
        if (labels[i] >= classes)
            return error_set(error, STATUS_USAGE,
                             "label %zu of a training batch is not one of the %zu classes",
                             labels[i], classes);
    Status status =
        backprop_forward(trainer->backprop, input, n, random_bits(&trainer->random), error);
    if (status != STATUS_OK)
        return status;
    size_t hits;
    double mean_loss = cross_entropy(backprop_logits(trainer->backprop), labels, n, classes,
                                     backprop_grad_logits(trainer->backprop), &hits);
    backprop_backward(trainer->backprop);
    if (loss != NULL)
        *loss = mean_loss;
    if (n_correct != NULL)
        *n_correct = hits;
    return STATUS_OK;
}

const float *trainer_gradient(const Trainer *trainer, size_t parameter)
{
    return backprop_gradient(trainer->backprop, parameter);
}

static void update_piece(void *context, size_t item, size_t thread)
{
    (void)thread;
    Trainer *trainer = context;
    const Piece *piece = &trainer->pieces[item];
    float *states[OPTIMISER_STATES_MAX] = {NULL};
    for (size_t k = 0; k < trainer->optimiser->n_states; k++)
        states[k] = trainer->states[piece->parameter][k] + piece->first;
    trainer->optimiser->update(
        &trainer->settings, trainer->step,
        trainer_gradient(trainer, piece->parameter) + piece->first, piece->n,
        network_parameter(trainer->network, piece->parameter)->values + piece->first, states);
}

Status trainer_update(Trainer *trainer, Error *error)
{
    trainer->step++;
    parallel_run(trainer->parallel, trainer->n_pieces, update_piece, trainer);
    return trainer_values_changed(trainer, error);
}

Status trainer_values_changed(Trainer *trainer, Error *error)
{
    return packed_network_update(trainer->packed, trainer->parallel, error);
}

Status trainer_step(Trainer *trainer, const float *input, const size_t *labels, size_t n,
                    double *loss, size_t *n_correct, Error *error)
{
    Status status = trainer_gradients(trainer, input, labels, n, loss, n_correct, error);
    return status == STATUS_OK ? trainer_update(trainer, error) : status;
}

TrainerState *trainer_state(Trainer *trainer)
{
    return &trainer->state;
}
