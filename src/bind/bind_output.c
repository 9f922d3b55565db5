// skyclass::output write FILE BYTES: a whole file, as base/output_file.h writes it. Text goes
// through
// ::skyclass::to_utf8 first.
#include "bind/bind.h"

#include <string.h>

#include "base/output_file.h"

static int output_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    if (objc != 4 || strcmp(Tcl_GetString(objv[1]), "write") != 0) {
        Tcl_WrongNumArgs(interp, 1, objv, "write FILE BYTES");
        return TCL_ERROR;
    }
    Error error;
    Tcl_DString path;
    Tcl_Size size;
    const unsigned char *bytes = Tcl_GetByteArrayFromObj(objv[3], &size);
    if (bytes == NULL) // Tcl 9, of text that is not bytes
        return bind_usage(interp, "output write takes bytes; convert text with to_utf8");
    Status status = output_file_write(bind_path(objv[2], &path), bytes, (size_t)size, &error);
    Tcl_DStringFree(&path);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

void bind_output_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::output", output_command, NULL, NULL);
}
