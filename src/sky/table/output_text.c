// Tables as CSV and as Enhanced CSV 1.0 (Astropy Proposal for Enhancement 6).
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/csv_text.h"
#include "sky/table/output_table_internal.h"

// Plain CSV goes into spreadsheets, so formulas are made text; Enhanced CSV says what is text, and
// other programs' values must be ours to the letter.
static void put_text(const char *text, bool enhanced, FILE *stream)
{
    if (enhanced)
        csv_text_write(text, true, stream);
    else
        csv_text_write_guarded(text, stream);
}

// Enhanced CSV quotes all text, and writes unknown numbers as nan; whole numbers have no nan, and a
// cell without anything is one that is missing.
static void put_rows(const OutputTable *table, bool enhanced, FILE *stream)
{
    OutputCell cell;
    for (size_t i = 0; i < table->n_columns; i++) {
        if (enhanced)
            csv_text_write(table->columns[i].name, false, stream);
        else
            csv_text_write_guarded(table->columns[i].name, stream);
        fputc(i + 1 < table->n_columns ? ',' : '\n', stream);
    }
    for (size_t row = 0; row < table->n_rows; row++)
        for (size_t i = 0; i < table->n_columns; i++) {
            const OutputColumn *column = &table->columns[i];
            bool real = column->kind == CELL_DOUBLE || column->kind == CELL_SINGLE;
            output_table_cell(table, i, row, &cell);
            if (column->kind == CELL_TEXT)
                put_text(cell.text, enhanced, stream);
            else if (cell.known)
                output_cell_put_number(column, &cell, !enhanced, stream);
            else if (enhanced && real)
                fputs("nan", stream);
            fputc(i + 1 < table->n_columns ? ',' : '\n', stream);
        }
}

Status output_table_write_csv(const OutputTable *table, FILE *stream, Error *error)
{
    (void)error;
    put_rows(table, false, stream);
    return STATUS_OK;
}

// A word that YAML takes for text as it stands.
static bool is_plain(const char *text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off"};
    bool plain = isalpha((unsigned char)text[0]) != 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        plain = plain && strcasecmp(text, words[i]) != 0;
    for (; plain && *text != '\0'; text++)
        plain = (isalnum((unsigned char)*text) || strchr("_ ", *text) != NULL) &&
                (*text != ' ' || text[1] != '\0');
    return plain;
}

// A YAML scalar on one line, in double quotes unless it is plain.
static void put_yaml(const char *text, FILE *stream)
{
    if (is_plain(text)) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(stream, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            fprintf(stream, "\\x%02x", c);
        else
            fputc(c, stream);
    }
    fputc('"', stream);
}

static void put_columns(const OutputTable *table, FILE *stream)
{
    static const char *const types[] = {[CELL_TEXT] = "string",
                                        [CELL_WHOLE] = "int64",
                                        [CELL_SMALL] = "int16",
                                        [CELL_DOUBLE] = "float64",
                                        [CELL_SINGLE] = "float32"};
    for (size_t i = 0; i < table->n_columns; i++) {
        const OutputColumn *column = &table->columns[i];
        fputs("# - {name: ", stream);
        put_yaml(column->name, stream);
        if (column->unit[0] != '\0') {
            fputs(", unit: ", stream);
            put_yaml(column->unit, stream);
        }
        fprintf(stream, ", datatype: %s", types[column->kind]);
        if (column->description[0] != '\0') {
            fputs(", description: ", stream);
            put_yaml(column->description, stream);
        }
        fputs("}\n", stream);
    }
}

static void put_list(const char *name, const char *const *texts, size_t n, FILE *stream)
{
    if (n > 0)
        fprintf(stream, "# - %s:\n", name);
    for (size_t k = 0; k < n; k++) {
        fputs("#   - ", stream);
        put_yaml(texts[k], stream);
        fputc('\n', stream);
    }
}

static void put_meta(const OutputTable *table, FILE *stream)
{
    fputs("# meta: !!omap\n", stream);
    put_list("classes", table->class_names, table->n_classes, stream);
    put_list("looks", table->class_looks, table->class_looks != NULL ? table->n_classes + 1 : 0,
             stream);
    fputs("# - skyclass: !!omap\n#   - writer: " SKYCLASS_VERSION "\n", stream);
    for (size_t i = 0; i < table->n_notes; i++) {
        fputs("#   - ", stream);
        put_yaml(table->notes[i].key, stream);
        fputs(": ", stream);
        put_yaml(table->notes[i].value, stream);
        fputc('\n', stream);
    }
}

Status output_table_write_ecsv(const OutputTable *table, FILE *stream, Error *error)
{
    (void)error;
    fputs("# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n", stream);
    put_columns(table, stream);
    put_meta(table, stream);
    fputs("# schema: astropy-2.0\n", stream);
    put_rows(table, true, stream);
    return STATUS_OK;
}
