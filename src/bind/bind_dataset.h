// Datasets as Tcl objects.
#ifndef SKYCLASS_BIND_BIND_DATASET_H
#define SKYCLASS_BIND_BIND_DATASET_H

#include <tcl.h>

Tcl_ObjCmdProc bind_dataset_command; // $dataset ...

#endif
