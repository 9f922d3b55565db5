// Choosing sources of a list by an expression on its columns (base/expression.h).
#ifndef SKYCLASS_SKY_SOURCE_SOURCE_WHERE_H
#define SKYCLASS_SKY_SOURCE_SOURCE_WHERE_H

#include "base/error.h"
#include "base/expression.h"
#include "sky/source/source.h"

// Keeps the sources for which the expression holds, in their order; the table keeps all its rows.
// Columns are the table's by name (upper and lower case alike), and besides, where the table has
// none of that name, id, x, y, ra and dec of the source. STATUS_BAD_INPUT names a column that the
// list does not have, and those that it has; also where no source is left.
Status source_list_where(SourceList *list, const Expression *expression, Error *error);

#endif
