// skyclass::train settings ?SYSTEM? -> dict of every setting, with the system's defaults
// skyclass::job train $dataset SETTINGS FILE ?-command PREFIX? -> $job; $job result -> summary
//
// SETTINGS is a dict as `settings` returns it; keys left out keep the defaults of its system. The
// model is written to FILE. "$job status" has loss, accuracy and what else training says, beside
// its steps. Stopped, also by SIGINT, the run leaves its checkpoint.
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "bind/bind.h"
#include "bind/bind_dataset.h"
#include "bind/bind_job.h"
#include "bind/bind_settings.h"
#include "work/train.h"

typedef struct TrainWork {
    Handle *dataset;
    TrainSettings settings;
    char *path;
    TrainOutcome outcome;
    Progress progress;       // the job's
    struct sigaction before; // what SIGINT did
} TrainWork;

// A signal handler can reach nothing else.
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static bool report(void *context, const ProgressNews *news)
{
    const TrainWork *work = context;
    return progress_tell(&work->progress, news) || interrupted;
}

static Status run(void *context, Job *job, Error *error)
{
    TrainWork *work = context;
    work->progress = job_progress(job);
    const Progress progress = {report, work};
    return train(work->dataset->object, &work->settings, work->path, &progress, &work->outcome,
                 error);
}

static void put_figures(const void *figures, Tcl_Obj *status)
{
    const TrainingProgress *progress = figures;
    bind_put_count(status, "epoch", progress->epoch);
    bind_put_count(status, "epochs", progress->n_epochs);
    bind_put_count(status, "step", progress->step);
    bind_put_count(status, "steps", progress->n_steps);
    bind_put_number(status, "loss", progress->loss);
    bind_put_number(status, "accuracy", progress->accuracy);
    bind_put_number(status, "validation_accuracy", progress->validation_accuracy);
    bind_put_number(status, "learning_rate", progress->learning_rate);
    bind_put_number(status, "rate", progress->samples_per_second);
    bind_put_number(status, "elapsed", progress->seconds);
    bind_put_number(status, "remaining", progress->seconds_left);
}

static int result(void *context, Job *job, Tcl_Interp *interp)
{
    (void)job;
    const TrainOutcome *outcome = &((const TrainWork *)context)->outcome;
    const TrainingSummary *summary = &outcome->summary;
    Tcl_Obj *dict = Tcl_NewDictObj();
    bind_put_count(dict, "training", outcome->n_training);
    bind_put_count(dict, "validation", outcome->n_validation);
    bind_put_count(dict, "test", outcome->n_test);
    bind_put_count(dict, "epochs", summary->epochs);
    bind_put_count(dict, "steps", summary->steps);
    bind_put_count(dict, "best_epoch", summary->best_epoch);
    bind_put_number(dict, "validation_accuracy", summary->best_accuracy);
    bind_put_number(dict, "validation_accuracy_2", summary->best_accuracy_2);
    bind_put_number(dict, "test_accuracy", outcome->test_accuracy);
    bind_put_count(dict, "members", outcome->n_members);
    bind_put_number(dict, "member_accuracy", outcome->member_accuracy);
    bind_put_number(dict, "member_deviation", outcome->member_deviation);
    bind_put_number(dict, "seconds", summary->seconds);
    Tcl_SetObjResult(interp, dict);
    return TCL_OK;
}

static void ended(void *context)
{
    sigaction(SIGINT, &((TrainWork *)context)->before, NULL);
}

static void release(void *context)
{
    TrainWork *work = context;
    handle_drop(work->dataset);
    free(work->path);
    free(work);
}

// The defaults of the system that the dict names, then what else it says.
static int read_settings(Tcl_Interp *interp, Tcl_Obj *dict, TrainSettings *settings)
{
    Tcl_Obj *key = Tcl_NewStringObj("system", -1), *system = NULL;
    Error error;
    Tcl_IncrRefCount(key);
    int code = Tcl_DictObjGet(interp, dict, key, &system);
    Tcl_DecrRefCount(key);
    if (code != TCL_OK)
        return TCL_ERROR;
    if (train_defaults(system != NULL ? Tcl_GetString(system) : "starcnet", settings, &error) !=
        STATUS_OK)
        return bind_error(interp, &error);
    return settings_from_dict(interp, train_fields, dict, settings);
}

int bind_train_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const JobKind kind = {.run = run,
                                 .result = result,
                                 .ended = ended,
                                 .release = release,
                                 .figures_size = sizeof(TrainingProgress),
                                 .put_figures = put_figures};
    Tcl_Obj *callback = NULL;
    if (objc < 5) {
        Tcl_WrongNumArgs(interp, 2, objv, "DATASET SETTINGS FILE ?-command PREFIX?");
        return TCL_ERROR;
    }
    Handle *dataset = bind_find(interp, objv[2], bind_dataset_command, "dataset");
    if (dataset == NULL || job_callback_option(interp, objc, objv, 5, &callback) != TCL_OK)
        return TCL_ERROR;
    TrainWork *work = memory_new(1, sizeof *work);
    Tcl_DString path;
    char *copy = memory_copy_text(bind_path(objv[4], &path));
    Tcl_DStringFree(&path);
    if (work == NULL || copy == NULL) {
        free(work);
        free(copy);
        return bind_no_memory(interp, "a training");
    }
    work->dataset = handle_share(dataset);
    work->path = copy;
    if (read_settings(interp, objv[3], &work->settings) != TCL_OK) {
        release(work);
        return TCL_ERROR;
    }
    // Ctrl-C stops at the next step, with a checkpoint; the handler before is put back after.
    const struct sigaction action = {.sa_handler = on_interrupt};
    interrupted = 0;
    sigaction(SIGINT, &action, &work->before);
    int code = job_start(interp, &kind, work, 0, callback);
    if (code != TCL_OK) {
        ended(work);
        release(work);
    }
    return code;
}

static int train_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    if (objc < 2 || objc > 3 || strcmp(Tcl_GetString(objv[1]), "settings") != 0) {
        Tcl_WrongNumArgs(interp, 1, objv, "settings ?SYSTEM?");
        return TCL_ERROR;
    }
    TrainSettings settings;
    Error error;
    if (train_defaults(objc == 3 ? Tcl_GetString(objv[2]) : "starcnet", &settings, &error) !=
        STATUS_OK)
        return bind_error(interp, &error);
    Tcl_SetObjResult(interp, settings_to_dict(train_fields, &settings));
    return TCL_OK;
}

void bind_training_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::train", train_command, NULL, NULL);
}
