// skyclass::system list | info NAME: the systems and their published recipes.
#include "bind/bind.h"

#include <string.h>

#include "systems/system.h"

static int system_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    if (objc == 2 && strcmp(Tcl_GetString(objv[1]), "list") == 0) {
        Tcl_Obj *names = Tcl_NewListObj(0, NULL);
        for (size_t i = 0; i < system_count(); i++)
            Tcl_ListObjAppendElement(NULL, names, bind_text(system_at(i)->name));
        Tcl_SetObjResult(interp, names);
        return TCL_OK;
    }
    if (objc != 3 || strcmp(Tcl_GetString(objv[1]), "info") != 0) {
        Tcl_WrongNumArgs(interp, 1, objv, "list | info NAME");
        return TCL_ERROR;
    }
    const System *system;
    char choices[RECIPE_TEXT_SIZE];
    Error error;
    if (system_get(Tcl_GetString(objv[2]), &system, &error) != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_Obj *info = bind_recipe(&system->recipe);
    bind_put_text(info, "summary", system->summary);
    bind_put_text(info, "paper", system->paper);
    bind_put_text(info, "architecture", system->architecture->name);
    system_choices_text(system, choices, sizeof choices);
    bind_put_text(info, "choices", choices);
    bind_put_text(info, "training", system->recipe.training);
    Tcl_SetObjResult(interp, info);
    return TCL_OK;
}

void bind_system_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::system", system_command, NULL, NULL);
}
