// Datasets as Tcl objects.
#ifndef SKYCLASS_BIND_BIND_DATASET_H
#define SKYCLASS_BIND_BIND_DATASET_H

#include <stdbool.h>
#include <tcl.h>

#include "bind/bind.h"
#include "dataset/dataset.h"

Tcl_ObjCmdProc bind_dataset_command; // $dataset ...

// Makes a $dataset command that owns `dataset`, and its name the interpreter's result.
int bind_dataset(Tcl_Interp *interp, Dataset *dataset);
// Whether a job has it too: it must not change then.
bool bind_dataset_is_used(const Handle *dataset);

#endif
