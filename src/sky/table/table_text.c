// Delimited text into a Table: first how it is laid out, then the cells, split where they stand.
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "sky/table/comment_header.h"
#include "sky/table/table_internal.h"
#include "sky/table/text_record.h"

typedef struct Layout {
    char delimiter;
    Span header;         // the line with the names; length 0: none
    Span units;          // VizieR's second line
    Span pixels_of;      // the band that a comment says x, y count on
    size_t comments;     // where the comments above the first line end
    size_t data;         // where the first row's line starts
    size_t data_line;    // its number, from 1
    bool ecsv, numbered; // comments are ECSV's header, or number the columns
    NumberedHeader numbers;
} Layout;

// The delimiter that splits the first two lines alike; else blanks if they do; else the first that
// occurs at all, so that ragged rows are named as such.
static char find_delimiter(const char *text, Span first, bool has_second, Span second)
{
    static const char candidates[] = "\t,;|";
    char occurs = BLANKS;
    for (const char *c = candidates; *c != '\0'; c++) {
        size_t n = text_record_count(text, first, *c);
        if (n > 1 && (!has_second || text_record_count(text, second, *c) == n))
            return *c;
        if (n > 1 && occurs == BLANKS)
            occurs = *c;
    }
    size_t n = text_record_count(text, first, BLANKS);
    if (n > 1 && has_second && text_record_count(text, second, BLANKS) == n)
        return BLANKS;
    return occurs;
}

// "# XYBAND: F555W", "#- {FILTER: 'F555W'}", "\\filter = F555W": the word behind `key`.
static bool parse_setting(const char *text, Span line, const char *key, Span *value)
{
    const char *start = text + line.at, *end = start + line.length;
    const char *p = start;
    while (p < end && strchr("#\\-{ \t'\"", *p) != NULL)
        p++;
    const size_t ours = strlen("skyclass: "), length = strlen(key);
    if ((size_t)(end - p) > ours && memcmp(p, "skyclass: ", ours) == 0)
        p += ours;
    if ((size_t)(end - p) <= length || strncasecmp(p, key, length) != 0)
        return false;
    p += length;
    const char *after = p;
    while (p < end && strchr(":= \t'\"", *p) != NULL)
        p++;
    const char *word = p;
    while (p < end && strchr(" \t,'\"}", *p) == NULL)
        p++;
    *value = (Span){(size_t)(word - text), (size_t)(p - word)};
    return memchr(after, ':', (size_t)(word - after)) != NULL ||
           memchr(after, '=', (size_t)(word - after)) != NULL;
}

static void read_settings(const char *text, Span line, Layout *layout, bool *by_name)
{
    Span value;
    if (parse_setting(text, line, "XYBAND", &value)) {
        layout->pixels_of = value;
        *by_name = true;
    } else if (!*by_name && parse_setting(text, line, "FILTER", &value)) {
        layout->pixels_of = value;
    }
}

// Reads the comment lines above the first row: which program wrote them, and its delimiter.
static void read_comments(const char *text, Layout *layout)
{
    size_t at = 0;
    Span line;
    bool by_name = false;
    while (text_line_next(text, layout->comments, &at, &line)) {
        if (text_line_is_blank(text, line))
            continue;
        read_settings(text, line, layout, &by_name);
        const char *start = text + line.at;
        const char *version = memmem(start, line.length, "%ECSV", 5);
        layout->ecsv = layout->ecsv || version != NULL;
        const char *mark = memmem(start, line.length, "delimiter:", 10);
        if (layout->ecsv && mark != NULL) {
            const char *value = mark + 10 + strspn(mark + 10, " '\"");
            // A tab stands as "\t"; what is quoted is the first of the few that ECSV allows.
            layout->delimiter = *value == ',' ? ',' : layout->delimiter;
        }
    }
}

// A header of bars with the rows below it blank-separated (IPAC), or bars throughout.
static void lay_out_bars(const char *text, size_t size, Layout *layout)
{
    size_t at = layout->header.at;
    Span line;
    while (text_line_next_row(text, size, &at, &line)) {
        if (text_line_first(text, line) != '|') {
            layout->delimiter = BLANKS;
            layout->data = line.at;
            return;
        }
    }
    layout->delimiter = '|';
}

// Names on the first line that is no comment, unless a value stands among them; VizieR's units and
// rule below it.
static Status find_header(const char *text, size_t size, Span first, Layout *layout, Error *error)
{
    Record record;
    char *cells = text_record_split_line(text, first, layout->delimiter, !layout->ecsv, &record);
    if (cells == NULL)
        return error_memory(error, "the header of a table");
    bool values = text_record_holds_values(cells, record.n_cells);
    free(cells);
    layout->numbered = values && comment_header_find_numbered(text, layout->comments,
                                                              record.n_filled, &layout->numbers);
    bool names = layout->ecsv || (!layout->numbered && !values);
    if (!names)
        return STATUS_OK;
    layout->header = first;
    size_t at = first.at + first.length, second;
    Span one, two;
    if (!text_line_next_row(text, size, &at, &one)) {
        layout->data = size;
        return STATUS_OK;
    }
    second = at;
    layout->data = one.at;
    if (text_line_is_rule(text, one)) {
        layout->data = second;
    } else if (text_line_next_row(text, size, &at, &two) && text_line_is_rule(text, two)) {
        layout->units = one;
        layout->data = at;
    }
    return STATUS_OK;
}

static Status lay_out(const Table *table, const char *text, size_t size, Layout *layout,
                      Error *error)
{
    *layout = (Layout){.delimiter = BLANKS};
    size_t at = 0;
    Span first, second;
    if (!text_line_next_row(text, size, &at, &first))
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: holds no sources; give a table with one source a line", table->path);
    bool has_second = text_line_next_row(text, size, &at, &second);
    layout->comments = layout->data = first.at;
    read_comments(text, layout);
    Status status = STATUS_OK;
    if (text_line_first(text, first) == '|') {
        layout->header = first;
        lay_out_bars(text, size, layout);
    }
    if (layout->header.length == 0 || layout->delimiter == '|') {
        layout->header.length = 0;
        if (!layout->ecsv && layout->delimiter != '|')
            layout->delimiter = find_delimiter(text, first, has_second, second);
        status = find_header(text, size, first, layout, error);
    }
    layout->data_line = text_line_number(text, layout->data);
    return status;
}

// Trailing empty cells are no columns: "id,x,y," above "1,2,3,".
static Status name_from_cells(Table *table, const char *cells, size_t n, Error *error)
{
    Status status = table_new_columns(table, n, error);
    for (size_t i = 0; i < n && status == STATUS_OK; i++, cells += strlen(cells) + 1)
        status = table_name_column(table, i, cells, strlen(cells), error);
    table->named = true;
    return status;
}

// "# - {name: ra, unit: deg, datatype: float64}": the units, which decide between hours and
// degrees.
static Status ecsv_units(Table *table, const char *text, const Layout *layout, Error *error)
{
    size_t at = 0, column;
    Span line;
    Status status = STATUS_OK;
    while (status == STATUS_OK && text_line_next(text, layout->comments, &at, &line)) {
        char copy[512], name[128], unit[128];
        size_t length = line.length < sizeof copy ? line.length : sizeof copy - 1;
        memcpy(copy, text + line.at, length);
        copy[length] = '\0';
        const char *key = strstr(copy, "unit:");
        if (sscanf(copy, "# - {name: %127[^,}]", name) == 1 && key != NULL &&
            sscanf(key, "unit: %127[^,}]", unit) == 1 && table_find_column(table, name, &column))
            status = table_set_unit(table, column, unit, strlen(unit), error);
    }
    return status;
}

static Status name_header(Table *table, const char *text, const Layout *layout, Error *error)
{
    Span line = layout->header;
    char delimiter = text[line.at] == '|' ? '|' : layout->delimiter;
    Record record;
    char *cells = text_record_split_line(text, line, delimiter, !layout->ecsv, &record);
    if (cells == NULL)
        return error_memory(error, "the header of a table");
    const char *first = cells;
    // Bars at both ends enclose the names instead of separating them.
    bool enclosed = delimiter == '|' && record.n_filled > 1 && cells[0] == '\0';
    if (enclosed) {
        first += 1;
        record.n_filled--;
    }
    Status status = name_from_cells(table, first, record.n_filled, error);
    free(cells);
    if (status == STATUS_OK && layout->units.length > 0) {
        cells =
            text_record_split_line(text, layout->units, layout->delimiter, !layout->ecsv, &record);
        if (cells == NULL)
            return error_memory(error, "the units of a table");
        const char *cell = cells;
        for (size_t i = 0; i < record.n_cells && i < table->n_columns && status == STATUS_OK; i++) {
            status = table_set_unit(table, i, cell, strlen(cell), error);
            cell += strlen(cell) + 1;
        }
        free(cells);
    }
    if (status == STATUS_OK && layout->ecsv)
        status = ecsv_units(table, text, layout, error);
    return status;
}

static Status check_record(const Table *table, const Record *record, size_t n_expected, size_t line,
                           Error *error)
{
    if (n_expected == 0)
        return error_set(error, STATUS_BAD_INPUT, "%s, line %zu: %s; give a table of sources",
                         table->path, line,
                         table->named ? "the header names no columns" : "the first row is empty");
    if (record->unclosed)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s, line %zu: a quote (\") is opened and never closed; close it",
                         table->path, line);
    // More cells are fine as long as they are empty.
    if (record->n_cells >= n_expected && record->n_filled <= n_expected)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_INPUT,
                     "%s, line %zu: %zu values where %s %zu; every row must have the same columns",
                     table->path, line, record->n_cells,
                     table->named ? "the header names" : "the first row has", n_expected);
}

static Status split_rows(Table *table, size_t size, const Layout *layout, Error *error)
{
    size_t at = layout->data, line = layout->data_line, capacity = 0;
    while (at < size) {
        size_t peek = at;
        Span row;
        text_line_next(table->text, size, &peek, &row);
        if (text_line_is_blank(table->text, row) || text_line_is_comment(table->text, row)) {
            at = peek;
            line++;
            continue;
        }
        // A leading bar encloses the row.
        if (layout->delimiter == '|' && text_line_first(table->text, row) == '|')
            at += strcspn(table->text + at, "|") + 1;
        size_t start = at;
        Record record = text_record_split(table->text, &at, layout->delimiter, !layout->ecsv);
        Status status = STATUS_OK;
        if (table->columns == NULL)
            status = table_new_columns(table, record.n_filled, error);
        for (size_t i = 0; i < table->n_columns && status == STATUS_OK; i++)
            if (table->columns[i].name == NULL)
                status = table_name_column(table, i, NULL, 0, error);
        if (status == STATUS_OK)
            status = check_record(table, &record, table->n_columns, line, error);
        if (status == STATUS_OK)
            status = table_grow_rows(table, &capacity, error);
        if (status != STATUS_OK)
            return status;
        table->rows[table->n_rows] = start;
        table->lines[table->n_rows++] = line;
        line += record.n_lines;
    }
    return STATUS_OK;
}

Status table_parse_text(Table *table, char *text, size_t size, Error *error)
{
    table->text = text;
    Layout layout;
    Status status = lay_out(table, text, size, &layout, error);
    if (status == STATUS_OK)
        status = table_read_notes_ecsv(table, text, error);
    if (status == STATUS_OK && layout.pixels_of.length > 0)
        status =
            table_set_pixels_of(table, text + layout.pixels_of.at, layout.pixels_of.length, error);
    if (status != STATUS_OK)
        return status;
    // The header's text is read before the rows are split over it.
    if (layout.header.length > 0)
        status = name_header(table, text, &layout, error);
    if (status == STATUS_OK)
        status = split_rows(table, size, &layout, error);
    if (status == STATUS_OK && table->n_rows == 0)
        status = error_set(error, STATUS_BAD_INPUT,
                           "%s: has a header but no sources; give a table with one source a line",
                           table->path);
    if (status != STATUS_OK || layout.header.length > 0)
        return status;
    return layout.numbered ? comment_header_name_numbered(table, text, &layout.numbers, error)
                           : comment_header_name_words(table, text, layout.comments,
                                                       layout.delimiter, !layout.ecsv, error);
}
