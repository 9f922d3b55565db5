// The steps and epochs of a training run.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "work/evaluate.h"
#include "work/training_internal.h"
#include "work/training_log.h"

static size_t total_steps(const Run *run)
{
    if (run->settings->batches > 0)
        return run->settings->batches;
    return run->settings->epochs * run->steps_per_epoch;
}

// Epochs of the whole run, the last of which need not be whole.
static size_t epoch_count(const Run *run)
{
    return (total_steps(run) + run->steps_per_epoch - 1) / run->steps_per_epoch;
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
    if (settings->schedule == SCHEDULE_PLATEAU)
        return peak * run->state.rate_factor;
    if (settings->schedule == SCHEDULE_STEPS)
        return peak * pow(settings->step_factor, floor(fraction * (double)epoch_count(run) /
                                                       (double)settings->step_epochs));
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
        .n_epochs = epoch_count(run),
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
    TrainingProgress progress;
    describe_progress(run, &progress);
    return progress_tell(
        run->settings->progress,
        &(ProgressNews){.done = progress.step, .total = progress.n_steps, .figures = &progress});
}

static bool checkpoint_due(const Run *run)
{
    return run->settings->checkpoint_seconds > 0.0 &&
           clock_seconds() - run->checkpointed > run->settings->checkpoint_seconds;
}

void training_copy_values(Network *network, float *values, bool to_network)
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

// The group of a class in the recipe's first view; without one, the class itself.
static size_t group_of(const Recipe *recipe, size_t class)
{
    return recipe->n_views > 0 ? recipe->views[0].groups[class] : class;
}

static void measure_validation(Run *run)
{
    const DatasetView *view = run->validation;
    const Recipe *recipe = &run->model->recipe;
    size_t n_classes = recipe->n_classes, hits = 0, hits_2 = 0;
    double loss = 0.0;
    for (size_t i = 0; i < view->n; i++) {
        const float *scores = run->scores + i * n_classes;
        size_t truth = view->dataset->labels[view->indices[i]] - 1;
        size_t class = decision_argmax(scores, n_classes);
        hits += class == truth;
        hits_2 += group_of(recipe, class) == group_of(recipe, truth);
        loss -= log(fmax((double)scores[truth], 1e-30));
    }
    run->state.validation_loss = loss / (double)view->n;
    run->state.validation_accuracy = (double)hits / (double)view->n;
    run->state.validation_accuracy_2 = (double)hits_2 / (double)view->n;
}

static void keep_if_best(Run *run)
{
    RunState *state = &run->state;
    bool more_right = state->validation_accuracy > state->best_accuracy ||
                      (state->validation_accuracy == state->best_accuracy &&
                       state->validation_loss < state->best_loss);
    bool less_loss = state->validation_loss < state->best_loss;
    bool better =
        state->best_epoch == 0.0 || (run->settings->best == BEST_LOSS ? less_loss : more_right);
    if (!better)
        return;
    state->best_epoch = state->epoch;
    state->best_accuracy = state->validation_accuracy;
    state->best_accuracy_2 = state->validation_accuracy_2;
    state->best_loss = state->validation_loss;
    training_copy_values(model_network(run->model), run->best, false);
}

// After an epoch: whether the validation loss still falls, and what follows where it does not.
static void watch_loss(Run *run)
{
    RunState *state = &run->state;
    const TrainingSettings *settings = run->settings;
    if (state->validation_loss < state->least_loss) {
        state->least_loss = state->validation_loss;
        state->least_epoch = state->plateau_epoch = state->epoch;
    }
    if (settings->schedule == SCHEDULE_PLATEAU &&
        state->epoch - state->plateau_epoch >= (double)settings->step_epochs) {
        state->rate_factor *= settings->step_factor;
        state->plateau_epoch = state->epoch;
    }
    if (settings->stop_epochs > 0 &&
        state->epoch - state->least_epoch >= (double)settings->stop_epochs)
        state->finished = 1.0;
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
    Status status = classifier_prepare(run->model->classifier, error);
    if (status == STATUS_OK)
        status = evaluate_dataset(run->model, run->validation, run->settings->n_threads, NULL,
                                  run->scores, NULL, error);
    if (status != STATUS_OK)
        return status;
    measure_validation(run);
    state->epoch += 1.0;
    state->place = 0.0;
    keep_if_best(run);
    update_seconds(run);
    state->finished =
        state->epoch >= (double)epoch_count(run) || run_fraction(run, state->step) >= 1.0;
    watch_loss(run);
    return write_log_row(run, true, error);
}

static Status stop(Run *run, Error *error)
{
    Status status = training_save(run, error);
    if (status != STATUS_OK)
        return status;
    if (run->settings->checkpoint == NULL)
        return error_set(error, STATUS_CANCELLED, "training stopped at step %.0f", run->state.step);
    return error_set(error, STATUS_CANCELLED,
                     "training stopped at step %.0f; its state is in %s, resume to go on",
                     run->state.step, run->settings->checkpoint);
}

Status training_epoch(Run *run, Error *error)
{
    sampler_start_epoch(run->sampler, (size_t)run->state.epoch);
    while (!epoch_is_over(run)) {
        Status status = take_step(run, error);
        if (status == STATUS_OK && report_says_stop(run))
            return stop(run, error);
        if (status == STATUS_OK && checkpoint_due(run))
            status = training_save(run, error);
        if (status != STATUS_OK)
            return status;
    }
    Status status = end_epoch(run, error);
    if (status != STATUS_OK)
        return status;
    bool stops = report_says_stop(run);
    run->state.this_epoch = (Tally){0};
    return stops ? stop(run, error) : training_save(run, error);
}
