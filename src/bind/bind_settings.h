// C structs of settings as Tcl dicts, through a table of their members.
#ifndef SKYCLASS_BIND_BIND_SETTINGS_H
#define SKYCLASS_BIND_BIND_SETTINGS_H

#include <tcl.h>

#include "base/field.h"

// A dict of all members. The table ends with a NULL name.
Tcl_Obj *settings_to_dict(const Field *table, const void *settings);
// Sets the members that the dict names; the others stay as they are.
int settings_from_dict(Tcl_Interp *interp, const Field *table, Tcl_Obj *dict, void *settings);

#endif
