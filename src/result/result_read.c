#include "result/result_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sky/cutout/cutout.h"
#include "sky/table/table.h"

// Where the table has what.
typedef struct Columns {
    size_t class, flag; // NO_COLUMN where it has none
    size_t n_scores, scores[RECIPE_CLASSES_MAX];
} Columns;

static size_t find(const Table *table, const char *name, bool *taken)
{
    size_t column;
    if (!table_find_column(table, name, &column))
        return NO_COLUMN;
    taken[column] = true;
    return column;
}

static Status find_columns(const Table *table, bool *taken, Columns *columns, Error *error)
{
    *columns = (Columns){.class = find(table, "class", taken), .flag = find(table, "flag", taken)};
    find(table, "score", taken); // that of the class, which score_1 ... say again
    for (; columns->n_scores < RECIPE_CLASSES_MAX; columns->n_scores++) {
        char name[32];
        snprintf(name, sizeof name, "score_%zu", columns->n_scores + 1);
        columns->scores[columns->n_scores] = find(table, name, taken);
        if (columns->scores[columns->n_scores] == NO_COLUMN)
            break;
    }
    if (columns->class == NO_COLUMN)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: has no column class, so it is no result; give a table that skyclass "
                         "classify wrote",
                         table_path(table));
    return STATUS_OK;
}

static Status refuse_cell(const Table *table, size_t row, size_t column, const char *what,
                          Error *error)
{
    char place[512], buffer[TABLE_CELL_SIZE];
    table_place(table, row, column, place, sizeof place);
    return error_set(error, STATUS_BAD_INPUT, "%s: \"%.60s\" is not %s; correct the file", place,
                     table_text(table, row, column, buffer), what);
}

static Status read_class(const Table *table, size_t row, size_t column, size_t most, size_t *class,
                         Error *error)
{
    double value;
    if (!table_number(table, row, column, &value) || !(value >= 0.0 && value <= (double)most) ||
        value != floor(value))
        return refuse_cell(table, row, column, "the number of a class", error);
    *class = (size_t)value;
    return STATUS_OK;
}

static size_t count_named(const Table *table)
{
    char key[32];
    for (size_t n = 0;; n++) {
        snprintf(key, sizeof key, "class %zu", n + 1);
        if (n == RECIPE_CLASSES_MAX || table_note_find(table, key) == NULL)
            return n;
    }
}

// As many classes as there are scores; where there are none as the file names, else as the largest
// number says.
static Status count_classes(const Table *table, const Columns *columns, size_t *n, Error *error)
{
    size_t class = 0;
    Status status = STATUS_OK;
    *n = columns->n_scores > 0 ? columns->n_scores : count_named(table);
    if (*n > 0)
        return STATUS_OK;
    for (size_t row = 0; row < table_row_count(table) && status == STATUS_OK; row++) {
        status = read_class(table, row, columns->class, RECIPE_CLASSES_MAX, &class, error);
        *n = class > *n ? class : *n;
    }
    *n = *n > 0 ? *n : 1;
    return status;
}

static Status read_score(const Table *table, size_t row, size_t column, float *score, Error *error)
{
    double value;
    if (!table_number(table, row, column, &value))
        return refuse_cell(table, row, column, "a score", error);
    *score = (float)value;
    return STATUS_OK;
}

static Status read_row(const Table *table, const Columns *columns, size_t row, Result *result,
                       Error *error)
{
    char buffer[TABLE_CELL_SIZE];
    const size_t from = result->list->sources[row].row;
    Status status =
        read_class(table, from, columns->class, result->n_classes, &result->classes[row], error);
    for (size_t k = 0; k < columns->n_scores && status == STATUS_OK; k++)
        status = read_score(table, from, columns->scores[k],
                            &result->scores[row * result->n_classes + k], error);
    if (columns->flag != NO_COLUMN)
        result->flags[row] = source_flag_parse(table_text(table, from, columns->flag, buffer));
    return status;
}

static bool is_numbered(const char *key, const char *stem)
{
    size_t length = strlen(stem);
    return strncmp(key, stem, length) == 0 && key[length] == ' ' &&
           strspn(key + length + 1, "0123456789") == strlen(key + length + 1);
}

// What the file says of itself, but who wrote it: that says the next writer.
static Status read_notes(const Table *table, Result *result, Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < table_note_count(table) && status == STATUS_OK; i++) {
        const char *key = table_note_key(table, i);
        if (strcmp(key, "writer") != 0 && !is_numbered(key, "class") && !is_numbered(key, "look"))
            status = result_note(result, key, table_note_value(table, i), error);
    }
    return status;
}

static void read_looks(const Table *table, Result *result)
{
    char key[32];
    for (size_t class = 0; class <= result->n_classes; class ++) {
        snprintf(key, sizeof key, "look %zu", class);
        const char *text = table_note_find(table, key);
        if (text != NULL)
            class_look_parse(text, &result->looks[class]);
    }
}

// Takes over `list`.
static Status new_result(SourceList *list, size_t n_classes, Result **result, Error *error)
{
    char numbers[RECIPE_CLASSES_MAX][32];
    const char *names[RECIPE_CLASSES_MAX];
    for (size_t k = 0; k < n_classes; k++) {
        snprintf(numbers[k], sizeof numbers[k], "class %zu", k + 1);
        names[k] = table_note_find(list->table, numbers[k]);
        if (names[k] == NULL)
            names[k] = numbers[k] + strlen("class ");
    }
    return result_new_of(list, n_classes, names, result, error);
}

static Status fill(const Columns *columns, Result *result, Error *error)
{
    const Table *table = result->list->table;
    Status status = STATUS_OK;
    for (size_t row = 0; row < result->list->n && status == STATUS_OK; row++)
        status = read_row(table, columns, row, result, error);
    read_looks(table, result);
    return status == STATUS_OK ? read_notes(table, result, error) : status;
}

static Status look_through(SourceList *list, Columns *columns, size_t *n_classes, Error *error)
{
    if (list->table == NULL)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: is a region file, whose scores are not there; give a table that "
                         "skyclass classify wrote",
                         list->path);
    list->taken = memory_new(table_column_count(list->table), sizeof *list->taken);
    if (list->taken == NULL)
        return error_memory(error, list->path);
    Status status = find_columns(list->table, list->taken, columns, error);
    return status == STATUS_OK ? count_classes(list->table, columns, n_classes, error) : status;
}

Status result_read(const char *path, Result **result, Error *error)
{
    SourceList *list;
    Columns columns = {0};
    size_t n_classes = 0;
    *result = NULL;
    Status status = source_list_read(path, &list, error);
    if (status != STATUS_OK)
        return status;
    status = look_through(list, &columns, &n_classes, error);
    if (status != STATUS_OK) {
        source_list_free(list);
        return status;
    }
    status = new_result(list, n_classes, result, error);
    if (status == STATUS_OK)
        status = fill(&columns, *result, error);
    if (status != STATUS_OK) {
        result_free(*result);
        *result = NULL;
    }
    return status;
}
