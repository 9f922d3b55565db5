#include "sky/source/source_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sky/table/table.h"

enum { X, Y, RA, DEC, N_POSITIONS };

static double position(const Source *source, size_t which)
{
    if (which == X || which == Y)
        return !source->has_xy ? NAN : which == X ? source->x : source->y;
    return !source->has_sky ? NAN : which == RA ? source->ra : source->dec;
}

static void position_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const SourceList *list = column->data;
    cell->number = position(&list->sources[row], column->index);
    cell->known = true;
}

static void id_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const SourceList *list = column->data;
    cell->text = list->sources[row].id;
    cell->known = column->kind == CELL_TEXT || table_parse_whole(cell->text, &cell->whole);
}

static CellKind id_kind(const SourceList *list)
{
    if (list->table != NULL && list->roles.column[ROLE_ID] != NO_COLUMN &&
        table_column_kind(list->table, list->roles.column[ROLE_ID]) != TABLE_WHOLE)
        return CELL_TEXT;
    long long value;
    for (size_t i = 0; i < list->n; i++)
        if (!table_parse_whole(list->sources[i].id, &value))
            return CELL_TEXT;
    return CELL_WHOLE;
}

Status source_columns_position(const SourceList *list, OutputTable *table, Error *error)
{
    static const struct {
        const char *name, *unit, *description, *ucd;
    } positions[] = {
        [X] = {"x", "pixel", "1-based", "pos.cartesian.x"},
        [Y] = {"y", "pixel", "1-based", "pos.cartesian.y"},
        [RA] = {"ra", "deg", "ICRS", "pos.eq.ra;meta.main"},
        [DEC] = {"dec", "deg", "ICRS", "pos.eq.dec;meta.main"},
    };
    OutputColumn id = {.kind = id_kind(list),
                       .unit = "",
                       .description = "as given",
                       .ucd = "meta.id;meta.main",
                       .data = list,
                       .cell = id_cell};
    table->n_rows = list->n;
    Status status = output_table_add(table, "id", &id, error);
    for (size_t i = 0; i < N_POSITIONS && status == STATUS_OK; i++) {
        OutputColumn column = {.kind = CELL_DOUBLE,
                               .unit = positions[i].unit,
                               .description = positions[i].description,
                               .ucd = positions[i].ucd,
                               .data = list,
                               .index = i,
                               .cell = position_cell};
        status = output_table_add(table, positions[i].name, &column, error);
    }
    return status;
}

static void own_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const SourceList *list = column->data;
    size_t table_row = list->sources[row].row;
    cell->text = table_text(list->table, table_row, column->index, cell->buffer);
    if (column->kind == CELL_WHOLE)
        cell->known = table_parse_whole(cell->text, &cell->whole);
    else if (column->kind == CELL_DOUBLE)
        cell->known = table_number(list->table, table_row, column->index, &cell->number);
}

// Whether the table's column holds what position `which` (or the id) has: in every row the same.
static bool repeats_id(const SourceList *list, size_t column)
{
    char buffer[TABLE_CELL_SIZE];
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(table_text(list->table, list->sources[i].row, column, buffer),
                   list->sources[i].id) != 0)
            return false;
    return true;
}

static bool repeats_position(const SourceList *list, size_t column, size_t which)
{
    for (size_t i = 0; i < list->n; i++) {
        double value, ours = position(&list->sources[i], which);
        if (!table_number(list->table, list->sources[i].row, column, &value) ||
            (value != ours && !(isnan(value) && isnan(ours))))
            return false;
    }
    return true;
}

static bool only_repeats(const SourceList *list, size_t column)
{
    static const char *const names[] = {[X] = "x", [Y] = "y", [RA] = "ra", [DEC] = "dec"};
    const char *name = table_column_name(list->table, column);
    bool named = table_is_named(list->table);
    if ((!named || strcasecmp(name, "id") == 0) && repeats_id(list, column))
        return true;
    for (size_t i = 0; i < N_POSITIONS; i++)
        if ((!named || strcasecmp(name, names[i]) == 0) && repeats_position(list, column, i))
            return true;
    return false;
}

Status source_columns_own(const SourceList *list, OutputTable *table, Error *error)
{
    static const CellKind kinds[] = {
        [TABLE_TEXT] = CELL_TEXT, [TABLE_WHOLE] = CELL_WHOLE, [TABLE_NUMBER] = CELL_DOUBLE};
    size_t n = list->table != NULL ? table_column_count(list->table) : 0;
    Status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        if ((list->taken != NULL && list->taken[i]) || only_repeats(list, i))
            continue;
        OutputColumn column = {.kind = kinds[table_column_kind(list->table, i)],
                               .unit = table_column_unit(list->table, i),
                               .description = "",
                               .ucd = "",
                               .data = list,
                               .index = i,
                               .cell = own_cell};
        status = output_table_add(table, table_column_name(list->table, i), &column, error);
    }
    return status;
}
