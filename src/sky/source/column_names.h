// What common tools call the columns of their tables.
#ifndef SKYCLASS_SKY_SOURCE_COLUMN_NAMES_H
#define SKYCLASS_SKY_SOURCE_COLUMN_NAMES_H

#include <stdbool.h>

#include "sky/source/column_role.h"
#include "sky/table/table.h"

// Gives every role the most telling of the table's names that is known for it. Upper and lower
// case, blanks, hyphens and a unit in brackets do not matter.
void column_names_find(const Table *table, SourceRoles *roles);

// Whether the names say nothing: no header, or astropy's col1, col2, ...
bool column_names_absent(const Table *table);

// Degrees that 1 in this unit is ("rad", "hourangle", "deg", ...); 0 for any other word.
double column_names_unit(const char *unit);

#endif
