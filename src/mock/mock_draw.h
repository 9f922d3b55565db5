// First stage of a mock field: what is where.
#ifndef SKYCLASS_MOCK_MOCK_DRAW_H
#define SKYCLASS_MOCK_MOCK_DRAW_H

#include "base/error.h"
#include "base/parallel.h"
#include "mock/mock_field.h"

// In this order: the complexes, the objects in and around them, the lights of all objects.
Status mock_draw_complexes(MockField *field, Error *error);
Status mock_draw_objects(MockField *field, Parallel *parallel, Error *error);
Status mock_draw_lights(MockField *field, Parallel *parallel, Error *error);

#endif
