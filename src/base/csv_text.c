#include "base/csv_text.h"

#include <string.h>

void csv_text_write(const char *text, bool always_quoted, FILE *stream)
{
    size_t n = strlen(text);
    bool quote = always_quoted || strpbrk(text, ",\"\r\n") != NULL ||
                 (n > 0 && (text[0] == ' ' || text[n - 1] == ' '));
    if (!quote) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}
