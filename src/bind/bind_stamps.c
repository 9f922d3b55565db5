// skyclass::stamps planes FILE -> the number of planes that can be bands
// skyclass::job stamps $dataset {FILE ID LABEL FIELD ...} ?-fit crop|resize? ?-planes LIST?
//     ?-columns DICT? ?-command PREFIX? -> $job: labelled stamps into the dataset, with further
//     numbers for each (column name -> list, an empty cell is not known)
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "bind/bind.h"
#include "bind/bind_dataset.h"
#include "bind/bind_job.h"
#include "dataset/dataset_stamps.h"

typedef struct StampsWork {
    Handle *dataset;
    Stamp *stamps; // [n], their texts owned
    size_t n, n_columns;
    size_t *planes;                   // or NULL
    char (*names)[DATASET_NAME_SIZE]; // [n_columns]
    double *columns;                  // [n_columns][n]
    int fit;
} StampsWork;

// The columns of the stamps that were appended last.
static Status set_columns(const StampsWork *work, Dataset *dataset, Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < work->n_columns && status == STATUS_OK; i++) {
        size_t index;
        status = dataset_add_column(dataset, work->names[i], &index, error);
        if (status == STATUS_OK && work->n > 0)
            memcpy(dataset->columns[index] + dataset->n - work->n, work->columns + i * work->n,
                   work->n * sizeof *work->columns);
    }
    return status;
}

static Status run(void *context, Job *job, Error *error)
{
    StampsWork *work = context;
    const Progress progress = job_progress(job);
    const Stamps stamps = {.stamps = work->stamps,
                           .n = work->n,
                           .fit = work->fit == 0 ? STAMP_CROP : STAMP_RESIZE,
                           .planes = work->planes,
                           .progress = &progress};
    Status status = dataset_append_stamps(work->dataset->object, &stamps, error);
    return status == STATUS_OK ? set_columns(work, work->dataset->object, error) : status;
}

static int result(void *context, Job *job, Tcl_Interp *interp)
{
    (void)job;
    Tcl_SetObjResult(interp, Tcl_NewWideIntObj((Tcl_WideInt)((StampsWork *)context)->n));
    return TCL_OK;
}

static void release(void *context)
{
    StampsWork *work = context;
    for (size_t i = 0; work->stamps != NULL && i < work->n; i++) {
        free((char *)work->stamps[i].path);
        free((char *)work->stamps[i].id);
        free((char *)work->stamps[i].field);
    }
    if (work->dataset != NULL)
        handle_drop(work->dataset);
    free(work->stamps);
    free(work->planes);
    free(work->names);
    free(work->columns);
    free(work);
}

static int read_stamps(Tcl_Interp *interp, Tcl_Obj *value, StampsWork *work)
{
    Tcl_Size n;
    Tcl_Obj **cells;
    if (Tcl_ListObjGetElements(interp, value, &n, &cells) != TCL_OK)
        return TCL_ERROR;
    if (n % 4 != 0)
        return bind_usage(interp, "stamps are FILE ID LABEL FIELD each");
    work->stamps = memory_new((size_t)n / 4, sizeof *work->stamps);
    if (work->stamps == NULL)
        return bind_no_memory(interp, "stamps");
    for (Tcl_Size i = 0; i < n; i += 4, work->n++) {
        Stamp *stamp = &work->stamps[work->n];
        Tcl_DString path;
        stamp->path = memory_copy_text(bind_path(cells[i], &path));
        Tcl_DStringFree(&path);
        stamp->id = memory_copy_text(Tcl_GetString(cells[i + 1]));
        stamp->field = memory_copy_text(Tcl_GetString(cells[i + 3]));
        if (stamp->path == NULL || stamp->id == NULL || stamp->field == NULL)
            return bind_no_memory(interp, "stamps");
        if (bind_count(interp, cells[i + 2], "a label", &stamp->label) != TCL_OK)
            return TCL_ERROR;
    }
    return TCL_OK;
}

static int read_planes(Tcl_Interp *interp, Tcl_Obj *value, StampsWork *work)
{
    const Dataset *dataset = work->dataset->object;
    Tcl_Size n;
    Tcl_Obj **cells;
    if (Tcl_ListObjGetElements(interp, value, &n, &cells) != TCL_OK)
        return TCL_ERROR;
    if (n == 0)
        return TCL_OK;
    if ((size_t)n != dataset->n_bands)
        return bind_usage(interp, "the dataset has %zu bands, %ld planes were named",
                          dataset->n_bands, (long)n);
    work->planes = memory_new((size_t)n, sizeof *work->planes);
    if (work->planes == NULL)
        return bind_no_memory(interp, "planes");
    for (Tcl_Size i = 0; i < n; i++)
        if (bind_count(interp, cells[i], "a plane", &work->planes[i]) != TCL_OK)
            return TCL_ERROR;
    return TCL_OK;
}

static int read_column(Tcl_Interp *interp, Tcl_Obj *name, Tcl_Obj *list, StampsWork *work)
{
    Tcl_Size n;
    Tcl_Obj **cells;
    double *values = work->columns + work->n_columns * work->n;
    snprintf(work->names[work->n_columns++], DATASET_NAME_SIZE, "%s", Tcl_GetString(name));
    if (Tcl_ListObjGetElements(interp, list, &n, &cells) != TCL_OK)
        return TCL_ERROR;
    if ((size_t)n != work->n)
        return bind_usage(interp, "%ld numbers were given for %zu stamps", (long)n, work->n);
    for (Tcl_Size i = 0; i < n; i++) {
        values[i] = NAN;
        if (Tcl_GetCharLength(cells[i]) > 0 &&
            Tcl_GetDoubleFromObj(interp, cells[i], &values[i]) != TCL_OK)
            return TCL_ERROR;
    }
    return TCL_OK;
}

static int read_columns(Tcl_Interp *interp, Tcl_Obj *dict, StampsWork *work)
{
    Tcl_Size n;
    Tcl_Obj **cells; // of a dict as a list: name, values, name, values
    if (Tcl_ListObjGetElements(interp, dict, &n, &cells) != TCL_OK)
        return TCL_ERROR;
    work->names = memory_new((size_t)n / 2, sizeof *work->names);
    work->columns = memory_new((size_t)n / 2 * work->n, sizeof *work->columns);
    if (work->names == NULL || work->columns == NULL)
        return bind_no_memory(interp, "columns");
    int code = TCL_OK;
    for (Tcl_Size i = 0; i + 1 < n && code == TCL_OK; i += 2)
        code = read_column(interp, cells[i], cells[i + 1], work);
    return code;
}

static int read_options(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], StampsWork *work,
                        Tcl_Obj **callback)
{
    static const char *const names[] = {"-columns", "-command", "-fit", "-planes", NULL};
    enum { COLUMNS, COMMAND, FIT, PLANES };
    static const char *const fits[] = {"crop", "resize", NULL};
    int argument = 4, index, code = TCL_OK;
    Tcl_Obj *value;
    while (code == TCL_OK) {
        if (bind_option(interp, objc, objv, &argument, names, &index, &value) != TCL_OK)
            return TCL_ERROR;
        if (index < 0)
            return TCL_OK;
        if (index == COMMAND)
            code = job_callback(interp, value, callback);
        else if (index == FIT)
            code = Tcl_GetIndexFromObj(interp, value, fits, "fit", 0, &work->fit);
        else if (index == PLANES && work->planes == NULL)
            code = read_planes(interp, value, work);
        else if (index == COLUMNS && work->columns == NULL)
            code = read_columns(interp, value, work);
        else
            code = bind_usage(interp, "%s was given twice", names[index]);
    }
    return code;
}

int bind_stamps_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const JobKind kind = {.run = run, .result = result, .release = release};
    Tcl_Obj *callback = NULL;
    if (objc < 4) {
        Tcl_WrongNumArgs(interp, 2, objv,
                         "DATASET STAMPS ?-fit crop|resize? ?-planes LIST? ?-columns DICT? "
                         "?-command PREFIX?");
        return TCL_ERROR;
    }
    Handle *dataset = bind_find(interp, objv[2], bind_dataset_command, "dataset");
    if (dataset == NULL)
        return TCL_ERROR;
    if (bind_dataset_is_used(dataset))
        return bind_usage(interp, "a job is using the dataset; wait for it and destroy it");
    StampsWork *work = memory_new(1, sizeof *work);
    if (work == NULL)
        return bind_no_memory(interp, "stamps");
    work->dataset = handle_share(dataset);
    int code = read_stamps(interp, objv[3], work);
    if (code == TCL_OK)
        code = read_options(interp, objc, objv, work, &callback);
    if (code == TCL_OK)
        code = job_start(interp, &kind, work, 0, callback);
    if (code != TCL_OK)
        release(work);
    return code;
}

static int stamps_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    size_t n;
    Error error;
    Tcl_DString path;
    if (objc != 3 || strcmp(Tcl_GetString(objv[1]), "planes") != 0) {
        Tcl_WrongNumArgs(interp, 1, objv, "planes FILE");
        return TCL_ERROR;
    }
    Status status = stamp_plane_count(bind_path(objv[2], &path), &n, &error);
    Tcl_DStringFree(&path);
    if (status != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_SetObjResult(interp, Tcl_NewWideIntObj((Tcl_WideInt)n));
    return TCL_OK;
}

void bind_stamps_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::stamps", stamps_command, NULL, NULL);
}
