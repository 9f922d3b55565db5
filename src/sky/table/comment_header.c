#include "sky/table/comment_header.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sky/table/text_record.h"

// One line that numbers a column.
typedef struct Definition {
    size_t number;
    NumberStyle style;
    bool sextractor;
    Span name, unit;
} Definition;

// Words that follow a name as its unit, or stand for it below the name.
static bool is_unit(const char *text, Span word)
{
    static const char *const units[] = {
        "-",   "--",    "---",    "#",       "##",     "deg",    "degree",    "degrees", "rad",
        "h",   "hour",  "hours",  "hr",      "radian", "arcsec", "arcmin",    "mas",     "pix",
        "mag", "pixel", "pixels", "radians", "hms",    "dms",    "hourangle", "none",    "adu",
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strlen(units[i]) == word.length &&
            strncasecmp(units[i], text + word.at, word.length) == 0)
            return true;
    return false;
}

// "[pixel]" at the end of the line, or "(deg)" behind the name; length 0 where there is none.
static Span enclosed_unit(const char *text, Span line, char open, char close)
{
    size_t from = 0, to = 0;
    for (size_t i = 0; i < line.length; i++) {
        if (text[line.at + i] == open)
            from = i + 1;
        else if (text[line.at + i] == close)
            to = i;
    }
    return from > 0 && to > from ? (Span){line.at + from, to - from} : (Span){line.at, 0};
}

// The name ends at two blanks, a tab or a mark that no name has.
static Span cut_name(const char *text, Span rest)
{
    Span name = {rest.at, 0};
    for (; name.length < rest.length; name.length++) {
        const char *c = text + name.at + name.length;
        bool last = name.length + 1 == rest.length;
        if (strchr("\t([,;:=", *c) != NULL || (*c == ' ' && (last || c[1] == ' ' || c[1] == '-')))
            break;
    }
    while (name.length > 0 && text[name.at + name.length - 1] == ' ')
        name.length--;
    return name;
}

// RA, MAG_AUTO, x: a word that is a name however the line goes on.
static bool is_identifier(const char *text, Span word)
{
    static const char *const names[] = {"id", "x", "y", "ra", "dec"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == word.length &&
            strncasecmp(names[i], text + word.at, word.length) == 0)
            return true;
    bool capitals = word.length > 1, score = false;
    for (size_t i = 0; i < word.length; i++) {
        unsigned char c = (unsigned char)text[word.at + i];
        capitals = capitals && !islower(c);
        score = score || c == '_';
    }
    return capitals || score;
}

// "RA of the source" is RA, "ra deg" is ra in degrees, "Source of redshift" is all one name.
static void find_name(const char *text, Span rest, Definition *definition)
{
    definition->unit = enclosed_unit(text, rest, '[', ']');
    Span round = enclosed_unit(text, rest, '(', ')');
    if (definition->unit.length == 0 && is_unit(text, round))
        definition->unit = round;
    definition->name = cut_name(text, rest);
    Span words = definition->name, first, second, third;
    if (!text_line_word(text, &words, &first) || !text_line_word(text, &words, &second))
        return;
    bool pair = !text_line_word(text, &words, &third);
    if (pair && is_unit(text, second)) {
        definition->unit = second;
        definition->name = first;
    } else if (!pair && is_identifier(text, first)) {
        definition->name = first;
    }
}

static bool take_column_word(const char *text, Span *line)
{
    static const char *const words[] = {"column", "col"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(words[i]);
        if (line->length > n && strncasecmp(text + line->at, words[i], n) == 0) {
            *line = (Span){line->at + n, line->length - n};
            *line = text_line_uncommented(text, *line);
            return true;
        }
    }
    return false;
}

static const char *skip_blanks(const char *from, const char *end)
{
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    return from;
}

static bool parse_definition(const char *text, Span line, Definition *definition)
{
    *definition = (Definition){0};
    if (text_line_first(text, line) != '#')
        return false;
    Span rest = text_line_uncommented(text, line);
    definition->style.word = take_column_word(text, &rest);
    const char *p = text + rest.at, *end = p + rest.length;
    if (p < end && (*p == '(' || *p == '['))
        definition->style.open = *p++;
    const char *digits = p;
    while (p < end && isdigit((unsigned char)*p) && p - digits < 5)
        definition->number = 10 * definition->number + (size_t)(*p++ - '0');
    if (p == digits || definition->number == 0)
        return false;
    const char *after = p;
    const char *name = skip_blanks(p, end);
    if (name < end && strchr(")].,:=", *name) != NULL) {
        definition->style.close = *name;
        name = skip_blanks(name + 1, end);
    }
    if (name == end || (name == after && definition->style.close == '\0') ||
        !(isalpha((unsigned char)*name) || *name == '_'))
        return false;
    // SExtractor writes "#%4d %-22.22s %-58.58s [%s]".
    definition->sextractor = definition->style.close == '\0' && !definition->style.word &&
                             after - (text + line.at) == 5 && name == after + 1;
    find_name(text, (Span){(size_t)(name - text), (size_t)(end - name)}, definition);
    return true;
}

static bool same_style(const NumberStyle *a, const NumberStyle *b)
{
    return a->word == b->word && a->open == b->open && a->close == b->close;
}

// The next line from *at on that numbers a column in the header's style.
static bool next_definition(const char *text, const NumberedHeader *header, size_t *at,
                            Definition *definition)
{
    Span line;
    while (text_line_next(text, header->end, at, &line))
        if (parse_definition(text, line, definition) &&
            same_style(&definition->style, &header->style) &&
            (!header->sextractor || definition->sextractor))
            return true;
    return false;
}

// Whether the lines from `header->from` on number the columns.
static bool numbers_columns(const char *text, size_t n_columns, const NumberedHeader *header)
{
    size_t at = header->from, last = 0, n = 0;
    Definition definition;
    while (last < n_columns && next_definition(text, header, &at, &definition)) {
        if (definition.number <= last)
            return false;
        last = definition.number;
        n++;
    }
    return header->sextractor ? n > 1 && last <= n_columns : n == n_columns && last == n_columns;
}

bool comment_header_find_numbered(const char *text, size_t end, size_t n_columns,
                                  NumberedHeader *header)
{
    size_t at = 0, from = 0;
    Span line;
    Definition definition;
    for (; text_line_next(text, end, &at, &line); from = at) {
        if (!parse_definition(text, line, &definition) || definition.number != 1)
            continue;
        *header = (NumberedHeader){definition.style, from, end, definition.sextractor};
        if (numbers_columns(text, n_columns, header))
            return true;
        header->sextractor = false;
        if (numbers_columns(text, n_columns, header))
            return true;
    }
    return false;
}

Status comment_header_name_numbered(Table *table, const char *text, const NumberedHeader *header,
                                    Error *error)
{
    size_t at = header->from, last = 0;
    Definition definition;
    Status status = STATUS_OK;
    table->named = true;
    while (status == STATUS_OK && last < table->n_columns &&
           next_definition(text, header, &at, &definition)) {
        const Span name = definition.name, unit = definition.unit;
        last = definition.number;
        status = table_name_column(table, last - 1, text + name.at, name.length, error);
        if (status == STATUS_OK)
            status = table_set_unit(table, last - 1, text + unit.at, unit.length, error);
    }
    return status;
}

// ---- Names in one line -----------------------------------------------------------------------

static bool holds_units(const char *text, Span line)
{
    Span word;
    bool any = false;
    for (any = false; text_line_word(text, &line, &word); any = true)
        if (!is_unit(text, word))
            return false;
    return any;
}

static Status name_from_line(Table *table, const char *text, Span line, char delimiter,
                             bool spreadsheet, Error *error)
{
    Record record;
    char *cells = text_record_split_line(text, line, delimiter, spreadsheet, &record);
    if (cells == NULL)
        return error_memory(error, "the header of a table");
    Status status = STATUS_OK;
    if (record.n_cells == table->n_columns && !text_record_holds_values(cells, record.n_cells)) {
        const char *cell = cells;
        for (size_t i = 0; i < record.n_cells && status == STATUS_OK; i++) {
            status = table_name_column(table, i, cell, strlen(cell), error);
            cell += strlen(cell) + 1;
        }
        table->named = true;
    }
    free(cells);
    return status;
}

static Status set_units(Table *table, const char *text, Span line, Error *error)
{
    Span word;
    Status status = STATUS_OK;
    for (size_t i = 0; i < table->n_columns && status == STATUS_OK; i++)
        if (text_line_word(text, &line, &word) && isalpha((unsigned char)text[word.at]))
            status = table_set_unit(table, i, text + word.at, word.length, error);
    return status;
}

Status comment_header_name_words(Table *table, const char *text, size_t end, char delimiter,
                                 bool spreadsheet, Error *error)
{
    size_t at = 0;
    Span line, last = {0, 0}, units = {0, 0};
    while (text_line_next(text, end, &at, &line)) {
        Span words = text_line_uncommented(text, line);
        if (words.length == 0 || (text_line_is_rule(text, words) && !holds_units(text, words)))
            continue;
        if (holds_units(text, words)) {
            units = words;
        } else {
            last = words;
            units.length = 0;
        }
    }
    const char delimiters[] = {delimiter, BLANKS};
    Status status = STATUS_OK;
    for (size_t i = 0; last.length > 0 && i < 2 && !table->named && status == STATUS_OK; i++)
        status = name_from_line(table, text, last, delimiters[i], spreadsheet, error);
    if (status == STATUS_OK && table->named && units.length > 0)
        status = set_units(table, text, units, error);
    return status;
}
