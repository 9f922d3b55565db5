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

// Column names of common tools, most telling first; lower case, blanks and hyphens as '_'.
// `companion` is a column that tells the tool where the name alone does not.
typedef struct ColumnName {
    const char *name;
    bool zero_based;
    const char *companion;
} ColumnName;

static const ColumnName x_names[] = {
    {"x", true, "tnpix"}, // SEP
    {"x", false, NULL},
    {"x_image", false, NULL}, // SExtractor
    {"xwin_image", false, NULL},
    {"xcentroid", true, NULL}, // photutils
    {"x_centroid", true, NULL},
    {"x_fit", true, NULL},
    {"xcenter", true, "aperture_sum"},
    {"xcenter", false, NULL}, // IRAF
    {"x_center", true, "aperture_sum"},
    {"x_center", false, NULL},
    {"x_peak", true, NULL},
    {"xpeak_image", false, NULL},
    {"xpos", false, NULL},
    {"x_pos", false, NULL},
    {"xpix", false, NULL},
    {"x_pix", false, NULL},
    {"xpixel", false, NULL},
    {"x_pixel", false, NULL},
    {"xcen", false, NULL},
    {"xcoord", false, NULL},
    {"x_coord", false, NULL},
    {"ximage", false, NULL},
};
static const ColumnName y_names[] = {
    {"y", true, "tnpix"},         {"y", false, NULL},
    {"y_image", false, NULL},     {"ywin_image", false, NULL},
    {"ycentroid", true, NULL},    {"y_centroid", true, NULL},
    {"y_fit", true, NULL},        {"ycenter", true, "aperture_sum"},
    {"ycenter", false, NULL},     {"y_center", true, "aperture_sum"},
    {"y_center", false, NULL},    {"y_peak", true, NULL},
    {"ypeak_image", false, NULL}, {"ypos", false, NULL},
    {"y_pos", false, NULL},       {"ypix", false, NULL},
    {"y_pix", false, NULL},       {"ypixel", false, NULL},
    {"y_pixel", false, NULL},     {"ycen", false, NULL},
    {"ycoord", false, NULL},      {"y_coord", false, NULL},
    {"yimage", false, NULL},
};
static const ColumnName ra_names[] = {
    {"ra", false, NULL},
    {"alpha_j2000", false, NULL},
    {"alphawin_j2000", false, NULL},
    {"raj2000", false, NULL},
    {"_raj2000", false, NULL},
    {"ra_j2000", false, NULL},
    {"ra_icrs", false, NULL},
    {"_ra_icrs", false, NULL},
    {"_ra", false, NULL},
    {"sky_centroid.ra", false, NULL},
    {"ra_deg", false, NULL},
    {"radeg", false, NULL},
    {"radegrees", false, NULL},
    {"alpha_sky", false, NULL},
    {"alphapeak_j2000", false, NULL},
    {"x_world", false, NULL},
    {"s_ra", false, NULL},
    {"right_ascension", false, NULL},
    {"ramean", false, NULL},
    {"alpha", false, NULL},
    {"ra2000", false, NULL},
};
static const ColumnName dec_names[] = {
    {"dec", false, NULL},
    {"delta_j2000", false, NULL},
    {"deltawin_j2000", false, NULL},
    {"dej2000", false, NULL},
    {"_dej2000", false, NULL},
    {"dec_j2000", false, NULL},
    {"de_icrs", false, NULL},
    {"_de_icrs", false, NULL},
    {"_de", false, NULL},
    {"sky_centroid.dec", false, NULL},
    {"dec_deg", false, NULL},
    {"decdeg", false, NULL},
    {"dedeg", false, NULL},
    {"decdegrees", false, NULL},
    {"delta_sky", false, NULL},
    {"deltapeak_j2000", false, NULL},
    {"y_world", false, NULL},
    {"s_dec", false, NULL},
    {"declination", false, NULL},
    {"decj2000", false, NULL},
    {"decmean", false, NULL},
    {"delta", false, NULL},
    {"dec2000", false, NULL},
    {"dec_icrs", false, NULL},
    {"de", false, NULL},
};
static const ColumnName id_names[] = {
    {"id", false, NULL},          {"number", false, NULL},   {"name", false, NULL},
    {"source_id", false, NULL},   {"sourceid", false, NULL}, {"object_id", false, NULL},
    {"objid", false, NULL},       {"obj_id", false, NULL},   {"objectid", false, NULL},
    {"cluster_id", false, NULL},  {"star_id", false, NULL},  {"label", false, NULL},
    {"designation", false, NULL}, {"main_id", false, NULL},  {"source", false, NULL},
    {"object", false, NULL},      {"recno", false, NULL},    {"no", false, NULL},
    {"num", false, NULL},         {"index", false, NULL},
};

static const size_t NO_COLUMN = SIZE_MAX; // no table is as wide

enum {
    NAME_SIZE = 64,
    LEGUS_COLUMNS = 33, // LEGUS tables have 33 to 39 columns, without header; others are narrower
};

typedef struct Columns {
    size_t id, x, y, ra, dec;
    bool zero_based;
} Columns;

// "X Centroid [pix]" -> "x_centroid".
static void normalise(const char *name, char *text)
{
    size_t n = 0;
    for (; *name != '\0' && strchr("[(", *name) == NULL && n + 1 < NAME_SIZE; name++) {
        unsigned char c = (unsigned char)*name;
        text[n++] = c == ' ' || c == '-' ? '_' : (char)tolower(c);
    }
    while (n > 0 && text[n - 1] == '_')
        n--;
    text[n] = '\0';
}

static size_t find_normalised(const Table *table, const char *wanted)
{
    char name[NAME_SIZE];
    for (size_t i = 0; i < table_column_count(table); i++) {
        normalise(table_column_name(table, i), name);
        if (strcmp(name, wanted) == 0)
            return i;
    }
    return NO_COLUMN;
}

static size_t find_known(const Table *table, const ColumnName *names, size_t n, bool *zero_based)
{
    for (size_t i = 0; i < n; i++) {
        size_t column = find_normalised(table, names[i].name);
        if (column == NO_COLUMN ||
            (names[i].companion != NULL && find_normalised(table, names[i].companion) == NO_COLUMN))
            continue;
        if (zero_based != NULL)
            *zero_based = names[i].zero_based;
        return column;
    }
    return NO_COLUMN;
}

// Whether the names say nothing: no header, or astropy's col1, col2, ...
static bool is_nameless(const Table *table)
{
    char automatic[TABLE_CELL_SIZE];
    for (size_t i = 0; table_is_named(table) && i < table_column_count(table); i++) {
        snprintf(automatic, sizeof automatic, "col%zu", i + 1);
        if (strcmp(automatic, table_column_name(table, i)) != 0)
            return false;
    }
    return true;
}

static bool is_sexagesimal(const Table *table, size_t column)
{
    if (column >= table_column_count(table))
        return false;
    char buffer[TABLE_CELL_SIZE];
    const char *cell = table_text(table, 0, column, buffer);
    Coordinate coordinate;
    return coordinate_parse(cell, strlen(cell), &coordinate) && coordinate.unit >= UNIT_SEXAGESIMAL;
}

// id x y [...], x y, LEGUS's id x y ra dec ..., or angles where they can be told from pixels.
static void columns_by_place(const Table *table, Columns *columns)
{
    size_t n = table_column_count(table);
    size_t first = n >= 3 && !is_sexagesimal(table, 0) ? 1 : 0;
    columns->id = first > 0 ? 0 : NO_COLUMN;
    if (is_sexagesimal(table, first) && is_sexagesimal(table, first + 1)) {
        columns->ra = first;
        columns->dec = first + 1;
        return;
    }
    columns->x = first;
    columns->y = first + 1;
    if (n >= LEGUS_COLUMNS || (is_sexagesimal(table, 3) && is_sexagesimal(table, 4))) {
        columns->ra = 3;
        columns->dec = 4;
    }
}

static void columns_by_name(const Table *table, Columns *columns)
{
    bool zero_x = false, zero_y = false;
#define FIND(names, zero) find_known(table, names, sizeof names / sizeof names[0], zero)
    columns->id = FIND(id_names, NULL);
    columns->x = FIND(x_names, &zero_x);
    columns->y = FIND(y_names, &zero_y);
    columns->ra = FIND(ra_names, NULL);
    columns->dec = FIND(dec_names, NULL);
#undef FIND
    columns->zero_based = zero_x && zero_y;
}

// `choice` is a column's name or its number.
static Status choose(const Table *table, const char *choice, size_t *column, Error *error)
{
    if (choice == NULL)
        return STATUS_OK;
    if (table_find_column(table, choice, column))
        return STATUS_OK;
    char *end;
    unsigned long number = strtoul(choice, &end, 10);
    if (*end == '\0' && number >= 1 && number <= table_column_count(table)) {
        *column = number - 1;
        return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE, "%s: has no column %s; it has %zu, the first is %s",
                     table_path(table), choice, table_column_count(table),
                     table_column_name(table, 0));
}

static Status find_columns(const Table *table, const SourceColumns *choice, Columns *columns,
                           Error *error)
{
    *columns = (Columns){NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN, NO_COLUMN, false};
    if (!is_nameless(table))
        columns_by_name(table, columns);
    else if (table_column_count(table) >= 2)
        columns_by_place(table, columns);
    Status status = STATUS_OK;
    if (choice != NULL) {
        if (choice->x != NULL || choice->y != NULL)
            columns->zero_based = false;
        columns->zero_based = columns->zero_based || choice->zero_based;
        const char *const choices[] = {choice->id, choice->x, choice->y, choice->ra, choice->dec};
        size_t *const targets[] = {&columns->id, &columns->x, &columns->y, &columns->ra,
                                   &columns->dec};
        for (size_t i = 0; i < 5 && status == STATUS_OK; i++)
            status = choose(table, choices[i], targets[i], error);
    }
    if (status != STATUS_OK)
        return status;
    if (columns->x == NO_COLUMN || columns->y == NO_COLUMN)
        columns->x = columns->y = NO_COLUMN;
    if (columns->ra == NO_COLUMN || columns->dec == NO_COLUMN)
        columns->ra = columns->dec = NO_COLUMN;
    if (columns->x != NO_COLUMN || columns->ra != NO_COLUMN)
        return STATUS_OK;
    char names[256] = "";
    for (size_t i = 0; i < table_column_count(table); i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, " %s", table_column_name(table, i));
    }
    return error_set(error, STATUS_BAD_INPUT,
                     "%s: no columns for x and y, or ra and dec, among%s; name them so in the file",
                     table_path(table), names);
}

static Status not_a_number(const Table *table, size_t row, size_t column, Error *error)
{
    char place[512], buffer[TABLE_CELL_SIZE];
    table_place(table, row, column, place, sizeof place);
    return error_set(error, STATUS_BAD_INPUT, "%s: \"%.60s\" is not a number; correct the file",
                     place, table_text(table, row, column, buffer));
}

static bool says_hours(const char *unit)
{
    return strcasecmp(unit, "h") == 0 || strcasecmp(unit, "hr") == 0 ||
           strcasecmp(unit, "hour") == 0 || strcasecmp(unit, "hourangle") == 0 ||
           strcasecmp(unit, "hours") == 0;
}

// Degrees from a cell: decimal, or sexagesimal with colons, letters or blanks (then RA is hours).
// NaN where there is none; false when it is something else.
static bool read_angle(const Table *table, size_t row, size_t column, bool is_ra, double *degrees)
{
    if (table_number(table, row, column, degrees)) {
        if (is_ra && says_hours(table_column_unit(table, column)))
            *degrees *= 15.0;
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

static Status read_source(const Table *table, const Columns *columns, size_t row, Source *source,
                          Error *error)
{
    source->row = row;
    char buffer[TABLE_CELL_SIZE];
    const char *id = columns->id != NO_COLUMN ? table_text(table, row, columns->id, buffer) : "";
    if (id[0] == '\0') {
        snprintf(buffer, sizeof buffer, "%zu", row + 1);
        id = buffer;
    }
    source->id = memory_copy_text(id);
    if (source->id == NULL)
        return error_memory(error, table_path(table));
    if (columns->x != NO_COLUMN) {
        if (!table_number(table, row, columns->x, &source->x))
            return not_a_number(table, row, columns->x, error);
        if (!table_number(table, row, columns->y, &source->y))
            return not_a_number(table, row, columns->y, error);
        source->has_xy = isfinite(source->x) && isfinite(source->y);
        if (columns->zero_based) {
            source->x += 1.0;
            source->y += 1.0;
        }
    }
    if (columns->ra != NO_COLUMN) {
        if (!read_angle(table, row, columns->ra, true, &source->ra))
            return not_a_number(table, row, columns->ra, error);
        if (!read_angle(table, row, columns->dec, false, &source->dec))
            return not_a_number(table, row, columns->dec, error);
        source->has_sky = fabs(source->ra) <= 360.0 && fabs(source->dec) <= 90.0;
    }
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

// Takes over `table` (freed on failure too).
static Status list_from_table(const char *path, const SourceColumns *choice, Table *table,
                              SourceList **result, Error *error)
{
    Columns columns;
    SourceList *list = NULL;
    Status status = find_columns(table, choice, &columns, error);
    if (status == STATUS_OK)
        status = new_list(path, table_row_count(table), &list, error);
    for (size_t i = 0; status == STATUS_OK && i < list->n; i++)
        status = read_source(table, &columns, i, &list->sources[i], error);
    if (status == STATUS_OK)
        status = count_repeated_ids(list, error);
    if (status != STATUS_OK) {
        table_free(table);
        source_list_free(list);
        return status;
    }
    list->zero_based = columns.zero_based;
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

static bool is_chosen(const SourceColumns *columns)
{
    return columns != NULL && (columns->id != NULL || columns->x != NULL || columns->y != NULL ||
                               columns->ra != NULL || columns->dec != NULL || columns->zero_based);
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
    if (region_text_looks_like(text)) {
        RegionFile *regions;
        if (is_chosen(columns)) {
            free(text);
            return error_set(error, STATUS_USAGE,
                             "%s: is a region file, which has no columns; leave them out", path);
        }
        status = region_file_parse(path, text, size, &regions, error);
        return status == STATUS_OK ? list_from_regions(path, regions, list, error) : status;
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
    for (size_t i = 0; list->sources != NULL && i < list->n; i++)
        free(list->sources[i].id);
    free(list->sources);
    free(list->path);
    table_free(list->table);
    region_file_free(list->regions);
    free(list);
}
