// What IRAF's DAOFIND, PHOT, ALLSTAR ... write (.coo, .mag, .als: "#N" lines name the columns, "\"
// continues names and rows on the next line), and what Stetson's own DAOPHOT does ("NL NX NY").
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sky/table/table_internal.h"
#include "sky/table/text_line.h"

// The words behind "#N" or "#U", over all its lines.
typedef struct Words {
    Span *words;
    size_t n;
    size_t n_last; // those of the last group of lines, which a further aperture repeats
} Words;

// Takes the "\" off the end; true when the line goes on in the next.
static bool take_continuation(const char *text, Span *line)
{
    while (line->length > 0 && isspace((unsigned char)text[line->at + line->length - 1]))
        line->length--;
    if (line->length == 0 || text[line->at + line->length - 1] != '\\')
        return false;
    line->length--;
    return true;
}

static bool is_tagged(const char *text, Span line, char tag)
{
    return line.length > 2 && text[line.at] == '#' && text[line.at + 1] == tag &&
           isspace((unsigned char)text[line.at + 2]);
}

bool table_looks_like_iraf(const char *text, size_t size)
{
    size_t at = 0;
    Span line;
    while (text_line_next(text, size, &at, &line) &&
           (text_line_is_blank(text, line) || text_line_is_comment(text, line)))
        if (is_tagged(text, line, 'N'))
            return true;
    return false;
}

// The words of all lines with the tag; with NULL for `words` they are only counted.
static void collect(const char *text, size_t size, char tag, Words *words)
{
    size_t at = 0;
    Span line, word;
    words->n = words->n_last = 0;
    while (text_line_next(text, size, &at, &line) &&
           (text_line_is_blank(text, line) || text_line_is_comment(text, line))) {
        if (!is_tagged(text, line, tag))
            continue;
        take_continuation(text, &line);
        line = (Span){line.at + 2, line.length - 2};
        words->n_last = words->n;
        while (text_line_word(text, &line, &word)) {
            if (words->words != NULL)
                words->words[words->n] = word;
            words->n++;
        }
        words->n_last = words->n - words->n_last;
    }
}

static Status read_words(const char *text, size_t size, char tag, Words *words, Error *error)
{
    words->words = NULL;
    collect(text, size, tag, words);
    words->words = memory_new(words->n + 1, sizeof *words->words);
    if (words->words == NULL)
        return error_memory(error, "the header of a table");
    collect(text, size, tag, words);
    return STATUS_OK;
}

// `n` columns: those named, then the last group again for each further aperture, as NAME_2 ...
static Status name_columns(Table *table, const char *text, const Words *names, const Words *units,
                           size_t n, Error *error)
{
    table->named = true;
    Status status = table_new_columns(table, n, error);
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        const size_t beyond = i < names->n ? 0 : (i - names->n) / names->n_last + 2;
        const size_t word =
            beyond == 0 ? i : names->n - names->n_last + (i - names->n) % names->n_last;
        char name[128];
        int length = snprintf(name, sizeof name, "%.*s",
                              names->words[word].length < 64 ? (int)names->words[word].length : 64,
                              text + names->words[word].at);
        if (beyond > 0)
            length += snprintf(name + length, sizeof name - (size_t)length, "_%zu", beyond);
        status = table_name_column(table, i, name, (size_t)length, error);
        const Span unit = units->n == names->n ? units->words[word] : (Span){0, 0};
        if (status == STATUS_OK && unit.length > 0 && text[unit.at] != '#')
            status = table_set_unit(table, i, text + unit.at, unit.length, error);
    }
    return status;
}

// ---- Records ---------------------------------------------------------------------------------

// The next word of a line; the star that says at its end that another aperture follows is none.
static bool next_word(const char *text, Span *line, Span *word)
{
    return text_line_word(text, line, word) &&
           !(word->length == 1 && text[word->at] == '*' && text_line_is_blank(text, *line));
}

// One source from *at on: lines until one does not go on, or `n_lines` of them where that is not 0.
// Copies its words, each with an end, to *to (NULL: they are only counted). Returns how many; 0 at
// the end of the text. *start is where it begins.
static size_t read_record(const char *text, size_t size, size_t n_lines, size_t *at, size_t *start,
                          char **to)
{
    size_t n = 0, n_taken = 0;
    Span line, word;
    bool more = true;
    while (more && text_line_next_row(text, size, at, &line)) {
        if (n_taken++ == 0)
            *start = line.at;
        more = take_continuation(text, &line);
        if (n_lines > 0)
            more = n_taken < n_lines;
        for (; next_word(text, &line, &word); n++)
            if (to != NULL) {
                memcpy(*to, text + word.at, word.length);
                (*to)[word.length] = '\0';
                *to += word.length + 1;
            }
    }
    return n;
}

static Status check_count(const Table *table, size_t n, size_t line, Error *error)
{
    if (n == table->n_columns)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_INPUT,
                     "%s, line %zu: %zu values where the first row has %zu; every row must have "
                     "the same columns",
                     table->path, line, n, table->n_columns);
}

static Status split_records(Table *table, const char *text, size_t size, size_t at, size_t n_lines,
                            Error *error)
{
    size_t capacity = 0, start = at, counted = 0, line = 1, n;
    // A word and its end take no more than the word and what parts it from the next.
    char *to = table->text = memory_new(size + 2, 1);
    if (to == NULL)
        return error_memory(error, table->path);
    for (char *row = to; (n = read_record(text, size, n_lines, &at, &start, &to)) > 0; row = to) {
        line += text_line_number(text + counted, start - counted) - 1;
        counted = start;
        Status status = check_count(table, n, line, error);
        if (status == STATUS_OK)
            status = table_grow_rows(table, &capacity, error);
        if (status != STATUS_OK)
            return status;
        table->rows[table->n_rows] = (size_t)(row - table->text);
        table->lines[table->n_rows++] = line;
    }
    return STATUS_OK;
}

static Status no_sources(const Table *table, Error *error)
{
    return error_set(error, STATUS_BAD_INPUT,
                     "%s: has a header but no sources; give a table with one source a line",
                     table->path);
}

// ---- IRAF ------------------------------------------------------------------------------------

static Status parse_iraf(Table *table, const char *text, size_t size, const Words *names,
                         const Words *units, Error *error)
{
    size_t at = 0, start;
    const size_t n = read_record(text, size, 0, &at, &start, NULL);
    if (n == 0)
        return no_sources(table, error);
    if (names->n_last == 0 || n < names->n || (n - names->n) % names->n_last != 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s, line %zu: %zu values where the lines #N name %zu columns; give the "
                         "file as IRAF wrote it",
                         table->path, text_line_number(text, start), n, names->n);
    Status status = name_columns(table, text, names, units, n, error);
    return status == STATUS_OK ? split_records(table, text, size, 0, 0, error) : status;
}

Status table_parse_iraf(Table *table, char *text, size_t size, Error *error)
{
    Words names = {0}, units = {0};
    Status status = read_words(text, size, 'N', &names, error);
    if (status == STATUS_OK)
        status = read_words(text, size, 'U', &units, error);
    if (status == STATUS_OK)
        status = parse_iraf(table, text, size, &names, &units, error);
    free(names.words);
    free(units.words);
    free(text);
    return status;
}

// ---- DAOPHOT ---------------------------------------------------------------------------------

bool table_looks_like_daophot(const char *text, size_t size)
{
    size_t at = 0;
    Span line, word;
    static const char *const names[] = {"NL", "NX", "NY"};
    if (!text_line_next(text, size, &at, &line))
        return false;
    for (size_t i = 0; i < 3; i++)
        if (!text_line_word(text, &line, &word) || word.length != 2 ||
            memcmp(text + word.at, names[i], 2) != 0)
            return false;
    return true;
}

// NL, below its name, says how the rows are laid out: 2 is aperture photometry, of which a star
// takes two lines. All begin with number, x and y.
Status table_parse_daophot(Table *table, char *text, size_t size, Error *error)
{
    static const char *const names[] = {"ID", "X", "Y"};
    size_t at = 0, start;
    Span line, word = {0, 0};
    text_line_next(text, size, &at, &line);
    if (text_line_next(text, size, &at, &line))
        text_line_word(text, &line, &word);
    const size_t n_lines = word.length == 1 && text[word.at] == '2' ? 2 : 1;
    size_t peek = at;
    const size_t n = read_record(text, size, n_lines, &peek, &start, NULL);
    Status status = n > 0 ? table_new_columns(table, n, error) : no_sources(table, error);
    table->named = true;
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        status = table_name_column(table, i, i < 3 ? names[i] : NULL, i < 3 ? strlen(names[i]) : 0,
                                   error);
    if (status == STATUS_OK)
        status = split_records(table, text, size, at, n_lines, error);
    free(text);
    return status;
}
