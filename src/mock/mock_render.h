// Second stage of a mock field: the images of its lights.
#ifndef SKYCLASS_MOCK_MOCK_RENDER_H
#define SKYCLASS_MOCK_MOCK_RENDER_H

#include "base/error.h"
#include "base/parallel.h"
#include "mock/mock_field.h"

Status mock_render_images(MockField *field, Parallel *parallel, Error *error);

#endif
