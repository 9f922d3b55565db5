// Cells of CSV files.
#ifndef SKYCLASS_BASE_CSV_TEXT_H
#define SKYCLASS_BASE_CSV_TEXT_H

#include <stdbool.h>
#include <stdio.h>

// Whether a spreadsheet would run the cell as a formula: it begins with = + - @, a tab or a
// carriage return, after any apostrophes, and is no signed number, sexagesimal number or row of
// dashes. Cells that begin with apostrophes before such a character count too, so that the
// apostrophe that csv_text_put_guard adds can be told from the text's own.
bool csv_text_is_formula(const char *text);

// Writes the apostrophe that makes a formula text, where csv_text_is_formula.
void csv_text_put_guard(const char *text, FILE *stream);

// The cell without that apostrophe, where it has one.
const char *csv_text_unguarded(const char *text);

// Writes one cell by RFC 4180: in quotes where the text would break the row, make it a comment
// ('#', IPAC's '\') or lose its outer blanks, or always; quotes inside are doubled.
void csv_text_write(const char *text, bool always_quoted, FILE *stream);

// The same with csv_text_put_guard.
void csv_text_write_guarded(const char *text, FILE *stream);

#endif
