// Tables as VOTable 1.4 (IVOA Recommendation, 2019), with the cells as text (TABLEDATA).
#include <limits.h>
#include <string.h>

#include "sky/table/output_table_internal.h"

// XML 1.0 has no way to write most control characters.
static void put_xml(const char *text, FILE *stream)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '&')
            fputs("&amp;", stream);
        else if (c == '<')
            fputs("&lt;", stream);
        else if (c == '>')
            fputs("&gt;", stream);
        else if (c == '"')
            fputs("&quot;", stream);
        else if (c == '\n' || c == '\r' || c == '\t')
            fprintf(stream, "&#%d;", c);
        else
            fputc(c < 0x20 || c == 0x7f ? ' ' : c, stream);
    }
}

static void put_attribute(const char *name, const char *value, FILE *stream)
{
    if (value[0] == '\0')
        return;
    fprintf(stream, " %s=\"", name);
    put_xml(value, stream);
    fputc('"', stream);
}

static void put_info(const char *name, const char *value, FILE *stream)
{
    fputs("<INFO", stream);
    put_attribute("name", name, stream);
    fputs(" value=\"", stream); // which an INFO must have, even if empty
    put_xml(value, stream);
    fputs("\"/>\n", stream);
}

static void put_numbered_info(const char *stem, size_t number, const char *value, FILE *stream)
{
    char name[32];
    snprintf(name, sizeof name, "%s %zu", stem, number);
    put_info(name, value, stream);
}

// What stands for a missing whole number; the other kinds have NaN and empty text.
static const char *null_text(CellKind kind)
{
    return kind == CELL_WHOLE ? "-9223372036854775808" : kind == CELL_SMALL ? "-32768" : "";
}

static void put_field(const OutputTable *table, size_t index, FILE *stream)
{
    static const char *const types[] = {[CELL_TEXT] = "unicodeChar",
                                        [CELL_WHOLE] = "long",
                                        [CELL_SMALL] = "short",
                                        [CELL_DOUBLE] = "double",
                                        [CELL_SINGLE] = "float"};
    const OutputColumn *column = &table->columns[index];
    fputs("<FIELD", stream);
    put_attribute("name", column->name, stream);
    fprintf(stream, " datatype=\"%s\"", types[column->kind]);
    if (column->kind == CELL_TEXT)
        fputs(" arraysize=\"*\"", stream);
    put_attribute("unit", column->unit, stream);
    put_attribute("ucd", column->ucd, stream);
    if (strncmp(column->ucd, "pos.eq.", 7) == 0)
        fputs(" ref=\"icrs\"", stream);
    fputs(">\n", stream);
    if (column->description[0] != '\0') {
        fputs("<DESCRIPTION>", stream);
        put_xml(column->description, stream);
        fputs("</DESCRIPTION>\n", stream);
    }
    if (null_text(column->kind)[0] != '\0')
        fprintf(stream, "<VALUES null=\"%s\"/>\n", null_text(column->kind));
    fputs("</FIELD>\n", stream);
}

static void put_cell(const OutputColumn *column, const OutputCell *cell, FILE *stream)
{
    fputs("<TD>", stream);
    if (column->kind == CELL_TEXT)
        put_xml(cell->text, stream);
    else if (cell->known)
        output_cell_put_number(column, cell, false, stream);
    else if (column->kind == CELL_DOUBLE || column->kind == CELL_SINGLE)
        fputs("NaN", stream);
    else
        fputs(null_text(column->kind), stream);
    fputs("</TD>", stream);
}

Status output_table_write_votable(const OutputTable *table, FILE *stream, Error *error)
{
    (void)error;
    OutputCell cell;
    fputs(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n"
        "<RESOURCE type=\"results\">\n",
        stream);
    put_info("writer", "skyclass " SKYCLASS_VERSION, stream);
    for (size_t i = 0; i < table->n_notes; i++)
        put_info(table->notes[i].key, table->notes[i].value, stream);
    for (size_t k = 0; k < table->n_classes; k++)
        put_numbered_info("class", k + 1, table->class_names[k], stream);
    for (size_t k = 0; table->class_looks != NULL && k <= table->n_classes; k++)
        put_numbered_info("look", k, table->class_looks[k], stream);
    fputs("<COOSYS ID=\"icrs\" system=\"ICRS\"/>\n", stream);
    fprintf(stream, "<TABLE name=\"%s\" nrows=\"%zu\">\n", table->name, table->n_rows);
    for (size_t i = 0; i < table->n_columns; i++)
        put_field(table, i, stream);
    fputs("<DATA><TABLEDATA>\n", stream);
    for (size_t row = 0; row < table->n_rows; row++) {
        fputs("<TR>", stream);
        for (size_t i = 0; i < table->n_columns; i++) {
            output_table_cell(table, i, row, &cell);
            put_cell(&table->columns[i], &cell, stream);
        }
        fputs("</TR>\n", stream);
    }
    fputs("</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n", stream);
    return STATUS_OK;
}
