#include "sky/table/text_record.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv_text.h"
#include "base/memory.h"
#include "sky/table/table.h"

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

Record text_record_split(char *text, size_t *at, char delimiter, bool spreadsheet)
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

char *text_record_split_line(const char *text, Span line, char delimiter, bool spreadsheet,
                             Record *record)
{
    char *copy = memory_new(line.length + 2, 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text + line.at, line.length);
    size_t at = 0;
    *record = text_record_split(copy, &at, delimiter, spreadsheet);
    return copy;
}

bool text_record_holds_values(const char *cells, size_t n)
{
    for (size_t i = 0; i < n; i++, cells += strlen(cells) + 1)
        if (is_value(cells))
            return true;
    return false;
}

size_t text_record_count(const char *text, Span line, char delimiter)
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
