// Last stage of a mock field: the sources that LEGUS's selection keeps.
#ifndef SKYCLASS_MOCK_MOCK_SELECT_H
#define SKYCLASS_MOCK_MOCK_SELECT_H

#include "base/error.h"
#include "base/parallel.h"
#include "mock/mock_field.h"

Status mock_select_sources(MockField *field, Parallel *parallel, Error *error);

#endif
