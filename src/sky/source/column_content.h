// Tables without column names: which column is which, from where it stands and what it holds.
#ifndef SKYCLASS_SKY_SOURCE_COLUMN_CONTENT_H
#define SKYCLASS_SKY_SOURCE_COLUMN_CONTENT_H

#include "sky/source/column_role.h"
#include "sky/table/table.h"

// id x y ..., x y, or angles where they can be told from pixels. RA and Dec beside pixels are found
// as the two neighbours that follow x, y as the sky follows the pixels of an image: by a shift, a
// turn and one scale. The class is the first column of whole numbers after the positions (after the
// number of filters in a LEGUS catalogue, column 33) that holds three of the classes 1 to 4 at
// least.
void column_content_find(const Table *table, SourceRoles *roles);

#endif
