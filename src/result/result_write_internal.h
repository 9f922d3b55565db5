// What the writers of results share.
#ifndef SKYCLASS_RESULT_RESULT_WRITE_INTERNAL_H
#define SKYCLASS_RESULT_RESULT_WRITE_INTERNAL_H

#include <stdio.h>

#include "result/result_write.h"
#include "sky/table/output_table.h"

enum { RESULT_FLAG_SIZE = 128 }; // room for every flag's name

// Each writes the whole file to `stream`, whose errors the caller finds.
void result_write_starcnet_table(const Result *result, FILE *stream);
void result_write_starcnet_predictions(const Result *result, const char *galaxy, FILE *stream);
void result_write_regions(const Result *result, const ResultStyle *style, FILE *stream);
Status result_write_table(const Result *result, const TableFormat *format, FILE *stream,
                          Error *error);

#endif
