// Tables on their way out: columns whose cells are asked for one by one, written in any of the
// table formats. What is listed once here is the same in every format.
#ifndef SKYCLASS_SKY_TABLE_OUTPUT_TABLE_H
#define SKYCLASS_SKY_TABLE_OUTPUT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

typedef enum CellKind {
    CELL_TEXT,
    CELL_WHOLE, // whole numbers, 64 bits
    CELL_SMALL, // whole numbers, 16 bits
    CELL_DOUBLE,
    CELL_SINGLE
} CellKind;

enum { CELL_TEXT_SIZE = 160 }; // room for text made on the way

// One cell: of the kinds only its column's is filled in.
typedef struct OutputCell {
    bool known;       // false: missing, and nothing else is filled in. Text is always known
    const char *text; // of text; of numbers as the user wrote them, or NULL
    long long whole;
    double number; // single precision too
    char buffer[CELL_TEXT_SIZE];
} OutputCell;

typedef struct OutputColumn {
    char *name; // owned
    CellKind kind;
    const char *unit, *description, *ucd; // "" where there is none; not owned
    const void *data;                     // for `cell`, with `index`
    size_t index;
    void (*cell)(const struct OutputColumn *column, size_t row, OutputCell *cell);
} OutputColumn;

typedef struct OutputNote { // one line of where the table comes from
    const char *key, *value;
} OutputNote;

typedef struct OutputTable {
    const char *name; // of the FITS extension
    size_t n_rows, n_columns, capacity;
    OutputColumn *columns; // owned
    size_t n_notes, n_classes;
    const OutputNote *notes;        // not owned
    const char *const *class_names; // not owned
    const char *const *class_looks; // [n_classes + 1] of no class and the others: the colour, that
                                    // for colour-blind eyes and the shape, with blanks between; or
                                    // NULL. Not owned
} OutputTable;

// Adds a column called `name` (a copy), the rest as in `column`. Where another has the name, in any
// case, it becomes NAME_input, NAME_input2, ... A name that is a number ("814") becomes _NAME: a
// table of text with a number among its names reads as one without names.
Status output_table_add(OutputTable *table, const char *name, const OutputColumn *column,
                        Error *error);
void output_table_clear(OutputTable *table);

// A format is a row: the file's ending and what writes it. Write errors are the stream's.
typedef struct TableFormat {
    const char *ending;
    Status (*write)(const OutputTable *table, FILE *stream, Error *error);
} TableFormat;

// The format that the ending of `path` names (in any case); NULL when it is none of these.
const TableFormat *table_format_find(const char *path);

// ".fits, .csv, ..." for messages.
extern const char *const table_format_endings;

bool path_ends_with(const char *path, const char *ending); // in any case

#endif
