#include "sky/table/table.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/number_text.h"
#include "base/text_file.h"
#include "sky/table/table_internal.h"

static Status new_table(const char *path, Table **table, Error *error)
{
    *table = memory_new(1, sizeof **table);
    if (*table != NULL)
        (*table)->path = memory_copy_text(path);
    if (*table == NULL || (*table)->path == NULL) {
        table_free(*table);
        *table = NULL;
        return error_memory(error, path);
    }
    return STATUS_OK;
}

// A FITS file, or one that cfitsio will unpack.
static bool starts_like_fits(const char *path)
{
    unsigned char start[9] = {0};
    struct stat about;
    FILE *stream = stat(path, &about) == 0 && S_ISREG(about.st_mode) ? fopen(path, "rbe") : NULL;
    if (stream == NULL)
        return false;
    size_t n = fread(start, 1, sizeof start, stream);
    fclose(stream);
    bool gzip = n >= 2 && start[0] == 0x1f && start[1] == 0x8b;
    return gzip || (n == sizeof start && memcmp(start, "SIMPLE  =", sizeof start) == 0);
}

// Splits "file.fits[NAME]" in two. A file whose own name ends in brackets wins.
static Status split_extension(const char *path, char **file, char **extension, Error *error)
{
    size_t length = strlen(path);
    const char *bracket = strrchr(path, '[');
    bool split = access(path, F_OK) != 0 && bracket != NULL && bracket > path && length > 0 &&
                 path[length - 1] == ']';
    *file = memory_copy_text(path);
    *extension = memory_copy_text(split ? bracket + 1 : "");
    if (*file == NULL || *extension == NULL)
        return error_memory(error, path);
    if (split) {
        (*file)[bracket - path] = '\0';
        (*extension)[strlen(*extension) - 1] = '\0';
    }
    return STATUS_OK;
}

static bool looks_like_votable(const char *text, size_t size)
{
    (void)size;
    return table_looks_like_votable(text);
}

// The first that the text looks like.
static Status parse_text(Table *table, char *text, size_t size, Error *error)
{
    static const TextFormat formats[] = {
        {looks_like_votable, table_parse_votable},
        {table_looks_like_bytes, table_parse_bytes},
        {table_looks_like_iraf, table_parse_iraf},
        {table_looks_like_daophot, table_parse_daophot},
    };
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].looks_like(text, size))
            return formats[i].parse(table, text, size, error);
    return table_parse_text(table, text, size, error);
}

Status table_read(const char *path, Table **result, Error *error)
{
    *result = NULL;
    char *file = NULL, *extension = NULL, *text = NULL;
    Table *table = NULL;
    size_t size;
    Status status = split_extension(path, &file, &extension, error);
    if (status == STATUS_OK)
        status = new_table(path, &table, error);
    if (status != STATUS_OK)
        goto done;
    if (starts_like_fits(file)) {
        status = table_read_fits(table, file, extension, error);
    } else if (extension[0] != '\0' && access(file, F_OK) == 0) {
        status = error_set(error, STATUS_BAD_INPUT,
                           "%s: is not FITS, so it has no [%s]; leave the brackets away", file,
                           extension);
    } else {
        status = text_file_read(path, &text, &size, error);
        if (status == STATUS_OK)
            status = parse_text(table, text, size, error);
    }
done:
    if (status == STATUS_OK)
        *result = table;
    else
        table_free(table);
    free(file);
    free(extension);
    return status;
}

Status table_parse(const char *name, char *text, size_t size, Table **result, Error *error)
{
    Table *table;
    *result = NULL;
    Status status = new_table(name, &table, error);
    if (status != STATUS_OK) {
        free(text);
        return status;
    }
    status = parse_text(table, text, size, error);
    if (status == STATUS_OK)
        *result = table;
    else
        table_free(table);
    return status;
}

void table_free(Table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; table->columns != NULL && i < table->n_columns; i++) {
        free(table->columns[i].name);
        free(table->columns[i].unit);
        free(table->columns[i].numbers);
        free(table->columns[i].integers);
        free(table->columns[i].strings);
    }
    free(table->columns);
    free(table->text);
    free(table->rows);
    free(table->lines);
    free(table->path);
    free(table->pixels_of);
    table_free_notes(table);
    free(table);
}

Status table_new_columns(Table *table, size_t n_columns, Error *error)
{
    table->columns = memory_new(n_columns, sizeof *table->columns);
    if (table->columns == NULL)
        return error_memory(error, "the columns of a table");
    table->n_columns = n_columns;
    return STATUS_OK;
}

Status table_grow_rows(Table *table, size_t *capacity, Error *error)
{
    if (table->n_rows < *capacity)
        return STATUS_OK;
    size_t larger = *capacity > 0 ? 2 * *capacity : 4096;
    size_t *rows = memory_resize(table->rows, larger, sizeof *rows);
    if (rows != NULL)
        table->rows = rows;
    size_t *lines = memory_resize(table->lines, larger, sizeof *lines);
    if (lines != NULL)
        table->lines = lines;
    if (rows == NULL || lines == NULL)
        return error_memory(error, table->path);
    *capacity = larger;
    return STATUS_OK;
}

Status table_name_column(Table *table, size_t column, const char *name, size_t length, Error *error)
{
    char automatic[TABLE_CELL_SIZE];
    if (name == NULL || length == 0) {
        length = (size_t)snprintf(automatic, sizeof automatic, "col%zu", column + 1);
        name = automatic;
    }
    char *copy = memory_new(length + 1, 1);
    if (copy == NULL)
        return error_memory(error, "the columns of a table");
    memcpy(copy, name, length);
    free(table->columns[column].name);
    table->columns[column].name = copy;
    return STATUS_OK;
}

Status table_set_unit(Table *table, size_t column, const char *unit, size_t length, Error *error)
{
    char *copy = memory_new(length + 1, 1);
    if (copy == NULL)
        return error_memory(error, "the units of a table");
    memcpy(copy, unit, length);
    free(table->columns[column].unit);
    table->columns[column].unit = copy;
    return STATUS_OK;
}

Status table_set_pixels_of(Table *table, const char *name, size_t length, Error *error)
{
    char *copy = memory_new(length + 1, 1);
    if (copy == NULL)
        return error_memory(error, table->path);
    memcpy(copy, name, length);
    free(table->pixels_of);
    table->pixels_of = copy;
    return STATUS_OK;
}

const char *table_pixels_of(const Table *table)
{
    return table->pixels_of != NULL ? table->pixels_of : "";
}

const char *table_path(const Table *table)
{
    return table->path;
}

size_t table_row_count(const Table *table)
{
    return table->n_rows;
}

size_t table_column_count(const Table *table)
{
    return table->n_columns;
}

bool table_is_named(const Table *table)
{
    return table->named;
}

const char *table_column_name(const Table *table, size_t column)
{
    return table->columns[column].name;
}

const char *table_column_unit(const Table *table, size_t column)
{
    const char *unit = table->columns[column].unit;
    return unit != NULL ? unit : "";
}

bool table_find_column(const Table *table, const char *name, size_t *column)
{
    for (size_t i = 0; i < table->n_columns; i++)
        if (strcasecmp(table->columns[i].name, name) == 0) {
            *column = i;
            return true;
        }
    return false;
}

const char *table_text(const Table *table, size_t row, size_t column, char buffer[TABLE_CELL_SIZE])
{
    if (table->text != NULL) {
        const char *cell = table->text + table->rows[row];
        for (size_t i = 0; i < column; i++)
            cell += strlen(cell) + 1;
        return cell;
    }
    const TableColumn *data = &table->columns[column];
    if (data->strings != NULL)
        return data->strings + row * (data->width + 1);
    if (data->integers != NULL)
        snprintf(buffer, TABLE_CELL_SIZE, "%lld", data->integers[row]);
    else
        number_text(data->numbers[row], buffer, TABLE_CELL_SIZE);
    return buffer;
}

bool table_number(const Table *table, size_t row, size_t column, double *value)
{
    const TableColumn *data = &table->columns[column];
    if (data->numbers != NULL) {
        *value = data->numbers[row];
        return true;
    }
    if (data->integers != NULL) {
        *value = (double)data->integers[row];
        return true;
    }
    char buffer[TABLE_CELL_SIZE];
    return table_parse_number(table_text(table, row, column, buffer), value);
}

bool table_parse_whole(const char *text, long long *value)
{
    size_t n = strlen(text);
    const char *digits = text + (text[0] == '-');
    bool leading_zero = digits[0] == '0' && (digits[1] != '\0' || text[0] == '-');
    if (!isdigit((unsigned char)digits[0]) || leading_zero ||
        (size_t)(digits - text) + strspn(digits, "0123456789") != n)
        return false;
    errno = 0;
    *value = strtoll(text, NULL, 10);
    return errno == 0;
}

static bool is_missing(const char *text, size_t length);

TableKind table_column_kind(const Table *table, size_t column)
{
    const TableColumn *data = &table->columns[column];
    if (data->strings != NULL || data->text)
        return TABLE_TEXT;
    if (table->text == NULL)
        return data->whole ? TABLE_WHOLE : TABLE_NUMBER;
    bool whole = !data->fraction, number = true, any = false;
    for (size_t row = 0; row < table->n_rows && (whole || number); row++) {
        char buffer[TABLE_CELL_SIZE];
        const char *text = table_text(table, row, column, buffer);
        long long integer;
        double value;
        if (is_missing(text, strlen(text)))
            continue;
        any = true;
        whole = whole && table_parse_whole(text, &integer);
        // 007 and numbers beyond 64 bits are names: as numbers they would lose what they are.
        const char *digits = text + strspn(text, "+-0123456789");
        number = number && (whole || data->fraction || digits[0] != '\0') &&
                 table_parse_number(text, &value);
    }
    return !any ? TABLE_TEXT : whole ? TABLE_WHOLE : number ? TABLE_NUMBER : TABLE_TEXT;
}

void table_place(const Table *table, size_t row, size_t column, char *place, size_t size)
{
    const char *unit = table->lines != NULL ? "line" : "row";
    size_t number = table->lines != NULL ? table->lines[row] : row + 1;
    if (table->named)
        snprintf(place, size, "%s, %s %zu, column %zu (%s)", table->path, unit, number, column + 1,
                 table->columns[column].name);
    else
        snprintf(place, size, "%s, %s %zu, column %zu", table->path, unit, number, column + 1);
}

static bool is_missing(const char *text, size_t length)
{
    static const char *const words[] = {"nan", "null", "none", "n/a", "na", "--", "-", "indef"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == length && strncasecmp(text, words[i], length) == 0)
            return true;
    return length == 0;
}

bool table_parse_number(const char *text, double *value)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    if (is_missing(text, length)) {
        *value = NAN;
        return true;
    }
    char copy[64];
    if (length >= sizeof copy)
        return false;
    for (size_t i = 0; i < length; i++) {
        // Only these, which leaves out hexadecimal, "infinity" and "nan(...)".
        if (strchr("0123456789+-.eEdD", text[i]) == NULL)
            return false;
        copy[i] = text[i] == 'd' || text[i] == 'D' ? 'e' : text[i];
    }
    copy[length] = '\0';
    char *end;
    *value = strtod(copy, &end);
    return *end == '\0' && end != copy && isfinite(*value);
}
