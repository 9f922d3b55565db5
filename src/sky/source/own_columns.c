#include "sky/source/own_columns.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "sky/source/source_columns.h"
#include "sky/source/source_share.h"

struct OwnColumns {
    size_t n;
    OutputTable *tables;          // [n]: each part's own columns alone
    size_t *first_rows;           // [n] of the joined table
    OutputTable joined;           // the columns of all; `data` is this struct, `index` the column's
    const OutputColumn **sources; // [n][joined.n_columns]: where their cells are, or NULL
};

static const OutputColumn *find(const OutputTable *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++)
        if (strcasecmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

static void joined_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const OwnColumns *own = column->data;
    size_t part = own->n - 1;
    while (own->first_rows[part] > row)
        part--;
    const OutputColumn *from = own->sources[part * own->joined.n_columns + column->index];
    if (from == NULL)
        return;
    from->cell(from, row - own->first_rows[part], cell);
    if (cell->known && from->kind == CELL_WHOLE && column->kind == CELL_DOUBLE)
        cell->number = (double)cell->whole;
}

static CellKind common_kind(CellKind a, CellKind b)
{
    return a == b ? a : a == CELL_TEXT || b == CELL_TEXT ? CELL_TEXT : CELL_DOUBLE;
}

static Status join_column(OwnColumns *own, const OutputColumn *column, Error *error)
{
    for (size_t i = 0; i < own->joined.n_columns; i++) {
        OutputColumn *known = &own->joined.columns[i];
        if (strcasecmp(known->name, column->name) == 0) {
            known->kind = common_kind(known->kind, column->kind);
            if (strcmp(known->unit, column->unit) != 0)
                known->unit = "";
            return STATUS_OK;
        }
    }
    OutputColumn joined = *column;
    joined.data = own;
    joined.index = own->joined.n_columns;
    joined.cell = joined_cell;
    return output_table_add(&own->joined, column->name, &joined, error);
}

static Status gather(OwnColumns *own, const SourceList *list, Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < own->n && status == STATUS_OK; i++) {
        const SourceList *part = source_list_part(list, i, &own->first_rows[i]);
        status = source_columns_own(part, &own->tables[i], error);
        for (size_t k = 0; status == STATUS_OK && k < own->tables[i].n_columns; k++)
            status = join_column(own, &own->tables[i].columns[k], error);
    }
    return status;
}

static Status find_sources(OwnColumns *own, Error *error)
{
    const size_t n_columns = own->joined.n_columns;
    size_t n;
    if (memory_multiply(own->n, n_columns, &n))
        own->sources = memory_new(n, sizeof *own->sources);
    if (own->sources == NULL)
        return error_memory(error, "the columns of a table");
    for (size_t i = 0; i < own->n; i++)
        for (size_t k = 0; k < n_columns; k++)
            own->sources[i * n_columns + k] = find(&own->tables[i], own->joined.columns[k].name);
    return STATUS_OK;
}

Status own_columns_new(const SourceList *list, OwnColumns **own, Error *error)
{
    const size_t n = source_list_part_count(list);
    *own = memory_new(1, sizeof **own);
    if (*own == NULL)
        return error_memory(error, "the columns of a table");
    (*own)->n = n;
    (*own)->tables = memory_new(n, sizeof *(*own)->tables);
    (*own)->first_rows = memory_new(n, sizeof *(*own)->first_rows);
    Status status = (*own)->tables != NULL && (*own)->first_rows != NULL
                        ? gather(*own, list, error)
                        : error_memory(error, "the columns of a table");
    if (status == STATUS_OK)
        status = find_sources(*own, error);
    if (status != STATUS_OK) {
        own_columns_free(*own);
        *own = NULL;
    }
    return status;
}

Status own_columns_add(const OwnColumns *own, OutputTable *table, Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < own->joined.n_columns && status == STATUS_OK; i++)
        status =
            output_table_add(table, own->joined.columns[i].name, &own->joined.columns[i], error);
    return status;
}

void own_columns_free(OwnColumns *own)
{
    if (own == NULL)
        return;
    for (size_t i = 0; own->tables != NULL && i < own->n; i++)
        output_table_clear(&own->tables[i]);
    output_table_clear(&own->joined);
    free(own->sources);
    free(own->tables);
    free(own->first_rows);
    free(own);
}
