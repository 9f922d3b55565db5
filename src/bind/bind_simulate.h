// Settings of the mock sky from Tcl.
#ifndef SKYCLASS_BIND_BIND_SIMULATE_H
#define SKYCLASS_BIND_BIND_SIMULATE_H

#include <tcl.h>

#include "mock/mock_settings.h"

// From a dict as "skyclass::mock settings" returns it; keys left out keep their defaults.
int bind_mock_settings(Tcl_Interp *interp, Tcl_Obj *dict, MockSettings *settings);

#endif
