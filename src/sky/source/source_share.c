#include "sky/source/source_share.h"

#include <stdlib.h>

#include "base/memory.h"

SourceList *source_list_share(SourceList *list)
{
    list->n_more_owners++;
    return list;
}

static Status new_list(const char *path, size_t n, SourceList **list, Error *error)
{
    SourceList *fresh = memory_new(1, sizeof *fresh);
    *list = NULL;
    if (fresh != NULL) {
        fresh->path = memory_copy_text(path);
        fresh->sources = memory_new(n, sizeof *fresh->sources);
    }
    if (fresh == NULL || fresh->path == NULL || fresh->sources == NULL) {
        source_list_free(fresh);
        return error_memory(error, "the sources");
    }
    fresh->n = n;
    *list = fresh;
    return STATUS_OK;
}

static Status copy_sources(const SourceList *from, Source *to, Error *error)
{
    for (size_t i = 0; i < from->n; i++) {
        to[i] = from->sources[i];
        to[i].id = memory_copy_text(from->sources[i].id);
        if (to[i].id == NULL)
            return error_memory(error, "the sources");
    }
    return STATUS_OK;
}

static Status copy_taken(const SourceList *from, SourceList *to, Error *error)
{
    const size_t n = from->taken != NULL ? table_column_count(from->table) : 0;
    if (n == 0)
        return STATUS_OK;
    to->taken = memory_new(n, sizeof *to->taken);
    for (size_t i = 0; i < n && to->taken != NULL; i++)
        to->taken[i] = from->taken[i];
    return to->taken != NULL ? STATUS_OK : error_memory(error, "the sources");
}

// A copy's sources point into an array of its own: the list may be given another.
static Status copy_band_positions(const SourceList *from, SourceList *to, Error *error)
{
    if (from->band_positions == NULL)
        return STATUS_OK;
    to->band_positions = memory_new(from->n_band_positions, sizeof *to->band_positions);
    if (to->band_positions == NULL)
        return error_memory(error, "the sources");
    to->n_band_positions = from->n_band_positions;
    for (size_t i = 0; i < to->n_band_positions; i++)
        to->band_positions[i] = from->band_positions[i];
    for (size_t i = 0; i < to->n; i++)
        to->sources[i].band_xy =
            to->band_positions + (from->sources[i].band_xy - from->band_positions);
    return STATUS_OK;
}

static Status fill_copy(SourceList *list, SourceList *copy, Error *error)
{
    Status status = copy_sources(list, copy->sources, error);
    if (status == STATUS_OK)
        status = copy_taken(list, copy, error);
    if (status == STATUS_OK)
        status = copy_band_positions(list, copy, error);
    if (status == STATUS_OK && list->pixels_of != NULL) {
        copy->pixels_of = memory_copy_text(list->pixels_of);
        if (copy->pixels_of == NULL)
            status = error_memory(error, "the sources");
    }
    copy->roles = list->roles;
    copy->n_repeated_ids = list->n_repeated_ids;
    copy->physical_is_placed = list->physical_is_placed;
    copy->table = list->table;
    copy->regions = list->regions;
    copy->original = source_list_share(list->original != NULL ? list->original : list);
    return status;
}

Status source_list_copy(SourceList *list, SourceList **copy, Error *error)
{
    if (list->n_parts > 0)
        return source_list_join(&list, 1, copy, error);
    Status status = new_list(list->path, list->n, copy, error);
    if (status == STATUS_OK)
        status = fill_copy(list, *copy, error);
    if (status != STATUS_OK) {
        source_list_free(*copy);
        *copy = NULL;
    }
    return status;
}

size_t source_list_part_count(const SourceList *list)
{
    return list->n_parts > 0 ? list->n_parts : 1;
}

const SourceList *source_list_part(const SourceList *list, size_t part, size_t *first)
{
    *first = list->n_parts > 0 ? list->parts[part].first : 0;
    return list->n_parts > 0 ? list->parts[part].list : list;
}

// The parts of all lists, so that a joined list has none that is joined itself.
static Status gather_parts(SourceList *const *lists, size_t n, SourceList *joined, Error *error)
{
    size_t n_parts = 0, row = 0;
    for (size_t i = 0; i < n; i++)
        n_parts += source_list_part_count(lists[i]);
    joined->parts = memory_new(n_parts, sizeof *joined->parts);
    if (joined->parts == NULL)
        return error_memory(error, "the sources");
    for (size_t i = 0; i < n; row += lists[i]->n, i++) {
        if (lists[i]->n_parts == 0)
            joined->parts[joined->n_parts++] = (SourcePart){row, source_list_share(lists[i])};
        for (size_t k = 0; k < lists[i]->n_parts; k++)
            joined->parts[joined->n_parts++] = (SourcePart){
                row + lists[i]->parts[k].first, source_list_share(lists[i]->parts[k].list)};
    }
    return STATUS_OK;
}

Status source_list_join(SourceList *const *lists, size_t n, SourceList **joined, Error *error)
{
    size_t n_rows = 0, row = 0;
    for (size_t i = 0; i < n; i++)
        n_rows += lists[i]->n;
    Status status = new_list(n == 1 ? lists[0]->path : "", n_rows, joined, error);
    for (size_t i = 0; i < n && status == STATUS_OK; row += lists[i]->n, i++)
        status = copy_sources(lists[i], (*joined)->sources + row, error);
    if (status == STATUS_OK)
        status = gather_parts(lists, n, *joined, error);
    if (status != STATUS_OK) {
        source_list_free(*joined);
        *joined = NULL;
    }
    return status;
}
