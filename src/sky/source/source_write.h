// Source lists as files that other programs and skyclass itself read back.
#ifndef SKYCLASS_SKY_SOURCE_SOURCE_WRITE_H
#define SKYCLASS_SKY_SOURCE_SOURCE_WRITE_H

#include "base/error.h"
#include "sky/source/source.h"
#include "sky/source/source_point.h"

// The ending decides: .fits .csv .ecsv .vot (id, x, y, ra, dec, then the other columns of the
// list's table), .tab (the same, blanks between, no header), .reg (DS9: a point a source, in
// `coords`). A position that is not known is NaN, in .reg a comment. Written aside and renamed.
Status source_list_write(const SourceList *list, const char *path, PointCoords coords,
                         Error *error);

#endif
