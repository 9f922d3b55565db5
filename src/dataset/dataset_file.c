// Datasets as FITS files.
#include "dataset/dataset_file.h"

#include <fitsio.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fits_aside.h"
#include "base/memory.h"

enum { BLOCK = 64 }; // cutouts turned from one axis order to the other at a time

// ---- Writing -------------------------------------------------------------------------------

// Header values are printable ASCII; field names may come from file names.
static void copy_printable(const char *text, char copy[DATASET_NAME_SIZE])
{
    size_t i = 0;
    for (; text[i] != '\0' && i + 1 < DATASET_NAME_SIZE; i++)
        copy[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    copy[i] = '\0';
}

static void write_text_list(fitsfile *file, const char *keyword, const char *comment,
                            char (*texts)[DATASET_NAME_SIZE], size_t n, int *status)
{
    for (size_t i = 0; i < n; i++) {
        char name[FLEN_KEYWORD], text[DATASET_NAME_SIZE];
        snprintf(name, sizeof name, "%s%zu", keyword, i + 1);
        copy_printable(texts[i], text);
        fits_write_key_str(file, name, text, comment, status);
    }
}

static void write_primary(fitsfile *file, const Dataset *dataset, int *status)
{
    fits_write_key_str(file, "ORIGIN", "skyclass " SKYCLASS_VERSION, "what wrote this file",
                       status);
    fits_write_date(file, status);
    fits_write_key_lng(file, "NSOURCE", (LONGLONG)dataset->n, "labelled sources", status);
    fits_write_key_lng(file, "NCLASS", (LONGLONG)dataset->n_classes, "classes, from 1", status);
    fits_write_key_lng(file, "CUTSIZE", (LONGLONG)dataset->size, "pixels on a cutout's side",
                       status);
    fits_write_key_dbl(file, "PIXSCALE", dataset->pixel_scale, 15, "arcsec a pixel; 0 unknown",
                       status);
    fits_write_key_lng(file, "NBAND", (LONGLONG)dataset->n_bands, "bands of a cutout", status);
    write_text_list(file, "BAND", "band", (char(*)[DATASET_NAME_SIZE])dataset->bands,
                    dataset->n_bands, status);
    for (size_t i = 0; i < dataset->n_classes; i++)
        if (dataset->class_names[i][0] != '\0') {
            char key[FLEN_KEYWORD], text[DATASET_NAME_SIZE];
            snprintf(key, sizeof key, "CLASS%zu", i + 1);
            copy_printable(dataset->class_names[i], text);
            fits_write_key_str(file, key, text, "class", status);
        }
    fits_write_key_lng(file, "NFIELD", (LONGLONG)dataset->n_fields, "fields", status);
    write_text_list(file, "FIELD", "field", dataset->field_names, dataset->n_fields, status);
    fits_write_chksum(file, status);
}

// [size][size][bands] -> [bands][size][size]
static void to_planes(const float *cutout, size_t area, size_t n_bands, float *planes)
{
    for (size_t band = 0; band < n_bands; band++)
        for (size_t i = 0; i < area; i++)
            planes[band * area + i] = cutout[i * n_bands + band];
}

static void from_planes(const float *planes, size_t area, size_t n_bands, float *cutout)
{
    for (size_t band = 0; band < n_bands; band++)
        for (size_t i = 0; i < area; i++) {
            float value = planes[band * area + i];
            cutout[i * n_bands + band] = isfinite(value) ? value : 0.0f;
        }
}

static void write_cutouts(fitsfile *file, const Dataset *dataset, float *block, int *status)
{
    size_t area = dataset->size * dataset->size;
    size_t values = dataset_cutout_values(dataset);
    LONGLONG shape[] = {(LONGLONG)dataset->size, (LONGLONG)dataset->size,
                        (LONGLONG)dataset->n_bands, (LONGLONG)dataset->n};
    fits_create_imgll(file, FLOAT_IMG, 4, shape, status);
    fits_write_key_str(file, "EXTNAME", "CUTOUTS", "source, band, row, column", status);
    fits_write_key_str(file, "BUNIT", "electron/s", "unit of the pixels", status);
    for (size_t first = 0; first < dataset->n && *status == 0; first += BLOCK) {
        size_t n = dataset->n - first < BLOCK ? dataset->n - first : BLOCK;
        for (size_t i = 0; i < n; i++)
            to_planes(dataset->cutouts + (first + i) * values, area, dataset->n_bands,
                      block + i * values);
        fits_write_img(file, TFLOAT, (LONGLONG)(first * values) + 1, (LONGLONG)(n * values), block,
                       status);
    }
    fits_write_chksum(file, status);
}

static void write_labels(fitsfile *file, const Dataset *dataset, int *status)
{
    size_t id_size = 1;
    for (size_t i = 0; i < dataset->n; i++)
        if (dataset->ids[i] != NULL && strlen(dataset->ids[i]) > id_size)
            id_size = strlen(dataset->ids[i]);
    char id_format[32];
    snprintf(id_format, sizeof id_format, "%zuA", id_size);
    char *names[] = {"ID", "FIELD", "X", "Y", "CLASS"};
    char *formats[] = {id_format, "1J", "1D", "1D", "1J"};
    char *units[] = {"", "", "pixel", "pixel", ""};
    fits_create_tbl(file, BINARY_TBL, (LONGLONG)dataset->n, 5, names, formats, units, "LABELS",
                    status);
    for (size_t i = 0; i < dataset->n && *status == 0; i++) {
        char *id = dataset->ids[i] != NULL ? dataset->ids[i] : "";
        int field = dataset->fields[i] + 1, label = (int)dataset->labels[i];
        LONGLONG row = (LONGLONG)i + 1;
        fits_write_col(file, TSTRING, 1, row, 1, 1, &id, status);
        fits_write_col(file, TINT, 2, row, 1, 1, &field, status);
        fits_write_col(file, TINT, 5, row, 1, 1, &label, status);
    }
    fits_write_col(file, TDOUBLE, 3, 1, 1, (LONGLONG)dataset->n, dataset->x, status);
    fits_write_col(file, TDOUBLE, 4, 1, 1, (LONGLONG)dataset->n, dataset->y, status);
    for (size_t i = 0; i < dataset->n_columns; i++) {
        fits_insert_col(file, 6 + (int)i, dataset->column_names[i], "1D", status);
        fits_write_col(file, TDOUBLE, 6 + (int)i, 1, 1, (LONGLONG)dataset->n, dataset->columns[i],
                       status);
    }
    fits_write_chksum(file, status);
}

Status dataset_write(const Dataset *dataset, const char *path, Error *error)
{
    if (dataset->n == 0)
        return error_set(error, STATUS_BAD_INPUT, "nothing to write to %s: the dataset is empty",
                         path);
    float *block = memory_new(BLOCK * dataset_cutout_values(dataset), sizeof *block);
    if (block == NULL)
        return error_memory(error, "writing a dataset");
    FitsAside aside;
    fits_aside_open(&aside, path);
    write_primary(aside.file, dataset, &aside.status);
    write_cutouts(aside.file, dataset, block, &aside.status);
    write_labels(aside.file, dataset, &aside.status);
    free(block);
    return fits_aside_close(&aside, error);
}

// ---- Reading -------------------------------------------------------------------------------

static size_t read_size(fitsfile *file, const char *keyword, size_t most, int *status)
{
    LONGLONG value = 0;
    fits_read_key(file, TLONGLONG, keyword, &value, NULL, status);
    if (*status == 0 && (value < 1 || (unsigned long long)value > most))
        *status = BAD_DIMEN;
    return *status == 0 ? (size_t)value : 0;
}

static void read_text(fitsfile *file, const char *keyword, size_t i, char text[DATASET_NAME_SIZE],
                      int *status)
{
    char name[FLEN_KEYWORD], value[FLEN_VALUE] = "";
    snprintf(name, sizeof name, "%s%zu", keyword, i + 1);
    fits_read_key(file, TSTRING, name, value, NULL, status);
    copy_printable(value, text);
}

// The classes' names, where there are any.
static void read_class_names(fitsfile *file, Dataset *dataset)
{
    for (size_t i = 0; i < dataset->n_classes; i++) {
        int status = 0;
        read_text(file, "CLASS", i, dataset->class_names[i], &status);
        if (status != 0)
            dataset->class_names[i][0] = '\0';
    }
    fits_clear_errmsg();
}

// The primary header, and with it the dataset's shape.
static Status read_primary(fitsfile *file, const char *path, Dataset **dataset, Error *error)
{
    enum { SIZE_MOST = 4096, CLASSES_MOST = 1000, FIELDS_MOST = 999999 };
    int status = 0;
    size_t n = read_size(file, "NSOURCE", INT32_MAX, &status);
    size_t n_classes = read_size(file, "NCLASS", CLASSES_MOST, &status);
    size_t size = read_size(file, "CUTSIZE", SIZE_MOST, &status);
    size_t n_bands = read_size(file, "NBAND", DATASET_BANDS_MAX, &status);
    size_t n_fields = read_size(file, "NFIELD", FIELDS_MOST, &status);
    double pixel_scale = 0.0;
    fits_read_key(file, TDOUBLE, "PIXSCALE", &pixel_scale, NULL, &status);
    if (status == KEY_NO_EXIST)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s is a FITS file but not a dataset; make one with `skyclass dataset`",
                         path);
    if (status != 0)
        return fits_read_failed(path, status, error);
    // Shapes that the extension confirms, before memory is asked for.
    LONGLONG shape[4] = {0};
    int n_axes = 0, type = 0;
    fits_movnam_hdu(file, IMAGE_HDU, "CUTOUTS", 0, &status);
    fits_get_img_paramll(file, 4, &type, &n_axes, shape, &status);
    if (status != 0)
        return fits_read_failed(path, status, error);
    if (n_axes != 4 || shape[0] != (LONGLONG)size || shape[1] != (LONGLONG)size ||
        shape[2] != (LONGLONG)n_bands || shape[3] != (LONGLONG)n)
        return error_set(error, STATUS_BAD_INPUT,
                         "dataset %s: CUTOUTS is not %zu cutouts of %zu bands and %zu pixels as "
                         "its header says; the file is damaged",
                         path, n, n_bands, size);
    if (dataset_new(n, n_bands, size, n_classes, dataset, error) != STATUS_OK)
        return error_prefix(error, "dataset %s", path);
    (*dataset)->pixel_scale = pixel_scale;
    fits_movabs_hdu(file, 1, NULL, &status);
    for (size_t i = 0; i < n_bands; i++)
        read_text(file, "BAND", i, (*dataset)->bands[i], &status);
    read_class_names(file, *dataset);
    for (size_t i = 0; i < n_fields && status == 0; i++) {
        char name[DATASET_NAME_SIZE];
        read_text(file, "FIELD", i, name, &status);
        if (dataset_add_field(*dataset, name, error) != STATUS_OK)
            return STATUS_MEMORY;
    }
    return status == 0 ? STATUS_OK : fits_read_failed(path, status, error);
}

static void read_cutouts(fitsfile *file, Dataset *dataset, float *block, int *status)
{
    size_t area = dataset->size * dataset->size;
    size_t values = dataset_cutout_values(dataset);
    fits_movnam_hdu(file, IMAGE_HDU, "CUTOUTS", 0, status);
    for (size_t first = 0; first < dataset->n && *status == 0; first += BLOCK) {
        size_t n = dataset->n - first < BLOCK ? dataset->n - first : BLOCK;
        float null = NAN;
        int any_null = 0; // cfitsio writes it without asking
        fits_read_img(file, TFLOAT, (LONGLONG)(first * values) + 1, (LONGLONG)(n * values), &null,
                      block, &any_null, status);
        for (size_t i = 0; i < n && *status == 0; i++)
            from_planes(block + i * values, area, dataset->n_bands,
                        dataset->cutouts + (first + i) * values);
    }
}

static bool is_numeric(int type)
{
    return type == TBYTE || type == TSBYTE || type == TSHORT || type == TUSHORT || type == TINT ||
           type == TUINT || type == TLONG || type == TULONG || type == TLONGLONG ||
           type == TFLOAT || type == TDOUBLE;
}

// The columns besides ID, FIELD, X, Y and CLASS that hold one number a row.
static Status read_columns(fitsfile *file, const char *path, Dataset *dataset, Error *error)
{
    int n_columns = 0, status = 0;
    fits_get_num_cols(file, &n_columns, &status);
    for (int number = 1; number <= n_columns && status == 0; number++) {
        char keyword[FLEN_KEYWORD], name[FLEN_VALUE] = "";
        int type = 0;
        long repeat = 0, width = 0;
        snprintf(keyword, sizeof keyword, "TTYPE%d", number);
        fits_read_key(file, TSTRING, keyword, name, NULL, &status);
        fits_get_coltype(file, number, &type, &repeat, &width, &status);
        static const char *const known[] = {"ID", "FIELD", "X", "Y", "CLASS"};
        bool further = status == 0 && is_numeric(type) && repeat == 1;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            further = further && strcasecmp(name, known[i]) != 0;
        if (!further)
            continue;
        size_t index;
        if (dataset_add_column(dataset, name, &index, error) != STATUS_OK)
            return STATUS_MEMORY;
        double null = NAN;
        int any_null = 0;
        fits_read_col(file, TDOUBLE, number, 1, 1, (LONGLONG)dataset->n, &null,
                      dataset->columns[index], &any_null, &status);
    }
    return status == 0 ? STATUS_OK : fits_read_failed(path, status, error);
}

// `label` is large enough for any 32-bit value; the caller checks its range.
static Status read_labels(fitsfile *file, const char *path, Dataset *dataset, Error *error)
{
    int status = 0, id = 0, field = 0, x = 0, y = 0, class = 0;
    LONGLONG n_rows = 0;
    fits_movnam_hdu(file, BINARY_TBL, "LABELS", 0, &status);
    fits_get_num_rowsll(file, &n_rows, &status);
    fits_get_colnum(file, CASEINSEN, "ID", &id, &status);
    fits_get_colnum(file, CASEINSEN, "FIELD", &field, &status);
    fits_get_colnum(file, CASEINSEN, "X", &x, &status);
    fits_get_colnum(file, CASEINSEN, "Y", &y, &status);
    fits_get_colnum(file, CASEINSEN, "CLASS", &class, &status);
    int type = 0;
    long repeat = 0, width = 0;
    if (status == 0)
        fits_get_coltype(file, id, &type, &repeat, &width, &status);
    if (status != 0)
        return fits_read_failed(path, status, error);
    if (n_rows != (LONGLONG)dataset->n || type != TSTRING)
        return error_set(error, STATUS_BAD_INPUT,
                         "dataset %s has %zu cutouts but LABELS does not name as many sources; "
                         "the file is damaged",
                         path, dataset->n);
    for (size_t i = 0; i < dataset->n && status == 0; i++) {
        LONGLONG row = (LONGLONG)i + 1;
        int number = 0, label = 0;
        dataset->ids[i] = memory_new((size_t)repeat + 1, 1);
        if (dataset->ids[i] == NULL)
            return error_memory(error, "a source's id");
        fits_read_col_str(file, id, row, 1, 1, "", &dataset->ids[i], NULL, &status);
        if (strcmp(dataset->ids[i], " ") == 0) // cfitsio keeps one blank of an empty text
            dataset->ids[i][0] = '\0';
        fits_read_col(file, TINT, field, row, 1, 1, NULL, &number, NULL, &status);
        fits_read_col(file, TINT, class, row, 1, 1, NULL, &label, NULL, &status);
        if (status == 0 && (number < 1 || (size_t)number > dataset->n_fields || label < 1 ||
                            (size_t)label > dataset->n_classes))
            return error_set(error, STATUS_BAD_INPUT,
                             "dataset %s, row %zu: class %d and field %d must be 1 to %zu and 1 "
                             "to %zu; the file is damaged",
                             path, i + 1, label, number, dataset->n_classes, dataset->n_fields);
        dataset->fields[i] = number - 1;
        dataset->labels[i] = (size_t)label;
    }
    fits_read_col(file, TDOUBLE, x, 1, 1, (LONGLONG)dataset->n, NULL, dataset->x, NULL, &status);
    fits_read_col(file, TDOUBLE, y, 1, 1, (LONGLONG)dataset->n, NULL, dataset->y, NULL, &status);
    if (status != 0)
        return fits_read_failed(path, status, error);
    return read_columns(file, path, dataset, error);
}

static Status read_file(fitsfile *file, const char *path, Dataset **dataset, Error *error)
{
    Status result = read_primary(file, path, dataset, error);
    if (result != STATUS_OK)
        return result;
    float *block = memory_new(BLOCK * dataset_cutout_values(*dataset), sizeof *block);
    if (block == NULL)
        return error_memory(error, "reading a dataset");
    int status = 0;
    read_cutouts(file, *dataset, block, &status);
    free(block);
    if (status != 0)
        return fits_read_failed(path, status, error);
    return read_labels(file, path, *dataset, error);
}

Status dataset_read(const char *path, Dataset **result, Error *error)
{
    *result = NULL;
    fitsfile *file;
    if (fits_verified_open(path, &file, error) != STATUS_OK)
        return error_prefix(error, "dataset");
    int status = 0;
    Dataset *dataset = NULL;
    Status outcome = read_file(file, path, &dataset, error);
    fits_close_file(file, &status);
    if (outcome == STATUS_OK)
        *result = dataset;
    else
        dataset_free(dataset);
    return outcome;
}
