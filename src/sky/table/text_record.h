// One record of delimited text: its cells, split where they stand.
#ifndef SKYCLASS_SKY_TABLE_TEXT_RECORD_H
#define SKYCLASS_SKY_TABLE_TEXT_RECORD_H

#include "sky/table/text_line.h"

enum { BLANKS = ' ' }; // the delimiter that stands for any run of spaces and tabs

typedef struct Record {
    size_t n_cells;
    size_t n_filled; // cells up to the last that is not empty
    size_t n_lines;  // lines of the file it took
    bool unclosed;   // a quote that is never closed
} Record;

// Splits the record that starts at text[*at] into NUL-terminated cells that follow each other from
// there, and moves *at behind it. Cells never grow, so they fit where they were. `spreadsheet`: the
// file may have been made for one, whose text cells have an apostrophe before what is no formula.
Record text_record_split(char *text, size_t *at, char delimiter, bool spreadsheet);

// The cells of one line in a copy of it, which the caller frees; NULL when memory ran out.
char *text_record_split_line(const char *text, Span line, char delimiter, bool spreadsheet,
                             Record *record);

// How many cells a line that closes its quotes has.
size_t text_record_count(const char *text, Span line, char delimiter);

// Whether one of `n` cells holds a number, decimal or sexagesimal: what cannot be a column's name.
bool text_record_holds_values(const char *cells, size_t n);

#endif
