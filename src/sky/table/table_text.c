// Delimited text into a Table: first how it is laid out, then the cells, split where they stand.
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv_text.h"
#include "base/memory.h"
#include "sky/table/table_internal.h"

enum { BLANKS = ' ' }; // the delimiter that stands for any run of spaces and tabs

typedef struct Span {
    size_t at, length; // bytes of the text
} Span;

typedef struct Layout {
    char delimiter;
    Span header;      // the line with the names; length 0: none
    Span units;       // VizieR's second line
    Span definitions; // the comment lines before the data
    Span pixels_of;   // the band that a comment says x, y count on
    size_t data;      // where the first row's line starts
    size_t data_line; // its number, from 1
    bool ecsv, sextractor, commented_header;
} Layout;

// The line at *at without its end; moves *at to the next. False at the end of the text.
static bool next_line(const char *text, size_t size, size_t *at, Span *line)
{
    if (*at >= size)
        return false;
    line->at = *at;
    line->length = strcspn(text + *at, "\r\n");
    *at += line->length;
    if (text[*at] == '\r' && text[*at + 1] == '\n')
        (*at)++;
    if (*at < size)
        (*at)++;
    return true;
}

static bool is_blank(const char *text, Span line)
{
    for (size_t i = 0; i < line.length; i++)
        if (!isspace((unsigned char)text[line.at + i]))
            return false;
    return true;
}

static char first_character(const char *text, Span line)
{
    for (size_t i = 0; i < line.length; i++)
        if (!isspace((unsigned char)text[line.at + i]))
            return text[line.at + i];
    return '\0';
}

// '#' everywhere; '\' opens IPAC's comments.
static bool is_comment(const char *text, Span line)
{
    char first = first_character(text, line);
    return first == '#' || first == '\\';
}

// "---- ---- ----" under VizieR's and fixed-width headers.
static bool is_rule(const char *text, Span line)
{
    bool dash = false;
    for (size_t i = 0; i < line.length; i++) {
        char c = text[line.at + i];
        if (c == '-' || c == '=')
            dash = true;
        else if (!isspace((unsigned char)c) && strchr("|+,;", c) == NULL)
            return false;
    }
    return dash;
}

static bool next_row_line(const char *text, size_t size, size_t *at, Span *line)
{
    while (next_line(text, size, at, line))
        if (!is_blank(text, *line) && !is_comment(text, *line))
            return true;
    return false;
}

static size_t count_cells(const char *text, Span line, char delimiter)
{
    bool quoted = false, inside = false;
    size_t n = delimiter == BLANKS ? 0 : 1;
    for (size_t i = 0; i < line.length; i++) {
        char c = text[line.at + i];
        if (c == '"')
            quoted = !quoted;
        bool blank = !quoted && (c == ' ' || c == '\t');
        if (delimiter != BLANKS)
            n += !quoted && c == delimiter;
        else if (!blank && !inside)
            n++;
        inside = !blank;
    }
    return n;
}

// The delimiter that splits the first two lines alike; else blanks if they do; else the first that
// occurs at all, so that ragged rows are named as such.
static char find_delimiter(const char *text, Span first, bool has_second, Span second)
{
    static const char candidates[] = "\t,;|";
    char occurs = BLANKS;
    for (const char *c = candidates; *c != '\0'; c++) {
        size_t n = count_cells(text, first, *c);
        if (n > 1 && (!has_second || count_cells(text, second, *c) == n))
            return *c;
        if (n > 1 && occurs == BLANKS)
            occurs = *c;
    }
    size_t n = count_cells(text, first, BLANKS);
    if (n > 1 && has_second && count_cells(text, second, BLANKS) == n)
        return BLANKS;
    return occurs;
}

// What split_record found.
typedef struct Record {
    size_t n_cells;
    size_t n_filled; // cells up to the last that is not empty
    size_t n_lines;  // lines of the file it took
    bool unclosed;   // a quote that is never closed
} Record;

static bool is_end(char c)
{
    return c == '\0' || c == '\n' || c == '\r';
}

// Copies the quoted cell that starts at *in to *out, unquoted ("" is one quote). False, with *in
// and *out as they were, when the quote does not close; blank-delimited cells must close in line.
static bool copy_quoted(char **in, char **out, char delimiter, Record *record)
{
    const char *close = *in;
    do {
        close = strpbrk(close + 1, delimiter == BLANKS ? "\"\r\n" : "\"");
        if (close == NULL || *close != '"')
            return false;
        if (close[1] != '"')
            break;
        close++;
    } while (true);
    char *to = *out;
    for (const char *from = *in + 1; from < close; from++) {
        record->n_lines += *from == '\n' || (*from == '\r' && from[1] != '\n');
        if (*from == '"')
            from++;
        *to++ = *from;
    }
    *in += close + 1 - *in;
    *out = to;
    return true;
}

// Takes the apostrophe off a cell that it keeps from being a formula; returns the cell's new end.
static char *take_guard(char *cell, char *end)
{
    const char *bare = csv_text_unguarded(cell);
    size_t n = (size_t)(bare - cell);
    memmove(cell, bare, (size_t)(end - bare));
    return end - n;
}

// Splits the record that starts at text[*at] into NUL-terminated cells that follow each other from
// there, and moves *at behind it. Cells never grow, so they fit where they were. `spreadsheet`: the
// file may have been made for one, whose text cells have an apostrophe before what is no formula.
static Record split_record(char *text, size_t *at, char delimiter, bool spreadsheet)
{
    const bool guarded = spreadsheet && strchr(",;\t", delimiter) != NULL;
    Record record = {.n_lines = 1};
    char *in = text + *at, *out = in;
    char stop;
    do {
        while (*in == ' ' || (*in == '\t' && delimiter != '\t'))
            in++;
        if (delimiter == BLANKS && is_end(*in)) {
            stop = *in;
        } else {
            char *cell = out, *keep = out; // blanks before `keep` belong to the cell
            if (*in == '"') {
                if (copy_quoted(&in, &out, delimiter, &record))
                    keep = out;
                else
                    record.unclosed = delimiter != BLANKS;
            }
            while (!is_end(*in) && *in != delimiter && !(delimiter == BLANKS && *in == '\t'))
                *out++ = *in++;
            while (out > keep && (out[-1] == ' ' || out[-1] == '\t'))
                out--;
            record.n_cells++;
            if (out > cell)
                record.n_filled = record.n_cells;
            stop = *in;
            *out++ = '\0';
            if (guarded)
                out = take_guard(cell, out);
        }
        if (stop != '\0')
            in++;
        if (stop == '\r' && *in == '\n')
            in++;
    } while (!is_end(stop));
    *at = (size_t)(in - text);
    return record;
}

// Decimal or sexagesimal: what cannot be a column's name.
static bool is_value(const char *cell)
{
    double value;
    if (table_parse_number(cell, &value) && !isnan(value))
        return true;
    return cell[0] != '\0' && strspn(cell, "0123456789+-:. hmsd") == strlen(cell) &&
           (isdigit((unsigned char)cell[0]) || isdigit((unsigned char)cell[1]));
}

// The cells of one line in a copy of it, which the caller frees; NULL when memory ran out.
static char *split_line(const char *text, Span line, char delimiter, bool spreadsheet,
                        Record *record)
{
    char *copy = memory_new(line.length + 2, 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text + line.at, line.length);
    size_t at = 0;
    *record = split_record(copy, &at, delimiter, spreadsheet);
    return copy;
}

static bool holds_values(const char *cells, size_t n)
{
    for (size_t i = 0; i < n; i++, cells += strlen(cells) + 1)
        if (is_value(cells))
            return true;
    return false;
}

// "#   2 X_IMAGE   Object position along x   [pixel]" (SExtractor's ASCII_HEAD).
static bool parse_sextractor(const char *text, Span line, unsigned *number, Span *name, Span *unit)
{
    char copy[256];
    size_t length = line.length < sizeof copy ? line.length : sizeof copy - 1;
    memcpy(copy, text + line.at, length);
    copy[length] = '\0';
    int start = 0, end = 0;
    if (sscanf(copy, " # %5u %n%*[A-Za-z0-9_]%n", number, &start, &end) != 1 || end <= start ||
        *number == 0 || isdigit((unsigned char)copy[start]))
        return false;
    *name = (Span){line.at + (size_t)start, (size_t)(end - start)};
    *unit = (Span){line.at, 0};
    const char *open = strrchr(copy, '['), *close = strrchr(copy, ']');
    if (open != NULL && close != NULL && close > open)
        *unit = (Span){line.at + (size_t)(open + 1 - copy), (size_t)(close - open - 1)};
    return true;
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
static void read_comments(const char *text, size_t end, Layout *layout, Span *last)
{
    size_t at = layout->definitions.at;
    Span line, name, unit;
    unsigned number;
    bool by_name = false;
    while (at < end && next_line(text, end, &at, &line)) {
        if (is_blank(text, line))
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
        if (parse_sextractor(text, line, &number, &name, &unit))
            layout->sextractor = true;
        *last = line;
    }
}

// A header of bars with the rows below it blank-separated (IPAC), or bars throughout.
static void lay_out_bars(const char *text, size_t size, Layout *layout)
{
    size_t at = layout->header.at;
    Span line;
    while (next_row_line(text, size, &at, &line)) {
        if (first_character(text, line) != '|') {
            layout->delimiter = BLANKS;
            layout->data = line.at;
            return;
        }
    }
    layout->delimiter = '|';
}

// The line number of byte `at`.
static size_t line_number(const char *text, size_t at)
{
    size_t n = 1;
    for (size_t i = 0; i < at; i++)
        n += text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n');
    return n;
}

// Names on the first line that is no comment, unless a value stands among them; VizieR's units and
// rule below it.
static Status find_header(const char *text, size_t size, Span first, Layout *layout, Error *error)
{
    Record record;
    char *cells = split_line(text, first, layout->delimiter, !layout->ecsv, &record);
    if (cells == NULL)
        return error_memory(error, "the header of a table");
    bool names = layout->ecsv || (!layout->sextractor && !holds_values(cells, record.n_cells));
    free(cells);
    if (!names)
        return STATUS_OK;
    layout->header = first;
    size_t at = first.at + first.length, second;
    Span one, two;
    if (!next_row_line(text, size, &at, &one)) {
        layout->data = size;
        return STATUS_OK;
    }
    second = at;
    layout->data = one.at;
    if (is_rule(text, one)) {
        layout->data = second;
    } else if (next_row_line(text, size, &at, &two) && is_rule(text, two)) {
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
    Span first, second, last_comment = {0, 0};
    if (!next_row_line(text, size, &at, &first))
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: holds no sources; give a table with one source a line", table->path);
    bool has_second = next_row_line(text, size, &at, &second);
    layout->definitions = (Span){0, first.at};
    read_comments(text, first.at, layout, &last_comment);
    layout->data = first.at;
    Status status = STATUS_OK;
    if (first_character(text, first) == '|') {
        layout->header = first;
        lay_out_bars(text, size, layout);
    }
    if (layout->header.length == 0 || layout->delimiter == '|') {
        layout->header.length = 0;
        if (!layout->ecsv && layout->delimiter != '|')
            layout->delimiter = find_delimiter(text, first, has_second, second);
        status = find_header(text, size, first, layout, error);
    }
    if (status == STATUS_OK && layout->header.length == 0 && !layout->sextractor &&
        last_comment.length > 0) {
        layout->header = last_comment;
        layout->commented_header = true;
    }
    layout->data_line = line_number(text, layout->data);
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

static Status set_unit(Table *table, size_t column, const char *unit, size_t length, Error *error)
{
    char *copy = memory_new(length + 1, 1);
    if (copy == NULL)
        return error_memory(error, "the units of a table");
    memcpy(copy, unit, length);
    free(table->columns[column].unit);
    table->columns[column].unit = copy;
    return STATUS_OK;
}

// SExtractor numbers its columns; a vector column leaves numbers out, which stay col<N>.
static Status name_sextractor(Table *table, const char *text, const Layout *layout, Error *error)
{
    size_t at = layout->definitions.at;
    Span line, name, unit;
    unsigned number;
    Status status = STATUS_OK;
    table->named = true;
    while (status == STATUS_OK && at < layout->data && next_line(text, layout->data, &at, &line)) {
        if (!parse_sextractor(text, line, &number, &name, &unit) || number > table->n_columns)
            continue;
        status = table_name_column(table, number - 1, text + name.at, name.length, error);
        if (status == STATUS_OK)
            status = set_unit(table, number - 1, text + unit.at, unit.length, error);
    }
    return status;
}

// "# - {name: ra, unit: deg, datatype: float64}": the units, which decide between hours and
// degrees.
static Status ecsv_units(Table *table, const char *text, const Layout *layout, Error *error)
{
    size_t at = layout->definitions.at, column;
    Span line;
    Status status = STATUS_OK;
    while (status == STATUS_OK && at < layout->data && next_line(text, layout->data, &at, &line)) {
        char copy[512], name[128], unit[128];
        size_t length = line.length < sizeof copy ? line.length : sizeof copy - 1;
        memcpy(copy, text + line.at, length);
        copy[length] = '\0';
        const char *key = strstr(copy, "unit:");
        if (sscanf(copy, "# - {name: %127[^,}]", name) == 1 && key != NULL &&
            sscanf(key, "unit: %127[^,}]", unit) == 1 && table_find_column(table, name, &column))
            status = set_unit(table, column, unit, strlen(unit), error);
    }
    return status;
}

static Status name_header(Table *table, const char *text, const Layout *layout, Error *error)
{
    Span line = layout->header;
    char delimiter = text[line.at] == '|' ? '|' : layout->delimiter;
    Record record;
    char *cells = split_line(text, line, delimiter, !layout->ecsv, &record);
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
        cells = split_line(text, layout->units, layout->delimiter, !layout->ecsv, &record);
        if (cells == NULL)
            return error_memory(error, "the units of a table");
        const char *cell = cells;
        for (size_t i = 0; i < record.n_cells && i < table->n_columns && status == STATUS_OK; i++) {
            status = set_unit(table, i, cell, strlen(cell), error);
            cell += strlen(cell) + 1;
        }
        free(cells);
    }
    if (status == STATUS_OK && layout->ecsv)
        status = ecsv_units(table, text, layout, error);
    return status;
}

// "# id x y" above the rows counts as their header when it has as many words as they have values.
static Status name_commented(Table *table, const char *text, Layout *layout, Error *error)
{
    Span line = layout->header;
    while (line.length > 0 && strchr("# \t", text[line.at]) != NULL) {
        line.at++;
        line.length--;
    }
    char delimiters[] = {layout->delimiter, BLANKS};
    Status status = STATUS_OK;
    for (size_t i = 0; i < 2 && !table->named && status == STATUS_OK; i++) {
        Record record;
        char *cells = split_line(text, line, delimiters[i], !layout->ecsv, &record);
        if (cells == NULL)
            return error_memory(error, "the header of a table");
        if (record.n_cells == table->n_columns && !holds_values(cells, record.n_cells)) {
            const char *cell = cells;
            for (size_t k = 0; k < record.n_cells && status == STATUS_OK; k++) {
                status = table_name_column(table, k, cell, strlen(cell), error);
                cell += strlen(cell) + 1;
            }
            table->named = true;
        }
        free(cells);
    }
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
        next_line(table->text, size, &peek, &row);
        if (is_blank(table->text, row) || is_comment(table->text, row)) {
            at = peek;
            line++;
            continue;
        }
        // A leading bar encloses the row.
        if (layout->delimiter == '|' && first_character(table->text, row) == '|')
            at += strcspn(table->text + at, "|") + 1;
        size_t start = at;
        Record record = split_record(table->text, &at, layout->delimiter, !layout->ecsv);
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
    if (status == STATUS_OK && layout.pixels_of.length > 0)
        status =
            table_set_pixels_of(table, text + layout.pixels_of.at, layout.pixels_of.length, error);
    if (status != STATUS_OK)
        return status;
    // The header's text is read before the rows are split over it.
    if (layout.header.length > 0 && !layout.commented_header)
        status = name_header(table, text, &layout, error);
    if (status == STATUS_OK)
        status = split_rows(table, size, &layout, error);
    if (status == STATUS_OK && table->n_rows == 0)
        status = error_set(error, STATUS_BAD_INPUT,
                           "%s: has a header but no sources; give a table with one source a line",
                           table->path);
    if (status == STATUS_OK && layout.commented_header)
        status = name_commented(table, text, &layout, error);
    if (status == STATUS_OK && layout.sextractor)
        status = name_sextractor(table, text, &layout, error);
    return status;
}
