#include "systems/training.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "systems/checkpoint.h"
#include "systems/evaluate.h"
#include "systems/training_log.h"

enum { INITIAL_WEIGHTS_STREAM = 2 };

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
        .checkpoint_seconds = 600.0,
        .log_steps = 20,
    };
    settings.optimiser.learning_rate = 1e-4;
    return settings;
}

Status training_model_new(const System *system, const char *options, const Dataset *dataset,
                          uint64_t seed, Model **model, Error *error)
{
    Recipe recipe;
    system->recipe(&recipe);
    if (dataset->n_classes > MODEL_CLASSES_MAX || dataset->n_bands > MODEL_BANDS_MAX)
        return error_set(error, STATUS_BAD_INPUT,
                         "a model has at most %d classes and %d bands, the dataset has %zu and %zu",
                         MODEL_CLASSES_MAX, MODEL_BANDS_MAX, dataset->n_classes, dataset->n_bands);
    bool resizes = recipe.input_size != recipe.cutout_size;
    if (!resizes)
        recipe.input_size = dataset->size;
    if (dataset->size != recipe.cutout_size && recipe.cutout_border > 0)
        recipe.cutout_border = dataset->size / 2 + 1;
    recipe.cutout_size = dataset->size;
    if (dataset->n_bands != recipe.n_bands) {
        recipe.n_bands = dataset->n_bands;
        for (size_t i = 0; i < recipe.n_bands; i++) {
            recipe.bands[i] = (BandRecipe){0};
            snprintf(recipe.bands[i].role, MODEL_NAME_SIZE, "%s", dataset->bands[i]);
            snprintf(recipe.bands[i].filters, MODEL_NAME_SIZE, "%s", dataset->bands[i]);
        }
    }
    for (size_t i = recipe.n_classes; i < dataset->n_classes; i++)
        snprintf(recipe.class_names[i], MODEL_NAME_SIZE, "class %zu", i + 1);
    recipe.n_classes = dataset->n_classes;
    if (dataset->pixel_scale > 0.0)
        recipe.pixel_scale = dataset->pixel_scale;
    Network *network = NULL;
    Status status = system->build(&recipe, options, &network, error);
    if (status != STATUS_OK)
        return status;
    Random random = random_start(seed, INITIAL_WEIGHTS_STREAM);
    network_init_xavier(network, &random);
    status = model_new(&recipe, network, model, error);
    if (status != STATUS_OK)
        network_free(network);
    return status;
}

void training_band_means(const DatasetView *view, double *means)
{
    const Dataset *dataset = view->dataset;
    size_t values = dataset_cutout_values(dataset), n_bands = dataset->n_bands;
    for (size_t band = 0; band < n_bands; band++)
        means[band] = 0.0;
    for (size_t i = 0; i < view->n; i++) {
        const float *cutout = dataset->cutouts + view->indices[i] * values;
        for (size_t k = 0; k < values; k++)
            means[k % n_bands] += (double)cutout[k];
    }
    double pixels = (double)view->n * (double)(values / n_bands);
    for (size_t band = 0; band < n_bands; band++)
        means[band] /= pixels;
}

// ---- The run -------------------------------------------------------------------------------

typedef struct Tally {
    double loss; // summed over samples
    double correct;
    double samples;
} Tally;

// Everything that a checkpoint carries besides arrays and the random state: all of it numbers
// below 2^53, so that doubles hold them exactly.
typedef struct RunState {
    double epoch; // epochs finished
    double place; // samples of the current epoch that are done
    double step;
    double optimiser_step;
    Tally this_epoch, since_row; // since the last row of the log
    double seconds;
    double validation_loss, validation_accuracy, validation_accuracy_2;
    double best_epoch, best_accuracy, best_accuracy_2, best_loss;
    double finished;
} RunState;

typedef struct Run {
    Model *model;
    const DatasetView *training, *validation;
    const TrainingSettings *settings;
    Parallel *parallel;
    Sampler *sampler;
    Trainer *trainer;
    size_t batch, steps_per_epoch;
    float *input;
    size_t *labels;
    float *scores; // of the validation set
    float *best;   // values of all parameters at the best epoch, one behind the other
    char *settings_text;
    RunState state;
    double seconds_before; // spent in earlier calls
    double started;        // clock at the start of this call
    double checkpointed;   // clock at the last checkpoint
    double samples_here;   // done in this call
} Run;

static double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static size_t total_steps(const Run *run)
{
    return run->settings->epochs * run->steps_per_epoch;
}

// How much of the run is behind, 0 to 1: of its steps or, when that is further, of its time.
static double run_fraction(const Run *run, double step)
{
    double fraction = step / (double)total_steps(run);
    if (run->settings->max_seconds > 0.0)
        fraction = fmax(fraction, run->state.seconds / run->settings->max_seconds);
    return fmin(fraction, 1.0);
}

static double scheduled_learning_rate(const Run *run)
{
    const TrainingSettings *settings = run->settings;
    double fraction = run_fraction(run, run->state.step + 0.5); // the step's middle
    double peak = settings->optimiser.learning_rate;
    if (fraction < settings->warm_up)
        return peak * fraction / settings->warm_up;
    if (settings->schedule == SCHEDULE_CONSTANT)
        return peak;
    return 0.5 * peak *
           (1.0 + cos(M_PI * (fraction - settings->warm_up) / (1.0 - settings->warm_up)));
}

static void describe_progress(const Run *run, TrainingProgress *progress)
{
    const RunState *state = &run->state;
    double here = clock_seconds() - run->started;
    double left = (double)total_steps(run) - state->step;
    double rate = here > 0.0 ? run->samples_here / here : 0.0;
    *progress = (TrainingProgress){
        .epoch = (size_t)state->epoch + (state->place > 0.0 ? 1 : 0),
        .n_epochs = run->settings->epochs,
        .step = (size_t)state->step,
        .n_steps = total_steps(run),
        .loss = state->this_epoch.loss / state->this_epoch.samples,
        .accuracy = state->this_epoch.correct / state->this_epoch.samples,
        .validation_loss = state->validation_loss,
        .validation_accuracy = state->validation_accuracy,
        .validation_accuracy_2 = state->validation_accuracy_2,
        .learning_rate = scheduled_learning_rate(run),
        .samples_per_second = rate,
        .seconds = state->seconds,
        .seconds_left = rate > 0.0 ? left * (double)run->batch / rate : NAN,
    };
    if (run->settings->max_seconds > 0.0)
        progress->seconds_left =
            fmin(progress->seconds_left, run->settings->max_seconds - state->seconds);
}

static bool report_says_stop(const Run *run)
{
    if (run->settings->report == NULL)
        return false;
    TrainingProgress progress;
    describe_progress(run, &progress);
    return run->settings->report(run->settings->report_context, &progress) != 0;
}

// ---- Checkpoints ---------------------------------------------------------------------------

// What two calls must have in common for one to continue the other. Labels stand for the data:
// other data with the same labels in the same order would be a strange accident.
static char *settings_text_new(const Run *run)
{
    const TrainingSettings *s = run->settings;
    uint64_t data = 14695981039346656037u; // FNV-1a over the training indices and labels
    for (size_t i = 0; i < run->training->n; i++) {
        size_t index = run->training->indices[i];
        data = (data ^ index) * 1099511628211u;
        data = (data ^ run->training->dataset->labels[index]) * 1099511628211u;
    }
    const Augmentation *a = &s->sampler.augmentation;
    char *text = NULL;
    int size = asprintf(
        &text,
        "system %s, %zu layers, %zu weights, data %016" PRIx64
        ", %zu+%zu sources, epochs %zu, "
        "batch %zu, optimiser %d %g %g %g %g %g %g %g, schedule %d warm-up %g, at most %g s, "
        "balance %d, copies %zu, augmentation %d %d %g %g %g %g %g, seed %" PRIu64
        ", first layer %zu",
        run->model->recipe.system, network_layer_count(run->model->network),
        network_value_count(run->model->network), data, run->training->n, run->validation->n,
        s->epochs, s->batch, (int)s->optimiser.kind, s->optimiser.learning_rate, s->optimiser.beta1,
        s->optimiser.beta2, s->optimiser.epsilon, s->optimiser.rho, s->optimiser.momentum,
        s->optimiser.weight_decay, (int)s->schedule, s->warm_up, s->max_seconds,
        (int)s->sampler.balance, s->sampler.copies, a->right_angles, a->reflections, a->rotation,
        a->scale, a->scale_probability, a->shift, a->noise, s->seed, s->first_trainable_layer);
    return size >= 0 ? text : NULL;
}

enum { STATE_NUMBERS = 20, ARRAY_NAME_SIZE = 96 };

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
    Network *network = run->model->network;
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

static Status save_checkpoint(Run *run, Error *error)
{
    if (run->settings->checkpoint == NULL)
        return STATUS_OK;
    run->checkpointed = clock_seconds();
    return with_checkpoint(run, checkpoint_write, error);
}

static bool checkpoint_due(const Run *run)
{
    return run->settings->checkpoint_seconds > 0.0 &&
           clock_seconds() - run->checkpointed > run->settings->checkpoint_seconds;
}

// ---- Epochs --------------------------------------------------------------------------------

static void copy_values(Network *network, float *values, bool to_network)
{
    for (size_t i = 0; i < network_parameter_count(network); i++) {
        Parameter *parameter = network_parameter(network, i);
        size_t bytes = parameter->n_values * sizeof *values;
        if (to_network)
            memcpy(parameter->values, values, bytes);
        else
            memcpy(values, parameter->values, bytes);
        values += parameter->n_values;
    }
}

// Two-class view: the first half of the classes against the others, for StarcNet {1,2} | {3,4}.
static size_t two_class(size_t class, size_t n_classes)
{
    return class < (n_classes + 1) / 2 ? 0 : 1;
}

static void measure_validation(Run *run)
{
    const DatasetView *view = run->validation;
    size_t n_classes = run->model->recipe.n_classes, hits = 0, hits_2 = 0;
    double loss = 0.0;
    for (size_t i = 0; i < view->n; i++) {
        const float *scores = run->scores + i * n_classes;
        size_t truth = view->dataset->labels[view->indices[i]] - 1;
        size_t class = evaluate_argmax(scores, n_classes);
        hits += class == truth;
        hits_2 += two_class(class, n_classes) == two_class(truth, n_classes);
        loss -= log(fmax((double)scores[truth], 1e-30));
    }
    run->state.validation_loss = loss / (double)view->n;
    run->state.validation_accuracy = (double)hits / (double)view->n;
    run->state.validation_accuracy_2 = (double)hits_2 / (double)view->n;
}

static void keep_if_best(Run *run)
{
    RunState *state = &run->state;
    bool better = state->best_epoch == 0.0 || state->validation_accuracy > state->best_accuracy ||
                  (state->validation_accuracy == state->best_accuracy &&
                   state->validation_loss < state->best_loss);
    if (!better)
        return;
    state->best_epoch = state->epoch;
    state->best_accuracy = state->validation_accuracy;
    state->best_accuracy_2 = state->validation_accuracy_2;
    state->best_loss = state->validation_loss;
    copy_values(run->model->network, run->best, false);
}

static Status write_log_row(Run *run, bool validated, Error *error)
{
    if (run->settings->log == NULL)
        return STATUS_OK;
    TrainingProgress progress;
    describe_progress(run, &progress);
    Tally *tally = &run->state.since_row;
    TrainingLogRow row = {
        .epoch = run->state.epoch + run->state.place / (double)sampler_epoch_size(run->sampler),
        .step = progress.step,
        .loss = tally->loss / tally->samples,
        .accuracy = tally->correct / tally->samples,
        .validated = validated,
        .validation_loss = progress.validation_loss,
        .validation_accuracy = progress.validation_accuracy,
        .validation_accuracy_2 = progress.validation_accuracy_2,
        .learning_rate = progress.learning_rate,
        .samples_per_second = progress.samples_per_second,
        .seconds = progress.seconds,
    };
    *tally = (Tally){0};
    return training_log_append(run->settings->log, &row, error);
}

static void tally_add(Tally *tally, double loss, size_t n_correct, size_t n)
{
    tally->loss += loss * (double)n;
    tally->correct += (double)n_correct;
    tally->samples += (double)n;
}

static void update_seconds(Run *run)
{
    run->state.seconds = run->seconds_before + clock_seconds() - run->started;
}

static bool epoch_is_over(const Run *run)
{
    size_t end = run->steps_per_epoch * run->batch;
    return (size_t)run->state.place >= end || run_fraction(run, run->state.step) >= 1.0;
}

static Status take_step(Run *run, Error *error)
{
    RunState *state = &run->state;
    double loss;
    size_t n_correct;
    trainer_set_learning_rate(run->trainer, scheduled_learning_rate(run));
    Status status = sampler_batch(run->sampler, (size_t)state->place, run->batch, run->parallel,
                                  run->input, run->labels, error);
    if (status == STATUS_OK)
        status = trainer_step(run->trainer, run->input, run->labels, run->batch, &loss, &n_correct,
                              error);
    if (status != STATUS_OK)
        return status;
    if (!isfinite(loss))
        return error_set(error, STATUS_BAD_INPUT,
                         "training diverged at step %.0f: the loss is no longer a number; lower "
                         "the learning rate, or look for wild pixels in the dataset",
                         state->step + 1.0);
    tally_add(&state->this_epoch, loss, n_correct, run->batch);
    tally_add(&state->since_row, loss, n_correct, run->batch);
    state->step += 1.0;
    state->place += (double)run->batch;
    run->samples_here += (double)run->batch;
    update_seconds(run);
    // The last row of an epoch is written with the validation's figures.
    size_t every = run->settings->log_steps;
    if (every > 0 && (size_t)state->step % every == 0 && !epoch_is_over(run))
        status = write_log_row(run, false, error);
    return status;
}

static Status end_epoch(Run *run, Error *error)
{
    RunState *state = &run->state;
    // The trainer left the network prepared, for going backward too.
    Status status =
        evaluate_dataset(run->model, run->validation, run->settings->n_threads, run->scores, error);
    if (status != STATUS_OK)
        return status;
    measure_validation(run);
    state->epoch += 1.0;
    state->place = 0.0;
    keep_if_best(run);
    update_seconds(run);
    state->finished =
        state->epoch >= (double)run->settings->epochs || run_fraction(run, state->step) >= 1.0;
    return write_log_row(run, true, error);
}

static Status stop(Run *run, Error *error)
{
    Status status = save_checkpoint(run, error);
    if (status != STATUS_OK)
        return status;
    if (run->settings->checkpoint == NULL)
        return error_set(error, STATUS_CANCELLED, "training stopped at step %.0f", run->state.step);
    return error_set(error, STATUS_CANCELLED,
                     "training stopped at step %.0f; its state is in %s, resume to go on",
                     run->state.step, run->settings->checkpoint);
}

static Status run_epoch(Run *run, Error *error)
{
    sampler_start_epoch(run->sampler, (size_t)run->state.epoch);
    while (!epoch_is_over(run)) {
        Status status = take_step(run, error);
        if (status == STATUS_OK && report_says_stop(run))
            return stop(run, error);
        if (status == STATUS_OK && checkpoint_due(run))
            status = save_checkpoint(run, error);
        if (status != STATUS_OK)
            return status;
    }
    Status status = end_epoch(run, error);
    if (status != STATUS_OK)
        return status;
    bool stops = report_says_stop(run);
    run->state.this_epoch = (Tally){0};
    return stops ? stop(run, error) : save_checkpoint(run, error);
}

// ---- Beginning and end ---------------------------------------------------------------------

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
    if (!(settings->optimiser.learning_rate > 0.0))
        return error_set(error, STATUS_USAGE, "the learning rate must be above 0");
    return STATUS_OK;
}

static void set_band_means(Model *model, const DatasetView *training)
{
    if (model->recipe.normalisation != NORMALISE_BAND_MEAN)
        return;
    double means[DATASET_BANDS_MAX];
    training_band_means(training, means);
    for (size_t i = 0; i < model->recipe.n_bands; i++)
        model->recipe.bands[i].mean = means[i];
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
        status = trainer_new(run->model->network, &settings->optimiser, run->parallel,
                             settings->seed, settings->first_trainable_layer, &run->trainer, error);
    if (status != STATUS_OK)
        return status;
    size_t epoch_size = sampler_epoch_size(run->sampler);
    run->batch = settings->batch < epoch_size ? settings->batch : epoch_size;
    run->steps_per_epoch = epoch_size / run->batch;
    Shape shape = network_input_shape(run->model->network);
    run->input = memory_new_aligned(run->batch, shape.height * shape.width * shape.channels *
                                                    sizeof *run->input);
    run->labels = memory_new(run->batch, sizeof *run->labels);
    run->scores =
        memory_new(run->validation->n, run->model->recipe.n_classes * sizeof *run->scores);
    run->best = memory_new(parameter_values(run->model->network), sizeof *run->best);
    run->settings_text = settings_text_new(run);
    if (run->input == NULL || run->labels == NULL || run->scores == NULL || run->best == NULL ||
        run->settings_text == NULL)
        return error_memory(error, "training");
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

static Status resume_run(Run *run, Error *error)
{
    const TrainingSettings *settings = run->settings;
    bool resumes =
        settings->resume && settings->checkpoint != NULL && access(settings->checkpoint, F_OK) == 0;
    Status status = STATUS_OK;
    if (resumes)
        status = with_checkpoint(run, checkpoint_read, error);
    if (status == STATUS_OK && resumes)
        status = network_prepare_training(run->model->network, error);
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
    if (status == STATUS_OK)
        status = note(model, error, "training sources", "%zu, %zu more for validation",
                      run->training->n, run->validation->n);
    if (status == STATUS_OK)
        status = note(model, error, "training run",
                      "%.0f epochs, %.0f steps of %zu, learning rate %g, seed %" PRIu64
                      ", %.0f s on %zu threads",
                      state->epoch, state->step, run->batch, settings->optimiser.learning_rate,
                      settings->seed, state->seconds, parallel_thread_count(run->parallel));
    if (status == STATUS_OK)
        status = note(model, error, "validation",
                      "accuracy %.1f %% (%zu classes), %.1f %% (2 classes), loss %.4f, epoch %.0f",
                      100.0 * state->best_accuracy, model->recipe.n_classes,
                      100.0 * state->best_accuracy_2, state->best_loss, state->best_epoch);
    return status;
}

Status training_run(Model *model, const DatasetView *training, const DatasetView *validation,
                    const TrainingSettings *settings, TrainingSummary *summary, Error *error)
{
    Status status = check_arguments(model, training, validation, settings, error);
    if (status != STATUS_OK)
        return status;
    set_band_means(model, training);
    Run run = {
        .model = model, .training = training, .validation = validation, .settings = settings};
    status = open_run(&run, error);
    if (status == STATUS_OK)
        status = resume_run(&run, error);
    while (status == STATUS_OK && run.state.finished == 0.0)
        status = run_epoch(&run, error);
    if (status == STATUS_OK) {
        copy_values(model->network, run.best, true);
        status = network_prepare(model->network, error);
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
