// Lines of a text, told apart where they stand.
#ifndef SKYCLASS_SKY_TABLE_TEXT_LINE_H
#define SKYCLASS_SKY_TABLE_TEXT_LINE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Span {
    size_t at, length; // bytes of the text
} Span;

// The line at *at without its end; moves *at to the next. False at the end of the text.
bool text_line_next(const char *text, size_t size, size_t *at, Span *line);

// The next line that is neither blank nor a comment.
bool text_line_next_row(const char *text, size_t size, size_t *at, Span *line);

bool text_line_is_blank(const char *text, Span line);

// '#' opens a comment everywhere, '\' in IPAC's tables.
bool text_line_is_comment(const char *text, Span line);

// "---- ---- ----" under VizieR's and fixed-width headers; a line "# ----" is none.
bool text_line_is_rule(const char *text, Span line);

// The first character that is not blank, or NUL.
char text_line_first(const char *text, Span line);

// The next word, and the line behind it; false where there is none.
bool text_line_word(const char *text, Span *line, Span *word);

// What follows the blanks and '#' that open the line.
Span text_line_uncommented(const char *text, Span line);

// The number, from 1, of the line in which byte `at` is.
size_t text_line_number(const char *text, size_t at);

#endif
