#include "sky/table/output_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/number_text.h"
#include "sky/table/output_table_internal.h"
#include "sky/table/table.h"

static const TableFormat formats[] = {
    {".fits", output_table_write_fits},
    {".csv", output_table_write_csv},
    {".ecsv", output_table_write_ecsv},
    {".vot", output_table_write_votable},
};

const char *const table_format_endings = ".fits, .csv, .ecsv, .vot";

bool path_ends_with(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcasecmp(path + n - m, ending) == 0;
}

const TableFormat *table_format_find(const char *path)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (path_ends_with(path, formats[i].ending))
            return &formats[i];
    return NULL;
}

static bool has_column(const OutputTable *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++)
        if (strcasecmp(table->columns[i].name, name) == 0)
            return true;
    return false;
}

// A copy of `name` that no column has yet; NULL when memory ran out.
static char *free_name(const OutputTable *table, const char *name)
{
    size_t size = strlen(name) + 32;
    char *copy = memory_new(size, 1);
    if (copy == NULL)
        return NULL;
    snprintf(copy, size, "%s", name);
    for (size_t i = 1; has_column(table, copy); i++)
        if (i == 1)
            snprintf(copy, size, "%s_input", name);
        else
            snprintf(copy, size, "%s_input%zu", name, i);
    return copy;
}

Status output_table_add(OutputTable *table, const char *name, const OutputColumn *column,
                        Error *error)
{
    if (table->n_columns == table->capacity) {
        size_t larger = table->capacity > 0 ? 2 * table->capacity : 16;
        OutputColumn *moved = memory_resize(table->columns, larger, sizeof *moved);
        if (moved == NULL)
            return error_memory(error, "a table");
        table->columns = moved;
        table->capacity = larger;
    }
    double number;
    char with_letter[CELL_TEXT_SIZE];
    if (table_parse_number(name, &number)) {
        snprintf(with_letter, sizeof with_letter, "_%s", name);
        name = with_letter;
    }
    char *copy = free_name(table, name);
    if (copy == NULL)
        return error_memory(error, "a table");
    table->columns[table->n_columns] = *column;
    table->columns[table->n_columns++].name = copy;
    return STATUS_OK;
}

void output_table_clear(OutputTable *table)
{
    for (size_t i = 0; i < table->n_columns; i++)
        free(table->columns[i].name);
    free(table->columns);
    *table = (OutputTable){0};
}

void output_table_cell(const OutputTable *table, size_t column, size_t row, OutputCell *cell)
{
    const OutputColumn *from = &table->columns[column];
    cell->known = false;
    cell->text = NULL;
    from->cell(from, row, cell);
    if ((from->kind == CELL_DOUBLE || from->kind == CELL_SINGLE) && isnan(cell->number))
        cell->known = false;
    if (from->kind == CELL_TEXT) {
        cell->known = true;
        cell->text = cell->text != NULL ? cell->text : "";
    }
}

void output_cell_put_number(const OutputColumn *column, const OutputCell *cell, bool as_written,
                            FILE *stream)
{
    char text[32];
    if (as_written && cell->text != NULL)
        fputs(cell->text, stream);
    else if (column->kind == CELL_DOUBLE)
        fputs(number_text(cell->number, text, sizeof text), stream);
    else if (column->kind == CELL_SINGLE)
        fputs(number_text_single((float)cell->number, text, sizeof text), stream);
    else
        fprintf(stream, "%lld", cell->whole);
}
