#include "work/contour.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"

// The map with a border of zeros: nodes [rows][columns], and between neighbours edges, which a line
// crosses where one end is above the level. Edge 2 n leads right from node n, 2 n + 1 up.
typedef struct Tracing {
    const float *map;
    size_t height, width, rows, columns;
    double level;
    size_t *next; // [2 rows columns] the edge that the line crosses next, or NONE
} Tracing;

static const size_t NONE = SIZE_MAX;

static double value(const Tracing *tracing, size_t row, size_t column)
{
    if (row < 1 || column < 1 || row > tracing->height || column > tracing->width)
        return 0.0;
    return (double)tracing->map[(row - 1) * tracing->width + column - 1];
}

// A cell's edges, counter-clockwise from below: below, right, above, left.
static size_t edge_of(const Tracing *tracing, size_t row, size_t column, int side)
{
    const size_t node = row * tracing->columns + column;
    return side == 0   ? 2 * node
           : side == 1 ? 2 * (node + 1) + 1
           : side == 2 ? 2 * (node + tracing->columns)
                       : 2 * node + 1;
}

// Lines keep what is above the level on their left. Counter-clockwise around the cell, a line
// enters where the corners go from above to below; it leaves by the next place where they go back
// up or, of a saddle whose two bright corners are apart, by the one before.
static void trace_cell(Tracing *tracing, size_t row, size_t column)
{
    static const size_t corners[4][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}};
    bool above[4];
    double mean = 0;
    int n_changes = 0;
    for (int i = 0; i < 4; i++) {
        const double at = value(tracing, row + corners[i][0], column + corners[i][1]);
        above[i] = at > tracing->level;
        mean += at / 4;
    }
    for (int i = 0; i < 4; i++)
        n_changes += above[i] != above[(i + 1) % 4];
    const bool together = n_changes == 4 && mean > tracing->level;
    for (int side = 0; side < 4; side++) {
        if (!above[side] || above[(side + 1) % 4])
            continue;
        int exit = side;
        do
            exit = (exit + (together ? 1 : 3)) % 4;
        while (above[exit] || !above[(exit + 1) % 4]);
        tracing->next[edge_of(tracing, row, column, side)] = edge_of(tracing, row, column, exit);
    }
}

static void place_on(const Tracing *tracing, size_t edge, double point[2])
{
    const size_t row = edge / 2 / tracing->columns, column = edge / 2 % tracing->columns;
    const size_t up = edge % 2, right = 1 - up;
    const double from = value(tracing, row, column);
    const double to = value(tracing, row + up, column + right);
    const double part = (tracing->level - from) / (to - from);
    point[0] = (double)column + (double)right * part;
    point[1] = (double)row + (double)up * part;
}

static Status follow(Tracing *tracing, Contours *contours, Error *error)
{
    const size_t n_edges = 2 * tracing->rows * tracing->columns;
    size_t n_points = 0, n_crossed = 0;
    for (size_t i = 0; i < n_edges; i++)
        n_crossed += tracing->next[i] != NONE;
    contours->points = memory_new(n_crossed, sizeof *contours->points);
    contours->starts = memory_new(n_crossed + 1, sizeof *contours->starts);
    if (contours->points == NULL || contours->starts == NULL)
        return error_memory(error, "contours");
    for (size_t i = 0; i < n_edges; i++) {
        if (tracing->next[i] == NONE)
            continue;
        for (size_t edge = i; edge != NONE;) {
            size_t next = tracing->next[edge];
            tracing->next[edge] = NONE;
            if (next != NONE)
                place_on(tracing, edge, contours->points[n_points++]);
            edge = next;
        }
        contours->starts[++contours->n_loops] = n_points;
    }
    return STATUS_OK;
}

Status contours_trace(const float *map, size_t height, size_t width, double level,
                      Contours *contours, Error *error)
{
    *contours = (Contours){0};
    Tracing tracing = {.map = map,
                       .height = height,
                       .width = width,
                       .rows = height + 2,
                       .columns = width + 2,
                       .level = level};
    const size_t n_edges = 2 * tracing.rows * tracing.columns;
    tracing.next = memory_new(n_edges, sizeof *tracing.next);
    if (tracing.next == NULL)
        return error_memory(error, "contours");
    for (size_t i = 0; i < n_edges; i++)
        tracing.next[i] = NONE;
    for (size_t row = 0; row + 1 < tracing.rows; row++)
        for (size_t column = 0; column + 1 < tracing.columns; column++)
            trace_cell(&tracing, row, column);
    Status status = follow(&tracing, contours, error);
    free(tracing.next);
    if (status != STATUS_OK)
        contours_clear(contours);
    return status;
}

void contours_clear(Contours *contours)
{
    free(contours->starts);
    free(contours->points);
    *contours = (Contours){0};
}
