// Tables with a "Byte-by-byte Description" (CDS and the AAS journals' machine-readable tables,
// https://cds.unistra.fr/doc/catstd.htx): it stands above the rows, bare or as comments, and says
// in which bytes of a row which column is.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sky/table/table_internal.h"
#include "sky/table/text_record.h"

enum {
    RULE_LENGTH = 6,    // dashes or equals signs that part a description from what follows
    MAX_BYTE = 1000000, // no row is longer
    MAX_FIELDS = 10000,
};

// "26- 34 F9.6   deg    RAdeg  Right Ascention in decimal degrees (J2000)".
typedef struct Field {
    size_t first, last; // bytes of a row, from 1
    bool is_text;
    Span unit, label, explanation;
} Field;

// A position in parts, "RAh RAm RAs" or "DE- DEd DEm DEs", is one more column, named as VizieR
// names what it computes.
typedef struct Joined {
    const char *name;
    const char *parts[4];
    size_t fields[4];
    size_t n;
} Joined;

enum { N_JOINED = 2 };

typedef struct Description {
    Field *fields;
    size_t n;
    Joined joined[N_JOINED];
    size_t n_joined;
    size_t data;    // where the rows start
    bool commented; // so are the description's lines
} Description;

static bool take_number(const char *text, Span *line, size_t *number)
{
    Span rest = *line;
    while (rest.length > 0 && text[rest.at] == ' ')
        rest = (Span){rest.at + 1, rest.length - 1};
    size_t digits = 0;
    for (*number = 0; digits < rest.length && isdigit((unsigned char)text[rest.at + digits]);
         digits++)
        if (*number <= MAX_BYTE)
            *number = 10 * *number + (size_t)(text[rest.at + digits] - '0');
    *line = (Span){rest.at + digits, rest.length - digits};
    return digits > 0 && *number > 0 && *number <= MAX_BYTE;
}

// FORTRAN's A24, I6, F10.6, E12.6.
static bool is_format(const char *text, Span word)
{
    size_t digits = 0;
    for (size_t i = 1; i < word.length; i++) {
        unsigned char c = (unsigned char)text[word.at + i];
        if (!isdigit(c) && c != '.')
            return false;
        digits += isdigit(c) != 0;
    }
    return word.length > 1 && digits > 0 && strchr("AIFEDGLX", text[word.at]) != NULL;
}

static bool parse_field(const char *text, Span line, Field *field)
{
    Span rest = text_line_uncommented(text, line), format;
    if (!take_number(text, &rest, &field->first))
        return false;
    field->last = field->first;
    while (rest.length > 0 && text[rest.at] == ' ')
        rest = (Span){rest.at + 1, rest.length - 1};
    if (rest.length > 0 && text[rest.at] == '-') {
        rest = (Span){rest.at + 1, rest.length - 1};
        if (!take_number(text, &rest, &field->last) || field->last < field->first)
            return false;
    }
    if (!text_line_word(text, &rest, &format) || !is_format(text, format) ||
        !text_line_word(text, &rest, &field->unit) || !text_line_word(text, &rest, &field->label))
        return false;
    field->is_text = text[format.at] == 'A';
    field->explanation = rest;
    if (text[field->unit.at] == '-')
        field->unit.length = 0;
    return true;
}

static bool is_long_rule(const char *text, Span line)
{
    Span bare = text_line_uncommented(text, line);
    return bare.length >= RULE_LENGTH && strspn(text + bare.at, "-=") >= RULE_LENGTH &&
           text_line_is_rule(text, bare);
}

// The first line that describes a field, and how many follow one another in the bytes of a row
// before a rule or the text ends them; 0 where they are no description.
static size_t count_fields(const char *text, size_t size, Span *first)
{
    size_t at = 0, n = 0, last = 0;
    Span line;
    Field field;
    while (text_line_next(text, size, &at, &line)) {
        if (n > 0 && is_long_rule(text, line))
            break;
        if (!parse_field(text, line, &field))
            continue;
        if (n == 0)
            *first = line;
        else if ((text_line_first(text, line) == '#') != (text_line_first(text, *first) == '#'))
            break;
        if (field.first <= last || n == MAX_FIELDS)
            return 0;
        last = field.last;
        n++;
    }
    return n > 1 ? n : 0;
}

bool table_looks_like_bytes(const char *text, size_t size)
{
    Span first;
    return count_fields(text, size, &first) > 0;
}

// ---- The description -------------------------------------------------------------------------

static bool is_label(const char *text, const Field *field, const char *label)
{
    return strlen(label) == field->label.length &&
           memcmp(text + field->label.at, label, field->label.length) == 0;
}

static bool explains(const char *text, const Field *field, const char *word)
{
    return memmem(text + field->explanation.at, field->explanation.length, word, strlen(word)) !=
           NULL;
}

static bool find_field(const char *text, const Description *description, const char *label,
                       size_t *field)
{
    for (*field = 0; *field < description->n; (*field)++)
        if (is_label(text, &description->fields[*field], label))
            return true;
    return false;
}

// Positions of 1950 are left in their parts: nothing here turns them into those of 2000.
static void find_joined(const char *text, Description *description)
{
    static const Joined joined[N_JOINED] = {
        {.name = "_RA", .parts = {"RAh", "RAm", "RAs", NULL}},
        {.name = "_DE", .parts = {"DE-", "DEd", "DEm", "DEs"}},
    };
    size_t whole;
    if (find_field(text, description, "RAdeg", &whole))
        return;
    for (size_t i = 0; i < N_JOINED; i++) {
        Joined found = joined[i];
        for (size_t part = 0; part < 4 && found.parts[part] != NULL; part++) {
            size_t field;
            if (!find_field(text, description, found.parts[part], &field))
                continue;
            if (explains(text, &description->fields[field], "1950"))
                return;
            found.fields[found.n++] = field;
        }
        if (found.n < 2)
            return;
        description->joined[i] = found;
    }
    description->n_joined = N_JOINED;
}

// Rows follow the last rule, or the comments.
static size_t find_data(const char *text, size_t size, bool commented)
{
    size_t at = 0, data = 0;
    Span line;
    if (commented)
        return text_line_next_row(text, size, &at, &line) ? line.at : size;
    while (text_line_next(text, size, &at, &line))
        if (is_long_rule(text, line))
            data = at;
    return data;
}

static Status read_description(const Table *table, const char *text, size_t size,
                               Description *description, Error *error)
{
    *description = (Description){0};
    Span line;
    const size_t n = count_fields(text, size, &line);
    description->fields = memory_new(n, sizeof *description->fields);
    if (description->fields == NULL)
        return error_memory(error, "the description of a table");
    description->commented = text_line_first(text, line) == '#';
    for (size_t at = line.at; description->n < n && text_line_next(text, size, &at, &line);)
        description->n += parse_field(text, line, &description->fields[description->n]);
    find_joined(text, description);
    description->data = find_data(text, size, description->commented);
    const Span last = description->fields[n - 1].label;
    if (description->data > last.at)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_INPUT,
                     "%s: no line of dashes parts the byte-by-byte description from the rows; add "
                     "one",
                     table->path);
}

static Status name_field(Table *table, const char *text, const Field *field, size_t column,
                         Error *error)
{
    char name[128];
    // A name that does not say 1950 would be read as one of 2000.
    bool old = (strncmp(text + field->label.at, "RA", 2) == 0 ||
                strncmp(text + field->label.at, "DE", 2) == 0) &&
               explains(text, field, "1950");
    int length = snprintf(name, sizeof name, "%.*s%s",
                          field->label.length < 64 ? (int)field->label.length : 64,
                          text + field->label.at, old ? "_1950" : "");
    Status status = table_name_column(table, column, name, (size_t)length, error);
    table->columns[column].text = field->is_text;
    if (status == STATUS_OK)
        status = table_set_unit(table, column, text + field->unit.at, field->unit.length, error);
    return status;
}

static Status name_columns(Table *table, const char *text, const Description *description,
                           Error *error)
{
    const size_t n = description->n;
    table->named = true;
    Status status = table_new_columns(table, n + description->n_joined, error);
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        status = name_field(table, text, &description->fields[i], i, error);
    for (size_t i = 0; i < description->n_joined && status == STATUS_OK; i++) {
        const char *name = description->joined[i].name;
        status = table_name_column(table, n + i, name, strlen(name), error);
        table->columns[n + i].text = true;
    }
    return status;
}

// ---- The rows --------------------------------------------------------------------------------

// "Bytes" count characters: the text is UTF-8 by now, whatever the file was.
static Span characters(const char *text, Span row, size_t first, size_t last)
{
    Span part = {row.at + row.length, 0};
    size_t number = 0;
    for (size_t i = 0; i < row.length; i++) {
        number += ((unsigned char)text[row.at + i] & 0xc0) != 0x80;
        if (number < first)
            continue;
        if (number > last)
            break;
        if (part.length++ == 0)
            part.at = row.at + i;
    }
    return part;
}

static Span trim(const char *text, Span span)
{
    while (span.length > 0 && isspace((unsigned char)text[span.at]))
        span = (Span){span.at + 1, span.length - 1};
    while (span.length > 0 && isspace((unsigned char)text[span.at + span.length - 1]))
        span.length--;
    return span;
}

// Nothing stands between the fields or behind the last.
static bool row_fits(const char *text, Span row, const Description *description)
{
    size_t next = 1;
    for (size_t i = 0; i < description->n; i++) {
        const Field *field = &description->fields[i];
        if (field->first > next &&
            !text_line_is_blank(text, characters(text, row, next, field->first - 1)))
            return false;
        next = field->last + 1;
    }
    return text_line_is_blank(text, characters(text, row, next, row.length + next));
}

static bool next_row(const char *text, size_t size, const Description *description, size_t *at,
                     Span *row)
{
    if (description->commented)
        return text_line_next_row(text, size, at, row);
    while (text_line_next(text, size, at, row))
        if (!text_line_is_blank(text, *row))
            return true;
    return false;
}

// How the rows are laid out: by bytes as described, or, where somebody has shifted them, by blanks.
static Status find_layout(const Table *table, const char *text, size_t size,
                          const Description *description, bool *by_blanks, size_t *n_rows,
                          Error *error)
{
    size_t at = description->data, unfit = 0;
    bool blanks = true;
    Span row;
    for (*n_rows = 0; next_row(text, size, description, &at, &row); ++*n_rows) {
        if (unfit == 0 && !row_fits(text, row, description))
            unfit = text_line_number(text, row.at);
        blanks = blanks && text_record_count(text, row, BLANKS) == description->n;
    }
    *by_blanks = unfit > 0;
    if (*n_rows == 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: has a description but no sources; give a table with one source a "
                         "line",
                         table->path);
    if (unfit == 0 || blanks)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_INPUT,
                     "%s, line %zu: something stands between the bytes that the description gives "
                     "to the columns; correct the file",
                     table->path, unfit);
}

static char *add_cell(char *to, const char *text, Span cell)
{
    memcpy(to, text + cell.at, cell.length);
    to[cell.length] = '\0';
    return to + cell.length + 1;
}

// Writes the cells of a row; returns where they end. `row` is cut up by words when `by_blanks`.
static char *add_row(char *to, const char *text, Span row, const Description *description,
                     bool by_blanks)
{
    const char *start = to;
    for (size_t i = 0; i < description->n; i++) {
        Span cell = {row.at, 0};
        if (by_blanks)
            text_line_word(text, &row, &cell);
        else
            cell = trim(text, characters(text, row, description->fields[i].first,
                                         description->fields[i].last));
        to = add_cell(to, text, cell);
    }
    for (size_t i = 0; i < description->n_joined; i++) {
        const Joined *joined = &description->joined[i];
        char *cell = to;
        for (size_t part = 0; part < joined->n; part++) {
            const char *from = start;
            for (size_t field = 0; field < joined->fields[part]; field++)
                from += strlen(from) + 1;
            // A sign belongs to what follows it.
            if (to > cell && to[-1] != '-' && to[-1] != '+')
                *to++ = ' ';
            to += strlen(strcpy(to, from));
        }
        *to++ = '\0';
    }
    return to;
}

// Enough for every row's cells: twice its text, an end for each cell and the joins' blanks.
static char *new_cells(size_t size, size_t n_rows, const Description *description)
{
    size_t ends = description->n + description->n_joined * 6, bytes;
    if (__builtin_mul_overflow(n_rows, ends, &bytes) ||
        __builtin_add_overflow(bytes, 2 * size + 1, &bytes))
        return NULL;
    return memory_new(bytes, 1);
}

static Status split_rows(Table *table, const char *text, size_t size,
                         const Description *description, Error *error)
{
    bool by_blanks;
    size_t n_rows, at = description->data, capacity = 0;
    Status status = find_layout(table, text, size, description, &by_blanks, &n_rows, error);
    if (status != STATUS_OK)
        return status;
    table->text = new_cells(size, n_rows, description);
    if (table->text == NULL)
        return error_memory(error, table->path);
    char *to = table->text;
    size_t line = text_line_number(text, at), counted = at;
    Span row;
    while (next_row(text, size, description, &at, &row)) {
        status = table_grow_rows(table, &capacity, error);
        if (status != STATUS_OK)
            return status;
        line += text_line_number(text + counted, row.at - counted) - 1;
        counted = row.at;
        table->rows[table->n_rows] = (size_t)(to - table->text);
        table->lines[table->n_rows++] = line;
        to = add_row(to, text, row, description, by_blanks);
    }
    return STATUS_OK;
}

Status table_parse_bytes(Table *table, char *text, size_t size, Error *error)
{
    Description description;
    Status status = read_description(table, text, size, &description, error);
    if (status == STATUS_OK)
        status = name_columns(table, text, &description, error);
    if (status == STATUS_OK)
        status = split_rows(table, text, size, &description, error);
    free(description.fields);
    free(text);
    return status;
}
