// VOTables, with their cells as text or in base64: what is read is written and read again as the
// same cells.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_file.h"
#include "sky/table/output_table.h"
#include "use_table.h"

static void give_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const Table *table = column->data;
    double value;
    const char *text = table_text(table, row, column->index, cell->buffer);
    cell->text = text;
    cell->known = true;
    if (column->kind == CELL_TEXT)
        return;
    cell->known = table_number(table, row, column->index, &value) && !isnan(value);
    cell->number = value;
    if (column->kind == CELL_WHOLE)
        cell->known = cell->known && table_parse_whole(text, &cell->whole);
}

static void add_columns(const Table *table, OutputTable *output)
{
    static const CellKind kinds[] = {
        [TABLE_TEXT] = CELL_TEXT, [TABLE_WHOLE] = CELL_WHOLE, [TABLE_NUMBER] = CELL_DOUBLE};
    Error error = {0};
    for (size_t i = 0; i < table_column_count(table); i++) {
        const OutputColumn column = {.kind = kinds[table_column_kind(table, i)],
                                     .unit = table_column_unit(table, i),
                                     .description = "",
                                     .ucd = "",
                                     .data = table,
                                     .index = i,
                                     .cell = give_cell};
        Status status = output_table_add(output, table_column_name(table, i), &column, &error);
        fuzz_expect(status == STATUS_OK, "a column cannot be added: %s", error.text);
    }
}

// The table as a VOTable of this program; free().
static char *write_again(const Table *table, size_t *size)
{
    OutputTable output = {.name = "fuzz", .n_rows = table_row_count(table)};
    Error error = {0};
    char *text = NULL;
    FILE *stream = open_memstream(&text, size);
    add_columns(table, &output);
    Status status = table_format_find("again.vot")->write(&output, stream, &error);
    fuzz_expect(status == STATUS_OK && fclose(stream) == 0, "cannot be written: %s", error.text);
    output_table_clear(&output);
    return text;
}

static void expect_same_cell(const Table *a, const Table *b, size_t row, size_t column)
{
    char one[TABLE_CELL_SIZE], two[TABLE_CELL_SIZE];
    double x, y;
    const char *p = table_text(a, row, column, one), *q = table_text(b, row, column, two);
    if (table_column_kind(a, column) == TABLE_TEXT)
        fuzz_expect(strcmp(p, q) == 0, "\"%s\" became \"%s\"", p, q);
    else
        fuzz_expect(table_number(a, row, column, &x) && table_number(b, row, column, &y) &&
                        fuzz_same(x, y),
                    "the number %s became %s", p, q);
}

static void expect_round_trip(const Table *table)
{
    size_t size = 0;
    char *text = write_again(table, &size);
    Table *back;
    Error error = {0};
    Status status = table_parse("again", text, size, &back, &error);
    fuzz_expect(status == STATUS_OK, "cannot be read again: %s", error.text);
    fuzz_expect(table_row_count(back) == table_row_count(table) &&
                    table_column_count(back) == table_column_count(table),
                "%zu rows of %zu became %zu of %zu", table_row_count(table),
                table_column_count(table), table_row_count(back), table_column_count(back));
    for (size_t row = 0; row < table_row_count(table); row++)
        for (size_t column = 0; column < table_column_count(table); column++)
            expect_same_cell(table, back, row, column);
    table_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size);
    Table *table;
    Error error = {0};
    if (text_file_decode("fuzz", &text, &size, &error) != STATUS_OK ||
        !table_looks_like_votable(text)) {
        free(text);
        return -1; // for the other table targets
    }
    Status status = table_parse("fuzz", text, size, &table, &error);
    if (status == STATUS_OK) {
        use_table(table);
        expect_round_trip(table);
        table_free(table);
    } else {
        fuzz_expect(table == NULL, "a table with an error");
        fuzz_expect_words(status, &error);
    }
    return 0;
}
