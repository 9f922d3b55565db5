// skyclass::job append $dataset $bands $sources LABELS NAME ?-as-is BOOL? ?-nearest BOOL?
//               ?-system NAME? ?-command PREFIX? -> $job: a field's labelled sources, with a system
//               cut and converted as its recipe wants ($bands notes tells); $job result -> counts
// skyclass::job dataset {SETTINGS ...} SIZE ?-command PREFIX? -> $job: a simulated galaxy for each
//               SETTINGS (skyclass::mock settings), rendered in memory; $job result -> $dataset
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "bind/bind.h"
#include "bind/bind_dataset.h"
#include "bind/bind_job.h"
#include "bind/bind_simulate.h"
#include "classifier/recipe_bands.h"
#include "dataset/dataset_field.h"
#include "dataset/dataset_mock.h"
#include "systems/system.h"

static int read_labels(Tcl_Interp *interp, Tcl_Obj *value, size_t n, size_t **labels)
{
    Tcl_Size n_labels;
    Tcl_Obj **cells;
    if (Tcl_ListObjGetElements(interp, value, &n_labels, &cells) != TCL_OK)
        return TCL_ERROR;
    if ((size_t)n_labels != n)
        return bind_usage(interp, "%ld labels were given for %zu sources", (long)n_labels, n);
    *labels = memory_new(n, sizeof **labels);
    if (*labels == NULL)
        return bind_no_memory(interp, "labels");
    for (size_t i = 0; i < n; i++)
        if (bind_count(interp, cells[i], "a label", &(*labels)[i]) != TCL_OK) {
            free(*labels);
            return TCL_ERROR;
        }
    return TCL_OK;
}

static Tcl_Obj *count_dict(const DatasetCount *count)
{
    Tcl_Obj *counts = Tcl_NewDictObj();
    bind_put_count(counts, "added", count->added);
    bind_put_count(counts, "unlabelled", count->unlabelled);
    bind_put_count(counts, "not_classifiable", count->not_classifiable);
    return counts;
}

// ---- A field's sources -------------------------------------------------------------------------

typedef struct AppendWork {
    Handle *dataset, *bands, *sources;
    size_t *labels;
    char *name;
    int as_is, nearest;
    const System *system; // or NULL
    DatasetCount count;
} AppendWork;

// Without a system StarcNet's centre and border, as ever.
static CutoutRule append_rule(const AppendWork *work, const Recipe *recipe)
{
    const Dataset *dataset = work->dataset->object;
    CutoutRule rule = recipe_cutout_rule(recipe);
    rule.size = dataset->size;
    if (!rule.pad)
        rule.border = dataset->size / 2 + 1;
    if (work->nearest)
        rule.centre = CUTOUT_NEAREST;
    if (work->system == NULL && !work->as_is)
        rule.zero_block = CUTOUT_ZERO_BLOCK;
    return rule;
}

static Status append_run(void *context, Job *job, Error *error)
{
    AppendWork *work = context;
    const Progress progress = job_progress(job);
    const DatasetField field = {.name = work->name,
                                .bands = work->bands->object,
                                .list = work->sources->object,
                                .labels = work->labels,
                                .progress = &progress};
    Recipe recipe = {0};
    if (work->system != NULL)
        recipe = work->system->recipe;
    if (work->as_is)
        recipe_take_as_is(&recipe);
    const CutoutRule rule = append_rule(work, &recipe);
    Status status = recipe_take_band_positions(&recipe, work->sources->object, error);
    if (status == STATUS_OK)
        status = recipe_fit_bands(&recipe, work->bands->object, error);
    if (status == STATUS_OK)
        status = dataset_append_field(work->dataset->object, &field, &rule, &work->count, error);
    return status;
}

static int append_result(void *context, Job *job, Tcl_Interp *interp)
{
    (void)job;
    Tcl_SetObjResult(interp, count_dict(&((const AppendWork *)context)->count));
    return TCL_OK;
}

static void append_ended(void *context)
{
    ((AppendWork *)context)->bands->busy = false;
}

static void append_release(void *context)
{
    AppendWork *work = context;
    handle_drop(work->dataset);
    handle_drop(work->bands);
    handle_drop(work->sources);
    free(work->labels);
    free(work->name);
    free(work);
}

static int append_options(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], AppendWork *work,
                          Tcl_Obj **callback)
{
    static const char *const names[] = {"-as-is", "-command", "-nearest", "-system", NULL};
    enum { AS_IS, COMMAND, NEAREST, SYSTEM };
    Error error;
    int argument = 7, index, code = TCL_OK;
    Tcl_Obj *value;
    while (code == TCL_OK) {
        if (bind_option(interp, objc, objv, &argument, names, &index, &value) != TCL_OK)
            return TCL_ERROR;
        if (index < 0)
            return TCL_OK;
        if (index == COMMAND)
            code = job_callback(interp, value, callback);
        else if (index == SYSTEM)
            code = system_get(Tcl_GetString(value), &work->system, &error) == STATUS_OK
                       ? TCL_OK
                       : bind_error(interp, &error);
        else
            code = Tcl_GetBooleanFromObj(interp, value,
                                         index == AS_IS ? &work->as_is : &work->nearest);
    }
    return code;
}

static int append_read(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], AppendWork *work,
                       Tcl_Obj **callback)
{
    Handle *dataset = bind_find(interp, objv[2], bind_dataset_command, "dataset");
    Handle *bands = dataset ? bind_find(interp, objv[3], bind_bands_command, "set of bands") : NULL;
    Handle *sources =
        bands ? bind_find(interp, objv[4], bind_sources_command, "list of sources") : NULL;
    if (sources == NULL)
        return TCL_ERROR;
    if (bands->busy || bind_dataset_is_used(dataset))
        return bind_usage(interp,
                          "another job is using the dataset or reading these bands; wait "
                          "for it and destroy it");
    work->dataset = handle_share(dataset);
    work->bands = handle_share(bands);
    work->sources = handle_share(sources);
    work->name = memory_copy_text(Tcl_GetString(objv[6]));
    if (work->name == NULL)
        return bind_no_memory(interp, "a field");
    if (read_labels(interp, objv[5], ((SourceList *)sources->object)->n, &work->labels) != TCL_OK)
        return TCL_ERROR;
    return append_options(interp, objc, objv, work, callback);
}

int bind_append_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const JobKind kind = {.run = append_run,
                                 .result = append_result,
                                 .ended = append_ended,
                                 .release = append_release};
    Tcl_Obj *callback = NULL;
    if (objc < 7) {
        Tcl_WrongNumArgs(interp, 2, objv,
                         "DATASET BANDS SOURCES LABELS NAME ?-as-is BOOL? ?-nearest BOOL? "
                         "?-system NAME? ?-command PREFIX?");
        return TCL_ERROR;
    }
    AppendWork *work = memory_new(1, sizeof *work);
    if (work == NULL)
        return bind_no_memory(interp, "a field");
    int code = append_read(interp, objc, objv, work, &callback);
    if (code == TCL_OK) {
        Error error;
        if (bands_locate(work->bands->object, work->sources->object, &error) != STATUS_OK)
            code = bind_error(interp, &error);
    }
    if (code == TCL_OK) {
        work->bands->busy = true;
        code = job_start(interp, &kind, work, 0, callback);
        if (code != TCL_OK)
            work->bands->busy = false;
    }
    if (code != TCL_OK)
        append_release(work);
    return code;
}

// ---- Simulated galaxies ------------------------------------------------------------------------

typedef struct SimulateWork {
    MockSettings *settings; // [n]
    size_t n, size;
    Dataset *dataset; // NULL until it has ended well, and when it was handed out
} SimulateWork;

static Status simulate_run(void *context, Job *job, Error *error)
{
    SimulateWork *work = context;
    const Progress progress = job_progress(job);
    const CutoutRule rule = {
        .size = work->size, .centre = CUTOUT_STARCNET, .border = work->size / 2 + 1};
    return dataset_simulate(work->settings, work->n, &rule, &progress, &work->dataset, error);
}

static int simulate_result(void *context, Job *job, Tcl_Interp *interp)
{
    SimulateWork *work = context;
    Dataset *dataset = work->dataset;
    if (job_is_running(job) || dataset == NULL)
        return bind_usage(interp, "the job has no dataset to give, or gave it already");
    work->dataset = NULL;
    return bind_dataset(interp, dataset);
}

static void simulate_release(void *context)
{
    SimulateWork *work = context;
    dataset_free(work->dataset);
    free(work->settings);
    free(work);
}

static int simulate_read(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], SimulateWork *work,
                         Tcl_Obj **callback)
{
    Tcl_Size n;
    Tcl_Obj **dicts;
    if (Tcl_ListObjGetElements(interp, objv[2], &n, &dicts) != TCL_OK ||
        bind_count(interp, objv[3], "the size", &work->size) != TCL_OK ||
        job_callback_option(interp, objc, objv, 4, callback) != TCL_OK)
        return TCL_ERROR;
    work->n = (size_t)n;
    work->settings = memory_new(work->n, sizeof *work->settings);
    if (work->settings == NULL)
        return bind_no_memory(interp, "galaxies");
    for (Tcl_Size i = 0; i < n; i++)
        if (bind_mock_settings(interp, dicts[i], &work->settings[i]) != TCL_OK)
            return TCL_ERROR;
    return TCL_OK;
}

int bind_dataset_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const JobKind kind = {
        .run = simulate_run, .result = simulate_result, .release = simulate_release};
    Tcl_Obj *callback = NULL;
    if (objc < 4) {
        Tcl_WrongNumArgs(interp, 2, objv, "LIST-OF-SETTINGS SIZE ?-command PREFIX?");
        return TCL_ERROR;
    }
    SimulateWork *work = memory_new(1, sizeof *work);
    if (work == NULL)
        return bind_no_memory(interp, "a dataset");
    int code = simulate_read(interp, objc, objv, work, &callback);
    if (code == TCL_OK)
        code = job_start(interp, &kind, work, 0, callback);
    if (code != TCL_OK)
        simulate_release(work);
    return code;
}
