// What the writers of tables share.
#ifndef SKYCLASS_SKY_TABLE_OUTPUT_TABLE_INTERNAL_H
#define SKYCLASS_SKY_TABLE_OUTPUT_TABLE_INTERNAL_H

#include "sky/table/output_table.h"

// Each writes the whole file to `stream`.
Status output_table_write_csv(const OutputTable *table, FILE *stream, Error *error);
Status output_table_write_ecsv(const OutputTable *table, FILE *stream, Error *error);
Status output_table_write_votable(const OutputTable *table, FILE *stream, Error *error);
Status output_table_write_fits(const OutputTable *table, FILE *stream, Error *error);

// The cell of column `column`.
void output_table_cell(const OutputTable *table, size_t column, size_t row, OutputCell *cell);

// A known cell that is a number: as the user wrote it where `as_written`, else the shortest text
// that reads back as the same number.
void output_cell_put_number(const OutputColumn *column, const OutputCell *cell, bool as_written,
                            FILE *stream);

#endif
