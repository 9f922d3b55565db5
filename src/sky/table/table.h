// Tables as other programs write them: delimited text and FITS, read whole, looked up by name.
#ifndef SKYCLASS_SKY_TABLE_TABLE_H
#define SKYCLASS_SKY_TABLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct Table Table;

enum { TABLE_CELL_SIZE = 32 }; // room for any number as text

// Reads a FITS table ("file.fits", "file.fits[2]", "file.fits[NAME]", gzipped or not) or delimited
// text: commas, tabs, semicolons, bars or blanks; with a header line, a commented one, comments
// that number the columns (SExtractor's among them), ECSV's, VizieR's (names, units, dashes),
// IPAC's, or with none; or a VOTable, of which the first table that has columns counts (TABLEDATA,
// or BINARY or BINARY2 in base64; an array is a text of its values with blanks between them); or a
// table with a byte-by-byte description (CDS, AAS), where positions in parts (RAh, RAm, RAs ...)
// are two more columns _RA and _DE; or a list of IRAF's DAOFIND, PHOT or ALLSTAR or of DAOPHOT. The
// content decides. The apostrophe that keeps a
// cell of delimited text from being a spreadsheet's formula (csv_text.h) is taken off. A row with
// another number of values than the first or the header, and a table without rows, are errors.
Status table_read(const char *path, Table **table, Error *error);

// The same from text in memory (UTF-8, NUL-terminated, `size` bytes), which it takes over: freed on
// failure too. `name` stands for the path in errors.
Status table_parse(const char *name, char *text, size_t size, Table **table, Error *error);

// True of a text that table_read takes as a VOTable, or refuses as XML.
bool table_looks_like_votable(const char *text);

void table_free(Table *table);

const char *table_path(const Table *table);
size_t table_row_count(const Table *table);
size_t table_column_count(const Table *table);

// The band or file whose pixels the table says its x, y are: XYBAND in a FITS header, a parameter,
// an INFO or PARAM of a VOTable,
// or a comment ("# XYBAND: F555W"), else FILTER there; "" where it does not say.
const char *table_pixels_of(const Table *table);

// What a table that skyclass wrote says of itself: "class 1" and "look 1" (output_table.h), and its
// notes, as they were given. Of a FITS header, ECSV's comments or a VOTable's INFO; other tables
// have none, or what stands in the same places.
size_t table_note_count(const Table *table);
const char *table_note_key(const Table *table, size_t note);
const char *table_note_value(const Table *table, size_t note);
// The first of that key; NULL where there is none.
const char *table_note_find(const Table *table, const char *key);

// False for a table without header: then the columns are named col1, col2, ...
bool table_is_named(const Table *table);
const char *table_column_name(const Table *table, size_t column);
const char *table_column_unit(const Table *table, size_t column); // "" when not given

// Upper and lower case are the same; false when there is no such column.
bool table_find_column(const Table *table, const char *name, size_t *column);

// The cell as text: as in the file, or for FITS numbers the shortest that reads back the same.
// Valid as long as the table and `buffer` are.
const char *table_text(const Table *table, size_t row, size_t column, char buffer[TABLE_CELL_SIZE]);

// The cell as a number. An empty one, nan, null, -- (astropy), INDEF (IRAF) and a FITS null give
// NaN; false when it holds something else that is no number.
bool table_number(const Table *table, size_t row, size_t column, double *value);

// What a column holds: of FITS as its header says, of text as all its cells are, of a VOTable
// both. A whole number has
// no point, exponent or leading zeros and fits into 64 bits; missing cells are of any kind.
typedef enum TableKind { TABLE_TEXT, TABLE_WHOLE, TABLE_NUMBER } TableKind;
TableKind table_column_kind(const Table *table, size_t column);

// False when the text is not a whole number as above.
bool table_parse_whole(const char *text, long long *value);

// "file.csv, line 12, column 3 (x)" for errors; FITS tables have rows instead of lines.
void table_place(const Table *table, size_t row, size_t column, char *place, size_t size);

// What text becomes a number everywhere in tables and regions: decimal, with exponent (E or
// Fortran's D), blanks around it ignored. No hexadecimal, no infinity; the words above give NaN.
bool table_parse_number(const char *text, double *value);

#endif
