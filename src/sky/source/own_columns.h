// The columns that the files had from which a list came, as those of one table.
#ifndef SKYCLASS_SKY_SOURCE_OWN_COLUMNS_H
#define SKYCLASS_SKY_SOURCE_OWN_COLUMNS_H

#include "sky/source/source.h"
#include "sky/table/output_table.h"

typedef struct OwnColumns OwnColumns;

// Gathers the own columns of a list's parts (source_share.h). Columns with the same name (in any
// case) are one: of numbers where all are, else of text, and without a unit where they disagree.
// The list must live as long.
Status own_columns_new(const SourceList *list, OwnColumns **own, Error *error);

// Adds them to a table, which must not outlive them. A row of a list without the column is missing.
Status own_columns_add(const OwnColumns *own, OutputTable *table, Error *error);

void own_columns_free(OwnColumns *own);

#endif
