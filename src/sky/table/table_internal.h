// What table.c and its readers, table_text.c, table_fits.c and table_votable.c, share.
#ifndef SKYCLASS_SKY_TABLE_TABLE_INTERNAL_H
#define SKYCLASS_SKY_TABLE_TABLE_INTERNAL_H

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

struct Table {
    char *path;
    char *pixels_of; // NULL where nothing says so
    size_t n_rows, n_columns;
    bool named;
    TableColumn *columns;
    char *
        text; // text tables and VOTables: the cells of a row follow each other, each NUL-terminated
    size_t *rows;  // [n_rows]: where in `text` a row's first cell is
    size_t *lines; // [n_rows]: the row's line in the file, from 1
};

// Takes over `text`.
Status table_parse_text(Table *table, char *text, size_t size, Error *error);
// The same for a VOTable.
Status table_parse_votable(Table *table, char *text, size_t size, Error *error);
Status table_read_fits(Table *table, const char *file, const char *extension, Error *error);

// Makes room for one more row in `rows` and `lines`, which have room for *capacity.
Status table_grow_rows(Table *table, size_t *capacity, Error *error);
Status table_new_columns(Table *table, size_t n_columns, Error *error);
// Remembers (copies) whose pixels x, y are.
Status table_set_pixels_of(Table *table, const char *name, size_t length, Error *error);
// Names column `column` (copies); an empty or NULL name becomes col<N>.
Status table_name_column(Table *table, size_t column, const char *name, size_t length,
                         Error *error);

#endif
