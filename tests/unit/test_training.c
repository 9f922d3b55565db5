// Training: it learns, it repeats itself bit by bit, and an interrupted run ends as if it had not
// been.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "blobs.h"
#include "fits_file.h"
#include "scratch.h"
#include "work/evaluate.h"
#include "work/training.h"

enum { N_TRAINING = 96, N_VALIDATION = 64 };

typedef struct Fixture {
    Dataset *training_set, *validation_set;
    size_t indices[N_TRAINING];
    DatasetView training, validation;
} Fixture;

static int set_up(void **state)
{
    Fixture *fixture = calloc(1, sizeof *fixture);
    fixture->training_set = blob_dataset(N_TRAINING, 1);
    fixture->validation_set = blob_dataset(N_VALIDATION, 2);
    for (size_t i = 0; i < N_TRAINING; i++)
        fixture->indices[i] = i;
    fixture->training = (DatasetView){fixture->training_set, fixture->indices, N_TRAINING};
    fixture->validation = (DatasetView){fixture->validation_set, fixture->indices, N_VALIDATION};
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    dataset_free(fixture->training_set);
    dataset_free(fixture->validation_set);
    free(fixture);
    return test_directory_remove(state);
}

// Balanced: 48 + 48 + 48 samples, nine steps of 16 an epoch.
static TrainingSettings quick_settings(void)
{
    TrainingSettings settings = training_defaults();
    settings.epochs = 3;
    settings.batch = 16;
    settings.optimiser.learning_rate = 1e-2;
    settings.sampler.copies = 1;
    settings.seed = 5;
    settings.n_threads = 1;
    settings.schedule = SCHEDULE_COSINE;
    settings.warm_up = 0.1;
    return settings;
}

enum { STEPS = 27 };

static Model *train(const Fixture *fixture, const TrainingSettings *settings,
                    TrainingSummary *summary)
{
    Model *model = blob_model(7);
    Error error;
    blob_check(
        training_run(model, &fixture->training, &fixture->validation, settings, summary, &error),
        &error);
    return model;
}

static void assert_same_weights(const Model *a, const Model *b)
{
    for (size_t i = 0; i < network_parameter_count(model_network(a)); i++) {
        const Parameter *p = network_parameter_const(model_network(a), i);
        const Parameter *q = network_parameter_const(model_network(b), i);
        assert_memory_equal(p->values, q->values, p->n_values * sizeof *p->values);
    }
}

static bool same_weights(const Model *a, const Model *b)
{
    for (size_t i = 0; i < network_parameter_count(model_network(a)); i++) {
        const Parameter *p = network_parameter_const(model_network(a), i);
        const Parameter *q = network_parameter_const(model_network(b), i);
        if (memcmp(p->values, q->values, p->n_values * sizeof *p->values) != 0)
            return false;
    }
    return true;
}

// ---- Learning ------------------------------------------------------------------------------

static void easy_classes_are_learned(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    TrainingSummary summary;
    Model *model = train(fixture, &settings, &summary);
    assert_int_equal(summary.epochs, 3);
    assert_int_equal(summary.steps, STEPS);
    assert_true(summary.best_accuracy > 0.95);
    // The model that comes out is that of the best epoch.
    float scores[N_VALIDATION * BLOB_CLASSES];
    Error error;
    assert_int_equal(evaluate_dataset(model, &fixture->validation, 1, NULL, scores, NULL, &error),
                     STATUS_OK);
    size_t n_correct = 0;
    for (size_t i = 0; i < N_VALIDATION; i++)
        n_correct += decision_argmax(scores + i * BLOB_CLASSES, BLOB_CLASSES) + 1 ==
                     fixture->validation_set->labels[i];
    assert_true((double)n_correct / N_VALIDATION == summary.best_accuracy);
    model_free(model);
}

static void the_best_epoch_is_kept_when_later_ones_are_worse(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    settings.schedule = SCHEDULE_CONSTANT;
    settings.warm_up = 0.0;
    settings.optimiser.learning_rate = 0.3; // so high that accuracy jumps about
    settings.epochs = 6;
    TrainingSummary summary;
    Model *model = train(fixture, &settings, &summary);
    assert_true(summary.best_epoch < 6);
    settings.epochs = summary.best_epoch;
    Model *shorter = train(fixture, &settings, &summary);
    assert_same_weights(model, shorter);
    model_free(model);
    model_free(shorter);
}

// Paper 001 counts batches: the run ends within an epoch.
static void a_run_can_be_counted_in_batches(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    TrainingSummary summary;
    settings.batches = STEPS / 3 + 4;
    Model *model = train(fixture, &settings, &summary);
    assert_int_equal(summary.steps, STEPS / 3 + 4);
    assert_int_equal(summary.epochs, 2);
    model_free(model);
}

// At a rate so high that nothing is learned the rate falls, then the run ends.
static void a_run_without_progress_slows_down_and_stops(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    TrainingSummary summary;
    char *log = scratch_path("plateau.csv");
    settings.schedule = SCHEDULE_PLATEAU;
    settings.warm_up = 0.0;
    settings.optimiser.learning_rate = 1e-30;
    settings.step_epochs = 2;
    settings.step_factor = 0.5;
    settings.stop_epochs = 5;
    settings.epochs = 40;
    settings.best = BEST_LOSS;
    settings.log = log;
    Model *model = train(fixture, &settings, &summary);
    assert_int_equal(summary.epochs, 6);
    assert_int_equal(summary.best_epoch, 1);
    size_t size;
    char *text = scratch_read(log, &size);
    assert_non_null(strstr(text, ",1.000000e-30,"));
    assert_non_null(strstr(text, ",5.000000e-31,"));
    assert_non_null(strstr(text, ",2.500000e-31,"));
    free(text);
    free(log);
    model_free(model);
}

static void the_recipe_gets_the_training_sets_band_means(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    settings.epochs = 1;
    Model *model = train(fixture, &settings, NULL);
    double sums[BLOB_BANDS] = {0};
    size_t values = dataset_cutout_values(fixture->training_set);
    for (size_t i = 0; i < N_TRAINING * values; i++)
        sums[i % BLOB_BANDS] += (double)fixture->training_set->cutouts[i];
    for (size_t band = 0; band < BLOB_BANDS; band++)
        assert_float_equal(recipe_band_mean(&model->recipe, band),
                           sums[band] / (N_TRAINING * values / BLOB_BANDS), 1e-12);
    model_free(model);
}

static const char *note_of(const Model *model, const char *key)
{
    for (size_t i = 0; i < model->n_notes; i++)
        if (strncmp(model->notes[i], key, strlen(key)) == 0)
            return model->notes[i];
    return "";
}

static void the_model_says_how_it_was_trained(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    settings.epochs = 1;
    settings.data_name = "blobs.fits";
    settings.command = "skyclass train --data blobs.fits";
    Model *model = train(fixture, &settings, NULL);
    assert_non_null(strstr(note_of(model, "training data"), "blobs.fits"));
    assert_non_null(strstr(note_of(model, "training command"), "skyclass train --data"));
    assert_non_null(strstr(note_of(model, "training run"), "seed 5"));
    assert_non_null(strstr(note_of(model, "training time"), " s on "));
    assert_non_null(strstr(note_of(model, "training sources"), "96"));
    assert_non_null(strstr(note_of(model, "validation"), "accuracy"));
    assert_non_null(strstr(note_of(model, "trained"), "skyclass " SKYCLASS_VERSION));
    model_free(model);
}

// ---- Repeating -----------------------------------------------------------------------------

static void weights_are_the_same_on_any_number_of_threads(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    Model *one = train(fixture, &settings, NULL);
    settings.n_threads = 3;
    Model *three = train(fixture, &settings, NULL);
    assert_same_weights(one, three);
    settings.seed++;
    Model *other = train(fixture, &settings, NULL);
    assert_false(same_weights(one, other));
    model_free(one);
    model_free(three);
    model_free(other);
}

typedef struct Stop {
    size_t after; // reports
    size_t n_reports;
} Stop;

static bool stop_after(void *context, const ProgressNews *news)
{
    (void)news;
    Stop *stop = context;
    return ++stop->n_reports == stop->after;
}

// The log without its last two columns, which are about time.
static char *log_without_time(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char line[512], *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    while (fgets(line, sizeof line, file) != NULL) {
        *strrchr(line, ',') = '\0';
        *strrchr(line, ',') = '\0';
        fprintf(to, "%s\n", line);
    }
    fclose(to);
    fclose(file);
    return text;
}

static void an_interrupted_run_ends_with_the_same_weights(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    settings.sampler.augmentation.noise = 0.02;
    settings.log = test_path("whole.csv");
    settings.log_steps = 4;
    TrainingSummary whole_summary, summary;
    Model *whole = train(fixture, &settings, &whole_summary);
    char *whole_log = log_without_time(settings.log);
    settings.log = test_path("parts.csv");
    settings.checkpoint = test_path("parts.checkpoint");
    settings.resume = true;
    // Reports come after every step and every epoch: 30 in all.
    for (size_t after = 1; after <= STEPS + 3; after++) {
        unlink(settings.checkpoint);
        unlink(settings.log);
        Stop stop = {.after = after};
        settings.progress = &(Progress){stop_after, &stop};
        Model *model = blob_model(7);
        Error error;
        assert_int_equal(
            training_run(model, &fixture->training, &fixture->validation, &settings, NULL, &error),
            STATUS_CANCELLED);
        assert_non_null(strstr(error.text, settings.checkpoint));
        model_free(model);
        // A fresh process would start from other weights: the checkpoint has them.
        model = blob_model(8);
        assert_int_equal(training_run(model, &fixture->training, &fixture->validation, &settings,
                                      &summary, &error),
                         STATUS_OK);
        assert_same_weights(whole, model);
        assert_true(summary.best_accuracy == whole_summary.best_accuracy);
        assert_true(summary.best_loss == whole_summary.best_loss);
        assert_int_equal(summary.best_epoch, whole_summary.best_epoch);
        assert_int_equal(summary.steps, STEPS);
        char *log = log_without_time(settings.log);
        assert_string_equal(whole_log, log);
        free(log);
        model_free(model);
    }
    free(whole_log);
    model_free(whole);
}

static void a_killed_run_goes_on_from_its_last_checkpoint(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    Model *whole = train(fixture, &settings, NULL);
    // A checkpoint is kept after every step; the log runs ahead of an older one.
    settings.checkpoint = test_path("killed.checkpoint");
    settings.log = test_path("killed.csv");
    settings.log_steps = 1;
    settings.resume = true;
    Stop stop = {.after = 12};
    settings.progress = &(Progress){stop_after, &stop};
    Model *model = blob_model(7);
    Error error;
    assert_int_equal(
        training_run(model, &fixture->training, &fixture->validation, &settings, NULL, &error),
        STATUS_CANCELLED);
    FILE *log = fopen(settings.log, "a");
    fputs("1.9,26,0.1,0.9,,,,1e-3,10,1\n", log);
    fclose(log);
    model_free(model);
    model = blob_model(7);
    settings.progress = NULL;
    assert_int_equal(
        training_run(model, &fixture->training, &fixture->validation, &settings, NULL, &error),
        STATUS_OK);
    assert_same_weights(whole, model);
    char *text = log_without_time(settings.log);
    assert_null(strstr(text, "1.9,26,"));
    free(text);
    model_free(model);
    model_free(whole);
}

static void another_runs_checkpoint_is_refused(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    settings.epochs = 1;
    settings.checkpoint = test_path("other.checkpoint");
    model_free(train(fixture, &settings, NULL));
    settings.resume = true;
    settings.seed++;
    Model *model = blob_model(7);
    Error error;
    assert_int_equal(
        training_run(model, &fixture->training, &fixture->validation, &settings, NULL, &error),
        STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "another run"));
    settings.seed--;
    assert_int_equal(truncate(settings.checkpoint, 5760), 0);
    assert_int_equal(
        training_run(model, &fixture->training, &fixture->validation, &settings, NULL, &error),
        STATUS_BAD_INPUT);
    model_free(model);
}

static void what_cannot_be_written_is_known_before_the_first_step(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    Stop stop = {.after = 0};
    settings.progress = &(Progress){stop_after, &stop};
    Model *model = blob_model(7);
    Error error;
    settings.checkpoint = test_path("nowhere/run.checkpoint");
    assert_int_equal(
        training_run(model, &fixture->training, &fixture->validation, &settings, NULL, &error),
        STATUS_OUTPUT);
    settings.checkpoint = NULL;
    settings.log = test_path("nowhere/run.csv");
    assert_int_equal(
        training_run(model, &fixture->training, &fixture->validation, &settings, NULL, &error),
        STATUS_OUTPUT);
    assert_int_equal(stop.n_reports, 0);
    model_free(model);
}

static void a_finished_run_resumes_to_its_result(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    settings.checkpoint = test_path("finished.checkpoint");
    Model *model = train(fixture, &settings, NULL);
    settings.resume = true;
    Stop stop = {.after = 1};
    settings.progress = &(Progress){stop_after, &stop};
    Model *again = train(fixture, &settings, NULL);
    assert_int_equal(stop.n_reports, 0);
    assert_same_weights(model, again);
    model_free(model);
    model_free(again);
}

// ---- Schedules and limits ------------------------------------------------------------------

typedef struct Rates {
    double rates[STEPS + 3];
    size_t n;
} Rates;

static bool keep_rate(void *context, const ProgressNews *news)
{
    Rates *rates = context;
    const TrainingProgress *progress = news->figures;
    rates->rates[rates->n++] = progress->learning_rate;
    return false;
}

// Paper 002 lowers the rate to a tenth after 30, 60 and 90 epochs.
static void the_learning_rate_falls_in_steps(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    settings.epochs = 3; // each nine steps and a validation
    settings.schedule = SCHEDULE_STEPS;
    settings.warm_up = 0.0;
    settings.step_epochs = 2;
    settings.step_factor = 0.1;
    Rates rates = {.n = 0};
    settings.progress = &(Progress){keep_rate, &rates};
    model_free(train(fixture, &settings, NULL));
    assert_float_equal(rates.rates[0], 1e-2, 1e-9);
    assert_float_equal(rates.rates[16], 1e-2, 1e-9);
    assert_float_equal(rates.rates[25], 1e-3, 1e-9);
}

static void the_learning_rate_warms_up_and_falls_along_a_cosine(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    settings.epochs = 1; // nine steps and a validation
    settings.warm_up = 1.0 / 3.0;
    Rates rates = {.n = 0};
    settings.progress = &(Progress){keep_rate, &rates};
    model_free(train(fixture, &settings, NULL));
    assert_int_equal(rates.n, 10);
    // A report tells the next step's rate: step 2 of 9 is at (1.5 / 9) / (1 / 3) of the peak.
    assert_float_equal(rates.rates[0], 1e-2 * 0.5, 1e-9);
    assert_float_equal(rates.rates[5], 1e-2 * 0.5 * (1.0 + cos(M_PI * 3.5 / 6.0)), 1e-9);
    assert_float_equal(rates.rates[8], 0.0, 1e-9);
}

static void a_run_ends_with_its_time(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    settings.epochs = 1000000;
    settings.max_seconds = 0.2;
    TrainingSummary summary;
    Model *model = train(fixture, &settings, &summary);
    assert_true(summary.seconds >= 0.2 && summary.seconds < 5.0);
    assert_true(summary.epochs > 0 && summary.epochs < 1000000);
    model_free(model);
}

static void divergence_is_said_to_be_one(void **state)
{
    const Fixture *fixture = *state;
    TrainingSettings settings = quick_settings();
    settings.schedule = SCHEDULE_CONSTANT;
    settings.optimiser.learning_rate = 1e38;
    Model *model = blob_model(7);
    Error error;
    assert_int_equal(
        training_run(model, &fixture->training, &fixture->validation, &settings, NULL, &error),
        STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "diverged"));
    model_free(model);
}

static void what_does_not_fit_is_refused(void **state)
{
    const Fixture *fixture = *state;
    const TrainingSettings good = quick_settings();
    Model *model = blob_model(7);
    Error error;
    TrainingSettings settings = good;
    settings.epochs = 0;
    assert_int_equal(
        training_run(model, &fixture->training, &fixture->validation, &settings, NULL, &error),
        STATUS_USAGE);
    settings = good;
    settings.warm_up = 1.0;
    assert_int_equal(
        training_run(model, &fixture->training, &fixture->validation, &settings, NULL, &error),
        STATUS_USAGE);
    const DatasetView none = {fixture->validation_set, fixture->indices, 0};
    assert_int_equal(training_run(model, &fixture->training, &none, &good, NULL, &error),
                     STATUS_BAD_INPUT);
    model->recipe.n_classes++;
    assert_int_equal(
        training_run(model, &fixture->training, &fixture->validation, &good, NULL, &error),
        STATUS_BAD_INPUT);
    model->recipe.n_classes--;
    model_free(model);
}

// ---- Models for datasets -------------------------------------------------------------------

static void a_systems_model_follows_the_dataset(void **state)
{
    (void)state;
    Dataset *dataset;
    Model *model;
    Error error;
    assert_int_equal(dataset_new(1, 3, 24, 4, &dataset, &error), STATUS_OK);
    strcpy(dataset->bands[0], "F336W");
    strcpy(dataset->bands[1], "F555W");
    strcpy(dataset->bands[2], "F814W");
    dataset->pixel_scale = 0.05;
    assert_int_equal(training_model_new(system_find("starcnet"), "pathways=1", dataset,
                                        INITIAL_XAVIER, 1, &model, &error),
                     STATUS_OK);
    Shape shape = network_input_shape(model_network(model));
    assert_int_equal(shape.height, 24);
    assert_int_equal(shape.channels, 3);
    assert_int_equal(model->recipe.cutout_size, 24);
    assert_int_equal(model->recipe.cutout_border, 13);
    assert_string_equal(model->recipe.bands[1].filters, "F555W");
    assert_true(model->recipe.pixel_scale == 0.05);
    assert_int_equal(network_class_count(model_network(model)), 4);
    model_free(model);
    dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(easy_classes_are_learned),
        cmocka_unit_test(the_best_epoch_is_kept_when_later_ones_are_worse),
        cmocka_unit_test(a_run_can_be_counted_in_batches),
        cmocka_unit_test(a_run_without_progress_slows_down_and_stops),
        cmocka_unit_test(the_recipe_gets_the_training_sets_band_means),
        cmocka_unit_test(the_model_says_how_it_was_trained),
        cmocka_unit_test(weights_are_the_same_on_any_number_of_threads),
        cmocka_unit_test(an_interrupted_run_ends_with_the_same_weights),
        cmocka_unit_test(a_killed_run_goes_on_from_its_last_checkpoint),
        cmocka_unit_test(another_runs_checkpoint_is_refused),
        cmocka_unit_test(what_cannot_be_written_is_known_before_the_first_step),
        cmocka_unit_test(a_finished_run_resumes_to_its_result),
        cmocka_unit_test(the_learning_rate_falls_in_steps),
        cmocka_unit_test(the_learning_rate_warms_up_and_falls_along_a_cosine),
        cmocka_unit_test(a_run_ends_with_its_time),
        cmocka_unit_test(divergence_is_said_to_be_one),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(a_systems_model_follows_the_dataset),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
