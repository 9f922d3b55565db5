#include "work/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "classifier/import/weights.h"
#include "classifier/model_join.h"
#include "dataset/dataset_split.h"
#include "nn/train/transfer.h"
#include "systems/system.h"
#include "work/evaluate.h"
#include "work/training_fields.h"

static const char *const initials[] = {"xavier",       "he",     "xavier_normal",
                                       "input_normal", "resnet", NULL};
static const char *const first_convolutions[] = {"copy", "halve", NULL};

#define TEXT(member)                 FIELD_ARRAY(#member, TrainSettings, member, FIELD_TEXT)
#define TRAINING(name, member, kind) FIELD(name, TrainSettings, training.member, kind)
const Field train_fields[] = {
    TEXT(system),
    TEXT(options),
    TEXT(from),
    TEXT(steps),
    TEXT(name),
    TEXT(checkpoint),
    TEXT(log),
    TEXT(data_name),
    TEXT(command),
    TEXT(leave_out),
    FIELD("compress", TrainSettings, compress, FIELD_SWITCH),
    FIELD("members", TrainSettings, members, FIELD_COUNT),
    FIELD_OF_CHOICES("initial", TrainSettings, initial, initials),
    FIELD("hold", TrainSettings, hold, FIELD_COUNT),
    FIELD_OF_CHOICES("first_conv", TrainSettings, halve_first, first_convolutions),
    TRAINING_FIELDS(TrainSettings, training.),
    TRAINING("jobs", n_threads, FIELD_COUNT),
    TRAINING("checkpoint_seconds", checkpoint_seconds, FIELD_NUMBER),
    TRAINING("resume", resume, FIELD_SWITCH),
    TRAINING("log_steps", log_steps, FIELD_COUNT),
    {.name = NULL},
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

// The fraction of the test part that the model has right.
static Status measure(const Model *model, const DatasetView *test, size_t n_threads,
                      double *accuracy, Error *error)
{
    float *scores = memory_new(test->n, model->recipe.n_classes * sizeof *scores);
    size_t *classes = memory_new(test->n, sizeof *classes);
    Status status =
        scores != NULL && classes != NULL ? STATUS_OK : error_memory(error, "the test's scores");
    *accuracy = 0.0;
    if (status == STATUS_OK)
        status = evaluate_dataset(model, test, n_threads, NULL, scores, classes, error);
    size_t n_correct = 0;
    for (size_t i = 0; i < test->n && status == STATUS_OK; i++)
        n_correct += classes[i] == test->dataset->labels[test->indices[i]];
    if (test->n > 0)
        *accuracy = (double)n_correct / (double)test->n;
    free(classes);
    free(scores);
    return status;
}

// ---- The members of an ensemble ---------------------------------------------------------------

typedef struct Training {
    const Dataset *dataset;
    const TrainSettings *settings;
    const System *system;
    const DatasetSplit *parts;
    const Progress *progress;
    size_t member, n_members;
    double *accuracies; // [n_members], on the test part
} Training;

// The member's own file: NAME.ending for the first, NAME-2.ending for the second.
static const char *member_path(const char *path, size_t member, char own[TRAIN_PATH_SIZE])
{
    if (path[0] == '\0')
        return NULL;
    const char *ending = strrchr(path, '.');
    if (ending == NULL || strchr(ending, '/') != NULL)
        ending = path + strlen(path);
    if (member == 0)
        snprintf(own, TRAIN_PATH_SIZE, "%s", path);
    else
        snprintf(own, TRAIN_PATH_SIZE, "%.*s-%zu%s", (int)(ending - path), path, member + 1,
                 ending);
    return own;
}

// In steps of all members.
static bool report(void *context, const ProgressNews *news)
{
    const Training *training = context;
    ProgressNews all = *news;
    all.done += training->member * news->total;
    all.total *= training->n_members;
    return progress_tell(training->progress, &all);
}

// What was done with the weights that training began with.
static Status note_transfer(Model *model, const TransferReport *report, bool halve, size_t held,
                            Error *error)
{
    char text[MODEL_TEXT_SIZE];
    snprintf(text, sizeof text, "%s%s%s, first convolution %s%s, layers held: %zu",
             report->new_head[0] != '\0' ? "new last layer " : "last layer kept", report->new_head,
             report->new_head[0] != '\0' ? " (random)" : "",
             report->widened ? "repeated along its inputs" : "as it was",
             report->widened && halve ? " and scaled" : "", held);
    return model_note(model, "transfer", text, error);
}

static bool fits_file(const char *path)
{
    char start[9] = "";
    FILE *stream = fopen(path, "rb");
    size_t n = stream != NULL ? fread(start, 1, sizeof start, stream) : 0;
    if (stream != NULL)
        fclose(stream);
    return n == sizeof start && memcmp(start, "SIMPLE  =", sizeof start) == 0;
}

static Status transfer_from_model(const Model *model, Network *network, bool halve,
                                  TransferReport *report, Error *error)
{
    const Network *from = model_network(model);
    size_t n = network_parameter_count(from);
    TransferTensor *tensors = memory_new(n, sizeof *tensors);
    if (tensors == NULL)
        return error_memory(error, "the weights to begin with");
    for (size_t i = 0; i < n; i++) {
        const Parameter *parameter = network_parameter_const(from, i);
        tensors[i] = (TransferTensor){parameter->name, parameter->n_dimensions,
                                      parameter->dimensions, parameter->values};
    }
    Status status = network_transfer(network, tensors, n, halve, report, error);
    free(tensors);
    return status;
}

// The weights of a skyclass model or of another program's file, by name.
static Status transfer_from(const char *path, Network *network, bool halve, TransferReport *report,
                            Error *error)
{
    Model *model = NULL;
    Weights *weights = NULL;
    Error no_model;
    Status status = model_read(path, &model, &no_model);
    if (status != STATUS_OK)
        status = weights_read(path, &weights, error);
    if (status != STATUS_OK) // what a file in FITS should have been says its own reader
        return fits_file(path) ? error_set(error, STATUS_BAD_INPUT, "%s", no_model.text) : status;
    status = model != NULL ? transfer_from_model(model, network, halve, report, error)
                           : weights_transfer(weights, network, halve, report, error);
    if (status != STATUS_OK)
        error_prefix(error, "%s", path);
    model_free(model);
    weights_free(weights);
    return status;
}

// Whether the model can go on as it is: its bands, classes and cutouts are the dataset's.
static bool fits_dataset(const Model *model, const Training *training)
{
    const Recipe *recipe = &model->recipe;
    const Dataset *dataset = training->dataset;
    return strcmp(recipe->system, training->system->recipe.system) == 0 &&
           recipe->n_classes == dataset->n_classes && recipe->n_bands == dataset->n_bands &&
           recipe->cutout_size == dataset->size && classifier_member_count(model->classifier) == 1;
}

// The model that training begins with: of random weights; or the one in the file `from`; or, where
// that is of other classes or bands or of another program, the system's with its weights.
static Status first_model(const Training *training, uint64_t seed, Model **model, Error *error)
{
    const TrainSettings *settings = training->settings;
    TransferReport report;
    Error ignored;
    *model = NULL;
    if (settings->from[0] != '\0' && model_read(settings->from, model, &ignored) == STATUS_OK) {
        if (fits_dataset(*model, training)) {
            (*model)->n_notes = 0; // of another training
            return STATUS_OK;
        }
        model_free(*model);
        *model = NULL;
    }
    Status status = training_model_new(training->system, settings->options, training->dataset,
                                       settings->initial, seed, model, error);
    if (status != STATUS_OK || settings->from[0] == '\0')
        return status;
    bool halve = settings->halve_first == 1;
    status = transfer_from(settings->from, model_network(*model), halve, &report, error);
    return status == STATUS_OK ? note_transfer(*model, &report, halve, settings->hold, error)
                               : status;
}

static Status train_member(Training *training, Model **model, TrainingSummary *summary,
                           Error *error)
{
    const TrainSettings *settings = training->settings;
    const Progress progress = {report, training};
    char checkpoint[TRAIN_PATH_SIZE], log[TRAIN_PATH_SIZE];
    TrainingSettings run = settings->training;
    run.checkpoint = member_path(settings->checkpoint, training->member, checkpoint);
    run.log = member_path(settings->log, training->member, log);
    run.data_name = settings->data_name;
    run.command = settings->command;
    run.from = settings->from;
    run.progress = &progress;
    run.seed += training->member;
    Status status = first_model(training, run.seed, model, error);
    // Layers of random weights are not worth holding.
    if (status == STATUS_OK && settings->from[0] != '\0')
        status = network_held_layers(model_network(*model), settings->hold,
                                     &run.first_trainable_layer, error);
    if (status == STATUS_OK)
        status = training_run(*model, &training->parts->training, &training->parts->validation,
                              &run, summary, error);
    if (status == STATUS_OK)
        status = measure(*model, &training->parts->test, run.n_threads,
                         &training->accuracies[training->member], error);
    return status;
}

// Mean and standard deviation of the members' accuracies.
static void sum_up(const Training *training, TrainOutcome *outcome)
{
    double sum = 0.0, squares = 0.0;
    size_t n = training->n_members;
    for (size_t i = 0; i < n; i++)
        sum += training->accuracies[i];
    outcome->n_members = n;
    outcome->member_accuracy = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += pow(training->accuracies[i] - outcome->member_accuracy, 2.0);
    outcome->member_deviation = n > 1 ? sqrt(squares / (double)(n - 1)) : 0.0;
}

// What was measured, kept in the model's notes.
static Status note_test(Model *model, const TrainOutcome *outcome, Error *error)
{
    char text[64];
    snprintf(text, sizeof text, "%.2f %% of %zu sources", 100.0 * outcome->test_accuracy,
             outcome->n_test);
    Status status = model_note(model, "test accuracy", text, error);
    if (status != STATUS_OK || outcome->n_members == 1)
        return status;
    snprintf(text, sizeof text, "%.2f +- %.2f %%, mean and deviation of %zu",
             100.0 * outcome->member_accuracy, 100.0 * outcome->member_deviation,
             outcome->n_members);
    return model_note(model, "members' accuracy", text, error);
}

static Status train_members(Training *training, Model **model, TrainOutcome *outcome, Error *error)
{
    size_t n = training->n_members;
    Status status = STATUS_OK;
    Model **models = memory_new(n, sizeof *models);
    training->accuracies = memory_new(n, sizeof *training->accuracies);
    if (models == NULL || training->accuracies == NULL)
        status = error_memory(error, "an ensemble");
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        training->member = i;
        status = train_member(training, &models[i], &outcome->summary, error);
    }
    if (status == STATUS_OK)
        sum_up(training, outcome);
    if (status == STATUS_OK)
        status = model_join(models, n, model, error);
    else
        for (size_t i = 0; models != NULL && i < n; i++)
            model_free(models[i]);
    free(models);
    free(training->accuracies);
    return status;
}

Status train(const Dataset *dataset, const TrainSettings *settings, const char *path,
             const Progress *progress, TrainOutcome *outcome, Error *error)
{
    DatasetSplit parts = {0};
    Training training = {.dataset = dataset,
                         .settings = settings,
                         .parts = &parts,
                         .progress = progress,
                         .n_members = settings->members > 0 ? settings->members : 1};
    Model *model = NULL;
    System own; // the system with other steps
    Status status = system_get(settings->system, &training.system, error);
    *outcome = (TrainOutcome){.test_accuracy = 0.0};
    if (status == STATUS_OK && settings->steps[0] != '\0') {
        own = *training.system;
        status = recipe_read_steps(&own.recipe, settings->steps, error);
        training.system = &own;
    }
    if (status == STATUS_OK)
        status = split(dataset, settings, &parts, error);
    outcome->n_training = parts.training.n;
    outcome->n_validation = parts.validation.n;
    outcome->n_test = parts.test.n;
    if (status == STATUS_OK)
        status = train_members(&training, &model, outcome, error);
    if (status == STATUS_OK)
        status = classifier_prepare(model->classifier, error);
    if (status == STATUS_OK)
        status = measure(model, &parts.test, settings->training.n_threads, &outcome->test_accuracy,
                         error);
    if (status == STATUS_OK)
        status = note_test(model, outcome, error);
    if (status == STATUS_OK) {
        const char *name = settings->name[0] != '\0' ? settings->name : settings->system;
        snprintf(model->name, sizeof model->name, "%s", name);
        status = model_write(model, path, settings->compress, error);
    }
    model_free(model);
    dataset_split_free(&parts);
    return status;
}
