// skyclass::job start $model $bands $sources ?-jobs N? ?-first N? ?-command PREFIX?
// ?-journal {FILE KEY}? -> $job
// The rows of a journal with this key ("$result journal FILE KEY") need not be computed again.
// Its items are the sources; $job result -> $result (bind_result.c), whose finished rows may be
// read at once. It ends with the job; "$result keep" is one that does not.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "bind/bind.h"
#include "bind/bind_job.h"
#include "bind/bind_result.h"
#include "classifier/recipe_bands.h"
#include "result/result_journal.h"
#include "work/classify.h"

typedef struct Classification {
    ResultCommand *command; // NULL until "$job result"
    Handle *model, *bands, *sources;
    Handle *result; // a Result
    size_t n_threads, first_batch;
    unsigned char *known; // [n] rows from a journal, or NULL
} Classification;

static Status run(void *work, Job *job, Error *error)
{
    const Classification *classification = work;
    const Progress progress = job_progress(job);
    const ClassifyOptions options = {
        .n_threads = classification->n_threads,
        .first_batch = classification->first_batch,
        .known = classification->known,
        .progress = &progress,
    };
    return classify(classification->model->object, classification->bands->object,
                    classification->sources->object, &options, classification->result->object,
                    error);
}

static void ended(void *work)
{
    ((Classification *)work)->bands->busy = false;
}

static void release(void *work)
{
    Classification *classification = work;
    bind_result_delete(classification->command);
    handle_drop(classification->result);
    free(classification->known);
    handle_drop(classification->model);
    handle_drop(classification->bands);
    handle_drop(classification->sources);
    free(classification);
}

static int result(void *work, Job *job, Tcl_Interp *interp)
{
    Classification *classification = work;
    Error error;
    if (classification->command == NULL &&
        bind_result_of_job(interp, job, classification->result, classification->model,
                           &classification->command, &error) != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_Obj *name = Tcl_NewObj();
    Tcl_GetCommandFullName(interp, classification->command->token, name);
    Tcl_SetObjResult(interp, name);
    return TCL_OK;
}

static int read_journal(Tcl_Interp *interp, Tcl_Obj *value, Classification *classification)
{
    Tcl_Size n;
    Tcl_Obj **words;
    Error error;
    if (Tcl_ListObjGetElements(interp, value, &n, &words) != TCL_OK)
        return TCL_ERROR;
    if (n != 2)
        return bind_usage(interp, "-journal takes a file and a key");
    Tcl_DString path;
    Result *result = classification->result->object;
    classification->known = memory_new(result->list->n, 1);
    Status status =
        classification->known != NULL
            ? result_journal_read(result, Tcl_GetString(words[1]), bind_path(words[0], &path),
                                  classification->known, &error)
            : error_memory(&error, "a job");
    if (classification->known != NULL)
        Tcl_DStringFree(&path);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

static int read_options(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[],
                        Classification *classification, Tcl_Obj **callback)
{
    static const char *const names[] = {"-command", "-first", "-jobs", "-journal", NULL};
    enum { COMMAND, FIRST, JOBS, JOURNAL };
    int argument = 5, index, code = TCL_OK;
    Tcl_Obj *value;
    while (code == TCL_OK) {
        if (bind_option(interp, objc, objv, &argument, names, &index, &value) != TCL_OK)
            return TCL_ERROR;
        if (index < 0)
            return TCL_OK;
        if (index == COMMAND)
            code = job_callback(interp, value, callback);
        else if (index == JOURNAL)
            code = read_journal(interp, value, classification);
        else
            code = bind_count(interp, value, names[index],
                              index == FIRST ? &classification->first_batch
                                             : &classification->n_threads);
    }
    return code;
}

// The sources are located already: the result keeps where they are.
static Status classification_new(Handle *model, Handle *bands, Handle *sources,
                                 Classification **made, Error *error)
{
    Classification *classification = memory_new(1, sizeof *classification);
    *made = classification;
    if (classification == NULL)
        return error_memory(error, "a job");
    *classification = (Classification){.model = handle_share(model),
                                       .bands = handle_share(bands),
                                       .sources = handle_share(sources)};
    const Recipe *recipe = &((const Model *)model->object)->recipe;
    const size_t n_members = classifier_member_count(((const Model *)model->object)->classifier);
    Result *rows;
    Status status = result_new_for(sources->object, recipe, &rows, error);
    if (status != STATUS_OK)
        return status;
    classification->result = bind_result_handle(rows);
    if (classification->result == NULL)
        return error_memory(error, "a job");
    return n_members > 1 ? result_add_members(rows, n_members, error) : STATUS_OK;
}

int bind_classify_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const JobKind kind = {.run = run, .result = result, .ended = ended, .release = release};
    if (objc < 5) {
        Tcl_WrongNumArgs(interp, 2, objv,
                         "MODEL BANDS SOURCES ?-jobs N? ?-first N? ?-command PREFIX? "
                         "?-journal {FILE KEY}?");
        return TCL_ERROR;
    }
    Handle *model = bind_find(interp, objv[2], bind_model_command, "model");
    Handle *bands = model ? bind_find(interp, objv[3], bind_bands_command, "set of bands") : NULL;
    Handle *sources =
        bands ? bind_find(interp, objv[4], bind_sources_command, "list of sources") : NULL;
    if (sources == NULL)
        return TCL_ERROR;
    if (bands->busy)
        return bind_usage(interp, "another job is reading these bands; open them a second time");
    Error error;
    Classification *classification;
    Tcl_Obj *callback = NULL;
    const Recipe *recipe = &((const Model *)model->object)->recipe;
    if (bands_locate(bands->object, sources->object, &error) != STATUS_OK ||
        recipe_take_band_positions(recipe, sources->object, &error) != STATUS_OK)
        return bind_error(interp, &error);
    if (classification_new(model, bands, sources, &classification, &error) != STATUS_OK) {
        if (classification != NULL)
            release(classification);
        return bind_error(interp, &error);
    }
    int code = read_options(interp, objc, objv, classification, &callback);
    if (code == TCL_OK) {
        const SourceList *list = sources->object;
        const Model *fitted = model->object;
        if (recipe_fit_bands(&fitted->recipe, bands->object, &error) != STATUS_OK) {
            release(classification);
            return bind_error(interp, &error);
        }
        bands->busy = true;
        code = job_start(interp, &kind, classification, list->n, callback);
        if (code != TCL_OK)
            bands->busy = false;
    }
    if (code != TCL_OK)
        release(classification);
    return code;
}
