#include "sky/source/source_write.h"

#include <fitsio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv_text.h"
#include "base/fits_reason.h"
#include "base/memory.h"
#include "base/number_text.h"
#include "base/output_file.h"
#include "sky/table/table.h"

static const char *const position_names[] = {"id", "x", "y", "ra", "dec"};
enum { ID, X, Y, RA, DEC, N_POSITION };

// A column of the output: one of the above, or one of the list's table.
typedef struct Column {
    size_t position; // index of position_names, N_POSITION for a table's column
    size_t in_table;
    const char *name;
} Column;

static double position_value(const Source *source, size_t position)
{
    if (position == X || position == Y)
        return !source->has_xy ? NAN : position == X ? source->x : source->y;
    return !source->has_sky ? NAN : position == RA ? source->ra : source->dec;
}

// The cell as text, in `buffer` or owned by the list.
static const char *cell_text(const SourceList *list, const Column *column, size_t row,
                             char buffer[TABLE_CELL_SIZE])
{
    const Source *source = &list->sources[row];
    if (column->position == ID)
        return source->id;
    if (column->position < N_POSITION)
        return number_text(position_value(source, column->position), buffer, TABLE_CELL_SIZE);
    return table_text(list->table, source->row, column->in_table, buffer);
}

static bool is_position(const char *name)
{
    for (size_t i = 0; i < N_POSITION; i++)
        if (strcasecmp(name, position_names[i]) == 0)
            return true;
    return false;
}

// The output's columns; NULL when memory ran out.
static Column *choose_columns(const SourceList *list, size_t *n)
{
    size_t n_table = list->table != NULL ? table_column_count(list->table) : 0;
    Column *columns = memory_new(N_POSITION + n_table, sizeof *columns);
    if (columns == NULL)
        return NULL;
    *n = N_POSITION;
    for (size_t i = 0; i < N_POSITION; i++)
        columns[i] = (Column){.position = i, .name = position_names[i]};
    for (size_t i = 0; i < n_table; i++) {
        const char *name = table_column_name(list->table, i);
        if (!is_position(name))
            columns[(*n)++] = (Column){.position = N_POSITION, .in_table = i, .name = name};
    }
    return columns;
}

// A word without blanks, which separate columns here.
static void put_word(const char *text, FILE *stream)
{
    if (*text == '\0')
        fputs("--", stream);
    for (; *text != '\0'; text++)
        fputc(strchr(" \t\r\n", *text) != NULL ? '_' : *text, stream);
}

static void write_text(const SourceList *list, const Column *columns, size_t n, bool csv,
                       FILE *stream)
{
    char buffer[TABLE_CELL_SIZE];
    for (size_t i = 0; csv && i < n; i++) {
        csv_text_write(columns[i].name, false, stream);
        fputc(i + 1 < n ? ',' : '\n', stream);
    }
    for (size_t row = 0; row < list->n; row++)
        for (size_t i = 0; i < n; i++) {
            const char *text = cell_text(list, &columns[i], row, buffer);
            if (csv)
                csv_text_write(text, false, stream);
            else
                put_word(text, stream);
            fputc(i + 1 == n ? '\n' : csv ? ',' : ' ', stream);
        }
}

static void write_regions(const SourceList *list, FILE *stream)
{
    char x[TABLE_CELL_SIZE], y[TABLE_CELL_SIZE];
    fputs("# Region file format: DS9 version 4.1\nglobal color=cyan\nimage\n", stream);
    for (size_t i = 0; i < list->n; i++) {
        const Source *source = &list->sources[i];
        if (source->has_xy)
            fprintf(stream, "circle(%s,%s,5)\n", number_text(source->x, x, sizeof x),
                    number_text(source->y, y, sizeof y));
    }
}

// How a column is stored: numbers where all its cells are, else text of the longest cell.
typedef struct FitsForm {
    bool is_number;
    char form[24];
} FitsForm;

static FitsForm find_form(const SourceList *list, const Column *column)
{
    char buffer[TABLE_CELL_SIZE];
    FitsForm form = {.is_number = column->position != ID, .form = "1D"};
    size_t width = 1;
    for (size_t row = 0; row < list->n; row++) {
        double value;
        size_t length = strlen(cell_text(list, column, row, buffer));
        width = length > width ? length : width;
        if (column->position == N_POSITION)
            form.is_number = form.is_number && table_number(list->table, list->sources[row].row,
                                                            column->in_table, &value);
    }
    if (!form.is_number)
        snprintf(form.form, sizeof form.form, "%zuA", width);
    return form;
}

static void write_fits_column(fitsfile *fits, const SourceList *list, const Column *column,
                              int number, bool is_number, int *code)
{
    for (size_t row = 0; row < list->n && *code == 0; row++) {
        char buffer[TABLE_CELL_SIZE];
        const Source *source = &list->sources[row];
        if (!is_number) {
            char *text = (char *)cell_text(list, column, row, buffer);
            fits_write_col(fits, TSTRING, number, (LONGLONG)row + 1, 1, 1, &text, code);
            continue;
        }
        double value = NAN;
        if (column->position == N_POSITION)
            table_number(list->table, source->row, column->in_table, &value);
        else
            value = position_value(source, column->position);
        fits_write_col(fits, TDOUBLE, number, (LONGLONG)row + 1, 1, 1, &value, code);
    }
}

static void fill_fits(fitsfile *fits, const SourceList *list, const Column *columns,
                      const FitsForm *forms, char **names, char **form_texts, size_t n, int *code)
{
    for (size_t i = 0; i < n; i++) {
        names[i] = (char *)columns[i].name;
        form_texts[i] = (char *)forms[i].form;
    }
    fits_create_tbl(fits, BINARY_TBL, (LONGLONG)list->n, (int)n, names, form_texts, NULL, "SOURCES",
                    code);
    fits_write_history(fits, "sources written by skyclass " SKYCLASS_VERSION, code);
    for (size_t i = 0; i < n; i++)
        write_fits_column(fits, list, &columns[i], (int)i + 1, forms[i].is_number, code);
    fits_write_chksum(fits, code);
}

static Status write_fits(const SourceList *list, const char *path, const Column *columns, size_t n,
                         FILE *stream, Error *error)
{
    FitsForm *forms = memory_new(n, sizeof *forms);
    char **texts = memory_new(2 * n, sizeof *texts);
    size_t n_bytes = 2880;
    void *bytes = malloc(n_bytes);
    Status status = STATUS_OK;
    if (forms == NULL || texts == NULL || bytes == NULL) {
        status = error_memory(error, "a table of sources");
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        forms[i] = find_form(list, &columns[i]);
    fitsfile *fits = NULL;
    int code = 0;
    fits_create_memfile(&fits, &bytes, &n_bytes, 0, memory_resize_zeroed, &code);
    if (code == 0)
        fill_fits(fits, list, columns, forms, texts, texts + n, n, &code);
    // Of the allocated memory only what the file takes.
    LONGLONG start = 0, data = 0, end = 0;
    if (code == 0) {
        fits_flush_file(fits, &code);
        fits_get_hduaddrll(fits, &start, &data, &end, &code);
    }
    int closing = 0;
    if (fits != NULL)
        fits_close_file(fits, &closing);
    if (code != 0) {
        char reason[FITS_REASON_SIZE];
        status = error_set(error, STATUS_OUTPUT, "%s could not be made: %s; choose another format",
                           path, fits_reason(code, reason));
    } else {
        fwrite(bytes, 1, (size_t)end, stream);
    }
done:
    free(forms);
    free(texts);
    free(bytes);
    return status;
}

static bool ends_with(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcasecmp(path + n - m, ending) == 0;
}

Status source_list_write(const SourceList *list, const char *path, Error *error)
{
    static const char *const endings[] = {".fits", ".csv", ".tab", ".reg"};
    enum { FITS, CSV, TAB, REG, N_ENDINGS };
    size_t format = 0;
    while (format < N_ENDINGS && !ends_with(path, endings[format]))
        format++;
    if (format == N_ENDINGS)
        return error_set(error, STATUS_USAGE,
                         "%s: the ending decides the format and this is none of .fits, .csv, "
                         ".tab, .reg; choose one",
                         path);
    size_t n;
    Column *columns = choose_columns(list, &n);
    if (columns == NULL)
        return error_memory(error, "a table of sources");
    OutputFile *file;
    Status status = output_file_open(path, &file, error);
    if (status != STATUS_OK) {
        free(columns);
        return status;
    }
    FILE *stream = output_file_stream(file);
    if (format == FITS)
        status = write_fits(list, path, columns, n, stream, error);
    else if (format == REG)
        write_regions(list, stream);
    else
        write_text(list, columns, n, format == CSV, stream);
    free(columns);
    if (status == STATUS_OK)
        return output_file_commit(file, error);
    output_file_discard(file);
    return status;
}
