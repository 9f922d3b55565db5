// Every cell of a table, looked at in every way there is.
#ifndef SKYCLASS_TESTS_FUZZ_USE_TABLE_H
#define SKYCLASS_TESTS_FUZZ_USE_TABLE_H

#include <string.h>

#include "fuzz.h"
#include "sky/table/table.h"

static inline void use_cell(const Table *table, size_t row, size_t column)
{
    char buffer[TABLE_CELL_SIZE], place[300];
    double value, again;
    const char *text = table_text(table, row, column, buffer);
    if (table_number(table, row, column, &value) && table_parse_number(text, &again))
        fuzz_expect(fuzz_same(value, again), "\"%s\" is %g and %g", text, value, again);
    table_place(table, row, column, place, sizeof place);
    fuzz_expect(place[0] != '\0', "a cell without a place");
}

static inline void use_table(const Table *table)
{
    size_t n_rows = table_row_count(table), n_columns = table_column_count(table);
    fuzz_expect(n_rows > 0 && n_columns > 0, "a table of %zu rows and %zu columns", n_rows,
                n_columns);
    for (size_t column = 0; column < n_columns; column++) {
        size_t found;
        fuzz_expect(table_column_name(table, column)[0] != '\0', "a column without a name");
        fuzz_expect(table_column_unit(table, column) != NULL, "a column without a unit");
        fuzz_expect(table_find_column(table, table_column_name(table, column), &found) &&
                        found <= column,
                    "column %zu is not found by its name", column);
        for (size_t row = 0; row < n_rows; row++)
            use_cell(table, row, column);
    }
}

#endif
