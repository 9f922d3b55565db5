// skyclass::train settings -> dict of every setting
// skyclass::train run $dataset SETTINGS FILE ?-command PREFIX? -> summary
//
// SETTINGS is a dict as `settings` returns it; keys left out keep their defaults. The model is
// written to FILE. {*}PREFIX is called with a dict of progress after every step; an error or SIGINT
// stops the run, which leaves its checkpoint.
#include "bind/bind.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "bind/bind_dataset.h"
#include "bind/bind_settings.h"
#include "dataset/dataset_split.h"
#include "work/evaluate.h"
#include "work/training.h"

enum { PATH_SIZE = 1024 };

// What the user sets, flat; the C structs are filled from it.
typedef struct TrainChoices {
    char system[MODEL_NAME_SIZE], options[MODEL_TEXT_SIZE], name[MODEL_NAME_SIZE];
    char checkpoint[PATH_SIZE], log[PATH_SIZE], data_name[MODEL_TEXT_SIZE];
    char command[MODEL_TEXT_SIZE];
    char leave_out[DATASET_NAME_SIZE]; // a field that is the test set; "" splits at random
    bool compress;
    TrainingSettings training;
} TrainChoices;

static const char *const optimisers[] = {"adam", "adadelta", "sgd", NULL};
static const char *const schedules[] = {"constant", "cosine", NULL};
static const char *const balances[] = {"none", "reflect", "draw", NULL};

#define TEXT(member)                                                                               \
    {                                                                                              \
#member, SETTING_TEXT, offsetof(TrainChoices, member),                                     \
            sizeof((TrainChoices *)NULL)->member, NULL                                             \
    }
#define TRAINING(name, member, kind)                                                               \
    {                                                                                              \
        name, kind, offsetof(TrainChoices, training) + offsetof(TrainingSettings, member), 1, NULL \
    }
#define CHOICE(name, member, choices)                                                              \
    {                                                                                              \
        name, SETTING_CHOICE,                                                                      \
            offsetof(TrainChoices, training) + offsetof(TrainingSettings, member), 1, choices      \
    }
static const Setting settings_table[] = {
    TEXT(system),
    TEXT(options),
    TEXT(name),
    TEXT(checkpoint),
    TEXT(log),
    TEXT(data_name),
    TEXT(command),
    TEXT(leave_out),
    SETTING_MEMBER(TrainChoices, compress, SETTING_SWITCH),
    TRAINING("epochs", epochs, SETTING_COUNT),
    TRAINING("batch", batch, SETTING_COUNT),
    CHOICE("optimiser", optimiser.kind, optimisers),
    TRAINING("learning_rate", optimiser.learning_rate, SETTING_NUMBER),
    TRAINING("momentum", optimiser.momentum, SETTING_NUMBER),
    TRAINING("weight_decay", optimiser.weight_decay, SETTING_NUMBER),
    CHOICE("schedule", schedule, schedules),
    TRAINING("warm_up", warm_up, SETTING_NUMBER),
    TRAINING("max_seconds", max_seconds, SETTING_NUMBER),
    CHOICE("balance", sampler.balance, balances),
    TRAINING("copies", sampler.copies, SETTING_COUNT),
    TRAINING("right_angles", sampler.augmentation.right_angles, SETTING_SWITCH),
    TRAINING("reflections", sampler.augmentation.reflections, SETTING_SWITCH),
    TRAINING("rotation", sampler.augmentation.rotation, SETTING_NUMBER),
    TRAINING("scale", sampler.augmentation.scale, SETTING_NUMBER),
    TRAINING("scale_probability", sampler.augmentation.scale_probability, SETTING_NUMBER),
    TRAINING("shift", sampler.augmentation.shift, SETTING_NUMBER),
    TRAINING("noise", sampler.augmentation.noise, SETTING_NUMBER),
    TRAINING("seed", seed, SETTING_SEED),
    TRAINING("jobs", n_threads, SETTING_COUNT),
    TRAINING("checkpoint_seconds", checkpoint_seconds, SETTING_NUMBER),
    TRAINING("resume", resume, SETTING_SWITCH),
    TRAINING("log_steps", log_steps, SETTING_COUNT),
    {NULL, SETTING_TEXT, 0, 0, NULL},
};

static TrainChoices default_choices(void)
{
    return (TrainChoices){.system = "starcnet", .training = training_defaults()};
}

// ---- Progress and interruption -----------------------------------------------------------------

typedef struct Watch {
    Tcl_Interp *interp;
    Tcl_Obj *callback; // NULL: none
    bool callback_failed;
} Watch;

// A signal handler can reach nothing else.
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

// Empty where it is not known yet, as right after a resumed start: Tcl cannot count with NaN.
static void put_if_known(Tcl_Obj *dict, const char *key, double value)
{
    bind_put(dict, key, isfinite(value) ? Tcl_NewDoubleObj(value) : Tcl_NewObj());
}

static Tcl_Obj *progress_dict(const TrainingProgress *progress)
{
    Tcl_Obj *dict = Tcl_NewDictObj();
    bind_put_count(dict, "epoch", progress->epoch);
    bind_put_count(dict, "epochs", progress->n_epochs);
    bind_put_count(dict, "step", progress->step);
    bind_put_count(dict, "steps", progress->n_steps);
    put_if_known(dict, "loss", progress->loss);
    put_if_known(dict, "accuracy", progress->accuracy);
    put_if_known(dict, "validation_accuracy", progress->validation_accuracy);
    bind_put_number(dict, "learning_rate", progress->learning_rate);
    bind_put_number(dict, "rate", progress->samples_per_second);
    bind_put_number(dict, "seconds", progress->seconds);
    put_if_known(dict, "remaining", progress->seconds_left);
    return dict;
}

static int report(void *context, const TrainingProgress *progress)
{
    Watch *watch = context;
    if (watch->callback != NULL) {
        Tcl_Obj *command = Tcl_DuplicateObj(watch->callback);
        Tcl_IncrRefCount(command);
        Tcl_ListObjAppendElement(NULL, command, progress_dict(progress));
        watch->callback_failed = Tcl_EvalObjEx(watch->interp, command, TCL_EVAL_GLOBAL) != TCL_OK;
        Tcl_DecrRefCount(command);
    }
    return watch->callback_failed || interrupted;
}

// ---- The run -----------------------------------------------------------------------------------

typedef struct TrainResult {
    TrainingSummary summary;
    size_t n_training, n_validation, n_test;
    double test_accuracy;
} TrainResult;

static Status split(const Dataset *dataset, const TrainChoices *choices, DatasetSplit *parts,
                    Error *error)
{
    const uint64_t seed = choices->training.seed;
    if (choices->leave_out[0] == '\0')
        return dataset_split(dataset, seed, parts, error);
    for (size_t i = 0; i < dataset->n_fields; i++)
        if (strcmp(dataset->field_names[i], choices->leave_out) == 0)
            return dataset_split_field(dataset, i, seed, parts, error);
    return error_set(error, STATUS_USAGE, "the dataset has no field \"%s\" to leave out",
                     choices->leave_out);
}

// Accuracy on the test part, kept in the model's notes.
static Status test_model(Model *model, const DatasetView *test, size_t n_threads,
                         TrainResult *result, Error *error)
{
    const size_t n_classes = model->recipe.n_classes;
    float *scores = memory_new(test->n, n_classes * sizeof *scores);
    if (scores == NULL)
        return error_memory(error, "scores");
    Status status = evaluate_dataset(model, test, n_threads, NULL, scores, NULL, error);
    if (status == STATUS_OK) {
        size_t n_correct = 0;
        for (size_t i = 0; i < test->n; i++)
            n_correct += decision_argmax(scores + i * n_classes, n_classes) + 1 ==
                         test->dataset->labels[test->indices[i]];
        result->test_accuracy = test->n > 0 ? (double)n_correct / (double)test->n : 0.0;
        char text[64];
        snprintf(text, sizeof text, "%.2f %% of %zu sources", 100.0 * result->test_accuracy,
                 test->n);
        status = model_note(model, "test accuracy", text, error);
    }
    free(scores);
    return status;
}

static Status train(const Dataset *dataset, TrainChoices *choices, const char *path,
                    TrainResult *result, Error *error)
{
    const System *system;
    Status status = system_get(choices->system, &system, error);
    if (status != STATUS_OK)
        return status;
    TrainingSettings *settings = &choices->training;
    settings->checkpoint = choices->checkpoint[0] != '\0' ? choices->checkpoint : NULL;
    settings->log = choices->log[0] != '\0' ? choices->log : NULL;
    settings->data_name = choices->data_name;
    settings->command = choices->command;
    DatasetSplit parts = {0};
    Model *model = NULL;
    status = split(dataset, choices, &parts, error);
    if (status == STATUS_OK)
        status =
            training_model_new(system, choices->options, dataset, settings->seed, &model, error);
    if (status == STATUS_OK)
        status = training_run(model, &parts.training, &parts.validation, settings, &result->summary,
                              error);
    if (status == STATUS_OK)
        status = test_model(model, &parts.test, settings->n_threads, result, error);
    if (status == STATUS_OK) {
        snprintf(model->name, sizeof model->name, "%s", choices->name);
        status = model_write(model, path, choices->compress, error);
    }
    result->n_training = parts.training.n;
    result->n_validation = parts.validation.n;
    result->n_test = parts.test.n;
    model_free(model);
    dataset_split_free(&parts);
    return status;
}

static Tcl_Obj *result_dict(const TrainResult *result)
{
    const TrainingSummary *summary = &result->summary;
    Tcl_Obj *dict = Tcl_NewDictObj();
    bind_put_count(dict, "training", result->n_training);
    bind_put_count(dict, "validation", result->n_validation);
    bind_put_count(dict, "test", result->n_test);
    bind_put_count(dict, "epochs", summary->epochs);
    bind_put_count(dict, "steps", summary->steps);
    bind_put_count(dict, "best_epoch", summary->best_epoch);
    bind_put_number(dict, "validation_accuracy", summary->best_accuracy);
    bind_put_number(dict, "validation_accuracy_2", summary->best_accuracy_2);
    bind_put_number(dict, "test_accuracy", result->test_accuracy);
    bind_put_number(dict, "seconds", summary->seconds);
    return dict;
}

// skyclass::train run DATASET SETTINGS FILE ?-command PREFIX?
static int train_run(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"-command", NULL};
    if (objc < 5) {
        Tcl_WrongNumArgs(interp, 2, objv, "DATASET SETTINGS FILE ?-command PREFIX?");
        return TCL_ERROR;
    }
    Handle *dataset = bind_find(interp, objv[2], bind_dataset_command, "dataset");
    TrainChoices choices = default_choices();
    Watch watch = {.interp = interp};
    int argument = 5;
    int index;
    if (dataset == NULL ||
        settings_from_dict(interp, settings_table, objv[3], &choices) != TCL_OK ||
        bind_option(interp, objc, objv, &argument, names, &index, &watch.callback) != TCL_OK)
        return TCL_ERROR;
    choices.training.report = report;
    choices.training.report_context = &watch;

    // Ctrl-C stops at the next step, with a checkpoint; the handler before is put back after.
    struct sigaction action = {.sa_handler = on_interrupt}, before;
    interrupted = 0;
    sigaction(SIGINT, &action, &before);
    Error error;
    TrainResult result = {.test_accuracy = 0.0};
    Tcl_DString path;
    handle_share(dataset);
    Status status = train(dataset->object, &choices, bind_path(objv[4], &path), &result, &error);
    handle_drop(dataset);
    Tcl_DStringFree(&path);
    sigaction(SIGINT, &before, NULL);
    if (watch.callback_failed)
        return TCL_ERROR;
    if (status != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_SetObjResult(interp, result_dict(&result));
    return TCL_OK;
}

static int train_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    static const char *const names[] = {"run", "settings", NULL};
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv, "run|settings ?argument ...?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    if (choice == 0)
        return train_run(interp, objc, objv);
    const TrainChoices choices = default_choices();
    Tcl_SetObjResult(interp, settings_to_dict(settings_table, &choices));
    return TCL_OK;
}

void bind_training_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::train", train_command, NULL, NULL);
}
