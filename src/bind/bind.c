#include "bind/bind.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/memory.h"

Handle *handle_new(void *object, void (*release)(void *object))
{
    Handle *handle = memory_new(1, sizeof *handle);
    if (handle == NULL) {
        release(object);
        return NULL;
    }
    *handle = (Handle){.n_references = 1, .object = object, .release = release};
    return handle;
}

Handle *handle_share(Handle *handle)
{
    handle->n_references++;
    return handle;
}

void handle_drop(Handle *handle)
{
    if (handle == NULL || --handle->n_references > 0)
        return;
    handle->release(handle->object);
    free(handle);
}

static void drop_command(void *data)
{
    handle_drop(data);
}

void bind_new_name(Tcl_Interp *interp, const char *kind, char *name, size_t size)
{
    Tcl_CmdInfo taken;
    size_t number = 1;
    do
        snprintf(name, size, "::skyclass::%s%zu", kind, number++);
    while (Tcl_GetCommandInfo(interp, name, &taken));
}

int bind_command(Tcl_Interp *interp, const char *kind, Tcl_ObjCmdProc *command, void *data,
                 Tcl_CmdDeleteProc *release)
{
    char name[64];
    bind_new_name(interp, kind, name, sizeof name);
    Tcl_CreateObjCommand(interp, name, command, data, release);
    Tcl_SetObjResult(interp, Tcl_NewStringObj(name, -1));
    return TCL_OK;
}

int bind_object(Tcl_Interp *interp, const char *kind, Tcl_ObjCmdProc *command, Handle *handle)
{
    if (handle != NULL)
        return bind_command(interp, kind, command, handle, drop_command);
    Error error;
    error_memory(&error, kind);
    return bind_error(interp, &error);
}

Handle *bind_find(Tcl_Interp *interp, Tcl_Obj *name, Tcl_ObjCmdProc *command, const char *kind)
{
    Tcl_CmdInfo info;
    if (Tcl_GetCommandInfo(interp, Tcl_GetString(name), &info) && info.objProc == command)
        return info.objClientData;
    bind_usage(interp, "\"%s\" is not a %s", Tcl_GetString(name), kind);
    return NULL;
}

int bind_destroy(Tcl_Interp *interp, Tcl_Obj *name)
{
    Tcl_DeleteCommand(interp, Tcl_GetString(name));
    return TCL_OK;
}

static const char *status_word(Status status)
{
    switch (status) {
    case STATUS_OUTPUT:
        return "OUTPUT";
    case STATUS_MEMORY:
        return "MEMORY";
    case STATUS_CANCELLED:
        return "CANCELLED";
    case STATUS_USAGE:
        return "USAGE";
    default:
        return "BAD_INPUT";
    }
}

Tcl_Obj *bind_text(const char *text)
{
    Tcl_DString converted;
    Tcl_Obj *object = Tcl_NewStringObj(Tcl_ExternalToUtfDString(NULL, text, -1, &converted), -1);
    Tcl_DStringFree(&converted);
    return object;
}

const char *bind_path(Tcl_Obj *path, Tcl_DString *buffer)
{
    return Tcl_UtfToExternalDString(NULL, Tcl_GetString(path), -1, buffer);
}

int bind_error(Tcl_Interp *interp, const Error *error)
{
    Tcl_SetObjResult(interp, bind_text(error->text));
    Tcl_SetErrorCode(interp, "SKYCLASS", status_word(error->status), (char *)NULL);
    return TCL_ERROR;
}

int bind_no_memory(Tcl_Interp *interp, const char *what)
{
    Error error;
    error_memory(&error, what);
    return bind_error(interp, &error);
}

int bind_usage(Tcl_Interp *interp, const char *format, ...)
{
    char text[ERROR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    Tcl_SetObjResult(interp, Tcl_NewStringObj(text, -1));
    Tcl_SetErrorCode(interp, "SKYCLASS", status_word(STATUS_USAGE), (char *)NULL);
    return TCL_ERROR;
}

void bind_put(Tcl_Obj *dict, const char *key, Tcl_Obj *value)
{
    Tcl_DictObjPut(NULL, dict, Tcl_NewStringObj(key, -1), value);
}

void bind_put_text(Tcl_Obj *dict, const char *key, const char *value)
{
    bind_put(dict, key, bind_text(value));
}

void bind_put_number(Tcl_Obj *dict, const char *key, double value)
{
    bind_put(dict, key, Tcl_NewDoubleObj(value));
}

void bind_put_count(Tcl_Obj *dict, const char *key, size_t value)
{
    bind_put(dict, key, Tcl_NewWideIntObj((Tcl_WideInt)value));
}

int bind_count(Tcl_Interp *interp, Tcl_Obj *value, const char *what, size_t *count)
{
    Tcl_WideInt wide;
    if (Tcl_GetWideIntFromObj(NULL, value, &wide) != TCL_OK || wide < 0)
        return bind_usage(interp, "%s must be a whole number, 0 or more, not \"%s\"", what,
                          Tcl_GetString(value));
    *count = (size_t)wide;
    return TCL_OK;
}

int bind_option(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], int *argument,
                const char *const *names, int *index, Tcl_Obj **value)
{
    *index = -1;
    if (*argument >= objc)
        return TCL_OK;
    if (Tcl_GetIndexFromObj(interp, objv[*argument], names, "option", TCL_EXACT, index) != TCL_OK)
        return TCL_ERROR;
    if (*argument + 1 >= objc)
        return bind_usage(interp, "option %s needs a value", names[*index]);
    *value = objv[*argument + 1];
    *argument += 2;
    return TCL_OK;
}

static int version_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    if (objc != 1) {
        Tcl_WrongNumArgs(interp, 1, objv, NULL);
        return TCL_ERROR;
    }
    Tcl_SetObjResult(interp, Tcl_NewStringObj(SKYCLASS_VERSION, -1));
    return TCL_OK;
}

// skyclass::limit: bounds the memory of the whole process (base/limits.h); for our own programs.
static int limit_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    Error error;
    if (objc != 1) {
        Tcl_WrongNumArgs(interp, 1, objv, NULL);
        return TCL_ERROR;
    }
    return limits_apply(&error) == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

// Tcl's `load` calls this by its name.
__attribute__((visibility("default"))) int Skyclass_Init(Tcl_Interp *interp);
int Skyclass_Init(Tcl_Interp *interp)
{
    if (Tcl_InitStubs(interp, "8.6-", 0) == NULL)
        return TCL_ERROR;
    if (Tcl_FindNamespace(interp, "::skyclass", NULL, 0) == NULL)
        Tcl_CreateNamespace(interp, "::skyclass", NULL, NULL);
    Tcl_CreateObjCommand(interp, "::skyclass::version", version_command, NULL, NULL);
    Tcl_CreateObjCommand(interp, "::skyclass::limit", limit_command, NULL, NULL);
    // Beyond a limit on file sizes a write shall fail with its message, not end the process.
    signal(SIGXFSZ, SIG_IGN);
    bind_model_init(interp);
    bind_image_init(interp);
    bind_sources_init(interp);
    bind_results_init(interp);
    bind_job_init(interp);
    bind_import_init(interp);
    bind_system_init(interp);
    bind_dataset_init(interp);
    bind_stamps_init(interp);
    bind_training_init(interp);
    bind_simulate_init(interp);
    bind_detect_init(interp);
    bind_output_init(interp);
    bind_match_init(interp);
    bind_eval_init(interp);
    return Tcl_PkgProvide(interp, "skyclass::core", SKYCLASS_VERSION);
}
