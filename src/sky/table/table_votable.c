// VOTable 1.0 to 1.4 (IVOA Recommendations) into a Table: the first table that has rows, as text.
#include <ctype.h>
#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "sky/table/table_internal.h"
#include "sky/table/votable_internal.h"

enum { PIECE = 1 << 20 }; // bytes that expat is given at a time: it counts them in an int

// What the characters between two tags are.
typedef enum Inside { INSIDE_NOTHING, INSIDE_CELL, INSIDE_STREAM } Inside;

typedef struct Reader {
    XML_Parser parser;
    Table *table;
    Error *error;
    Status status;
    VotableField *fields;
    size_t field_capacity, row_capacity;
    VotableBytes text;   // the cells, each NUL-terminated
    VotableBytes stream; // of BINARY, decoded
    VotableBase64 base64;
    Inside inside;
    size_t cell;    // where the cell under way starts in `text`
    size_t n_cells; // of the row under way
    bool is_votable, in_table, in_field, in_rows, binary, binary2, finished, by_name;
} Reader;

bool table_looks_like_votable(const char *text)
{
    text += strspn(text, " \t\r\n");
    if (strncmp(text, "<?xml", 5) == 0)
        return true;
    // "<vot:VOTABLE", or a comment before it.
    char start[512];
    snprintf(start, sizeof start, "%s", text[0] == '<' ? text : "");
    return strstr(start, "VOTABLE") != NULL;
}

__attribute__((format(printf, 2, 3))) static void refuse(Reader *reader, const char *format, ...)
{
    if (reader->status != STATUS_OK)
        return;
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reader->status =
        error_set(reader->error, STATUS_BAD_INPUT, "%s, line %lu: %s", reader->table->path,
                  (unsigned long)XML_GetCurrentLineNumber(reader->parser), text);
    XML_StopParser(reader->parser, XML_FALSE);
}

static void out_of_memory(Reader *reader)
{
    if (reader->status == STATUS_OK)
        reader->status = error_memory(reader->error, reader->table->path);
    XML_StopParser(reader->parser, XML_FALSE);
}

static const char *attribute(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2)
        if (strcmp(attributes[i], name) == 0)
            return attributes[i + 1];
    return NULL;
}

// The element's name without its namespace's prefix.
static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

static bool grow_fields(Reader *reader)
{
    Table *table = reader->table;
    if (table->n_columns == reader->field_capacity) {
        size_t larger = 2 * reader->field_capacity + 16;
        TableColumn *columns = memory_resize(table->columns, larger, sizeof *columns);
        if (columns != NULL)
            table->columns = columns;
        VotableField *fields = memory_resize(reader->fields, larger, sizeof *fields);
        if (fields != NULL)
            reader->fields = fields;
        if (columns == NULL || fields == NULL)
            return false;
        reader->field_capacity = larger;
    }
    table->columns[table->n_columns] = (TableColumn){0};
    reader->fields[table->n_columns++] = (VotableField){0};
    return true;
}

static void start_field(Reader *reader, const char **attributes)
{
    if (!grow_fields(reader)) {
        out_of_memory(reader);
        return;
    }
    size_t column = reader->table->n_columns - 1;
    VotableField *field = &reader->fields[column];
    TableColumn *data = &reader->table->columns[column];
    const char *name = attribute(attributes, "name"), *type = attribute(attributes, "datatype");
    const char *shape = attribute(attributes, "arraysize"), *unit = attribute(attributes, "unit");
    if (name == NULL)
        name = attribute(attributes, "ID");
    data->unit = memory_copy_text(unit != NULL ? unit : "");
    if (data->unit == NULL ||
        table_name_column(reader->table, column, name, name != NULL ? strlen(name) : 0,
                          reader->error) != STATUS_OK) {
        out_of_memory(reader);
        return;
    }
    field->type = votable_find_type(type != NULL ? type : "");
    if (field->type == NULL)
        refuse(reader, "the column \"%s\" has %s%s, which VOTable does not have; check the file",
               data->name, type != NULL ? "the datatype " : "no datatype",
               type != NULL ? type : "");
    else if (!votable_parse_shape(shape != NULL ? shape : "", field))
        refuse(reader, "the column \"%s\" has the arraysize \"%s\", which is none; check the file",
               data->name, shape);
    else
        data->text = votable_is_text(field->type);
    if (field->type != NULL)
        data->fraction = votable_is_real(field->type);
    reader->in_field = true;
}

static void start_values(Reader *reader, const char **attributes)
{
    const char *null = attribute(attributes, "null");
    VotableField *field = &reader->fields[reader->table->n_columns - 1];
    if (null == NULL)
        return;
    free(field->null);
    field->null = memory_copy_text(null);
    if (field->null == NULL)
        out_of_memory(reader);
}

// A note; and XYBAND, where there is none FILTER, say whose pixels x, y are.
static void start_setting(Reader *reader, const char **attributes)
{
    const char *name = attribute(attributes, "name"), *value = attribute(attributes, "value");
    if (name == NULL || value == NULL || value[0] == '\0')
        return;
    if (table_add_note(reader->table, name, value, reader->error) != STATUS_OK)
        out_of_memory(reader);
    if (reader->by_name)
        return;
    bool band = strcasecmp(name, "XYBAND") == 0;
    if (!band && strcasecmp(name, "FILTER") != 0)
        return;
    reader->by_name = band;
    if (table_set_pixels_of(reader->table, value, strlen(value), reader->error) != STATUS_OK)
        out_of_memory(reader);
}

static void start_rows(Reader *reader, bool binary, bool binary2)
{
    if (reader->table->n_columns == 0)
        refuse(reader, "rows without columns (FIELD); check the file");
    reader->in_rows = true;
    reader->binary = binary;
    reader->binary2 = binary2;
}

static void start_stream(Reader *reader, const char **attributes)
{
    const char *encoding = attribute(attributes, "encoding");
    if (attribute(attributes, "href") != NULL)
        refuse(reader, "the rows are in another file; save the table with the rows in it");
    else if (encoding == NULL || strcmp(encoding, "base64") != 0)
        refuse(reader, "the rows are not in base64; save the table as TABLEDATA");
    reader->inside = INSIDE_STREAM;
}

static void start_row(Reader *reader)
{
    Table *table = reader->table;
    if (table_grow_rows(table, &reader->row_capacity, reader->error) != STATUS_OK) {
        out_of_memory(reader);
        return;
    }
    table->rows[table->n_rows] = reader->text.size;
    table->lines[table->n_rows++] = (size_t)XML_GetCurrentLineNumber(reader->parser);
    reader->n_cells = 0;
}

static void start_cell(Reader *reader, const char **attributes)
{
    if (attribute(attributes, "encoding") != NULL)
        refuse(reader, "a cell in base64; save the table with cells as text");
    if (reader->table->n_rows == 0)
        refuse(reader, "a cell outside a row; check the file");
    reader->inside = INSIDE_CELL;
    reader->cell = reader->text.size;
}

static void start_element(void *data, const char *full_name, const char **attributes)
{
    Reader *reader = data;
    const char *name = local_name(full_name);
    if (reader->status != STATUS_OK || reader->finished)
        return;
    if (!reader->is_votable && strcmp(name, "VOTABLE") != 0)
        refuse(reader, "is XML but no VOTable (it starts with <%.40s>); give a table of sources",
               name);
    reader->is_votable = true;
    if (strcmp(name, "INFO") == 0 || strcmp(name, "PARAM") == 0)
        start_setting(reader, attributes);
    else if (strcmp(name, "TABLE") == 0)
        reader->in_table = true;
    else if (reader->in_table && strcmp(name, "FIELD") == 0)
        start_field(reader, attributes);
    else if (reader->in_field && strcmp(name, "VALUES") == 0)
        start_values(reader, attributes);
    else if (reader->in_table && strcmp(name, "TABLEDATA") == 0)
        start_rows(reader, false, false);
    else if (reader->in_table && strcmp(name, "BINARY") == 0)
        start_rows(reader, true, false);
    else if (reader->in_table && strcmp(name, "BINARY2") == 0)
        start_rows(reader, true, true);
    else if (reader->in_table && strcmp(name, "FITS") == 0)
        refuse(reader, "the rows are in a FITS file; give that file instead");
    else if (reader->in_rows && reader->binary && strcmp(name, "STREAM") == 0)
        start_stream(reader, attributes);
    else if (reader->in_rows && !reader->binary && strcmp(name, "TR") == 0)
        start_row(reader);
    else if (reader->in_rows && !reader->binary && strcmp(name, "TD") == 0)
        start_cell(reader, attributes);
}

static void trim_cell(Reader *reader)
{
    if (reader->text.bytes == NULL)
        return;
    char *start = reader->text.bytes + reader->cell, *end = reader->text.bytes + reader->text.size;
    char *first = start;
    while (first < end && isspace((unsigned char)*first))
        first++;
    while (end > first && isspace((unsigned char)end[-1]))
        end--;
    memmove(start, first, (size_t)(end - first));
    reader->text.size = reader->cell + (size_t)(end - first);
}

// "true", "T" and "1" are 1, as in FITS; "?" is missing.
static void put_logical_cell(Reader *reader)
{
    const char *cell = reader->text.bytes + reader->cell;
    const char *text = cell[0] != '\0' && strchr("Tt1", cell[0]) != NULL   ? "1"
                       : cell[0] != '\0' && strchr("Ff0", cell[0]) != NULL ? "0"
                       : strcmp(cell, "?") == 0                            ? ""
                                                                           : NULL;
    if (text != NULL) {
        reader->text.size = reader->cell;
        votable_append(&reader->text, text, strlen(text) + 1);
    }
}

// The cell's text is complete: its end, and nothing where it stands for a missing value.
static void finish_cell(Reader *reader)
{
    if (reader->n_cells >= reader->table->n_columns) {
        refuse(reader, "more cells than the table's %zu columns; every row must have the same",
               reader->table->n_columns);
        return;
    }
    const VotableField *field = &reader->fields[reader->n_cells++];
    votable_append(&reader->text, "", 0);
    // Blanks at a text's ends are its own.
    if (!reader->text.failed && !votable_is_text(field->type))
        trim_cell(reader);
    votable_append(&reader->text, "", 1);
    if (reader->text.failed) {
        out_of_memory(reader);
        return;
    }
    if (field->null != NULL && strcmp(reader->text.bytes + reader->cell, field->null) == 0) {
        reader->text.size = reader->cell;
        votable_append(&reader->text, "", 1);
    } else if (votable_is_logical(field->type) && field->count == 1 && !field->variable) {
        put_logical_cell(reader);
    }
}

static void finish_row(Reader *reader)
{
    if (reader->n_cells != reader->table->n_columns)
        refuse(reader, "%zu cells where the table has %zu columns; every row must have the same",
               reader->n_cells, reader->table->n_columns);
}

// A row of BINARY2 starts with a bit for each column that says whether it is missing.
static bool read_binary_row(Reader *reader, const unsigned char **at, const unsigned char *end)
{
    const Table *table = reader->table;
    const unsigned char *missing = *at;
    size_t n_flags = reader->binary2 ? (table->n_columns + 7) / 8 : 0;
    if ((size_t)(end - *at) < n_flags)
        return false;
    *at += n_flags;
    for (size_t i = 0; i < table->n_columns && reader->status == STATUS_OK; i++) {
        reader->cell = reader->text.size;
        if (!votable_put_cell(&reader->fields[i], at, end, &reader->text))
            return false;
        if (n_flags > 0 && missing[i / 8] >> (7 - i % 8) & 1)
            reader->text.size = reader->cell;
        finish_cell(reader);
    }
    return true;
}

static void read_stream(Reader *reader)
{
    const unsigned char *at = (const unsigned char *)reader->stream.bytes;
    const unsigned char *end = at + reader->stream.size;
    if (reader->stream.failed)
        out_of_memory(reader);
    while (reader->status == STATUS_OK && at < end) {
        const unsigned char *start = at;
        start_row(reader);
        if (reader->status == STATUS_OK && !read_binary_row(reader, &at, end))
            refuse(reader, "the data end within row %zu; the file is damaged or cut off",
                   reader->table->n_rows);
        else if (reader->status == STATUS_OK && at == start)
            refuse(reader, "rows without a single byte; check the columns' arraysize");
    }
    // Rows of a stream have no lines of their own.
    free(reader->table->lines);
    reader->table->lines = NULL;
    reader->row_capacity = 0;
}

static void end_element(void *data, const char *full_name)
{
    Reader *reader = data;
    const char *name = local_name(full_name);
    if (reader->status != STATUS_OK || reader->finished)
        return;
    if (strcmp(name, "FIELD") == 0) {
        reader->in_field = false;
    } else if (strcmp(name, "TABLE") == 0) {
        // What comes after the first table that has columns is another one's.
        reader->in_table = false;
        reader->finished = reader->table->n_columns > 0;
    } else if (reader->inside == INSIDE_STREAM && strcmp(name, "STREAM") == 0) {
        reader->inside = INSIDE_NOTHING;
        read_stream(reader);
    } else if (reader->inside == INSIDE_CELL && strcmp(name, "TD") == 0) {
        reader->inside = INSIDE_NOTHING;
        finish_cell(reader);
    } else if (reader->in_rows && !reader->binary && strcmp(name, "TR") == 0) {
        finish_row(reader);
    } else if (strcmp(name, "DATA") == 0) {
        reader->in_rows = false;
    }
}

static void characters(void *data, const char *text, int size)
{
    Reader *reader = data;
    if (reader->status != STATUS_OK || reader->finished || size <= 0)
        return;
    if (reader->inside == INSIDE_CELL)
        votable_append(&reader->text, text, (size_t)size);
    else if (reader->inside == INSIDE_STREAM &&
             !votable_decode_base64(&reader->base64, text, (size_t)size, &reader->stream))
        refuse(reader, "the data are no base64; the file is damaged");
}

// Entities could multiply a small file without end, or name other files. A document type as such
// (VOTable 1.0 has one) is not looked at.
static void entity_declared(void *data, const char *name, int is_parameter, const char *value,
                            int value_length, const char *base, const char *system,
                            const char *public, const char *notation)
{
    (void)is_parameter, (void)value, (void)value_length, (void)base, (void)system, (void)public,
        (void)notation;
    refuse(data, "declares the entity \"%.40s\"; save the VOTable without entities", name);
}

static void entity_skipped(void *data, const char *name, int is_parameter)
{
    if (!is_parameter)
        refuse(data, "uses the entity \"%.40s\"; save the VOTable without entities", name);
}

static void parse(Reader *reader, const char *text, size_t size)
{
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, start_element, end_element);
    XML_SetCharacterDataHandler(reader->parser, characters);
    XML_SetEntityDeclHandler(reader->parser, entity_declared);
    XML_SetSkippedEntityHandler(reader->parser, entity_skipped);
    enum XML_Status parsed = XML_STATUS_OK;
    for (size_t at = 0; parsed == XML_STATUS_OK && (at < size || size == 0);) {
        size_t n = size - at < PIECE ? size - at : PIECE;
        parsed = XML_Parse(reader->parser, text + at, (int)n, at + n == size);
        at += n;
        if (size == 0)
            break;
    }
    if (parsed != XML_STATUS_OK)
        refuse(reader, "is no well-formed XML (%s); check the file",
               XML_ErrorString(XML_GetErrorCode(reader->parser)));
}

static Status check_rows(const Reader *reader, Error *error)
{
    if (reader->table->n_columns == 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: is a VOTable without a table; give one with a table of sources",
                         reader->table->path);
    if (reader->table->n_rows == 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: has columns but no sources; give a table with one source a row",
                         reader->table->path);
    return STATUS_OK;
}

Status table_parse_votable(Table *table, char *text, size_t size, Error *error)
{
    // The text is UTF-8 by now, whatever the declaration says that the file was in.
    Reader reader = {.parser = XML_ParserCreate("UTF-8"), .table = table, .error = error};
    if (reader.parser == NULL) {
        free(text);
        return error_memory(error, table->path);
    }
    table->named = true;
    parse(&reader, text, size);
    if (reader.status == STATUS_OK)
        reader.status = check_rows(&reader, error);
    XML_ParserFree(reader.parser);
    for (size_t i = 0; reader.fields != NULL && i < table->n_columns; i++)
        free(reader.fields[i].null);
    free(reader.fields);
    free(reader.stream.bytes);
    free(text);
    table->text = reader.text.bytes;
    return reader.status;
}
