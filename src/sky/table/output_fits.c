// Tables as a FITS binary table.
#include <fitsio.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fits_reason.h"
#include "base/memory.h"
#include "sky/table/output_table_internal.h"

// FITS text is ASCII (FITS standard 4.0, section 3.2 and table 18): other characters become
// \uXXXX or \UXXXXXXXX, and a backslash before u or U is doubled so that all can be undone.
static void put_ascii(const char *text, FILE *stream)
{
    const unsigned char *p = (const unsigned char *)text;
    while (*p != '\0') {
        unsigned code = *p++;
        if (code >= 0xc0) {
            int n = code >= 0xf0 ? 3 : code >= 0xe0 ? 2 : 1;
            code &= 0x3fu >> n;
            for (; n > 0 && (*p & 0xc0) == 0x80; n--)
                code = code << 6 | (*p++ & 0x3f);
        }
        if (code == '\\' && (*p == 'u' || *p == 'U'))
            fputs("\\\\", stream);
        else if (code >= 0x20 && code < 0x7f)
            fputc((int)code, stream);
        else
            fprintf(stream, code < 0x10000 ? "\\u%04x" : "\\U%08x", code);
    }
}

// A copy in ASCII; NULL when memory ran out.
static char *ascii_copy(const char *text)
{
    char *copy = NULL;
    size_t size;
    FILE *stream = open_memstream(&copy, &size);
    if (stream == NULL)
        return NULL;
    put_ascii(text, stream);
    if (fclose(stream) != 0) {
        free(copy);
        return NULL;
    }
    return copy;
}

// The values of one column, as its kind has them.
typedef struct FitsValues {
    char **texts;      // [n_rows], or NULL
    double *numbers;   // [n_rows], or NULL
    long long *wholes; // [n_rows], or NULL
    size_t width;      // of the longest text
    bool any_missing;  // among whole numbers
} FitsValues;

static const long long missing_whole = LLONG_MIN, missing_small = SHRT_MIN;

static void free_values(FitsValues *values, size_t n)
{
    for (size_t i = 0; values->texts != NULL && i < n; i++)
        free(values->texts[i]);
    free(values->texts);
    free(values->numbers);
    free(values->wholes);
    *values = (FitsValues){0};
}

static bool make_values(CellKind kind, size_t n, FitsValues *values)
{
    *values = (FitsValues){.width = 1};
    if (kind == CELL_TEXT)
        values->texts = memory_new(n, sizeof *values->texts);
    else if (kind == CELL_WHOLE || kind == CELL_SMALL)
        values->wholes = memory_new(n, sizeof *values->wholes);
    else
        values->numbers = memory_new(n, sizeof *values->numbers);
    return values->texts != NULL || values->wholes != NULL || values->numbers != NULL;
}

// The widest column of text that cfitsio writes: less than its buffer of ten FITS blocks.
enum { TEXT_WIDTH_MAX = 28799 };

static Status check_width(const OutputTable *table, size_t column, size_t row, size_t width,
                          Error *error)
{
    if (width <= TEXT_WIDTH_MAX)
        return STATUS_OK;
    return error_set(error, STATUS_OUTPUT,
                     "row %zu of the column \"%s\" holds %zu characters, and a FITS table %d at "
                     "most; shorten it, or write .csv, .ecsv or .vot",
                     row + 1, table->columns[column].name, width, TEXT_WIDTH_MAX);
}

static Status collect(const OutputTable *table, size_t column, FitsValues *values, Error *error)
{
    CellKind kind = table->columns[column].kind;
    OutputCell cell;
    if (!make_values(kind, table->n_rows, values))
        return error_memory(error, "a FITS table");
    for (size_t row = 0; row < table->n_rows; row++) {
        output_table_cell(table, column, row, &cell);
        if (values->texts != NULL) {
            values->texts[row] = ascii_copy(cell.text);
            if (values->texts[row] == NULL)
                return error_memory(error, "a FITS table");
            size_t length = strlen(values->texts[row]);
            Status status = check_width(table, column, row, length, error);
            if (status != STATUS_OK)
                return status;
            values->width = length > values->width ? length : values->width;
        } else if (values->wholes != NULL) {
            long long missing = kind == CELL_SMALL ? missing_small : missing_whole;
            values->wholes[row] = cell.known ? cell.whole : missing;
            values->any_missing = values->any_missing || !cell.known;
        } else {
            values->numbers[row] = cell.known ? cell.number : NAN;
        }
    }
    return STATUS_OK;
}

// Columns are made while the table has no rows, which would have to be moved for each.
static void make_column(fitsfile *fits, const OutputColumn *column, const FitsValues *values,
                        int number, int *code)
{
    static const char *const forms[] = {
        [CELL_WHOLE] = "1K", [CELL_SMALL] = "1I", [CELL_DOUBLE] = "1D", [CELL_SINGLE] = "1E"};
    char form[32], keyword[FLEN_KEYWORD], *name = ascii_copy(column->name);
    if (name == NULL) {
        *code = MEMORY_ALLOCATION;
        return;
    }
    snprintf(form, sizeof form, "%zuA", values->width);
    fits_insert_col(fits, number, name,
                    column->kind == CELL_TEXT ? form : (char *)forms[column->kind], code);
    free(name);
    snprintf(keyword, sizeof keyword, "TTYPE%d", number);
    if (column->description[0] != '\0')
        fits_modify_comment(fits, keyword, column->description, code);
    snprintf(keyword, sizeof keyword, "TUNIT%d", number);
    char *unit = ascii_copy(column->unit);
    if (unit != NULL && unit[0] != '\0')
        fits_update_key_str(fits, keyword, unit, NULL, code);
    free(unit);
    if (values->any_missing) {
        long long missing = column->kind == CELL_SMALL ? missing_small : missing_whole;
        snprintf(keyword, sizeof keyword, "TNULL%d", number);
        fits_update_key(fits, TLONGLONG, keyword, &missing, "not known", code);
    }
}

static void write_column(fitsfile *fits, const FitsValues *values, size_t n, int number, int *code)
{
    void *data = values->texts != NULL    ? (void *)values->texts
                 : values->wholes != NULL ? (void *)values->wholes
                                          : (void *)values->numbers;
    int type = values->texts != NULL ? TSTRING : values->wholes != NULL ? TLONGLONG : TDOUBLE;
    fits_write_col(fits, type, number, 1, 1, (LONGLONG)n, data, code);
}

static void write_text_key(fitsfile *fits, const char *stem, size_t number, const char *text,
                           const char *comment, int *code)
{
    char keyword[FLEN_KEYWORD];
    snprintf(keyword, sizeof keyword, "%s%zu", stem, number);
    char *ascii = ascii_copy(text);
    if (ascii == NULL)
        *code = MEMORY_ALLOCATION;
    else
        fits_write_key_longstr(fits, keyword, ascii, comment, code);
    free(ascii);
}

// In lines of HISTORY; those after the first begin with two blanks. None ends with a blank, which
// would be lost.
static void write_history(fitsfile *fits, const char *text, int *code)
{
    enum { LINE = 72 };
    for (bool goes_on = false; *text != '\0'; goes_on = true) {
        char line[LINE + 1] = "  ";
        const size_t start = goes_on ? 2 : 0;
        size_t n = strlen(text), end;
        n = n > LINE - start ? LINE - start : n;
        for (end = n; end > 1 && text[end - 1] == ' ';)
            end--;
        memcpy(line + start, text, end);
        line[start + end] = '\0';
        fits_write_history(fits, line, code);
        text += text[n] == '\0' ? n : end;
    }
}

static void write_note(fitsfile *fits, const OutputNote *note, int *code)
{
    char *key = ascii_copy(note->key), *value = ascii_copy(note->value);
    size_t size = key != NULL && value != NULL ? strlen(key) + strlen(value) + 4 : 0;
    char *line = size > 0 ? memory_new(size, 1) : NULL;
    if (line == NULL) {
        *code = MEMORY_ALLOCATION;
    } else {
        snprintf(line, size, "%s = %s", key, value);
        write_history(fits, line, code);
    }
    free(key);
    free(value);
    free(line);
}

static void write_header(fitsfile *fits, const OutputTable *table, int *code)
{
    long n_classes = (long)table->n_classes;
    if (n_classes > 0)
        fits_write_key(fits, TLONG, "NCLASSES", &n_classes, "number of classes", code);
    for (size_t k = 0; k < table->n_classes; k++)
        write_text_key(fits, "CLASS", k + 1, table->class_names[k], "what the class is", code);
    for (size_t k = 0; table->class_looks != NULL && k <= table->n_classes; k++)
        write_text_key(fits, "LOOK", k, table->class_looks[k],
                       k == 0 ? "colour, safe colour, shape: no class" : "of the class", code);
    fits_write_key(fits, TSTRING, "CREATOR", "skyclass " SKYCLASS_VERSION, NULL, code);
    for (size_t i = 0; i < table->n_notes; i++)
        write_note(fits, &table->notes[i], code);
}

// Makes all columns, or fills all.
static Status each_column(fitsfile *fits, const OutputTable *table, bool make, int *code,
                          Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < table->n_columns && status == STATUS_OK && *code == 0; i++) {
        FitsValues values;
        status = collect(table, i, &values, error);
        if (status == STATUS_OK && make)
            make_column(fits, &table->columns[i], &values, (int)i + 1, code);
        else if (status == STATUS_OK)
            write_column(fits, &values, table->n_rows, (int)i + 1, code);
        free_values(&values, table->n_rows);
    }
    return status;
}

// Builds the file in memory, so that cfitsio never sees the file's name (it would read meaning
// into brackets and bars) and the writing itself is the same as for the other formats.
Status output_table_write_fits(const OutputTable *table, FILE *stream, Error *error)
{
    void *bytes = NULL;
    size_t capacity = 0;
    fitsfile *fits = NULL;
    int code = 0;
    fits_create_memfile(&fits, &bytes, &capacity, 1 << 20, memory_resize_zeroed, &code);
    fits_create_img(fits, BYTE_IMG, 0, NULL, &code);
    fits_create_tbl(fits, BINARY_TBL, 0, 0, NULL, NULL, NULL, table->name, &code);
    if (code == 0)
        write_header(fits, table, &code);
    Status status = each_column(fits, table, true, &code, error);
    fits_set_hdustruc(fits, &code); // so that TNULL is known to cfitsio too
    if (status == STATUS_OK)
        status = each_column(fits, table, false, &code, error);
    fits_write_chksum(fits, &code);
    fits_movabs_hdu(fits, 1, NULL, &code);
    fits_write_chksum(fits, &code);
    fits_movabs_hdu(fits, 2, NULL, &code);
    LONGLONG end = 0;
    fits_get_hduaddrll(fits, NULL, NULL, &end, &code);
    fits_flush_file(fits, &code);
    if (status == STATUS_OK && code == 0)
        fwrite(bytes, 1, (size_t)end, stream);
    else if (status == STATUS_OK) {
        char text[FITS_REASON_SIZE];
        status =
            error_set(error, STATUS_OUTPUT, "cannot make the FITS table: %s; choose another format",
                      fits_reason(code, text));
    }
    code = 0;
    if (fits != NULL)
        fits_close_file(fits, &code);
    fits_clear_errmsg();
    free(bytes);
    return status;
}
