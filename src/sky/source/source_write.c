#include "sky/source/source_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_text.h"
#include "base/output_file.h"
#include "sky/source/source_columns.h"
#include "sky/table/output_table.h"

// A word without blanks, which separate columns here.
static void put_word(const char *text, FILE *stream)
{
    if (*text == '\0')
        fputs("--", stream);
    for (; *text != '\0'; text++)
        fputc(strchr(" \t\r\n", *text) != NULL ? '_' : *text, stream);
}

// Words between blanks, without a header, as LEGUS writes its catalogues.
static Status write_words(const OutputTable *table, FILE *stream)
{
    OutputCell cell;
    char number[32];
    for (size_t row = 0; row < table->n_rows; row++)
        for (size_t i = 0; i < table->n_columns; i++) {
            const OutputColumn *column = &table->columns[i];
            cell = (OutputCell){.text = NULL};
            column->cell(column, row, &cell);
            bool own = cell.text != NULL;
            put_word(own ? cell.text
                         : number_text(cell.known ? cell.number : NAN, number, sizeof number),
                     stream);
            fputc(i + 1 == table->n_columns ? '\n' : ' ', stream);
        }
    return STATUS_OK;
}

static void write_regions(const SourceList *list, PointCoords coords, FILE *stream)
{
    static const RegionMark mark = {.colour = "cyan", .point = "circle"};
    fputs("# Region file format: DS9 version 4.1\n", stream);
    if (list->pixels_of != NULL)
        region_write_comment("XYBAND", list->pixels_of, stream);
    for (size_t i = 0; i < list->n; i++)
        source_point_write(list, i, coords, NULL, &mark, stream);
}

static void pixels_of_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    (void)row;
    cell->text = column->data;
}

// Whose pixels x, y are: a column in every format that names its columns, for CSV has no comments.
static Status add_pixels_of(const SourceList *list, OutputTable *table, Error *error)
{
    const OutputColumn column = {.kind = CELL_TEXT,
                                 .unit = "",
                                 .description = "the image whose pixels x, y are",
                                 .ucd = "",
                                 .data = list->pixels_of,
                                 .cell = pixels_of_cell};
    return output_table_add(table, "xy_band", &column, error);
}

static Status write_columns(const SourceList *list, const TableFormat *format, FILE *stream,
                            Error *error)
{
    const bool named = list->pixels_of != NULL;
    const OutputNote note = {"XYBAND", list->pixels_of};
    OutputTable table = {.name = "SOURCES", .notes = &note, .n_notes = named ? 1 : 0};
    Status status = source_columns_position(list, &table, error);
    if (status == STATUS_OK)
        status = source_columns_own(list, &table, error);
    if (status == STATUS_OK && named && format != NULL)
        status = add_pixels_of(list, &table, error);
    if (named && format == NULL)
        fprintf(stream, "# XYBAND: %s\n", list->pixels_of);
    if (status == STATUS_OK)
        status =
            format != NULL ? format->write(&table, stream, error) : write_words(&table, stream);
    output_table_clear(&table);
    return status;
}

Status source_list_write(const SourceList *list, const char *path, PointCoords coords, Error *error)
{
    const TableFormat *format = table_format_find(path);
    bool regions = path_ends_with(path, ".reg");
    if (format == NULL && !regions && !path_ends_with(path, ".tab"))
        return error_set(error, STATUS_USAGE,
                         "%s: the ending decides the format and this is none of %s, .tab, .reg; "
                         "choose one",
                         path, table_format_endings);
    OutputFile *file;
    Status status = output_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    FILE *stream = output_file_stream(file);
    if (regions)
        write_regions(list, coords, stream);
    else
        status = write_columns(list, format, stream, error);
    if (status == STATUS_OK)
        return output_file_commit(file, error);
    output_file_discard(file);
    return status;
}
