#include "sky/source/source.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text_file.h"
#include "sky/image/physical.h"
#include "sky/region/region.h"
#include "sky/source/coordinate.h"
#include "sky/table/table.h"

static Status not_a_number(const Table *table, size_t row, size_t column, Error *error)
{
    char place[512], buffer[TABLE_CELL_SIZE];
    table_place(table, row, column, place, sizeof place);
    return error_set(error, STATUS_BAD_INPUT, "%s: \"%.60s\" is not a number; correct the file",
                     place, table_text(table, row, column, buffer));
}

// Degrees from a cell: decimal, or sexagesimal with colons, letters or blanks (then RA is hours).
// NaN where there is none; false when it is something else.
static bool read_angle(const Table *table, size_t row, const SourceRoles *roles, bool is_ra,
                       double *degrees)
{
    const size_t column = roles->column[is_ra ? ROLE_RA : ROLE_DEC];
    if (table_number(table, row, column, degrees)) {
        *degrees *= is_ra ? roles->ra_unit : roles->dec_unit;
        return true;
    }
    char buffer[TABLE_CELL_SIZE], text[64];
    const char *cell = table_text(table, row, column, buffer);
    size_t n = 0;
    for (; *cell != '\0' && n < sizeof text; cell++) {
        bool blank = isspace((unsigned char)*cell);
        if (!blank)
            text[n++] = *cell;
        else if (n > 0 && isdigit((unsigned char)text[n - 1]))
            text[n++] = ':';
    }
    while (n > 0 && text[n - 1] == ':')
        n--;
    Coordinate coordinate;
    if (*cell != '\0' || !coordinate_parse(text, n, &coordinate))
        return false;
    *degrees = coordinate.value;
    switch (coordinate.unit) {
    case UNIT_DEGREE:
    case UNIT_DMS:
        return true;
    case UNIT_RADIAN:
        *degrees *= 57.29577951308232;
        return true;
    case UNIT_HOURS:
        *degrees *= 15.0;
        return is_ra;
    case UNIT_SEXAGESIMAL:
        *degrees *= is_ra ? 15.0 : 1.0;
        return true;
    default:
        return false;
    }
}

static Status read_pixels(const Table *table, const SourceRoles *roles, size_t row, Source *source,
                          Error *error)
{
    const size_t x = roles->column[ROLE_X], y = roles->column[ROLE_Y];
    if (!table_number(table, row, x, &source->x))
        return not_a_number(table, row, x, error);
    if (!table_number(table, row, y, &source->y))
        return not_a_number(table, row, y, error);
    source->has_xy = isfinite(source->x) && isfinite(source->y);
    if (roles->zero_based) {
        source->x += 1.0;
        source->y += 1.0;
    }
    return STATUS_OK;
}

static Status read_source(const Table *table, const SourceRoles *roles, size_t row, Source *source,
                          Error *error)
{
    source->row = row;
    char buffer[TABLE_CELL_SIZE];
    const size_t named = roles->column[ROLE_ID];
    const char *id = named != NO_COLUMN ? table_text(table, row, named, buffer) : "";
    if (id[0] == '\0') {
        snprintf(buffer, sizeof buffer, "%zu", row + 1);
        id = buffer;
    }
    source->id = memory_copy_text(id);
    if (source->id == NULL)
        return error_memory(error, table_path(table));
    if (roles->column[ROLE_X] != NO_COLUMN) {
        Status status = read_pixels(table, roles, row, source, error);
        if (status != STATUS_OK)
            return status;
    }
    if (roles->column[ROLE_RA] == NO_COLUMN)
        return STATUS_OK;
    if (!read_angle(table, row, roles, true, &source->ra))
        return not_a_number(table, row, roles->column[ROLE_RA], error);
    if (!read_angle(table, row, roles, false, &source->dec))
        return not_a_number(table, row, roles->column[ROLE_DEC], error);
    source->has_sky = fabs(source->ra) <= 360.0 && fabs(source->dec) <= 90.0;
    return STATUS_OK;
}

static uint64_t hash_text(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u; // FNV-1a
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash ^ (hash >> 32);
}

static Status count_repeated_ids(SourceList *list, Error *error)
{
    size_t size = 16;
    while (size < 2 * list->n)
        size *= 2;
    const char **seen = memory_new(size, sizeof *seen);
    if (seen == NULL)
        return error_memory(error, "the identifiers of the sources");
    for (size_t i = 0; i < list->n; i++) {
        const char *id = list->sources[i].id;
        size_t slot = hash_text(id) & (size - 1);
        while (seen[slot] != NULL && strcmp(seen[slot], id) != 0)
            slot = (slot + 1) & (size - 1);
        list->n_repeated_ids += seen[slot] != NULL;
        seen[slot] = id;
    }
    free(seen);
    return STATUS_OK;
}

static Status new_list(const char *path, size_t n, SourceList **list, Error *error)
{
    *list = memory_new(1, sizeof **list);
    if (*list == NULL)
        return error_memory(error, "the sources");
    (*list)->path = memory_copy_text(path);
    (*list)->sources = memory_new(n, sizeof(Source));
    if ((*list)->path == NULL || (*list)->sources == NULL) {
        source_list_free(*list);
        *list = NULL;
        return error_memory(error, "the sources");
    }
    (*list)->n = n;
    return STATUS_OK;
}

// Which image x, y count on: a column xy_band, where a format has no room for comments, or the
// table's own word.
static Status find_pixels_of(const Table *table, SourceList *list, Error *error)
{
    size_t column;
    char one[TABLE_CELL_SIZE], other[TABLE_CELL_SIZE];
    const char *name = table_pixels_of(table);
    if (table_find_column(table, "xy_band", &column)) {
        name = table_text(table, 0, column, one);
        for (size_t i = 1; i < list->n; i++)
            if (strcmp(name, table_text(table, i, column, other)) != 0)
                return error_set(error, STATUS_BAD_INPUT,
                                 "%s: x, y count on several images (%s and %s in column xy_band); "
                                 "give a list for each",
                                 table_path(table), name, table_text(table, i, column, other));
    }
    if (name[0] == '\0')
        return STATUS_OK;
    list->pixels_of = memory_copy_text(name);
    return list->pixels_of != NULL ? STATUS_OK : error_memory(error, table_path(table));
}

// Takes over `table` (freed on failure too).
static Status list_from_table(const char *path, const SourceColumns *choice, Table *table,
                              SourceList **result, Error *error)
{
    SourceRoles roles;
    SourceList *list = NULL;
    Status status = source_roles_find(table, choice, &roles, error);
    if (status == STATUS_OK)
        status = new_list(path, table_row_count(table), &list, error);
    for (size_t i = 0; status == STATUS_OK && i < list->n; i++)
        status = read_source(table, &roles, i, &list->sources[i], error);
    if (status == STATUS_OK)
        status = count_repeated_ids(list, error);
    if (status == STATUS_OK)
        status = find_pixels_of(table, list, error);
    if (status != STATUS_OK) {
        table_free(table);
        source_list_free(list);
        return status;
    }
    list->roles = roles;
    list->table = table;
    *result = list;
    return STATUS_OK;
}

// Source i of the list gets its id (NULL: its number) and row.
static Status name_source(SourceList *list, size_t i, const char *id, Error *error)
{
    char number[TABLE_CELL_SIZE];
    snprintf(number, sizeof number, "%zu", i + 1);
    list->sources[i].row = i;
    list->sources[i].id = memory_copy_text(id != NULL ? id : number);
    return list->sources[i].id != NULL ? STATUS_OK : error_memory(error, "the sources");
}

// Hands the list over to *result, or frees it where something failed.
static Status finish_list(SourceList *list, Status status, SourceList **result, Error *error)
{
    if (status == STATUS_OK)
        status = count_repeated_ids(list, error);
    if (status == STATUS_OK)
        *result = list;
    else
        source_list_free(list);
    return status;
}

// Takes over `regions` (freed on failure too).
static Status list_from_regions(const char *path, RegionFile *regions, SourceList **result,
                                Error *error)
{
    SourceList *list;
    Status status = new_list(path, region_file_count(regions), &list, error);
    if (status != STATUS_OK) {
        region_file_free(regions);
        return status;
    }
    list->regions = regions;
    for (size_t i = 0; i < list->n && status == STATUS_OK; i++) {
        const Region *region = region_file_at(regions, i);
        Source *source = &list->sources[i];
        status = name_source(list, i, region->id[0] != '\0' ? region->id : NULL, error);
        source->excluded = region->excluded;
        source->has_sky = region->frame == REGION_SKY;
        source->ra = region->ra;
        source->dec = region->dec;
        source->has_xy = region->frame == REGION_IMAGE || region->frame == REGION_PHYSICAL ||
                         region->frame == REGION_DETECTOR;
        source->x = region->x;
        source->y = region->y;
    }
    return finish_list(list, status, result, error);
}

Status source_list_read_columns(const char *path, const SourceColumns *columns, SourceList **list,
                                Error *error)
{
    *list = NULL;
    char *text = NULL;
    size_t size = 0;
    Table *table;
    // Text is read once and looked at; whatever is no plain file of text is the table reader's.
    bool plain = access(path, R_OK) == 0;
    Status status = plain ? text_file_load(path, &text, &size, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    bool fits = plain && (strncmp(text, "SIMPLE  =", 9) == 0 || strncmp(text, "\x1f\x8b", 2) == 0);
    if (!plain || fits) {
        free(text);
        status = table_read(path, &table, error);
        return status == STATUS_OK ? list_from_table(path, columns, table, list, error) : status;
    }
    status = text_file_decode(path, &text, &size, error);
    if (status != STATUS_OK) {
        free(text);
        return status;
    }
    if (!table_looks_like_votable(text) && region_text_looks_like(text)) {
        RegionFile *regions;
        if (source_columns_any(columns)) {
            free(text);
            return error_set(error, STATUS_USAGE,
                             "%s: is a region file, which has no columns; leave them out", path);
        }
        char *pixels_of = region_comment_value(text, "XYBAND");
        status = region_file_parse(path, text, size, &regions, error);
        if (status == STATUS_OK)
            status = list_from_regions(path, regions, list, error);
        if (status == STATUS_OK)
            (*list)->pixels_of = pixels_of;
        else
            free(pixels_of);
        return status;
    }
    status = table_parse(path, text, size, &table, error);
    return status == STATUS_OK ? list_from_table(path, columns, table, list, error) : status;
}

Status source_list_read(const char *path, SourceList **list, Error *error)
{
    return source_list_read_columns(path, NULL, list, error);
}

Status source_list_from_regions(const char *text, SourceList **list, Error *error)
{
    *list = NULL;
    char *copy = memory_copy_text(text);
    if (copy == NULL)
        return error_memory(error, "the regions");
    RegionFile *regions;
    Status status = region_file_parse("regions", copy, strlen(copy), &regions, error);
    return status == STATUS_OK ? list_from_regions("", regions, list, error) : status;
}

Status source_list_from_positions(const double *x, const double *y, const char *const *id, size_t n,
                                  SourceList **result, Error *error)
{
    *result = NULL;
    SourceList *list;
    Status status = new_list("", n, &list, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        Source *source = &list->sources[i];
        status = name_source(list, i, id != NULL ? id[i] : NULL, error);
        source->x = x[i];
        source->y = y[i];
        source->has_xy = isfinite(x[i]) && isfinite(y[i]);
    }
    return finish_list(list, status, result, error);
}

void source_list_place_physical(SourceList *list, const Physical *physical)
{
    for (size_t i = 0; list->regions != NULL && i < list->n; i++) {
        const Region *region = region_file_at(list->regions, list->sources[i].row);
        if (region->frame != REGION_PHYSICAL)
            continue;
        list->sources[i].x = region->x;
        list->sources[i].y = region->y;
        physical_to_image(physical, &list->sources[i].x, &list->sources[i].y);
    }
}

void source_list_free(SourceList *list)
{
    if (list == NULL)
        return;
    if (list->n_more_owners > 0) {
        list->n_more_owners--;
        return;
    }
    for (size_t i = 0; list->sources != NULL && i < list->n; i++)
        free(list->sources[i].id);
    for (size_t i = 0; i < list->n_parts; i++)
        source_list_free(list->parts[i].list);
    if (list->original == NULL) {
        table_free(list->table);
        region_file_free(list->regions);
    }
    source_list_free(list->original);
    free(list->parts);
    free(list->taken);
    free(list->band_positions);
    free(list->sources);
    free(list->path);
    free(list->pixels_of);
    free(list);
}
