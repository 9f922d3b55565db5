#include "work/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "dataset/dataset_split.h"
#include "systems/system.h"
#include "work/evaluate.h"

static const char *const optimisers[] = {"adam", "adadelta", "sgd", NULL};
static const char *const schedules[] = {"constant", "cosine", "steps", NULL};
static const char *const balances[] = {"none", "reflect", "draw", NULL};
static const char *const initials[] = {"xavier", "he", NULL};

#define TEXT(member)                 FIELD_ARRAY(#member, TrainSettings, member, FIELD_TEXT)
#define TRAINING(name, member, kind) FIELD(name, TrainSettings, training.member, kind)
#define CHOICE(name, member, choices)                                                              \
    {                                                                                              \
        name, FIELD_CHOICE, offsetof(TrainSettings, member), 1, choices, NULL                      \
    }
const Field train_fields[] = {
    TEXT(system),
    TEXT(options),
    TEXT(name),
    TEXT(checkpoint),
    TEXT(log),
    TEXT(data_name),
    TEXT(command),
    TEXT(leave_out),
    FIELD("compress", TrainSettings, compress, FIELD_SWITCH),
    CHOICE("initial", initial, initials),
    TRAINING("epochs", epochs, FIELD_COUNT),
    TRAINING("batch", batch, FIELD_COUNT),
    CHOICE("optimiser", training.optimiser.kind, optimisers),
    TRAINING("learning_rate", optimiser.learning_rate, FIELD_NUMBER),
    TRAINING("momentum", optimiser.momentum, FIELD_NUMBER),
    TRAINING("weight_decay", optimiser.weight_decay, FIELD_NUMBER),
    CHOICE("schedule", training.schedule, schedules),
    TRAINING("step_epochs", step_epochs, FIELD_COUNT),
    TRAINING("step_factor", step_factor, FIELD_NUMBER),
    TRAINING("warm_up", warm_up, FIELD_NUMBER),
    TRAINING("max_seconds", max_seconds, FIELD_NUMBER),
    CHOICE("balance", training.sampler.balance, balances),
    TRAINING("copies", sampler.copies, FIELD_COUNT),
    TRAINING("right_angles", sampler.augmentation.right_angles, FIELD_SWITCH),
    TRAINING("reflections", sampler.augmentation.reflections, FIELD_SWITCH),
    TRAINING("rotation", sampler.augmentation.rotation, FIELD_NUMBER),
    TRAINING("scale", sampler.augmentation.scale, FIELD_NUMBER),
    TRAINING("scale_probability", sampler.augmentation.scale_probability, FIELD_NUMBER),
    TRAINING("shift", sampler.augmentation.shift, FIELD_NUMBER),
    TRAINING("noise", sampler.augmentation.noise, FIELD_NUMBER),
    TRAINING("seed", seed, FIELD_SEED),
    TRAINING("jobs", n_threads, FIELD_COUNT),
    TRAINING("checkpoint_seconds", checkpoint_seconds, FIELD_NUMBER),
    TRAINING("resume", resume, FIELD_SWITCH),
    TRAINING("log_steps", log_steps, FIELD_COUNT),
    {NULL, FIELD_TEXT, 0, 0, NULL, NULL},
};

Status train_defaults(const char *name, TrainSettings *settings, Error *error)
{
    const System *system;
    Status status = system_get(name, &system, error);
    if (status != STATUS_OK)
        return status;
    *settings = (TrainSettings){.training = training_defaults()};
    snprintf(settings->system, sizeof settings->system, "%s", name);
    return fields_set(train_fields, settings, system->recipe.training, error);
}

static Status split(const Dataset *dataset, const TrainSettings *settings, DatasetSplit *parts,
                    Error *error)
{
    const uint64_t seed = settings->training.seed;
    if (settings->leave_out[0] == '\0')
        return dataset_split(dataset, seed, parts, error);
    for (size_t i = 0; i < dataset->n_fields; i++)
        if (strcmp(dataset->field_names[i], settings->leave_out) == 0)
            return dataset_split_field(dataset, i, seed, parts, error);
    return error_set(error, STATUS_USAGE, "the dataset has no field \"%s\" to leave out",
                     settings->leave_out);
}

// Accuracy on the test part, kept in the model's notes.
static Status test_model(Model *model, const DatasetView *test, size_t n_threads,
                         TrainOutcome *outcome, Error *error)
{
    float *scores = memory_new(test->n, model->recipe.n_classes * sizeof *scores);
    size_t *classes = memory_new(test->n, sizeof *classes);
    Status status =
        scores != NULL && classes != NULL ? STATUS_OK : error_memory(error, "the test's scores");
    if (status == STATUS_OK)
        status = evaluate_dataset(model, test, n_threads, NULL, scores, classes, error);
    if (status == STATUS_OK) {
        size_t n_correct = 0;
        for (size_t i = 0; i < test->n; i++)
            n_correct += classes[i] == test->dataset->labels[test->indices[i]];
        outcome->test_accuracy = test->n > 0 ? (double)n_correct / (double)test->n : 0.0;
        char text[64];
        snprintf(text, sizeof text, "%.2f %% of %zu sources", 100.0 * outcome->test_accuracy,
                 test->n);
        status = model_note(model, "test accuracy", text, error);
    }
    free(classes);
    free(scores);
    return status;
}

// The settings of the run itself, with the texts that are kept beside them.
static TrainingSettings run_settings(const TrainSettings *settings, const Progress *progress)
{
    TrainingSettings run = settings->training;
    run.checkpoint = settings->checkpoint[0] != '\0' ? settings->checkpoint : NULL;
    run.log = settings->log[0] != '\0' ? settings->log : NULL;
    run.data_name = settings->data_name;
    run.command = settings->command;
    run.progress = progress;
    return run;
}

Status train(const Dataset *dataset, const TrainSettings *settings, const char *path,
             const Progress *progress, TrainOutcome *outcome, Error *error)
{
    const TrainingSettings run = run_settings(settings, progress);
    const System *system;
    DatasetSplit parts = {0};
    Model *model = NULL;
    Status status = system_get(settings->system, &system, error);
    *outcome = (TrainOutcome){.test_accuracy = 0.0};
    if (status == STATUS_OK)
        status = split(dataset, settings, &parts, error);
    if (status == STATUS_OK)
        status = training_model_new(system, settings->options, dataset, settings->initial, run.seed,
                                    &model, error);
    if (status == STATUS_OK)
        status =
            training_run(model, &parts.training, &parts.validation, &run, &outcome->summary, error);
    if (status == STATUS_OK)
        status = test_model(model, &parts.test, run.n_threads, outcome, error);
    if (status == STATUS_OK) {
        if (settings->name[0] != '\0')
            snprintf(model->name, sizeof model->name, "%s", settings->name);
        status = model_write(model, path, settings->compress, error);
    }
    outcome->n_training = parts.training.n;
    outcome->n_validation = parts.validation.n;
    outcome->n_test = parts.test.n;
    model_free(model);
    dataset_split_free(&parts);
    return status;
}
