#include "work/training.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "work/training_internal.h"
#include "work/training_log.h"

TrainingSettings training_defaults(void)
{
    TrainingSettings settings = {
        .epochs = 15,
        .batch = 128,
        .optimiser = optimiser_defaults(OPTIMISER_ADAM),
        .sampler = {.balance = BALANCE_REFLECT,
                    .copies = 6,
                    .augmentation = {.right_angles = true,
                                     .scale = 1.07,
                                     .scale_probability = 0.5}},
        .step_epochs = 30,
        .step_factor = 0.1,
        .checkpoint_seconds = 600.0,
        .log_steps = 20,
    };
    settings.optimiser.learning_rate = 1e-4;
    // Filled in by what the optimiser turns out to be.
    settings.optimiser.beta1 = settings.optimiser.beta2 = settings.optimiser.epsilon = 0.0;
    return settings;
}

static Status check_arguments(const Model *model, const DatasetView *training,
                              const DatasetView *validation, const TrainingSettings *settings,
                              Error *error)
{
    const Recipe *recipe = &model->recipe;
    const Dataset *sets[] = {training->dataset, validation->dataset};
    if (training->n == 0 || validation->n == 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "training needs sources to train on and others to validate with");
    for (size_t i = 0; i < 2; i++)
        if (sets[i]->n_bands != recipe->n_bands || sets[i]->size != recipe->cutout_size ||
            sets[i]->n_classes != recipe->n_classes)
            return error_set(error, STATUS_BAD_INPUT,
                             "a dataset has %zu bands, %zu pixels and %zu classes, the model %zu, "
                             "%zu and %zu; make the dataset for this model",
                             sets[i]->n_bands, sets[i]->size, sets[i]->n_classes, recipe->n_bands,
                             recipe->cutout_size, recipe->n_classes);
    if (settings->epochs == 0 || settings->batch == 0)
        return error_set(error, STATUS_USAGE, "epochs and batch must be at least 1");
    if (!(settings->warm_up >= 0.0 && settings->warm_up < 1.0))
        return error_set(error, STATUS_USAGE, "the warm-up is a fraction of the run, below 1");
    if ((settings->schedule == SCHEDULE_STEPS || settings->schedule == SCHEDULE_PLATEAU) &&
        (settings->step_epochs == 0 || !(settings->step_factor > 0.0)))
        return error_set(
            error, STATUS_USAGE,
            "a schedule of steps or plateaus needs step_epochs and step_factor above 0");
    if (!(settings->optimiser.learning_rate > 0.0))
        return error_set(error, STATUS_USAGE, "the learning rate must be above 0");
    return STATUS_OK;
}

static void set_band_means(Model *model, const DatasetView *training)
{
    if (recipe_step(&model->recipe, STEP_BAND_MEAN) == NULL)
        return;
    double means[DATASET_BANDS_MAX];
    training_band_means(training, means);
    recipe_set_band_means(&model->recipe, means);
}

static size_t parameter_values(const Network *network)
{
    size_t n = 0;
    for (size_t i = 0; i < network_parameter_count(network); i++)
        n += network_parameter_const(network, i)->n_values;
    return n;
}

static Status open_run(Run *run, Error *error)
{
    const TrainingSettings *settings = run->settings;
    SamplerSettings sampler = settings->sampler;
    sampler.seed = settings->seed;
    Status status = parallel_new(settings->n_threads, &run->parallel, error);
    if (status == STATUS_OK)
        status = sampler_new(run->training, &run->model->recipe, &sampler, &run->sampler, error);
    if (status == STATUS_OK)
        status = trainer_new(model_network(run->model), &settings->optimiser, run->parallel,
                             settings->seed, settings->first_trainable_layer, &run->trainer, error);
    if (status != STATUS_OK)
        return status;
    size_t epoch_size = sampler_epoch_size(run->sampler);
    run->batch = settings->batch < epoch_size ? settings->batch : epoch_size;
    run->steps_per_epoch = epoch_size / run->batch;
    Shape shape = network_input_shape(model_network(run->model));
    run->input = memory_new_aligned(run->batch, shape.height * shape.width * shape.channels *
                                                    sizeof *run->input);
    run->labels = memory_new(run->batch, sizeof *run->labels);
    run->scores =
        memory_new(run->validation->n, run->model->recipe.n_classes * sizeof *run->scores);
    run->best = memory_new(parameter_values(model_network(run->model)), sizeof *run->best);
    run->settings_text = training_settings_text(run);
    if (run->input == NULL || run->labels == NULL || run->scores == NULL || run->best == NULL ||
        run->settings_text == NULL)
        return error_memory(error, "training");
    run->state.rate_factor = 1.0;
    run->state.least_loss = INFINITY;
    run->state.validation_loss = NAN;
    run->state.validation_accuracy = NAN;
    run->state.validation_accuracy_2 = NAN;
    return STATUS_OK;
}

static void close_run(Run *run)
{
    trainer_free(run->trainer);
    sampler_free(run->sampler);
    parallel_free(run->parallel);
    free(run->input);
    free(run->labels);
    free(run->scores);
    free(run->best);
    free(run->settings_text);
}

// Goes on from the checkpoint, or begins one.
static Status resume_run(Run *run, Error *error)
{
    const TrainingSettings *settings = run->settings;
    bool resumes =
        settings->resume && settings->checkpoint != NULL && access(settings->checkpoint, F_OK) == 0;
    Status status = STATUS_OK;
    if (resumes)
        status = training_restore(run, error);
    if (status == STATUS_OK && resumes)
        status = trainer_values_changed(run->trainer, error);
    // A checkpoint that cannot be written is better known now than after an epoch.
    if (status == STATUS_OK && !resumes)
        status = training_save(run, error);
    if (status == STATUS_OK && settings->log != NULL)
        status = training_log_start(settings->log, (size_t)run->state.step, error);
    run->seconds_before = run->state.seconds;
    run->started = clock_seconds();
    run->checkpointed = run->started;
    return status;
}

static Status note(Model *model, Error *error, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static Status note(Model *model, Error *error, const char *key, const char *format, ...)
{
    char text[MODEL_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return model_note(model, key, text, error);
}

static Status note_run(const Run *run, Error *error)
{
    Model *model = run->model;
    const TrainingSettings *settings = run->settings;
    const RunState *state = &run->state;
    char date[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    Status status = note(model, error, "trained", "%s with skyclass %s", date, SKYCLASS_VERSION);
    if (status == STATUS_OK && settings->data_name != NULL)
        status = note(model, error, "training data", "%s", settings->data_name);
    if (status == STATUS_OK && settings->command != NULL)
        status = note(model, error, "training command", "%s", settings->command);
    if (status == STATUS_OK && settings->from != NULL && settings->from[0] != '\0')
        status = note(model, error, "training began with", "%s", settings->from);
    if (status == STATUS_OK)
        status = note(model, error, "training sources", "%zu, %zu more for validation",
                      run->training->n, run->validation->n);
    if (status == STATUS_OK)
        status =
            note(model, error, "training run",
                 "%.0f epochs, %.0f steps of %zu, learning rate %g, seed %" PRIu64, state->epoch,
                 state->step, run->batch, settings->optimiser.learning_rate, settings->seed);
    // Apart, so that all else is the same however often the run was interrupted.
    if (status == STATUS_OK)
        status = note(model, error, "training time", "%.0f s on %zu threads", state->seconds,
                      parallel_thread_count(run->parallel));
    char view[MODEL_TEXT_SIZE] = "";
    if (model->recipe.n_views > 0)
        snprintf(view, sizeof view, "%.1f %% (%s), ", 100.0 * state->best_accuracy_2,
                 model->recipe.views[0].name);
    if (status == STATUS_OK)
        status = note(model, error, "validation",
                      "accuracy %.1f %% (%zu classes), %sloss %.4f, epoch %.0f",
                      100.0 * state->best_accuracy, model->recipe.n_classes, view, state->best_loss,
                      state->best_epoch);
    return status;
}

Status training_run(Model *model, const DatasetView *training, const DatasetView *validation,
                    const TrainingSettings *settings, TrainingSummary *summary, Error *error)
{
    Status status = check_arguments(model, training, validation, settings, error);
    if (status != STATUS_OK)
        return status;
    set_band_means(model, training);
    TrainingSettings filled = *settings;
    optimiser_fill_defaults(&filled.optimiser);
    Run run = {.model = model, .training = training, .validation = validation, .settings = &filled};
    status = open_run(&run, error);
    if (status == STATUS_OK)
        status = resume_run(&run, error);
    while (status == STATUS_OK && run.state.finished == 0.0)
        status = training_epoch(&run, error);
    if (status == STATUS_OK) {
        training_copy_values(model_network(model), run.best, true);
        status = classifier_prepare(model->classifier, error);
    }
    if (status == STATUS_OK)
        status = note_run(&run, error);
    if (summary != NULL)
        *summary = (TrainingSummary){
            .epochs = (size_t)run.state.epoch,
            .steps = (size_t)run.state.step,
            .best_epoch = (size_t)run.state.best_epoch,
            .best_accuracy = run.state.best_accuracy,
            .best_accuracy_2 = run.state.best_accuracy_2,
            .best_loss = run.state.best_loss,
            .seconds = run.state.seconds,
        };
    close_run(&run);
    return status;
}
