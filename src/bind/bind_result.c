// $result count | row I | counts | classes | looks | journal FILE KEY (the rows that may be read,
// for job start) | regions ?options? | write FILE ?options? | note KEY VALUE | notes $result view
// NAME: from now on the classes are the groups of the model's view. $result class ROW CLASS:
// corrects a row; CLASS is a number from 1, 0 for none. $result keep -> $result that does not end
// with its job, but with "$result destroy". What is changed in one is changed in the other.
// skyclass::results write {$result ...} FILE ?options?: the rows of all in one file
// skyclass::results join {$result ...} -> $result: a copy of the rows of all, which a view may
// merge while they are as they were skyclass::results read FILE -> $result, from a table that was
// written
#include "bind/bind_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "result/result_join.h"
#include "result/result_journal.h"
#include "result/result_read.h"
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

static int result_row(Tcl_Interp *interp, const Result *result, const unsigned char *is_final,
                      Tcl_Obj *value)
{
    size_t row;
    if (bind_count(interp, value, "the row", &row) != TCL_OK)
        return TCL_ERROR;
    if (row >= result->list->n)
        return bind_usage(interp, "there is no row %zu; the result has %zu, counted from 0", row,
                          result->list->n);
    if (!row_is_final(is_final, row))
        return bind_usage(interp, "row %zu is not classified yet; wait for the job", row);
    Tcl_SetObjResult(interp, row_dict(result, row));
    return TCL_OK;
}

// dict: class number -> number of sources; 0 counts those that were not classified.
static int result_counts(Tcl_Interp *interp, const Result *result, const unsigned char *is_final)
{
    size_t counts[64] = {0};
    for (size_t i = 0; i < result->list->n; i++)
        if (row_is_final(is_final, i))
            counts[result->classes[i]]++;
    Tcl_Obj *dict = Tcl_NewDictObj();
    for (size_t class = 0; class <= result->n_classes; class ++)
        Tcl_DictObjPut(NULL, dict, Tcl_NewWideIntObj((Tcl_WideInt) class),
                       Tcl_NewWideIntObj((Tcl_WideInt)counts[class]));
    Tcl_SetObjResult(interp, dict);
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

// Options from objv[first] on, after the FILE.
static int write_results(Tcl_Interp *interp, const Result *const *results, size_t n, int first,
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

static int result_regions(Tcl_Interp *interp, const Result *result, const unsigned char *is_final,
                          int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"-palette", "-text", "-coords", "-rows", "-physical", NULL};
    WriteOptions options = {.rows = NULL};
    if (write_options(interp, objc, objv, 2, names, &options) != TCL_OK)
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
            if (code == TCL_OK && (row >= result->list->n || !row_is_final(is_final, row)))
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

static int write_journal(Tcl_Interp *interp, const Result *result, const unsigned char *is_final,
                         Tcl_Obj *const objv[])
{
    Error error;
    Tcl_DString path;
    Status status = result_journal_write(result, is_final, Tcl_GetString(objv[3]),
                                         bind_path(objv[2], &path), &error);
    Tcl_DStringFree(&path);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

static int set_class(Tcl_Interp *interp, Result *result, Tcl_Obj *const objv[])
{
    Error error;
    size_t row, class;
    if (bind_count(interp, objv[2], "the row", &row) != TCL_OK ||
        bind_count(interp, objv[3], "the class", &class) != TCL_OK)
        return TCL_ERROR;
    return result_set_class(result, row, class, &error) == STATUS_OK ? TCL_OK
                                                                     : bind_error(interp, &error);
}

static int result_classes(Tcl_Interp *interp, const Result *result)
{
    Tcl_Obj *names = Tcl_NewListObj(0, NULL);
    for (size_t k = 0; k < result->n_classes; k++)
        Tcl_ListObjAppendElement(NULL, names, bind_text(result->class_names[k]));
    Tcl_SetObjResult(interp, names);
    return TCL_OK;
}

// Of class 0 and the others, as "$model info" has them.
static int result_looks(Tcl_Interp *interp, const Result *result)
{
    Tcl_Obj *looks = Tcl_NewListObj(0, NULL);
    for (size_t class = 0; class <= result->n_classes; class ++)
        Tcl_ListObjAppendElement(NULL, looks, bind_look(&result->looks[class]));
    Tcl_SetObjResult(interp, looks);
    return TCL_OK;
}

static int result_notes(Tcl_Interp *interp, const Result *result)
{
    Tcl_Obj *notes = Tcl_NewDictObj();
    for (size_t i = 0; i < result->n_notes; i++)
        bind_put_text(notes, result->notes[i].key, result->notes[i].value);
    Tcl_SetObjResult(interp, notes);
    return TCL_OK;
}

static int add_note(Tcl_Interp *interp, Result *result, Tcl_Obj *const objv[])
{
    Error error;
    return result_note(result, Tcl_GetString(objv[2]), Tcl_GetString(objv[3]), &error) == STATUS_OK
               ? TCL_OK
               : bind_error(interp, &error);
}

static int group(Tcl_Interp *interp, const ResultCommand *command, Tcl_Obj *name)
{
    Error error;
    if (command->model == NULL)
        return bind_usage(interp, "a result from a file does not know its model's views");
    const Model *model = command->model->object;
    return result_group(command->result->object, &model->recipe, Tcl_GetString(name), &error) ==
                   STATUS_OK
               ? TCL_OK
               : bind_error(interp, &error);
}

static int write_one(Tcl_Interp *interp, const Result *result, int objc, Tcl_Obj *const objv[])
{
    const Result *const one[] = {result};
    return write_results(interp, one, 1, 3, objc, objv);
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

// A command by itself, its name the interpreter's result.
static int command_by_itself(Tcl_Interp *interp, Handle *result, Handle *model)
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

static int result_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    enum {
        CLASS,
        CLASSES,
        COUNT,
        COUNTS,
        DESTROY,
        JOURNAL,
        KEEP,
        LOOKS,
        NOTE,
        NOTES,
        REGIONS,
        ROW,
        VIEW,
        WRITE
    };
    static const struct {
        const char *name;
        int words;     // of the command; negative: or more
        bool finished; // only once the job has ended
        const char *arguments;
    } verbs[] = {
        [CLASS] = {"class", 4, true, "ROW CLASS"},
        [CLASSES] = {"classes", 2, false, NULL},
        [COUNT] = {"count", 2, false, NULL},
        [COUNTS] = {"counts", 2, false, NULL},
        [DESTROY] = {"destroy", 2, false, NULL},
        [JOURNAL] = {"journal", 4, false, "FILE KEY"},
        [KEEP] = {"keep", 2, true, NULL},
        [LOOKS] = {"looks", 2, false, NULL},
        [NOTE] = {"note", 4, false, "KEY VALUE"},
        [NOTES] = {"notes", 2, false, NULL},
        [REGIONS] = {"regions", -2, false, NULL},
        [ROW] = {"row", 3, false, "ROW"},
        [VIEW] = {"view", 3, true, "NAME"},
        [WRITE] = {"write", -3, true,
                   "FILE ?-palette P? ?-text BOOL? ?-coords SYSTEM? ?-galaxy NAME?"},
        {NULL, 0, false, NULL},
    };
    const ResultCommand *command = data;
    Result *result = command->result->object;
    const unsigned char *is_final = is_running(command) ? job_finished_items(command->job) : NULL;
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv, "sub-command ?argument ...?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObjStruct(interp, objv[1], verbs, sizeof verbs[0], "sub-command", 0,
                                  &choice) != TCL_OK)
        return TCL_ERROR;
    const int words = verbs[choice].words;
    if (words > 0 ? objc != words : objc < -words) {
        Tcl_WrongNumArgs(interp, 2, objv, verbs[choice].arguments);
        return TCL_ERROR;
    }
    if (verbs[choice].finished && is_final != NULL)
        return refuse_running(interp);
    switch (choice) {
    case CLASS:
        return set_class(interp, result, objv);
    case CLASSES:
        return result_classes(interp, result);
    case COUNT:
        Tcl_SetObjResult(interp, Tcl_NewWideIntObj((Tcl_WideInt)result->list->n));
        return TCL_OK;
    case COUNTS:
        return result_counts(interp, result, is_final);
    case DESTROY:
        return bind_destroy(interp, objv[0]);
    case JOURNAL:
        return write_journal(interp, result, is_final, objv);
    case KEEP:
        return command_by_itself(interp, command->result, command->model);
    case LOOKS:
        return result_looks(interp, result);
    case NOTE:
        return add_note(interp, result, objv);
    case NOTES:
        return result_notes(interp, result);
    case REGIONS:
        return result_regions(interp, result, is_final, objc, objv);
    case ROW:
        return result_row(interp, result, is_final, objv[2]);
    case VIEW:
        return group(interp, command, objv[2]);
    default:
        return write_one(interp, result, objc, objv);
    }
}

// ---- Several -----------------------------------------------------------------------------------

// The finished result behind a command; NULL with a message.
static const Result *find_finished(Tcl_Interp *interp, Tcl_Obj *name)
{
    Tcl_CmdInfo info;
    if (!Tcl_GetCommandInfo(interp, Tcl_GetString(name), &info) || info.objProc != result_command) {
        bind_usage(interp, "\"%s\" is not a result", Tcl_GetString(name));
        return NULL;
    }
    const ResultCommand *command = info.objClientData;
    if (!is_running(command))
        return command->result->object;
    refuse_running(interp);
    return NULL;
}

// The results of a list of commands, at least one; free(*results).
static int find_results(Tcl_Interp *interp, Tcl_Obj *list, const Result ***results, size_t *n)
{
    Tcl_Size length;
    Tcl_Obj **names;
    *results = NULL;
    if (Tcl_ListObjGetElements(interp, list, &length, &names) != TCL_OK)
        return TCL_ERROR;
    if (length == 0)
        return bind_usage(interp, "there is no result in the list");
    *n = (size_t)length;
    *results = memory_new(*n, sizeof **results);
    if (*results == NULL)
        return bind_no_memory(interp, "the results");
    for (size_t i = 0; i < *n; i++)
        if (((*results)[i] = find_finished(interp, names[i])) == NULL)
            return TCL_ERROR;
    return TCL_OK;
}

// Takes over `result`; `model` may be NULL.
static int give_result(Tcl_Interp *interp, Result *result, Handle *model)
{
    Handle *handle = bind_result_handle(result);
    if (handle == NULL)
        return bind_no_memory(interp, "a result");
    int code = command_by_itself(interp, handle, model);
    handle_drop(handle);
    return code;
}

// The model of all these results, NULL where they are of several or of none that is known.
static Handle *model_of(Tcl_Interp *interp, Tcl_Obj *list)
{
    Tcl_Size n;
    Tcl_Obj **names;
    Tcl_CmdInfo info;
    Handle *model = NULL;
    if (Tcl_ListObjGetElements(interp, list, &n, &names) != TCL_OK)
        return NULL;
    for (Tcl_Size i = 0; i < n; i++) {
        if (!Tcl_GetCommandInfo(interp, Tcl_GetString(names[i]), &info))
            return NULL;
        const ResultCommand *command = info.objClientData;
        if (i > 0 && command->model != model)
            return NULL;
        model = command->model;
    }
    return model;
}

static int join_results(Tcl_Interp *interp, Tcl_Obj *list)
{
    const Result **results;
    size_t n;
    Error error;
    Result *joined;
    int code = find_results(interp, list, &results, &n);
    if (code == TCL_OK)
        code = result_join(results, n, &joined, &error) == STATUS_OK
                   ? give_result(interp, joined, model_of(interp, list))
                   : bind_error(interp, &error);
    free(results);
    return code;
}

static int read_result(Tcl_Interp *interp, Tcl_Obj *file)
{
    Error error;
    Result *result;
    Tcl_DString path;
    Status status = result_read(bind_path(file, &path), &result, &error);
    Tcl_DStringFree(&path);
    return status == STATUS_OK ? give_result(interp, result, NULL) : bind_error(interp, &error);
}

static int write_several(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    const Result **results;
    size_t n;
    int code = find_results(interp, objv[2], &results, &n);
    if (code == TCL_OK)
        code = write_results(interp, results, n, 4, objc, objv);
    free(results);
    return code;
}

static int results_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    static const char *const names[] = {"join", "read", "write", NULL};
    static const char *const arguments[] = {
        "RESULTS", "FILE",
        "RESULTS FILE ?-palette P? ?-text BOOL? ?-coords SYSTEM? ?-galaxy NAME?"};
    enum { JOIN, READ, WRITE };
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv, "join|read|write ?argument ...?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    if (choice == WRITE ? objc < 4 : objc != 3) {
        Tcl_WrongNumArgs(interp, 2, objv, arguments[choice]);
        return TCL_ERROR;
    }
    return choice == JOIN   ? join_results(interp, objv[2])
           : choice == READ ? read_result(interp, objv[2])
                            : write_several(interp, objc, objv);
}

void bind_result_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::results", results_command, NULL, NULL);
}
