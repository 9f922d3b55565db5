// What a table says of itself beside its columns.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fits_text.h"
#include "base/memory.h"
#include "sky/table/table_internal.h"

enum { KEY_SIZE = 72, CLASSES_MAX = 64, HISTORY_LENGTH = 72 };

Status table_add_note(Table *table, const char *key, const char *value, Error *error)
{
    TableNote *notes = memory_resize(table->notes, table->n_notes + 1, sizeof *notes);
    if (notes == NULL)
        return error_memory(error, table->path);
    table->notes = notes;
    TableNote note = {memory_copy_text(key), memory_copy_text(value)};
    if (note.key == NULL || note.value == NULL) {
        free(note.key);
        free(note.value);
        return error_memory(error, table->path);
    }
    notes[table->n_notes++] = note;
    return STATUS_OK;
}

void table_free_notes(Table *table)
{
    for (size_t i = 0; i < table->n_notes; i++) {
        free(table->notes[i].key);
        free(table->notes[i].value);
    }
    free(table->notes);
}

size_t table_note_count(const Table *table)
{
    return table->n_notes;
}

const char *table_note_key(const Table *table, size_t note)
{
    return table->notes[note].key;
}

const char *table_note_value(const Table *table, size_t note)
{
    return table->notes[note].value;
}

const char *table_note_find(const Table *table, const char *key)
{
    for (size_t i = 0; i < table->n_notes; i++)
        if (strcmp(table->notes[i].key, key) == 0)
            return table->notes[i].value;
    return NULL;
}

// ---- FITS --------------------------------------------------------------------------------------

// CLASS3 is the note "class 3". *there: whether the header has it.
static Status read_numbered(Table *table, fitsfile *fits, const char *stem, const char *name,
                            size_t number, bool *there, Error *error)
{
    char keyword[FLEN_KEYWORD], key[KEY_SIZE];
    int code = 0;
    snprintf(keyword, sizeof keyword, "%s%zu", stem, number);
    snprintf(key, sizeof key, "%s %zu", name, number);
    char *text = fits_text_read(fits, keyword, &code);
    *there = text != NULL;
    fits_clear_errmsg();
    if (code == MEMORY_ALLOCATION)
        return error_memory(error, table->path);
    Status status = *there ? table_add_note(table, key, text, error) : STATUS_OK;
    free(text);
    return status;
}

static Status add_history(Table *table, char *text, Error *error)
{
    char *equals = strstr(text, " = ");
    if (equals == NULL)
        return STATUS_OK;
    *equals = '\0';
    return table_add_note(table, text, equals + strlen(" = "), error);
}

// "key = value" in lines of HISTORY, of which those after the first begin with two blanks
// (output_fits.c).
static Status read_history(Table *table, fitsfile *fits, Error *error)
{
    int n_cards = 0, code = 0;
    fits_get_hdrspace(fits, &n_cards, NULL, &code);
    char *text = memory_new((size_t)n_cards + 1, HISTORY_LENGTH);
    if (text == NULL)
        return error_memory(error, table->path);
    size_t length = 0;
    Status status = STATUS_OK;
    for (int i = 1; i <= n_cards && status == STATUS_OK; i++) {
        char card[FLEN_CARD] = "";
        fits_read_record(fits, i, card, &code);
        if (code != 0 || strncmp(card, "HISTORY ", 8) != 0)
            continue;
        const bool goes_on = length > 0 && strncmp(card + 8, "  ", 2) == 0;
        const char *line = card + (goes_on ? 10 : 8);
        if (!goes_on && length > 0)
            status = add_history(table, text, error);
        length = goes_on ? length : 0;
        memcpy(text + length, line, strlen(line) + 1);
        length += strlen(line);
    }
    if (status == STATUS_OK && length > 0)
        status = add_history(table, text, error);
    free(text);
    fits_clear_errmsg();
    return status;
}

Status table_read_notes_fits(Table *table, fitsfile *fits, Error *error)
{
    bool there = true;
    Status status = STATUS_OK;
    for (size_t k = 1; k <= CLASSES_MAX && there && status == STATUS_OK; k++)
        status = read_numbered(table, fits, "CLASS", "class", k, &there, error);
    there = true;
    for (size_t k = 0; k <= CLASSES_MAX && there && status == STATUS_OK; k++)
        status = read_numbered(table, fits, "LOOK", "look", k, &there, error);
    return status == STATUS_OK ? read_history(table, fits, error) : status;
}

// ---- ECSV --------------------------------------------------------------------------------------

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

// Takes a scalar as output_text.c writes it from *at, moves *at behind it; `end` stops a plain one.
static void take_scalar(const char **at, const char *end, char *text, size_t size)
{
    const char *p = *at;
    size_t n = 0;
    const bool quoted = *p == '"';
    const char *stop = quoted ? NULL : strstr(p, end);
    for (p += quoted; *p != '\0' && (quoted ? *p != '"' : p != stop); p++) {
        char c = *p;
        if (quoted && c == '\\' && p[1] == 'x' && p[2] != '\0' && p[3] != '\0') {
            c = (char)(hex_digit(p[2]) << 4 | hex_digit(p[3]));
            p += 3;
        } else if (quoted && c == '\\' && p[1] != '\0') {
            c = *++p;
        }
        if (n + 1 < size)
            text[n++] = c;
    }
    text[n] = '\0';
    *at = p + (quoted && *p == '"');
}

// A line "#   - name" of the list `list`, or "#   - key: value" where that is "".
static Status read_item(Table *table, const char *line, const char *list, size_t number,
                        Error *error)
{
    const char *at = line + strlen("#   - ");
    char key[KEY_SIZE];
    size_t size = strlen(line) + 1;
    char *value = memory_new(size, 1);
    if (value == NULL)
        return error_memory(error, table->path);
    if (list[0] != '\0') {
        snprintf(key, sizeof key, "%s %zu", list, number);
    } else {
        take_scalar(&at, ": ", key, sizeof key);
        at += strncmp(at, ": ", 2) == 0 ? 2 : 0;
    }
    take_scalar(&at, "\n", value, size);
    Status status = table_add_note(table, key, value, error);
    free(value);
    return status;
}

Status table_read_notes_ecsv(Table *table, const char *text, Error *error)
{
    static const struct {
        const char *line, *list;
        size_t first;
    } lists[] = {{"# - classes:", "class", 1}, {"# - looks:", "look", 0}, {"# - skyclass:", "", 0}};
    if (strncmp(text, "# %ECSV", 7) != 0)
        return STATUS_OK;
    const char *list = NULL;
    size_t number = 0;
    Status status = STATUS_OK;
    while (*text == '#' && status == STATUS_OK) {
        const size_t length = strcspn(text, "\r\n");
        char *line = memory_new(length + 1, 1);
        if (line == NULL)
            return error_memory(error, table->path);
        memcpy(line, text, length);
        if (strncmp(line, "#   - ", 6) == 0 && list != NULL)
            status = read_item(table, line, list, number++, error);
        else
            list = NULL;
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
            if (strncmp(line, lists[i].line, strlen(lists[i].line)) == 0) {
                list = lists[i].list;
                number = lists[i].first;
            }
        free(line);
        text += length;
        text += strspn(text, "\r\n");
    }
    return status;
}
