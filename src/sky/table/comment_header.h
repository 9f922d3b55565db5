// Names of columns that stand in comments above the rows of delimited text.
#ifndef SKYCLASS_SKY_TABLE_COMMENT_HEADER_H
#define SKYCLASS_SKY_TABLE_COMMENT_HEADER_H

#include "sky/table/table_internal.h"
#include "sky/table/text_line.h"

// How "# 2 X_IMAGE  Object position [pixel]" (SExtractor's ASCII_HEAD), "# (2) RA (J2000)",
// "# 2. ra deg" or "# col 2: ra" write the number.
typedef struct NumberStyle {
    bool word;        // "col" or "column" before it
    char open, close; // what encloses or follows it; NUL: nothing
} NumberStyle;

typedef struct NumberedHeader {
    NumberStyle style;
    size_t from, end; // the bytes of the text with the lines
    bool sextractor;  // laid out as SExtractor does, which leaves out the numbers of vectors
} NumberedHeader;

// Finds lines above byte `end` that number the columns 1, 2, 3 ... of rows with `n_columns` values:
// all of them, or fewer in SExtractor's layout. Any other run of numbers (of classes, of flags) is
// no header.
bool comment_header_find_numbered(const char *text, size_t end, size_t n_columns,
                                  NumberedHeader *header);

// Names the columns that the lines number, with their units; the others stay as they are.
Status comment_header_name_numbered(Table *table, const char *text, const NumberedHeader *header,
                                    Error *error);

// "# id x y": the last line above byte `end` that has as many words as the table has columns, and
// no number among them; a line of units ("# - pixel pixel") or dashes may stand below it. The table
// stays without names where there is none.
Status comment_header_name_words(Table *table, const char *text, size_t end, char delimiter,
                                 bool spreadsheet, Error *error);

#endif
