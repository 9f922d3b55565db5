#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void keep_one_line(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

Status error_set(Error *error, Status status, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        keep_one_line(error->text);
        error->status = status;
    }
    return status;
}

Status error_prefix(Error *error, const char *format, ...)
{
    if (error == NULL)
        return STATUS_BAD_INPUT;
    char prefix[ERROR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    char joined[2 * ERROR_TEXT_SIZE + 2];
    snprintf(joined, sizeof joined, "%s: %s", prefix, error->text);
    return error_set(error, error->status, "%.*s", (int)sizeof error->text - 1, joined);
}

Status error_memory(Error *error, const char *what)
{
    return error_set(error, STATUS_MEMORY, "out of memory for %s; close something or ask for less",
                     what);
}
