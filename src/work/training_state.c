// Checkpoints of a training run.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "work/checkpoint.h"
#include "work/training_fields.h"
#include "work/training_internal.h"

// FNV-1a over the training indices and labels, and the recipe's steps. Labels stand for the data:
// other data with the same labels in the same order would be a strange accident.
static uint64_t hash_data(const DatasetView *training, const Recipe *recipe)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < training->n; i++) {
        size_t index = training->indices[i];
        hash = (hash ^ index) * 1099511628211u;
        hash = (hash ^ training->dataset->labels[index]) * 1099511628211u;
    }
    for (size_t i = 0; i < recipe->n_steps; i++) {
        char step[STEP_TEXT_SIZE];
        input_step_text(&recipe->steps[i], step);
        for (const char *c = step; *c != '\0'; c++)
            hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    }
    return hash;
}

char *training_settings_text(const Run *run)
{
    const TrainingSettings *settings = run->settings;
    const Network *network = model_network(run->model);
    char *fields = fields_text(training_fields, settings), *text = NULL;
    if (fields == NULL)
        return NULL;
    int size = asprintf(
        &text,
        "system %s, %zu layers, %zu weights, data %016" PRIx64
        ", %zu+%zu sources, %s, first layer %zu, from \"%s\"",
        run->model->recipe.system, network_layer_count(network), network_value_count(network),
        hash_data(run->training, &run->model->recipe), run->training->n, run->validation->n, fields,
        settings->first_trainable_layer, settings->from != NULL ? settings->from : "");
    free(fields);
    return size >= 0 ? text : NULL;
}

enum { STATE_NUMBERS = 24, ARRAY_NAME_SIZE = 96 };

static size_t list_numbers(RunState *state, CheckpointNumber numbers[STATE_NUMBERS])
{
    CheckpointNumber list[] = {
        {"epoch", &state->epoch},
        {"place", &state->place},
        {"step", &state->step},
        {"optimiser step", &state->optimiser_step},
        {"epoch loss", &state->this_epoch.loss},
        {"epoch correct", &state->this_epoch.correct},
        {"epoch samples", &state->this_epoch.samples},
        {"row loss", &state->since_row.loss},
        {"row correct", &state->since_row.correct},
        {"row samples", &state->since_row.samples},
        {"seconds", &state->seconds},
        {"validation loss", &state->validation_loss},
        {"validation accuracy", &state->validation_accuracy},
        {"validation accuracy 2", &state->validation_accuracy_2},
        {"best epoch", &state->best_epoch},
        {"best accuracy", &state->best_accuracy},
        {"best accuracy 2", &state->best_accuracy_2},
        {"best loss", &state->best_loss},
        {"least loss", &state->least_loss},
        {"least epoch", &state->least_epoch},
        {"plateau epoch", &state->plateau_epoch},
        {"rate factor", &state->rate_factor},
        {"finished", &state->finished},
    };
    size_t n = sizeof list / sizeof *list;
    memcpy(numbers, list, sizeof list);
    return n;
}

// Hands a Checkpoint of pointers into the run to `use`.
static Status with_checkpoint(Run *run,
                              Status (*use)(const Checkpoint *checkpoint, const char *path,
                                            Error *error),
                              Error *error)
{
    Network *network = model_network(run->model);
    TrainerState *trainer = trainer_state(run->trainer);
    size_t n_parameters = network_parameter_count(network);
    size_t n_arrays = 2 * n_parameters + trainer->n_arrays, next = 0;
    CheckpointArray *arrays = memory_new(n_arrays, sizeof *arrays);
    char(*names)[ARRAY_NAME_SIZE] = memory_new(n_arrays, sizeof *names);
    Status status = STATUS_OK;
    if (arrays == NULL || names == NULL) {
        status = error_memory(error, "a checkpoint");
        goto done;
    }
    float *best = run->best;
    for (size_t i = 0; i < n_parameters; i++) {
        Parameter *parameter = network_parameter(network, i);
        snprintf(names[next], ARRAY_NAME_SIZE, "now %s", parameter->name);
        arrays[next] = (CheckpointArray){names[next], parameter->values, parameter->n_values};
        next++;
        snprintf(names[next], ARRAY_NAME_SIZE, "best %s", parameter->name);
        arrays[next] = (CheckpointArray){names[next], best, parameter->n_values};
        next++;
        best += parameter->n_values;
    }
    for (size_t i = 0; i < trainer->n_arrays; i++)
        arrays[next++] = (CheckpointArray){trainer->arrays[i].name, trainer->arrays[i].values,
                                           trainer->arrays[i].n_values};
    CheckpointNumber numbers[STATE_NUMBERS];
    Checkpoint checkpoint = {
        .settings = run->settings_text,
        .n_arrays = n_arrays,
        .arrays = arrays,
        .n_numbers = list_numbers(&run->state, numbers),
        .numbers = numbers,
        .random = trainer->random,
    };
    run->state.optimiser_step = (double)*trainer->step;
    status = use(&checkpoint, run->settings->checkpoint, error);
    *trainer->step = (uint64_t)run->state.optimiser_step;
done:
    free(arrays);
    free(names);
    return status;
}

Status training_save(Run *run, Error *error)
{
    if (run->settings->checkpoint == NULL)
        return STATUS_OK;
    run->checkpointed = clock_seconds();
    return with_checkpoint(run, checkpoint_write, error);
}

Status training_restore(Run *run, Error *error)
{
    return with_checkpoint(run, checkpoint_read, error);
}
