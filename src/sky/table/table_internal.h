// What table.c and its readers, table_text.c, table_fits.c and table_votable.c, share.
#ifndef SKYCLASS_SKY_TABLE_TABLE_INTERNAL_H
#define SKYCLASS_SKY_TABLE_TABLE_INTERNAL_H

#include <fitsio.h>

#include "sky/table/table.h"

typedef struct TableColumn {
    char *name;
    char *unit;
    // VOTable only: what its header says of the cells, which stand in Table.text as text.
    bool text, fraction;
    // FITS only; exactly one is set. Text tables keep their cells in Table.text.
    double *numbers;     // [n_rows]
    long long *integers; // [n_rows], for whole numbers that a double might not hold
    char *strings;       // [n_rows][width + 1]
    bool whole;          // the numbers are whole by the file's word
    size_t width;
} TableColumn;

typedef struct TableNote {
    char *key, *value;
} TableNote;

struct Table {
    char *path;
    size_t n_notes;
    TableNote *notes;
    char *pixels_of; // NULL where nothing says so
    size_t n_rows, n_columns;
    bool named;
    TableColumn *columns;
    char *
        text; // text tables and VOTables: the cells of a row follow each other, each NUL-terminated
    size_t *rows;  // [n_rows]: where in `text` a row's first cell is
    size_t *lines; // [n_rows]: the row's line in the file, from 1
};

// A way in which a table is written as text: a row of the list in table.c.
typedef struct TextFormat {
    bool (*looks_like)(const char *text, size_t size);
    // Takes over `text`.
    Status (*parse)(Table *table, char *text, size_t size, Error *error);
} TextFormat;

bool table_looks_like_bytes(const char *text, size_t size);
bool table_looks_like_iraf(const char *text, size_t size);
bool table_looks_like_daophot(const char *text, size_t size);
Status table_parse_votable(Table *table, char *text, size_t size, Error *error);
Status table_parse_bytes(Table *table, char *text, size_t size, Error *error);
Status table_parse_iraf(Table *table, char *text, size_t size, Error *error);
Status table_parse_daophot(Table *table, char *text, size_t size, Error *error);
// Delimited text, which every other text is taken for.
Status table_parse_text(Table *table, char *text, size_t size, Error *error);
Status table_read_fits(Table *table, const char *file, const char *extension, Error *error);

// Makes room for one more row in `rows` and `lines`, which have room for *capacity.
Status table_grow_rows(Table *table, size_t *capacity, Error *error);
Status table_new_columns(Table *table, size_t n_columns, Error *error);
// Remembers (copies) whose pixels x, y are.
Status table_set_pixels_of(Table *table, const char *name, size_t length, Error *error);
// Adds a note (copies).
Status table_add_note(Table *table, const char *key, const char *value, Error *error);
// Those of an ECSV file's comments, before its text is cut into cells; and of the current HDU.
Status table_read_notes_ecsv(Table *table, const char *text, Error *error);
Status table_read_notes_fits(Table *table, fitsfile *fits, Error *error);
void table_free_notes(Table *table);
// Names column `column` (copies); an empty or NULL name becomes col<N>.
Status table_name_column(Table *table, size_t column, const char *name, size_t length,
                         Error *error);
Status table_set_unit(Table *table, size_t column, const char *unit, size_t length, Error *error);

#endif
