// Which column of a table plays which role in a list of sources, and why.
#ifndef SKYCLASS_SKY_SOURCE_SOURCE_ROLES_H
#define SKYCLASS_SKY_SOURCE_SOURCE_ROLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sky/table/table.h"

typedef enum SourceRole {
    ROLE_ID,
    ROLE_X, // pixels
    ROLE_Y,
    ROLE_RA,
    ROLE_DEC,
    ROLE_CLASS, // given by people or by another program
    SOURCE_ROLES,
} SourceRole;

// "id", "x", "y", "ra", "dec", "class".
const char *source_role_name(SourceRole role);

enum { ROLE_WHY_SIZE = 160 };

static const size_t NO_COLUMN = SIZE_MAX; // no table is as wide

typedef struct SourceRoles {
    size_t column[SOURCE_ROLES];           // from 0; NO_COLUMN where no column plays the role
    char why[SOURCE_ROLES][ROLE_WHY_SIZE]; // how that was found out, in words; "" without column
    bool zero_based;                       // x, y count from 0
    double ra_unit, dec_unit;              // degrees that 1 in the column is, by the user's word or
                                           // the column's unit
} SourceRoles;

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
