#include "sky/source/source_roles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sky/source/column_content.h"
#include "sky/source/column_names.h"

bool source_columns_any(const SourceColumns *choice)
{
    if (choice == NULL)
        return false;
    for (size_t role = 0; role < SOURCE_ROLES; role++)
        if (choice->column[role] != NULL)
            return true;
    return choice->zero_based || choice->unit != NULL;
}

static void drop(SourceRoles *roles, SourceRole role)
{
    roles->column[role] = NO_COLUMN;
    roles->why[role][0] = '\0';
}

// A pair of which one half is missing is of no use.
static void drop_halves(SourceRoles *roles)
{
    static const SourceRole pairs[][2] = {{ROLE_X, ROLE_Y}, {ROLE_RA, ROLE_DEC}};
    for (size_t i = 0; i < 2; i++)
        for (size_t half = 0; half < 2; half++)
            if (roles->column[pairs[i][half]] == NO_COLUMN)
                drop(roles, pairs[i][1 - half]);
}

static void list_names(const Table *table, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < table_column_count(table) && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, " %s", table_column_name(table, i));
}

// `choice` is a column's name or its number.
static Status find_chosen(const Table *table, const char *choice, size_t *column, Error *error)
{
    if (table_find_column(table, choice, column))
        return STATUS_OK;
    char *end, names[256];
    unsigned long number = strtoul(choice, &end, 10);
    if (end != choice && *end == '\0' && number >= 1 && number <= table_column_count(table)) {
        *column = number - 1;
        return STATUS_OK;
    }
    list_names(table, names, sizeof names);
    return error_set(error, STATUS_USAGE, "%s: has no column %s; its %zu are%s", table_path(table),
                     choice, table_column_count(table), names);
}

static Status choose(const Table *table, const SourceColumns *choice, SourceRoles *roles,
                     Error *error)
{
    const bool pixels = choice->column[ROLE_X] != NULL || choice->column[ROLE_Y] != NULL;
    const bool sky = choice->column[ROLE_RA] != NULL || choice->column[ROLE_DEC] != NULL;
    if (pixels)
        roles->zero_based = false;
    roles->zero_based = roles->zero_based || choice->zero_based;
    for (size_t role = 0; role < SOURCE_ROLES; role++) {
        if (choice->column[role] == NULL)
            continue;
        Status status = find_chosen(table, choice->column[role], &roles->column[role], error);
        if (status != STATUS_OK)
            return status;
        snprintf(roles->why[role], ROLE_WHY_SIZE, "as chosen");
    }
    if (pixels && !sky)
        drop(roles, ROLE_RA);
    if (sky && !pixels)
        drop(roles, ROLE_X);
    return STATUS_OK;
}

// Hours are RA's alone: a declination beside them is in degrees.
static Status find_units(const Table *table, const char *chosen, SourceRoles *roles, Error *error)
{
    double *const units[] = {&roles->ra_unit, &roles->dec_unit};
    const SourceRole of[] = {ROLE_RA, ROLE_DEC};
    for (size_t i = 0; i < 2; i++) {
        const size_t column = roles->column[of[i]];
        const char *word = chosen;
        if (word == NULL)
            word = column == NO_COLUMN ? "" : table_column_unit(table, column);
        *units[i] = column_names_unit(word);
        if (chosen != NULL && *units[i] == 0.0)
            return error_set(error, STATUS_USAGE,
                             "unit \"%s\" is none of degree, radian, hour; choose one", chosen);
        if (*units[i] == 0.0 || (i == 1 && *units[i] == 15.0))
            *units[i] = 1.0;
    }
    return STATUS_OK;
}

Status source_roles_find(const Table *table, const SourceColumns *choice, SourceRoles *roles,
                         Error *error)
{
    *roles = (SourceRoles){0};
    for (size_t role = 0; role < SOURCE_ROLES; role++)
        roles->column[role] = NO_COLUMN;
    if (!column_names_absent(table))
        column_names_find(table, roles);
    else
        column_content_find(table, roles);
    Status status = choice != NULL ? choose(table, choice, roles, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    drop_halves(roles);
    if (roles->column[ROLE_X] != NO_COLUMN || roles->column[ROLE_RA] != NO_COLUMN)
        return find_units(table, choice != NULL ? choice->unit : NULL, roles, error);
    char names[256];
    list_names(table, names, sizeof names);
    return error_set(error, STATUS_BAD_INPUT,
                     "%s: no columns for x and y, or ra and dec, among%s; choose them with "
                     "--columns x=NAME,y=NAME or ra=NAME,dec=NAME",
                     table_path(table), names);
}
