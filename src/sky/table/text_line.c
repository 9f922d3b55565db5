#include "sky/table/text_line.h"

#include <ctype.h>
#include <string.h>

bool text_line_next(const char *text, size_t size, size_t *at, Span *line)
{
    if (*at >= size)
        return false;
    line->at = *at;
    line->length = strcspn(text + *at, "\r\n");
    *at += line->length;
    if (text[*at] == '\r' && text[*at + 1] == '\n')
        (*at)++;
    if (*at < size)
        (*at)++;
    return true;
}

bool text_line_is_blank(const char *text, Span line)
{
    for (size_t i = 0; i < line.length; i++)
        if (!isspace((unsigned char)text[line.at + i]))
            return false;
    return true;
}

char text_line_first(const char *text, Span line)
{
    for (size_t i = 0; i < line.length; i++)
        if (!isspace((unsigned char)text[line.at + i]))
            return text[line.at + i];
    return '\0';
}

bool text_line_is_comment(const char *text, Span line)
{
    char first = text_line_first(text, line);
    return first == '#' || first == '\\';
}

bool text_line_is_rule(const char *text, Span line)
{
    bool dash = false;
    for (size_t i = 0; i < line.length; i++) {
        char c = text[line.at + i];
        if (c == '-' || c == '=')
            dash = true;
        else if (!isspace((unsigned char)c) && strchr("|+,;", c) == NULL)
            return false;
    }
    return dash;
}

bool text_line_next_row(const char *text, size_t size, size_t *at, Span *line)
{
    while (text_line_next(text, size, at, line))
        if (!text_line_is_blank(text, *line) && !text_line_is_comment(text, *line))
            return true;
    return false;
}

size_t text_line_number(const char *text, size_t at)
{
    size_t n = 1;
    for (size_t i = 0; i < at; i++)
        n += text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n');
    return n;
}

bool text_line_word(const char *text, Span *line, Span *word)
{
    while (line->length > 0 && isspace((unsigned char)text[line->at])) {
        line->at++;
        line->length--;
    }
    *word = (Span){line->at, 0};
    while (word->length < line->length && !isspace((unsigned char)text[word->at + word->length]))
        word->length++;
    line->at += word->length;
    line->length -= word->length;
    return word->length > 0;
}

Span text_line_uncommented(const char *text, Span line)
{
    while (line.length > 0 && strchr("# \t", text[line.at]) != NULL) {
        line.at++;
        line.length--;
    }
    return line;
}
