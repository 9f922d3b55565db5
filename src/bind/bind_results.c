// skyclass::results write {$result ...} FILE ?options?: the rows of all in one file
// skyclass::results join {$result ...} -> $result: a copy of the rows of all, which a view may
// merge while they are as they were skyclass::results read FILE -> $result, from a table that was
// written
#include <stdlib.h>

#include "base/memory.h"
#include "bind/bind_result.h"
#include "result/result_join.h"
#include "result/result_read.h"

// The results of a list of commands, at least one; free(*results). *model is that of all, NULL
// where they are of several or of none that is known.
static int find_results(Tcl_Interp *interp, Tcl_Obj *list, const Result ***results, size_t *n,
                        Handle **model)
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
    for (size_t i = 0; i < *n; i++) {
        const ResultCommand *command = bind_result_find(interp, names[i]);
        if (command == NULL)
            return TCL_ERROR;
        (*results)[i] = command->result->object;
        *model = i == 0 || command->model == *model ? command->model : NULL;
    }
    return TCL_OK;
}

// Takes over `result`; `model` may be NULL.
static int give_result(Tcl_Interp *interp, Result *result, Handle *model)
{
    Handle *handle = bind_result_handle(result);
    if (handle == NULL)
        return bind_no_memory(interp, "a result");
    int code = bind_result_by_itself(interp, handle, model);
    handle_drop(handle);
    return code;
}

static int join_results(Tcl_Interp *interp, Tcl_Obj *list)
{
    const Result **results;
    size_t n;
    Error error;
    Result *joined;
    Handle *model = NULL;
    int code = find_results(interp, list, &results, &n, &model);
    if (code == TCL_OK)
        code = result_join(results, n, &joined, &error) == STATUS_OK
                   ? give_result(interp, joined, model)
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
    Handle *model = NULL;
    int code = find_results(interp, objv[2], &results, &n, &model);
    if (code == TCL_OK)
        code = bind_results_write(interp, results, n, 4, objc, objv);
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

void bind_results_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::results", results_command, NULL, NULL);
}
