// skyclass::output write FILE TEXT: a whole file of UTF-8 text, as base/output_file.h writes it.
#include "bind/bind.h"

#include <string.h>

#include "base/output_file.h"

static int output_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    if (objc != 4 || strcmp(Tcl_GetString(objv[1]), "write") != 0) {
        Tcl_WrongNumArgs(interp, 1, objv, "write FILE TEXT");
        return TCL_ERROR;
    }
    Error error;
    Tcl_DString path, text;
    Tcl_Size length;
    const char *inside = Tcl_GetStringFromObj(objv[3], &length);
    Tcl_Encoding utf8 = Tcl_GetEncoding(interp, "utf-8");
    Tcl_UtfToExternalDString(utf8, inside, length, &text);
    Status status = output_file_write(bind_path(objv[2], &path), Tcl_DStringValue(&text),
                                      (size_t)Tcl_DStringLength(&text), &error);
    Tcl_FreeEncoding(utf8);
    Tcl_DStringFree(&path);
    Tcl_DStringFree(&text);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

void bind_output_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::output", output_command, NULL, NULL);
}
