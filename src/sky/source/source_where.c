#include "sky/source/source_where.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sky/table/table.h"

// Where an expression's column comes from.
typedef struct WhereColumn {
    bool in_table;
    size_t column;                       // of the table
    double (*own)(const Source *source); // NULL of the id
    char buffer[TABLE_CELL_SIZE];        // of the cell at hand
} WhereColumn;

static double own_x(const Source *source)
{
    return source->has_xy ? source->x : NAN;
}

static double own_y(const Source *source)
{
    return source->has_xy ? source->y : NAN;
}

static double own_ra(const Source *source)
{
    return source->has_sky ? source->ra : NAN;
}

static double own_dec(const Source *source)
{
    return source->has_sky ? source->dec : NAN;
}

static const struct {
    const char *name;
    double (*value)(const Source *source);
} own_columns[] = {{"id", NULL}, {"x", own_x}, {"y", own_y}, {"ra", own_ra}, {"dec", own_dec}};

static Status no_such_column(const SourceList *list, const char *name, Error *error)
{
    char names[ERROR_TEXT_SIZE / 2] = "id, x, y, ra, dec";
    size_t length = strlen(names), n = list->table != NULL ? table_column_count(list->table) : 0;
    for (size_t i = 0; i < n && length < sizeof names - 2; i++)
        length += (size_t)snprintf(names + length, sizeof names - length, ", %s",
                                   table_column_name(list->table, i));
    return error_set(error, STATUS_BAD_INPUT, "%s has no column \"%s\"; it has %s", list->path,
                     name, names);
}

static Status find_column(const SourceList *list, const char *name, WhereColumn *found,
                          Error *error)
{
    found->in_table = list->table != NULL && table_find_column(list->table, name, &found->column);
    if (found->in_table)
        return STATUS_OK;
    for (size_t i = 0; i < sizeof own_columns / sizeof *own_columns; i++)
        if (strcasecmp(own_columns[i].name, name) == 0) {
            found->own = own_columns[i].value;
            return STATUS_OK;
        }
    return no_such_column(list, name, error);
}

static ExpressionCell cell_of(const SourceList *list, const Source *source, WhereColumn *from)
{
    ExpressionCell cell = {NAN, NULL};
    if (from->in_table) {
        cell.text = table_text(list->table, source->row, from->column, from->buffer);
        if (!table_number(list->table, source->row, from->column, &cell.number))
            cell.number = NAN;
    } else if (from->own != NULL) {
        cell.number = from->own(source);
    } else {
        cell.text = source->id;
        if (!table_parse_number(source->id, &cell.number))
            cell.number = NAN;
    }
    return cell;
}

Status source_list_where(SourceList *list, const Expression *expression, Error *error)
{
    WhereColumn columns[EXPRESSION_COLUMNS_MAX] = {{0}};
    ExpressionCell cells[EXPRESSION_COLUMNS_MAX];
    const size_t n_columns = expression_column_count(expression);
    if (list->regions != NULL)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s is a region file, which has no columns to select by; delete the "
                         "regions that are not wanted",
                         list->path);
    for (size_t i = 0; i < n_columns; i++) {
        Status status = find_column(list, expression_column(expression, i), &columns[i], error);
        if (status != STATUS_OK)
            return status;
    }
    size_t n_kept = 0, n = list->n;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n_columns; k++)
            cells[k] = cell_of(list, &list->sources[i], &columns[k]);
        if (expression_selects(expression, cells))
            list->sources[n_kept++] = list->sources[i];
        else
            free(list->sources[i].id);
    }
    list->n = n_kept;
    if (n_kept > 0)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_INPUT,
                     "%s: none of its %zu sources is selected; see skyclass info for its columns",
                     list->path, n);
}
