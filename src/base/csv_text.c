#include "base/csv_text.h"

#include <ctype.h>
#include <string.h>

static bool is_digit(char c)
{
    return isdigit((unsigned char)c) != 0;
}

// Behind a sign: a decimal number, or a sexagesimal one with colons, blanks or letters. An operator
// or a letter that starts a cell's name makes it something else.
static bool is_number(const char *text)
{
    if (!is_digit(text[0]) && !(text[0] == '.' && is_digit(text[1])))
        return false;
    for (const char *c = text; *c != '\0'; c++) {
        bool exponent_sign = (*c == '+' || *c == '-') && c - text >= 2 &&
                             (c[-1] == 'e' || c[-1] == 'E') && is_digit(c[1]);
        if (!exponent_sign && !is_digit(*c) && strchr(":. hmsdeE", *c) == NULL)
            return false;
    }
    return true;
}

bool csv_text_is_formula(const char *text)
{
    const char *start = text + strspn(text, "'");
    if (*start == '\0' || strchr("=+-@\t\r", *start) == NULL)
        return false;
    bool sign = start == text && (*start == '+' || *start == '-');
    return !sign || !(is_number(start + 1) || strspn(start, "-") == strlen(start));
}

void csv_text_put_guard(const char *text, FILE *stream)
{
    if (csv_text_is_formula(text))
        fputc('\'', stream);
}

const char *csv_text_unguarded(const char *text)
{
    return text[0] == '\'' && csv_text_is_formula(text + 1) ? text + 1 : text;
}

static bool needs_quotes(const char *text)
{
    size_t n = strlen(text);
    return strpbrk(text, ",\"\r\n") != NULL ||
           (n > 0 && (strchr(" \t#\\", text[0]) != NULL || strchr(" \t", text[n - 1]) != NULL));
}

static void write_cell(const char *text, bool guarded, bool quoted, FILE *stream)
{
    if (!quoted) {
        if (guarded)
            csv_text_put_guard(text, stream);
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    if (guarded)
        csv_text_put_guard(text, stream);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

void csv_text_write(const char *text, bool always_quoted, FILE *stream)
{
    write_cell(text, false, always_quoted || needs_quotes(text), stream);
}

void csv_text_write_guarded(const char *text, FILE *stream)
{
    write_cell(text, true, needs_quotes(text), stream);
}
