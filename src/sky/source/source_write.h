// Source lists as files that other programs and skyclass itself read back.
#ifndef SKYCLASS_SKY_SOURCE_SOURCE_WRITE_H
#define SKYCLASS_SKY_SOURCE_SOURCE_WRITE_H

#include "base/error.h"
#include "sky/source/source.h"

// The ending decides: .fits and .csv (id, x, y, ra, dec, then the other columns of the list's
// table), .tab (the same, blanks between, no header), .reg (DS9: a circle of 5 pixels a source).
// A position that is not known is NaN, in .reg left out. Written aside and renamed.
Status source_list_write(const SourceList *list, const char *path, Error *error);

#endif
