// The roles that columns of a table play in a list of sources.
#ifndef SKYCLASS_SKY_SOURCE_COLUMN_ROLE_H
#define SKYCLASS_SKY_SOURCE_COLUMN_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
