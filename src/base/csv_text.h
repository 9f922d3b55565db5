// Cells of CSV files.
#ifndef SKYCLASS_BASE_CSV_TEXT_H
#define SKYCLASS_BASE_CSV_TEXT_H

#include <stdbool.h>
#include <stdio.h>

// Writes one cell by RFC 4180: in quotes where the text would break the row or lose its outer
// blanks, or always; quotes inside are doubled.
void csv_text_write(const char *text, bool always_quoted, FILE *stream);

#endif
