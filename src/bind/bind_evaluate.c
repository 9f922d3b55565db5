// skyclass::job evaluate $model $dataset ?-jobs N? ?-test_part SEED? ?-command PREFIX? -> $job
//
// "$job result" is a dict: the scores of every source and what follows from them: views (all
// classes, and the model's own) with confusion and accuracy, each class's precision, recall, curves
// and winning scores.
#include <stdlib.h>

#include "base/memory.h"
#include "bind/bind.h"
#include "bind/bind_dataset.h"
#include "bind/bind_job.h"
#include "bind/bind_report.h"
#include "work/evaluate.h"

typedef struct EvaluateWork {
    Handle *model, *dataset;
    EvaluateOptions options;
    Evaluation *evaluation; // NULL until it has ended well
} EvaluateWork;

// ---- The result as a dict ----------------------------------------------------------------------

static void append_count(Tcl_Obj *list, size_t value)
{
    Tcl_ListObjAppendElement(NULL, list, Tcl_NewWideIntObj((Tcl_WideInt)value));
}

// {id field truth class score_1 ...}
static Tcl_Obj *row_list(const Evaluation *evaluation, const Dataset *dataset, size_t i)
{
    const size_t source = evaluation->sources[i];
    Tcl_Obj *row = Tcl_NewListObj(0, NULL);
    Tcl_ListObjAppendElement(NULL, row, bind_text(dataset->ids[source]));
    Tcl_ListObjAppendElement(NULL, row, bind_text(dataset->field_names[dataset->fields[source]]));
    append_count(row, evaluation->truth[i]);
    append_count(row, evaluation->predicted[i]);
    for (size_t k = 0; k < evaluation->n_classes; k++)
        Tcl_ListObjAppendElement(
            NULL, row, Tcl_NewDoubleObj((double)evaluation->scores[i * evaluation->n_classes + k]));
    return row;
}

static Tcl_Obj *evaluation_dict(const Evaluation *evaluation, const Dataset *dataset)
{
    Tcl_Obj *dict = bind_report(evaluation->report), *rows = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < evaluation->n; i++)
        Tcl_ListObjAppendElement(NULL, rows, row_list(evaluation, dataset, i));
    bind_put(dict, "rows", rows);
    return dict;
}

// ---- The job -----------------------------------------------------------------------------------

static Status run(void *context, Job *job, Error *error)
{
    EvaluateWork *work = context;
    const Progress progress = job_progress(job);
    return evaluate(work->model->object, work->dataset->object, &work->options, &progress,
                    &work->evaluation, error);
}

static int result(void *context, Job *job, Tcl_Interp *interp)
{
    const EvaluateWork *work = context;
    if (job_is_running(job) || work->evaluation == NULL)
        return bind_usage(interp, "the evaluation has not ended; wait for it");
    Tcl_SetObjResult(interp, evaluation_dict(work->evaluation, work->dataset->object));
    return TCL_OK;
}

static void release(void *context)
{
    EvaluateWork *work = context;
    handle_drop(work->model);
    handle_drop(work->dataset);
    evaluation_free(work->evaluation);
    free(work);
}

static int read_options(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[],
                        EvaluateOptions *options, Tcl_Obj **callback)
{
    static const char *const names[] = {"-command", "-jobs", "-test_part", NULL};
    enum { COMMAND, JOBS, TEST_PART };
    int argument = 4, index, code = TCL_OK;
    size_t count;
    Tcl_Obj *value;
    while (code == TCL_OK) {
        if (bind_option(interp, objc, objv, &argument, names, &index, &value) != TCL_OK)
            return TCL_ERROR;
        if (index < 0)
            return TCL_OK;
        if (index == COMMAND) {
            code = job_callback(interp, value, callback);
        } else if ((code = bind_count(interp, value, names[index], &count)) == TCL_OK) {
            if (index == JOBS)
                options->n_threads = count;
            else
                options->seed = count;
            options->test_part = options->test_part || index == TEST_PART;
        }
    }
    return code;
}

int bind_evaluate_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const JobKind kind = {.run = run, .result = result, .release = release};
    EvaluateOptions options = {0};
    Tcl_Obj *callback = NULL;
    if (objc < 4) {
        Tcl_WrongNumArgs(interp, 2, objv,
                         "MODEL DATASET ?-jobs N? ?-test_part SEED? ?-command PREFIX?");
        return TCL_ERROR;
    }
    Handle *model = bind_find(interp, objv[2], bind_model_command, "model");
    Handle *dataset =
        model != NULL ? bind_find(interp, objv[3], bind_dataset_command, "dataset") : NULL;
    if (dataset == NULL || read_options(interp, objc, objv, &options, &callback) != TCL_OK)
        return TCL_ERROR;
    EvaluateWork *work = memory_new(1, sizeof *work);
    if (work == NULL)
        return bind_no_memory(interp, "an evaluation");
    *work = (EvaluateWork){
        .model = handle_share(model), .dataset = handle_share(dataset), .options = options};
    int code = job_start(interp, &kind, work, 0, callback);
    if (code != TCL_OK)
        release(work);
    return code;
}
