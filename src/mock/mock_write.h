// The files of a mock field.
#ifndef SKYCLASS_MOCK_MOCK_WRITE_H
#define SKYCLASS_MOCK_MOCK_WRITE_H

#include "base/error.h"
#include "mock/mock_field.h"

// DIRECTORY/NAME_f275w.fits ... NAME_f814w.fits, NAME.tab (columns of a LEGUS catalogue) and
// NAME_truth.fits (what was put in). Existing files are replaced.
Status mock_write_field(const MockField *field, const char *directory, Error *error);

#endif
