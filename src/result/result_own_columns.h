// The columns that the inputs of several results had, as those of one table.
#ifndef SKYCLASS_RESULT_RESULT_OWN_COLUMNS_H
#define SKYCLASS_RESULT_RESULT_OWN_COLUMNS_H

#include "result/result.h"
#include "sky/table/output_table.h"

typedef struct OwnColumns OwnColumns;

// Gathers the own columns of n results, whose rows follow each other. Columns with the same name
// (in any case) are one: of numbers where all are, else of text, and without a unit where they
// disagree. The results must live as long.
Status own_columns_new(const Result *const *results, size_t n, OwnColumns **own, Error *error);

// Adds them to a table, which must not outlive them. A row of a list without the column is missing.
Status own_columns_add(const OwnColumns *own, OutputTable *table, Error *error);

void own_columns_free(OwnColumns *own);

#endif
