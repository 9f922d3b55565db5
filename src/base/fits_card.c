#include "base/fits_card.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_START = 10, INDEX_DIGITS_MAX = 7 };

// Where a text ends: behind its closing quote; NULL where there is none.
static const char *text_end(const char *quote, const char *end)
{
    for (const char *p = quote + 1; p < end; p++) {
        if (*p != '\'')
            continue;
        if (p + 1 < end && p[1] == '\'')
            p++;
        else
            return p + 1;
    }
    return NULL;
}

static FitsValueKind number_kind(const char *start, const char *end, double *number)
{
    char text[FITS_CARD_SIZE + 1];
    size_t length = (size_t)(end - start);
    bool real = false, digit = false;
    for (size_t i = 0; i < length; i++) {
        char c = start[i];
        if (strchr("0123456789+-.EDed", c) == NULL)
            return FITS_VALUE_BROKEN;
        digit = digit || isdigit((unsigned char)c);
        real = real || (!isdigit((unsigned char)c) && c != '+' && c != '-');
        text[i] = c == 'D' || c == 'd' ? 'E' : c;
    }
    text[length] = '\0';
    char *rest;
    *number = strtod(text, &rest);
    if (!digit || *rest != '\0')
        return FITS_VALUE_BROKEN;
    return real ? FITS_VALUE_REAL : FITS_VALUE_INTEGER;
}

// The value that begins at `start`, and where it ends.
static const char *parse_value(const char *start, const char *end, FitsCard *card)
{
    const char *stop = start;
    if (*start == '\'') {
        stop = text_end(start, end);
        card->kind = stop != NULL ? FITS_VALUE_TEXT : FITS_VALUE_BROKEN;
        card->text = start + 1;
        card->length = stop != NULL ? (int)(stop - start) - 2 : 0;
        return stop != NULL ? stop : end;
    }
    if (*start == '(') {
        stop = memchr(start, ')', (size_t)(end - start));
        card->kind = stop != NULL ? FITS_VALUE_COMPLEX : FITS_VALUE_BROKEN;
        return stop != NULL ? stop + 1 : end;
    }
    while (stop < end && *stop != ' ' && *stop != '/')
        stop++;
    if (stop - start == 1 && (*start == 'T' || *start == 'F')) {
        card->kind = FITS_VALUE_LOGICAL;
        card->number = *start == 'T';
    } else {
        card->kind = number_kind(start, stop, &card->number);
    }
    return stop;
}

FitsCard fits_card_parse(const char *card)
{
    FitsCard result = {.kind = FITS_VALUE_NONE};
    const char *end = card + FITS_CARD_SIZE;
    memcpy(result.keyword, card, FITS_KEYWORD_SIZE - 1);
    for (int i = FITS_KEYWORD_SIZE - 2; i >= 0 && result.keyword[i] == ' '; i--)
        result.keyword[i] = '\0';
    if (card[8] != '=' || card[9] != ' ')
        return result;
    const char *start = card + VALUE_START;
    while (start < end && *start == ' ')
        start++;
    if (start == end || *start == '/')
        return result;
    const char *stop = parse_value(start, end, &result);
    while (stop < end && *stop == ' ')
        stop++;
    if (stop < end && *stop != '/')
        result.kind = FITS_VALUE_BROKEN;
    return result;
}

bool fits_card_matches(const char *keyword, const char *pattern, long *index)
{
    size_t stem = strcspn(pattern, "#");
    *index = 0;
    if (pattern[stem] == '\0')
        return strcmp(keyword, pattern) == 0;
    if (strncmp(keyword, pattern, stem) != 0)
        return false;
    const char *digits = keyword + stem;
    size_t n = strspn(digits, "0123456789");
    if (n == 0 || n > INDEX_DIGITS_MAX || digits[n] != '\0')
        return false;
    *index = strtol(digits, NULL, 10);
    return true;
}
