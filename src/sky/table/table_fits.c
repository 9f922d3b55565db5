// FITS binary and ASCII tables into a Table, through cfitsio.
#include <fitsio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fits_input.h"
#include "base/fits_reason.h"
#include "base/memory.h"
#include "sky/table/table_internal.h"

enum { VECTOR_MAX = 64 }; // longer vector columns are images or spectra, not values of a source

static Status fail(const Table *table, int code, const char *what, Error *error)
{
    char reason[FITS_REASON_SIZE];
    return error_set(error, STATUS_BAD_INPUT,
                     "%s: %s: %s; check it with a FITS tool such as fitsverify", table->path, what,
                     fits_reason(code, reason));
}

static bool is_table(fitsfile *fits)
{
    int type = IMAGE_HDU, code = 0;
    fits_get_hdu_type(fits, &type, &code);
    return code == 0 && (type == BINARY_TBL || type == ASCII_TBL);
}

// The first table, but not LDAC's copy of the image header.
static Status find_first_table(const Table *table, fitsfile *fits, Error *error)
{
    int n_hdus = 0, code = 0;
    fits_get_num_hdus(fits, &n_hdus, &code);
    for (int i = 1; i <= n_hdus && code == 0; i++) {
        fits_movabs_hdu(fits, i, NULL, &code);
        char name[FLEN_VALUE] = "";
        int absent = 0;
        fits_read_key(fits, TSTRING, "EXTNAME", name, NULL, &absent);
        if (code == 0 && is_table(fits) && strcasecmp(name, "LDAC_IMHEAD") != 0)
            return STATUS_OK;
    }
    if (code != 0)
        return fail(table, code, "cannot be read", error);
    return error_set(error, STATUS_BAD_INPUT,
                     "%s: holds no table; give a FITS table or a text table of sources",
                     table->path);
}

// `extension` is a number (0 is the primary HDU, as cfitsio counts) or a name.
static Status find_extension(const Table *table, fitsfile *fits, const char *extension,
                             Error *error)
{
    int code = 0;
    char *end;
    long number = strtol(extension, &end, 10);
    if (*end == '\0' && number >= 0 && number < INT16_MAX) {
        fits_movabs_hdu(fits, (int)number + 1, NULL, &code);
    } else {
        char name[FLEN_VALUE];
        snprintf(name, sizeof name, "%s", extension);
        fits_movnam_hdu(fits, ANY_HDU, name, 0, &code);
    }
    if (code != 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: has no extension [%s]; list them with "
                         "skyclass info",
                         table->path, extension);
    if (!is_table(fits))
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: [%s] is an image; give the extension with the table", table->path,
                         extension);
    return STATUS_OK;
}

// How one FITS column becomes columns here: a vector of up to VECTOR_MAX becomes NAME_1, NAME_2...
typedef struct FitsColumn {
    int type;
    long repeat, width;
    size_t n; // columns here; 0 where there is no such thing (complex, variable length, bits)
} FitsColumn;

static FitsColumn describe(fitsfile *fits, int column, int *code)
{
    FitsColumn result = {0};
    int hdu = BINARY_TBL;
    fits_get_hdu_type(fits, &hdu, code);
    fits_get_coltype(fits, column, &result.type, &result.repeat, &result.width, code);
    if (result.type == TSTRING) {
        // One string a row: an array of strings has width < repeat.
        if (hdu == ASCII_TBL || result.width <= 0 || result.width > result.repeat)
            result.width = result.width > result.repeat ? result.width : result.repeat;
        result.n = result.repeat > 0 && result.width > 0 ? 1 : 0;
    } else if (result.type > 0 && result.type != TBIT && result.type != TCOMPLEX &&
               result.type != TDBLCOMPLEX) {
        result.n = result.repeat > 0 && result.repeat <= VECTOR_MAX ? (size_t)result.repeat : 0;
    }
    return result;
}

static Status read_strings(Table *table, fitsfile *fits, int column, const FitsColumn *about,
                           TableColumn *data, Error *error)
{
    data->width = (size_t)about->width;
    size_t bytes;
    if (!memory_multiply(table->n_rows, data->width + 1, &bytes))
        return error_memory(error, table->path);
    data->strings = memory_new(bytes, 1);
    char **cells = memory_new(table->n_rows, sizeof *cells);
    Status status =
        data->strings != NULL && cells != NULL ? STATUS_OK : error_memory(error, table->path);
    if (status == STATUS_OK) {
        for (size_t i = 0; i < table->n_rows; i++)
            cells[i] = data->strings + i * (data->width + 1);
        int code = 0;
        char null[] = "";
        fits_read_col(fits, TSTRING, column, 1, 1, (LONGLONG)table->n_rows, null, cells, NULL,
                      &code);
        if (code != 0)
            status = fail(table, code, "cannot be read", error);
        for (size_t i = 0; i < table->n_rows; i++) // cfitsio leaves one blank of an empty cell
            if (strcmp(cells[i], " ") == 0)
                cells[i][0] = '\0';
    }
    free(cells);
    return status;
}

// Reads element `element` of every row. Whole numbers stay whole unless nulls are among them.
static Status read_numbers(Table *table, fitsfile *fits, int column, const FitsColumn *about,
                           LONGLONG element, TableColumn *data, Error *error)
{
    static const double nan_value = __builtin_nan("");
    data->numbers = memory_new(table->n_rows, sizeof *data->numbers);
    if (data->numbers == NULL)
        return error_memory(error, table->path);
    int code = 0, any_null = 0;
    double null = nan_value;
    if (about->repeat == 1) {
        fits_read_col(fits, TDOUBLE, column, 1, 1, (LONGLONG)table->n_rows, &null, data->numbers,
                      &any_null, &code);
    } else {
        int one;
        for (size_t i = 0; i < table->n_rows && code == 0; i++) {
            fits_read_col(fits, TDOUBLE, column, (LONGLONG)i + 1, element, 1, &null,
                          &data->numbers[i], &one, &code);
            any_null |= one;
        }
    }
    int scaled_type = about->type; // as TSCAL and TZERO make it: unsigned, or a fraction
    fits_get_eqcoltype(fits, column, &scaled_type, NULL, NULL, &code);
    data->whole = scaled_type != TFLOAT && scaled_type != TDOUBLE;
    if (code == 0 && scaled_type == TLONGLONG && about->repeat == 1 && !any_null) {
        data->integers = memory_new(table->n_rows, sizeof *data->integers);
        if (data->integers == NULL)
            return error_memory(error, table->path);
        fits_read_col(fits, TLONGLONG, column, 1, 1, (LONGLONG)table->n_rows, NULL, data->integers,
                      NULL, &code);
        free(data->numbers);
        data->numbers = NULL;
    }
    return code == 0 ? STATUS_OK : fail(table, code, "cannot be read", error);
}

// cfitsio reads logical columns only as such: true is 1, false 0.
static Status read_logicals(Table *table, fitsfile *fits, int column, LONGLONG element,
                            TableColumn *data, Error *error)
{
    data->numbers = memory_new(table->n_rows, sizeof *data->numbers);
    if (data->numbers == NULL)
        return error_memory(error, table->path);
    data->whole = true;
    int code = 0;
    for (size_t i = 0; i < table->n_rows && code == 0; i++) {
        char value = 0;
        fits_read_col(fits, TLOGICAL, column, (LONGLONG)i + 1, element, 1, NULL, &value, NULL,
                      &code);
        data->numbers[i] = value;
    }
    return code == 0 ? STATUS_OK : fail(table, code, "cannot be read", error);
}

static Status read_column(Table *table, fitsfile *fits, int column, size_t *next, Error *error)
{
    int code = 0;
    FitsColumn about = describe(fits, column, &code);
    char keyword[FLEN_KEYWORD], name[FLEN_VALUE] = "", unit[FLEN_VALUE] = "";
    int absent = 0;
    snprintf(keyword, sizeof keyword, "TTYPE%d", column);
    fits_read_key(fits, TSTRING, keyword, name, NULL, &absent);
    absent = 0;
    snprintf(keyword, sizeof keyword, "TUNIT%d", column);
    fits_read_key(fits, TSTRING, keyword, unit, NULL, &absent);
    if (code != 0)
        return fail(table, code, "cannot be read", error);
    Status status = STATUS_OK;
    for (size_t k = 0; k < about.n && status == STATUS_OK; k++) {
        TableColumn *data = &table->columns[*next];
        char numbered[FLEN_VALUE + 32];
        snprintf(numbered, sizeof numbered, about.n > 1 ? "%s_%zu" : "%s", name, k + 1);
        status = table_name_column(table, *next, numbered, strlen(numbered), error);
        data->unit = memory_copy_text(unit);
        if (status == STATUS_OK && data->unit == NULL)
            status = error_memory(error, table->path);
        if (status == STATUS_OK && about.type == TSTRING)
            status = read_strings(table, fits, column, &about, data, error);
        else if (status == STATUS_OK && about.type == TLOGICAL)
            status = read_logicals(table, fits, column, (LONGLONG)k + 1, data, error);
        else if (status == STATUS_OK)
            status = read_numbers(table, fits, column, &about, (LONGLONG)k + 1, data, error);
        (*next)++;
    }
    return status;
}

static Status read_pixels_of(Table *table, fitsfile *fits, Error *error)
{
    static const char *const keywords[] = {"XYBAND", "FILTER"};
    for (size_t i = 0; i < 2; i++) {
        char value[FLEN_VALUE] = "";
        int absent = 0;
        fits_read_key(fits, TSTRING, keywords[i], value, NULL, &absent);
        if (absent == 0 && value[0] != '\0')
            return table_set_pixels_of(table, value, strlen(value), error);
    }
    fits_clear_errmsg();
    return STATUS_OK;
}

static Status read_columns(Table *table, fitsfile *fits, Error *error)
{
    int n_fits = 0, code = 0;
    LONGLONG n_rows = 0;
    fits_get_num_cols(fits, &n_fits, &code);
    fits_get_num_rowsll(fits, &n_rows, &code);
    size_t n_columns = 0;
    for (int i = 1; i <= n_fits && code == 0; i++)
        n_columns += describe(fits, i, &code).n;
    if (code != 0)
        return fail(table, code, "cannot be read", error);
    if (n_rows <= 0 || n_columns == 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: the table is empty; give one with one source a row", table->path);
    table->n_rows = (size_t)n_rows;
    table->named = true;
    Status status = table_new_columns(table, n_columns, error);
    size_t next = 0;
    for (int i = 1; i <= n_fits && status == STATUS_OK; i++)
        status = read_column(table, fits, i, &next, error);
    return status;
}

Status table_read_fits(Table *table, const char *file, const char *extension, Error *error)
{
    fitsfile *fits = NULL;
    int code = 0;
    Status status = fits_input_open(file, &fits, error);
    if (status != STATUS_OK)
        return error_prefix(error, "%s", table->path);
    status = extension[0] == '\0' ? find_first_table(table, fits, error)
                                  : find_extension(table, fits, extension, error);
    if (status == STATUS_OK)
        status = read_columns(table, fits, error);
    if (status == STATUS_OK)
        status = read_pixels_of(table, fits, error);
    if (status == STATUS_OK)
        status = table_read_notes_fits(table, fits, error);
    fits_close_file(fits, &code);
    return status;
}
