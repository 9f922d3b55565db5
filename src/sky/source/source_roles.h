// Finds which column of a table plays which role in a list of sources.
#ifndef SKYCLASS_SKY_SOURCE_SOURCE_ROLES_H
#define SKYCLASS_SKY_SOURCE_SOURCE_ROLES_H

#include <stdbool.h>

#include "base/error.h"
#include "sky/source/column_role.h"
#include "sky/table/table.h"

// What the user says: a column's name, or its number from 1. NULL: found by name or content.
typedef struct SourceColumns {
    const char *column[SOURCE_ROLES];
    const char *unit; // of RA and Dec: "degree", "radian" or "hour" (of RA); NULL: as the file says
    bool zero_based;  // x, y count from 0
} SourceColumns;

// Anything chosen at all?
bool source_columns_any(const SourceColumns *choice);

// Columns that the user chose; else by their names (column_names.h); in a table without names by
// place and content (column_content.h). Who names x or y, and neither ra nor dec, has no ra and dec
// in this list, and the other way round. `choice` may be NULL. An error says what the table has.
Status source_roles_find(const Table *table, const SourceColumns *choice, SourceRoles *roles,
                         Error *error);

#endif
