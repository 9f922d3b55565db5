// A list of sources as columns of a table on its way out.
#ifndef SKYCLASS_SKY_SOURCE_SOURCE_COLUMNS_H
#define SKYCLASS_SKY_SOURCE_SOURCE_COLUMNS_H

#include "sky/source/source.h"
#include "sky/table/output_table.h"

// id x y ra dec. The id keeps its kind: whole numbers where all ids are.
Status source_columns_position(const SourceList *list, OutputTable *table, Error *error);

// The columns of the table that the list came from, in their order and kinds, after all others.
// Left out are those that are taken (source.h) and those that only repeat id, x, y, ra or dec under
// the same name (of tables without names: at all); another column whose name is taken becomes
// NAME_input.
Status source_columns_own(const SourceList *list, OutputTable *table, Error *error);

#endif
