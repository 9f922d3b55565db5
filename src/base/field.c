#include "base/field.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const Field *field_find(const Field *table, const char *name)
{
    for (const Field *field = table; field->name != NULL; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

static bool read_whole(const char *text, uint64_t *value)
{
    char *end;
    errno = 0;
    if (text[0] < '0' || text[0] > '9')
        return false;
    *value = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

static bool read_real(const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}

static bool read_switch(const char *text, bool *value)
{
    *value = strcmp(text, "1") == 0 || strcmp(text, "yes") == 0;
    return *value || strcmp(text, "0") == 0 || strcmp(text, "no") == 0;
}

static bool read_choice(const char *const *choices, const char *text, int *value)
{
    for (int i = 0; choices[i] != NULL; i++)
        if (strcmp(choices[i], text) == 0) {
            *value = i;
            return true;
        }
    return false;
}

static bool read_text(const char *text, char *value, size_t size)
{
    size_t length = strlen(text);
    if (length >= size)
        return false;
    memcpy(value, text, length + 1);
    return true;
}

Status field_set(const Field *field, void *record, const char *text, Error *error)
{
    static const char *const wants[] = {
        [FIELD_TEXT] = "a shorter text", [FIELD_COUNT] = "a whole number",
        [FIELD_SEED] = "a whole number", [FIELD_NUMBER] = "a number",
        [FIELD_SWITCH] = "yes or no",    [FIELD_CHOICE] = "one of its choices"};
    void *place = (char *)record + field->offset;
    uint64_t whole;
    bool good = false;
    switch (field->kind) {
    case FIELD_TEXT:
        good = read_text(text, place, field->n);
        break;
    case FIELD_COUNT:
        good = read_whole(text, &whole) && whole <= SIZE_MAX;
        if (good)
            *(size_t *)place = (size_t)whole;
        break;
    case FIELD_SEED:
        good = read_whole(text, &whole);
        if (good)
            *(uint64_t *)place = whole;
        break;
    case FIELD_NUMBER:
        good = field->n == 1 && read_real(text, place);
        break;
    case FIELD_SWITCH:
        good = read_switch(text, place);
        break;
    case FIELD_CHOICE:
        good = read_choice(field->choices, text, place);
        break;
    }
    return good ? STATUS_OK
                : error_set(error, STATUS_USAGE, "%s takes %s, not \"%.60s\"", field->name,
                            wants[field->kind], text);
}

Status fields_set(const Field *table, void *record, const char *text, Error *error)
{
    char word[256];
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        size_t name_length = strcspn(text, "=");
        if (length >= sizeof word || name_length >= length)
            return error_set(error, STATUS_USAGE, "\"%.60s\" is not NAME=VALUE", text);
        memcpy(word, text, length);
        word[length] = '\0';
        word[name_length] = '\0';
        const Field *field = field_find(table, word);
        if (field == NULL)
            return error_set(error, STATUS_USAGE, "there is no setting \"%s\"", word);
        Status status = field_set(field, record, word + name_length + 1, error);
        if (status != STATUS_OK)
            return status;
        text += length;
        text += *text == ',';
    }
    return STATUS_OK;
}

static void put_field(const Field *field, const void *record, FILE *stream)
{
    const void *place = (const char *)record + field->offset;
    fprintf(stream, "%s=", field->name);
    switch (field->kind) {
    case FIELD_TEXT:
        fputs(place, stream);
        break;
    case FIELD_COUNT:
        fprintf(stream, "%zu", *(const size_t *)place);
        break;
    case FIELD_SEED:
        fprintf(stream, "%" PRIu64, *(const uint64_t *)place);
        break;
    case FIELD_NUMBER:
        for (size_t i = 0; i < field->n; i++)
            fprintf(stream, "%s%.17g", i > 0 ? " " : "", ((const double *)place)[i]);
        break;
    case FIELD_SWITCH:
        fputs(*(const bool *)place ? "yes" : "no", stream);
        break;
    case FIELD_CHOICE:
        fputs(field->choices[*(const int *)place], stream);
        break;
    }
}

char *fields_text(const Field *table, const void *record)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    for (const Field *field = table; field->name != NULL; field++) {
        if (field != table)
            fputc(',', stream);
        put_field(field, record, stream);
    }
    bool good = !ferror(stream);
    if (fclose(stream) == 0 && good)
        return text;
    free(text);
    return NULL;
}
