#include "base/named_numbers.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_text.h"

// The next word of *text to word[size]; false at the end or where it is longer.
static bool next_word(const char **text, char *word, size_t size)
{
    *text += strspn(*text, " ");
    size_t length = strcspn(*text, " ");
    if (length == 0 || length >= size)
        return false;
    memcpy(word, *text, length);
    word[length] = '\0';
    *text += length;
    return true;
}

Status named_numbers_read(const char *text, char *name, size_t size, double *numbers, size_t most,
                          size_t *n, Error *error)
{
    const char *rest = text;
    char word[64];
    *n = 0;
    if (!next_word(&rest, name, size))
        return error_set(error, STATUS_BAD_INPUT, "\"%.60s\" does not begin with a name", text);
    while (next_word(&rest, word, sizeof word)) {
        char *end;
        double value = strtod(word, &end);
        if (*end != '\0' || !isfinite(value) || *n == most)
            return error_set(error, STATUS_BAD_INPUT, "%s: \"%s\" is %s", name, word,
                             *n == most ? "one number too many" : "not a number");
        numbers[(*n)++] = value;
    }
    if (rest[strspn(rest, " ")] != '\0')
        return error_set(error, STATUS_BAD_INPUT, "%s: \"%.60s\" is not a number", name, rest);
    return STATUS_OK;
}

void named_numbers_text(const char *name, const double *numbers, size_t n, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", name);
    for (size_t i = 0; i < n && used < size; i++) {
        char number[32];
        used += (size_t)snprintf(text + used, size - used, " %s",
                                 number_text(numbers[i], number, sizeof number));
    }
}
