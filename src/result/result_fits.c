// Results as a FITS binary table.
#include <fitsio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fits_reason.h"
#include "base/memory.h"
#include "result/result_internal.h"
#include "sky/cutout/cutout.h"

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

typedef struct TextColumn {
    char **cells; // [n]
    size_t width;
} TextColumn;

static void free_texts(TextColumn *column, size_t n)
{
    for (size_t i = 0; column->cells != NULL && i < n; i++)
        free(column->cells[i]);
    free(column->cells);
}

static bool collect_texts(const Result *result, TextColumn *ids, TextColumn *flags)
{
    size_t n = result->list->n;
    ids->width = flags->width = 1;
    ids->cells = memory_new(n, sizeof *ids->cells);
    flags->cells = memory_new(n, sizeof *flags->cells);
    if (ids->cells == NULL || flags->cells == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        char flag[RESULT_FLAG_SIZE];
        source_flag_text(result->flags[i], flag, sizeof flag);
        ids->cells[i] = ascii_copy(result->list->sources[i].id);
        flags->cells[i] = memory_copy_text(flag);
        if (ids->cells[i] == NULL || flags->cells[i] == NULL)
            return false;
        if (strlen(ids->cells[i]) > ids->width)
            ids->width = strlen(ids->cells[i]);
        if (strlen(flag) > flags->width)
            flags->width = strlen(flag);
    }
    return true;
}

// The fixed columns before the scores per class.
enum { ID = 1, X, Y, RA, DEC, CLASS, SCORE, FIRST_SCORE };

typedef struct ColumnText {
    char name[32], form[32];
    const char *unit, *comment;
} ColumnText;

static Status create_table(fitsfile *fits, const Result *result, const TextColumn *ids,
                           const TextColumn *flags, int *code, Error *error)
{
    size_t n = FIRST_SCORE + result->n_classes;
    ColumnText *columns = memory_new(n, sizeof *columns);
    char **pointers = memory_new(3 * n, sizeof *pointers);
    if (columns == NULL || pointers == NULL) {
        free(columns);
        free(pointers);
        return error_memory(error, "the results");
    }
    static const ColumnText fixed[] = {
        {"id", "", "", "as given"},           {"x", "1D", "pix", "1-based"},
        {"y", "1D", "pix", "1-based"},        {"ra", "1D", "deg", "ICRS"},
        {"dec", "1D", "deg", "ICRS"},         {"class", "1I", "", "0 where not classified"},
        {"score", "1E", "", "of that class"},
    };
    memcpy(columns, fixed, sizeof fixed);
    snprintf(columns[0].form, sizeof columns[0].form, "%zuA", ids->width);
    for (size_t k = 1; k <= result->n_classes; k++) {
        ColumnText *column = &columns[FIRST_SCORE - 2 + k];
        snprintf(column->name, sizeof column->name, "score_%zu", k);
        snprintf(column->form, sizeof column->form, "1E");
        column->unit = column->comment = "";
    }
    ColumnText *last = &columns[n - 1];
    snprintf(last->name, sizeof last->name, "flag");
    snprintf(last->form, sizeof last->form, "%zuA", flags->width);
    last->unit = "";
    last->comment = "empty where all is well";
    for (size_t i = 0; i < n; i++) {
        pointers[i] = columns[i].name;
        pointers[n + i] = columns[i].form;
        pointers[2 * n + i] = (char *)columns[i].unit;
    }
    fits_create_tbl(fits, BINARY_TBL, (LONGLONG)result->list->n, (int)n, pointers, pointers + n,
                    pointers + 2 * n, "SKYCLASS", code);
    for (size_t i = 0; i < n; i++) {
        char keyword[FLEN_KEYWORD];
        snprintf(keyword, sizeof keyword, "TTYPE%zu", i + 1);
        if (columns[i].comment[0] != '\0')
            fits_modify_comment(fits, keyword, columns[i].comment, code);
    }
    free(columns);
    free(pointers);
    return STATUS_OK;
}

static Status write_header(fitsfile *fits, const Result *result, int *code, Error *error)
{
    long n_classes = (long)result->n_classes;
    fits_write_key(fits, TLONG, "NCLASSES", &n_classes, "number of classes", code);
    Status status = STATUS_OK;
    for (size_t k = 1; k <= result->n_classes && status == STATUS_OK; k++) {
        char keyword[FLEN_KEYWORD];
        snprintf(keyword, sizeof keyword, "CLASS%zu", k);
        char *name = ascii_copy(result->class_names[k - 1]);
        if (name == NULL)
            status = error_memory(error, "the results");
        else
            fits_write_key_longstr(fits, keyword, name, "what the class is", code);
        free(name);
    }
    fits_write_key(fits, TSTRING, "CREATOR", "skyclass " SKYCLASS_VERSION, NULL, code);
    for (size_t i = 0; i < result->n_notes && status == STATUS_OK; i++) {
        char *key = ascii_copy(result->notes[i].key), *value = ascii_copy(result->notes[i].value);
        size_t size = key != NULL && value != NULL ? strlen(key) + strlen(value) + 4 : 0;
        char *line = size > 0 ? memory_new(size, 1) : NULL;
        if (line == NULL) {
            status = error_memory(error, "the results");
        } else {
            snprintf(line, size, "%s = %s", key, value);
            fits_write_history(fits, line, code);
        }
        free(key);
        free(value);
        free(line);
    }
    return status;
}

static void write_columns(fitsfile *fits, const Result *result, const TextColumn *ids,
                          const TextColumn *flags, double *numbers, int *code)
{
    size_t n = result->list->n, n_classes = result->n_classes;
    LONGLONG rows = (LONGLONG)n;
    const Source *sources = result->list->sources;
    fits_write_col(fits, TSTRING, ID, 1, 1, rows, ids->cells, code);
    for (int column = X; column <= SCORE; column++) {
        for (size_t i = 0; i < n; i++) {
            const Source *source = &sources[i];
            double values[] = {
                [X] = source->has_xy ? source->x : NAN,
                [Y] = source->has_xy ? source->y : NAN,
                [RA] = source->has_sky ? source->ra : NAN,
                [DEC] = source->has_sky ? source->dec : NAN,
                [CLASS] = (double)result->classes[i],
                [SCORE] = (double)result_score(result, i),
            };
            numbers[i] = values[column];
        }
        fits_write_col(fits, TDOUBLE, column, 1, 1, rows, numbers, code);
    }
    for (size_t k = 0; k < n_classes; k++) {
        for (size_t i = 0; i < n; i++)
            numbers[i] = (double)result->scores[i * n_classes + k];
        fits_write_col(fits, TDOUBLE, FIRST_SCORE + (int)k, 1, 1, rows, numbers, code);
    }
    fits_write_col(fits, TSTRING, FIRST_SCORE + (int)n_classes, 1, 1, rows, flags->cells, code);
}

// Builds the file in memory, so that cfitsio never sees the file's name (it would read meaning
// into brackets and bars) and the writing itself is the same as for the other formats.
Status result_write_fits(const Result *result, const char *path, FILE *stream, Error *error)
{
    TextColumn ids = {NULL, 1}, flags = {NULL, 1};
    double *numbers = memory_new(result->list->n, sizeof *numbers);
    void *bytes = NULL;
    size_t capacity = 0;
    fitsfile *fits = NULL;
    int code = 0;
    Status status = STATUS_OK;
    if (numbers == NULL || !collect_texts(result, &ids, &flags)) {
        status = error_memory(error, "the results");
        goto done;
    }
    fits_create_memfile(&fits, &bytes, &capacity, 1 << 20, memory_resize_zeroed, &code);
    fits_create_img(fits, BYTE_IMG, 0, NULL, &code);
    if (code == 0)
        status = create_table(fits, result, &ids, &flags, &code, error);
    if (status == STATUS_OK && code == 0)
        status = write_header(fits, result, &code, error);
    if (status != STATUS_OK)
        goto done;
    write_columns(fits, result, &ids, &flags, numbers, &code);
    fits_write_chksum(fits, &code);
    fits_movabs_hdu(fits, 1, NULL, &code);
    fits_write_chksum(fits, &code);
    fits_movabs_hdu(fits, 2, NULL, &code);
    LONGLONG end = 0;
    fits_get_hduaddrll(fits, NULL, NULL, &end, &code);
    fits_flush_file(fits, &code);
    if (code == 0)
        fwrite(bytes, 1, (size_t)end, stream);
    if (code != 0) {
        char reason[FITS_REASON_SIZE];
        status = error_set(error, STATUS_OUTPUT, "%s: cannot make the table: %s; free some memory",
                           path, fits_reason(code, reason));
    }
done:
    code = 0;
    if (fits != NULL)
        fits_close_file(fits, &code);
    fits_clear_errmsg();
    free(bytes);
    free(numbers);
    free_texts(&ids, result->list->n);
    free_texts(&flags, result->list->n);
    return status;
}
