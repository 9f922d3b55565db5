#include "sky/source/band_positions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sky/table/table.h"

enum { COLUMN_NAME_SIZE = 80 };

static const char axes[2] = {'x', 'y'};

static bool find_columns(const Table *table, const char *band, size_t columns[2])
{
    char name[COLUMN_NAME_SIZE];
    bool found = true;
    for (size_t axis = 0; axis < 2 && found; axis++) {
        snprintf(name, sizeof name, "%c_%s", axes[axis], band);
        found = table_find_column(table, name, &columns[axis]);
    }
    return found;
}

static Status read_position(const Table *table, const SourceRoles *roles, size_t row,
                            const size_t columns[2], double *xy, Error *error)
{
    char place[256], buffer[TABLE_CELL_SIZE];
    for (size_t axis = 0; axis < 2; axis++) {
        if (!table_number(table, row, columns[axis], &xy[axis])) {
            table_place(table, row, columns[axis], place, sizeof place);
            return error_set(error, STATUS_BAD_INPUT, "%s: \"%.40s\" is not a position", place,
                             table_text(table, row, columns[axis], buffer));
        }
        xy[axis] += roles->zero_based ? 1.0 : 0.0;
    }
    return STATUS_OK;
}

Status source_list_take_band_positions(SourceList *list, const char *const *bands, size_t n_bands,
                                       bool *taken, Error *error)
{
    size_t n = 0;
    size_t(*columns)[2] = memory_new(n_bands, sizeof *columns);
    if (columns == NULL)
        return error_memory(error, "the sources");
    *taken = list->table != NULL;
    for (size_t band = 0; band < n_bands && *taken; band++)
        *taken = find_columns(list->table, bands[band], columns[band]);
    Status status = STATUS_OK;
    double *positions = NULL;
    if (*taken && memory_multiply(list->n, 2 * n_bands, &n))
        positions = memory_new(n, sizeof *positions);
    if (*taken && positions == NULL)
        status = error_memory(error, "the sources");
    for (size_t i = 0; i < list->n && *taken && status == STATUS_OK; i++) {
        double *own = positions + i * 2 * n_bands;
        for (size_t band = 0; band < n_bands && status == STATUS_OK; band++)
            status = read_position(list->table, &list->roles, list->sources[i].row, columns[band],
                                   own + 2 * band, error);
        list->sources[i].band_xy = own;
    }
    free(columns);
    if (status != STATUS_OK) {
        for (size_t i = 0; i < list->n; i++)
            list->sources[i].band_xy = NULL;
        free(positions);
        return status;
    }
    if (*taken) {
        free(list->band_positions);
        list->band_positions = positions;
        list->n_band_positions = n;
    }
    return STATUS_OK;
}
