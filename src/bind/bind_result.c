// $result count | row I | counts | classes | looks | regions ?options? | write FILE ?options? |
// note KEY VALUE | notes | journal FILE KEY (the rows that may be read, for job start)
// $result view NAME: from now on the classes are the groups of the model's view.
// $result class ROW CLASS: corrects a row; CLASS is a number from 1, 0 for none.
// $result keep -> $result that does not end with its job, but with "$result destroy". What is
// changed in one is changed in the other.
#include "bind/bind_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "result/result_journal.h"
#include "result/result_write.h"
#include "sky/cutout/cutout.h"

static int palette_from(Tcl_Interp *interp, Tcl_Obj *value, Palette *palette)
{
    static const char *const names[] = {"starcnet", "safe", NULL};
    int index;
    if (Tcl_GetIndexFromObj(interp, value, names, "palette", 0, &index) != TCL_OK)
        return TCL_ERROR;
    *palette = index == 0 ? PALETTE_STARCNET : PALETTE_SAFE;
    return TCL_OK;
}

static Tcl_Obj *number_or_empty(double value)
{
    return isfinite(value) ? Tcl_NewDoubleObj(value) : Tcl_NewObj();
}

static bool row_is_final(const unsigned char *is_final, size_t row)
{
    return is_final == NULL || is_final[row];
}

static Tcl_Obj *row_dict(const Result *result, size_t row)
{
    const Source *source = &result->list->sources[row];
    const float *scores = &result->scores[row * result->n_classes];
    const size_t class = result->classes[row];
    Tcl_Obj *dict = Tcl_NewDictObj();
    bind_put_text(dict, "id", source->id);
    bind_put(dict, "x", source->has_xy ? Tcl_NewDoubleObj(source->x) : Tcl_NewObj());
    bind_put(dict, "y", source->has_xy ? Tcl_NewDoubleObj(source->y) : Tcl_NewObj());
    bind_put(dict, "ra", source->has_sky ? Tcl_NewDoubleObj(source->ra) : Tcl_NewObj());
    bind_put(dict, "dec", source->has_sky ? Tcl_NewDoubleObj(source->dec) : Tcl_NewObj());
    bind_put_count(dict, "class", class);
    bind_put(dict, "score", class > 0 ? number_or_empty(scores[class - 1]) : Tcl_NewObj());
    Tcl_Obj *list = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i<result->n_classes &&class> 0; i++)
        Tcl_ListObjAppendElement(NULL, list, Tcl_NewDoubleObj(scores[i]));
    bind_put(dict, "scores", list);
    if (result->members != NULL) {
        float quality;
        bind_put_count(dict, "vote", result_vote(result, row, &quality));
        bind_put(dict, "quality", number_or_empty((double)quality));
        list = Tcl_NewListObj(0, NULL);
        for (size_t i = 0; i<result->n_classes &&class> 0; i++)
            Tcl_ListObjAppendElement(NULL, list,
                                     Tcl_NewDoubleObj((double)result_deviation(result, row, i)));
        bind_put(dict, "deviations", list);
    }
    char flag[128];
    source_flag_text(result->flags[row], flag, sizeof flag);
    bind_put_text(dict, "flag", flag);
    return dict;
}

// "$result VERB ..." as it was called.
typedef struct Call {
    Tcl_Interp *interp;
    const ResultCommand *command;
    Result *result;
    const unsigned char *is_final; // [n] the rows that may be read while the job runs; NULL: all
    int objc;
    Tcl_Obj *const *objv;
} Call;

static int call_row(const Call *call)
{
    Tcl_Interp *interp = call->interp;
    const Result *result = call->result;
    size_t row;
    if (bind_count(interp, call->objv[2], "the row", &row) != TCL_OK)
        return TCL_ERROR;
    if (row >= result->list->n)
        return bind_usage(interp, "there is no row %zu; the result has %zu, counted from 0", row,
                          result->list->n);
    if (!row_is_final(call->is_final, row))
        return bind_usage(interp, "row %zu is not classified yet; wait for the job", row);
    Tcl_SetObjResult(interp, row_dict(result, row));
    return TCL_OK;
}

// dict: class number -> number of sources; 0 counts those that were not classified.
static int call_counts(const Call *call)
{
    const Result *result = call->result;
    size_t counts[64] = {0};
    for (size_t i = 0; i < result->list->n; i++)
        if (row_is_final(call->is_final, i))
            counts[result->classes[i]]++;
    Tcl_Obj *dict = Tcl_NewDictObj();
    for (size_t class = 0; class <= result->n_classes; class ++)
        Tcl_DictObjPut(NULL, dict, Tcl_NewWideIntObj((Tcl_WideInt) class),
                       Tcl_NewWideIntObj((Tcl_WideInt)counts[class]));
    Tcl_SetObjResult(call->interp, dict);
    return TCL_OK;
}

typedef struct WriteOptions {
    ResultStyle style;
    Physical physical; // what style points to, once given
    const char *galaxy;
    Tcl_Obj *rows;
} WriteOptions;

// The options of a command stand in its `names`, in the order of the enum from the first on.
static int write_options(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], int first,
                         const char *const *names, WriteOptions *options)
{
    enum { PALETTE, TEXT, COORDS, OWN, PHYSICAL };
    const bool writes_file = strcmp(names[OWN], "-galaxy") == 0;
    int index, truth, code = TCL_OK;
    Tcl_Obj *value;
    while (code == TCL_OK) {
        if (bind_option(interp, objc, objv, &first, names, &index, &value) != TCL_OK)
            return TCL_ERROR;
        if (index < 0)
            return TCL_OK;
        if (index == PALETTE) {
            code = palette_from(interp, value, &options->style.palette);
        } else if (index == TEXT) {
            code = Tcl_GetBooleanFromObj(interp, value, &truth);
            options->style.score_text = code == TCL_OK && truth;
        } else if (index == COORDS) {
            code = bind_coords(interp, value, &options->style.coords);
        } else if (index == PHYSICAL) {
            code = bind_physical(interp, value, &options->physical);
            options->style.physical = &options->physical;
        } else if (writes_file) {
            options->galaxy = Tcl_GetString(value);
        } else {
            options->rows = value;
        }
    }
    return code;
}

int bind_results_write(Tcl_Interp *interp, const Result *const *results, size_t n, int first,
                       int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"-palette", "-text", "-coords", "-galaxy", NULL};
    WriteOptions options = {.galaxy = ""};
    if (write_options(interp, objc, objv, first, names, &options) != TCL_OK)
        return TCL_ERROR;
    Error error;
    Tcl_DString path;
    Status status = result_write_all(results, n, bind_path(objv[first - 1], &path), &options.style,
                                     options.galaxy, &error);
    Tcl_DStringFree(&path);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

static int append_regions(Tcl_Interp *interp, const Result *result, size_t first, size_t n,
                          const ResultStyle *style, Tcl_Obj *regions)
{
    Error error;
    char *text = NULL;
    if (result_region_text(result, first, n, style, &text, &error) != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_AppendToObj(regions, text, -1);
    free(text);
    return TCL_OK;
}

static int call_regions(const Call *call)
{
    Tcl_Interp *interp = call->interp;
    const Result *result = call->result;
    static const char *const names[] = {"-palette", "-text", "-coords", "-rows", "-physical", NULL};
    WriteOptions options = {.rows = NULL};
    if (write_options(interp, call->objc, call->objv, 2, names, &options) != TCL_OK)
        return TCL_ERROR;
    Tcl_Obj *regions = Tcl_NewObj();
    Tcl_IncrRefCount(regions);
    int code = TCL_OK;
    if (options.rows == NULL) {
        code = append_regions(interp, result, 0, result->list->n, &options.style, regions);
    } else {
        Tcl_Size n;
        Tcl_Obj **rows;
        code = Tcl_ListObjGetElements(interp, options.rows, &n, &rows);
        for (Tcl_Size i = 0; i < n && code == TCL_OK; i++) {
            size_t row;
            code = bind_count(interp, rows[i], "a row", &row);
            if (code == TCL_OK && (row >= result->list->n || !row_is_final(call->is_final, row)))
                code = bind_usage(interp, "row %zu is not classified", row);
            if (code == TCL_OK)
                code = append_regions(interp, result, row, 1, &options.style, regions);
        }
    }
    if (code == TCL_OK)
        Tcl_SetObjResult(interp, regions);
    Tcl_DecrRefCount(regions);
    return code;
}

static int call_journal(const Call *call)
{
    Error error;
    Tcl_DString path;
    Status status = result_journal_write(call->result, call->is_final, Tcl_GetString(call->objv[3]),
                                         bind_path(call->objv[2], &path), &error);
    Tcl_DStringFree(&path);
    return status == STATUS_OK ? TCL_OK : bind_error(call->interp, &error);
}

static int call_count(const Call *call)
{
    Tcl_SetObjResult(call->interp, Tcl_NewWideIntObj((Tcl_WideInt)call->result->list->n));
    return TCL_OK;
}

static int call_class(const Call *call)
{
    Error error;
    size_t row, class;
    if (bind_count(call->interp, call->objv[2], "the row", &row) != TCL_OK ||
        bind_count(call->interp, call->objv[3], "the class", &class) != TCL_OK)
        return TCL_ERROR;
    return result_set_class(call->result, row, class, &error) == STATUS_OK
               ? TCL_OK
               : bind_error(call->interp, &error);
}

static int call_classes(const Call *call)
{
    Tcl_Obj *names = Tcl_NewListObj(0, NULL);
    for (size_t k = 0; k < call->result->n_classes; k++)
        Tcl_ListObjAppendElement(NULL, names, bind_text(call->result->class_names[k]));
    Tcl_SetObjResult(call->interp, names);
    return TCL_OK;
}

// Of class 0 and the others, as "$model info" has them.
static int call_looks(const Call *call)
{
    Tcl_Obj *looks = Tcl_NewListObj(0, NULL);
    for (size_t class = 0; class <= call->result->n_classes; class ++)
        Tcl_ListObjAppendElement(NULL, looks, bind_look(&call->result->looks[class]));
    Tcl_SetObjResult(call->interp, looks);
    return TCL_OK;
}

static int call_notes(const Call *call)
{
    Tcl_Obj *notes = Tcl_NewDictObj();
    for (size_t i = 0; i < call->result->n_notes; i++)
        bind_put_text(notes, call->result->notes[i].key, call->result->notes[i].value);
    Tcl_SetObjResult(call->interp, notes);
    return TCL_OK;
}

static int call_note(const Call *call)
{
    Error error;
    return result_note(call->result, Tcl_GetString(call->objv[2]), Tcl_GetString(call->objv[3]),
                       &error) == STATUS_OK
               ? TCL_OK
               : bind_error(call->interp, &error);
}

static int call_view(const Call *call)
{
    Error error;
    if (call->command->model == NULL)
        return bind_usage(call->interp, "a result from a file does not know its model's views");
    const Model *model = call->command->model->object;
    return result_group(call->result, &model->recipe, Tcl_GetString(call->objv[2]), &error) ==
                   STATUS_OK
               ? TCL_OK
               : bind_error(call->interp, &error);
}

static int call_write(const Call *call)
{
    const Result *const one[] = {call->result};
    return bind_results_write(call->interp, one, 1, 3, call->objc, call->objv);
}

static int call_destroy(const Call *call)
{
    return bind_destroy(call->interp, call->objv[0]);
}

static int call_keep(const Call *call)
{
    return bind_result_by_itself(call->interp, call->command->result, call->command->model);
}

// ---- Commands ----------------------------------------------------------------------------------

static void release_result(void *result)
{
    result_free(result);
}

Handle *bind_result_handle(Result *result)
{
    return handle_new(result, release_result);
}

static void command_deleted(void *data)
{
    ResultCommand *command = data;
    if (command->owner != NULL)
        *command->owner = NULL;
    handle_drop(command->result);
    handle_drop(command->model);
    free(command);
}

void bind_result_delete(ResultCommand *command)
{
    if (command != NULL)
        Tcl_DeleteCommandFromToken(command->interp, command->token);
}

static Tcl_ObjCmdProc result_command;

// Shares the handles.
static Status new_command(Tcl_Interp *interp, const char *name, Handle *result, Handle *model,
                          ResultCommand **made, Error *error)
{
    ResultCommand *command = memory_new(1, sizeof *command);
    *made = command;
    if (command == NULL)
        return error_memory(error, "a result");
    *command = (ResultCommand){.result = handle_share(result),
                               .model = model != NULL ? handle_share(model) : NULL,
                               .interp = interp};
    command->token = Tcl_CreateObjCommand(interp, name, result_command, command, command_deleted);
    return STATUS_OK;
}

Status bind_result_of_job(Tcl_Interp *interp, const Job *job, Handle *result, Handle *model,
                          ResultCommand **owner, Error *error)
{
    Tcl_Obj *name = job_name(job);
    Tcl_IncrRefCount(name);
    Tcl_AppendToObj(name, "_result", -1);
    Status status = new_command(interp, Tcl_GetString(name), result, model, owner, error);
    Tcl_DecrRefCount(name);
    if (status == STATUS_OK) {
        (*owner)->job = job;
        (*owner)->owner = owner;
    }
    return status;
}

int bind_result_by_itself(Tcl_Interp *interp, Handle *result, Handle *model)
{
    char name[64];
    Error error;
    ResultCommand *command;
    bind_new_name(interp, "result", name, sizeof name);
    if (new_command(interp, name, result, model, &command, &error) != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_SetObjResult(interp, Tcl_NewStringObj(name, -1));
    return TCL_OK;
}

static bool is_running(const ResultCommand *command)
{
    return command->job != NULL && job_is_running(command->job);
}

static int refuse_running(Tcl_Interp *interp)
{
    return bind_usage(interp, "the job is still running; wait for it or cancel it first");
}

typedef struct Verb {
    const char *name;
    int (*run)(const Call *call);
    int words;     // of the command; negative: or more
    bool finished; // only once the job has ended
    const char *arguments;
} Verb;

static const Verb verbs[] = {
    {"class", call_class, 4, true, "ROW CLASS"},
    {"classes", call_classes, 2, false, NULL},
    {"count", call_count, 2, false, NULL},
    {"counts", call_counts, 2, false, NULL},
    {"destroy", call_destroy, 2, false, NULL},
    {"journal", call_journal, 4, false, "FILE KEY"},
    {"keep", call_keep, 2, true, NULL},
    {"looks", call_looks, 2, false, NULL},
    {"note", call_note, 4, false, "KEY VALUE"},
    {"notes", call_notes, 2, false, NULL},
    {"regions", call_regions, -2, false, NULL},
    {"row", call_row, 3, false, "ROW"},
    {"view", call_view, 3, true, "NAME"},
    {"write", call_write, -3, true,
     "FILE ?-palette P? ?-text BOOL? ?-coords SYSTEM? ?-galaxy NAME?"},
    {NULL, NULL, 0, false, NULL},
};

static int result_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    const ResultCommand *command = data;
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv, "sub-command ?argument ...?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObjStruct(interp, objv[1], verbs, sizeof verbs[0], "sub-command", 0,
                                  &choice) != TCL_OK)
        return TCL_ERROR;
    const Verb *verb = &verbs[choice];
    if (verb->words > 0 ? objc != verb->words : objc < -verb->words) {
        Tcl_WrongNumArgs(interp, 2, objv, verb->arguments);
        return TCL_ERROR;
    }
    if (verb->finished && is_running(command))
        return refuse_running(interp);
    const Call call = {.interp = interp,
                       .command = command,
                       .result = command->result->object,
                       .is_final = is_running(command) ? job_finished_items(command->job) : NULL,
                       .objc = objc,
                       .objv = objv};
    return verb->run(&call);
}

const ResultCommand *bind_result_find(Tcl_Interp *interp, Tcl_Obj *name)
{
    Tcl_CmdInfo info;
    if (!Tcl_GetCommandInfo(interp, Tcl_GetString(name), &info) || info.objProc != result_command) {
        bind_usage(interp, "\"%s\" is not a result", Tcl_GetString(name));
        return NULL;
    }
    const ResultCommand *command = info.objClientData;
    if (!is_running(command))
        return command;
    refuse_running(interp);
    return NULL;
}
