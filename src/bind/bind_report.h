// Reports as Tcl dicts.
#ifndef SKYCLASS_BIND_BIND_REPORT_H
#define SKYCLASS_BIND_BIND_REPORT_H

#include <tcl.h>

#include "eval/report.h"

// dict views {NAME {accuracy deviation confusion} ...} classes {{sources precision recall f1 ...}
// ...}; what is not defined is empty.
Tcl_Obj *bind_report(const Report *report);

// Its rows of counts.
Tcl_Obj *bind_confusion(const Confusion *confusion);

#endif
