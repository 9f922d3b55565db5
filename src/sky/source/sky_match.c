#include "sky/source/sky_match.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

static const double arcsec = 4.84813681109536e-06; // radians
static const double radius_most = 3600.0;
enum { CELLS_MOST = 1 << 20 }; // along an axis, so that three of them fit into 64 bits

// Unit vectors, and cells of the cube around the sphere that are twice as wide as the radius'
// chord: what lies within the radius of a place is in one of the two cells along each axis that are
// nearest to it.
typedef struct Grid {
    size_t n;
    double (*places)[3]; // [n]; NaN without a position
    int64_t n_cells;     // along an axis
    size_t n_slots;      // a power of two
    size_t *first;       // [n_slots] a source of that slot, or NO_MATCH
    size_t *next;        // [n] the next one
} Grid;

static void set_place(const Source *source, double place[3])
{
    const double degree = 3600.0 * arcsec;
    const double ra = degree * source->ra, dec = degree * source->dec;
    place[0] = source->has_sky ? cos(dec) * cos(ra) : NAN;
    place[1] = source->has_sky ? cos(dec) * sin(ra) : NAN;
    place[2] = source->has_sky ? sin(dec) : NAN;
}

static size_t slot_of(const Grid *grid, const int64_t cell[3])
{
    uint64_t key = 0;
    for (int i = 0; i < 3; i++)
        key = key * CELLS_MOST + (uint64_t)cell[i];
    // Fibonacci hashing (Knuth, volume 3, section 6.4).
    return (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (grid->n_slots - 1);
}

static void cell_of(const Grid *grid, const double place[3], int64_t cell[3])
{
    for (int i = 0; i < 3; i++) {
        cell[i] = (int64_t)(0.5 * (place[i] + 1.0) * (double)grid->n_cells);
        cell[i] = cell[i] < grid->n_cells ? cell[i] : grid->n_cells - 1;
    }
}

static void grid_add(Grid *grid, size_t source)
{
    int64_t cell[3];
    cell_of(grid, grid->places[source], cell);
    size_t *first = &grid->first[slot_of(grid, cell)];
    grid->next[source] = *first;
    *first = source;
}

static void grid_clear(Grid *grid)
{
    free(grid->places);
    free(grid->first);
    free(grid->next);
}

// Empty; grid_add puts the sources in.
static Status grid_new(const SourceList *list, double radius, Grid *grid, Error *error)
{
    const double chord = 2.0 * sin(0.5 * radius * arcsec);
    *grid = (Grid){.n = list->n, .n_slots = 1024};
    while (grid->n_slots < 2 * list->n)
        grid->n_slots *= 2;
    grid->n_cells = (int64_t)fmin(fmax(floor(1.0 / chord), 1.0), CELLS_MOST);
    grid->places = memory_new(list->n, sizeof *grid->places);
    grid->first = memory_new(grid->n_slots, sizeof *grid->first);
    grid->next = memory_new(list->n, sizeof *grid->next);
    if (grid->places == NULL || grid->first == NULL || grid->next == NULL) {
        grid_clear(grid);
        return error_memory(error, "matching");
    }
    for (size_t i = 0; i < grid->n_slots; i++)
        grid->first[i] = NO_MATCH;
    for (size_t i = 0; i < list->n; i++)
        set_place(&list->sources[i], grid->places[i]);
    return STATUS_OK;
}

static double distance_squared(const double a[3], const double b[3])
{
    const double d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
    return d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
}

// What was found around a place.
typedef struct Found {
    size_t nearest, n_within;
    double squared; // chord to the nearest
} Found;

// Different cells may share a slot; a source counts in its own cell only.
static void look_into(const Grid *grid, const int64_t cell[3], const double place[3], double most,
                      Found *found)
{
    for (size_t i = grid->first[slot_of(grid, cell)]; i != NO_MATCH; i = grid->next[i]) {
        int64_t own[3];
        cell_of(grid, grid->places[i], own);
        if (own[0] != cell[0] || own[1] != cell[1] || own[2] != cell[2])
            continue;
        const double squared = distance_squared(grid->places[i], place);
        if (squared > most)
            continue;
        found->n_within++;
        if (squared < found->squared || (squared == found->squared && i < found->nearest)) {
            found->squared = squared;
            found->nearest = i;
        }
    }
}

// The cells along an axis, both the same at the cube's face.
static void nearest_cells(const Grid *grid, double place, int64_t cells[2])
{
    const double at = 0.5 * (place + 1.0) * (double)grid->n_cells;
    const int64_t low = (int64_t)floor(at - 0.5), last = grid->n_cells - 1;
    cells[0] = low < 0 ? 0 : low < last ? low : last;
    cells[1] = low + 1 < 0 ? 0 : low + 1 < last ? low + 1 : last;
}

static Found look_around(const Grid *grid, const double place[3], double radius)
{
    Found found = {NO_MATCH, 0, INFINITY};
    const double chord = 2.0 * sin(0.5 * radius * arcsec);
    int64_t cells[3][2];
    if (isnan(place[0]))
        return found;
    for (int k = 0; k < 3; k++)
        nearest_cells(grid, place[k], cells[k]);
    for (int i = 0; i < 8; i++) {
        const int side[3] = {i & 1, i >> 1 & 1, i >> 2};
        bool twice = false; // where both cells of an axis are one
        for (int k = 0; k < 3; k++)
            twice = twice || (side[k] == 1 && cells[k][0] == cells[k][1]);
        const int64_t cell[3] = {cells[0][side[0]], cells[1][side[1]], cells[2][side[2]]};
        if (!twice)
            look_into(grid, cell, place, chord * chord, &found);
    }
    return found;
}

static void take(SkyMatch *match, size_t source, const Found *found)
{
    match->partner[source] = found->nearest;
    match->n_within[source] = found->n_within;
    match->separation[source] = found->nearest != NO_MATCH
                                    ? 2.0 * asin(fmin(0.5 * sqrt(found->squared), 1.0)) / arcsec
                                    : NAN;
}

static Status match_new(size_t n, SkyMatch *match, Error *error)
{
    *match = (SkyMatch){.n = n};
    match->partner = memory_new(n, sizeof *match->partner);
    match->separation = memory_new(n, sizeof *match->separation);
    match->n_within = memory_new(n, sizeof *match->n_within);
    if (match->partner != NULL && match->separation != NULL && match->n_within != NULL)
        return STATUS_OK;
    sky_match_clear(match);
    return error_memory(error, "matching");
}

void sky_match_clear(SkyMatch *match)
{
    free(match->partner);
    free(match->separation);
    free(match->n_within);
    *match = (SkyMatch){0};
}

static Status check(const SourceList *list, double radius, Error *error)
{
    if (!(radius > 0.0 && radius <= radius_most))
        return error_set(error, STATUS_USAGE,
                         "a radius of %g arcsec; choose one above 0 and at most %g", radius,
                         radius_most);
    for (size_t i = 0; i < list->n; i++)
        if (list->sources[i].has_sky)
            return STATUS_OK;
    return error_set(error, STATUS_BAD_INPUT,
                     "%s has no positions on the sky to match by; classify or detect gives ra and "
                     "dec to pixels of an image with a WCS",
                     list->path);
}

Status sky_match(const SourceList *list, const SourceList *other, double radius, SkyMatch *match,
                 Error *error)
{
    Grid grid;
    *match = (SkyMatch){0};
    Status status = check(list, radius, error);
    if (status == STATUS_OK)
        status = check(other, radius, error);
    if (status == STATUS_OK)
        status = match_new(list->n, match, error);
    if (status != STATUS_OK)
        return status;
    status = grid_new(other, radius, &grid, error);
    if (status != STATUS_OK) {
        sky_match_clear(match);
        return status;
    }
    for (size_t i = 0; i < other->n; i++)
        if (!isnan(grid.places[i][0]))
            grid_add(&grid, i);
    for (size_t i = 0; i < list->n; i++) {
        double place[3];
        set_place(&list->sources[i], place);
        const Found found = look_around(&grid, place, radius);
        take(match, i, &found);
    }
    grid_clear(&grid);
    return STATUS_OK;
}

Status sky_duplicates(const SourceList *list, double radius, SkyMatch *match, Error *error)
{
    Grid grid;
    *match = (SkyMatch){0};
    Status status = check(list, radius, error);
    if (status == STATUS_OK)
        status = match_new(list->n, match, error);
    if (status != STATUS_OK)
        return status;
    status = grid_new(list, radius, &grid, error);
    if (status != STATUS_OK) {
        sky_match_clear(match);
        return status;
    }
    for (size_t i = 0; i < list->n; i++) {
        const Found found = look_around(&grid, grid.places[i], radius);
        take(match, i, &found);
        if (found.nearest == NO_MATCH && !isnan(grid.places[i][0]))
            grid_add(&grid, i);
    }
    grid_clear(&grid);
    return STATUS_OK;
}
