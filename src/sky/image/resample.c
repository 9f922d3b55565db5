#include "sky/image/resample.h"

#include <math.h>

// Samples a side within one pixel: enough for pixels 32 times smaller, which bands_open allows.
enum { SAMPLES_MAX = 32, CELL_SIZE = 16 };

// A square maps to no more than this many times its size on a side (the scale, rotated, and what
// distortions add); beyond, the position is off the projection's useful part.
static const double stretch_max = 64.0;

static size_t node_index(const PixelMap *map, size_t i, size_t j)
{
    return j * (map->n_cells + 1) + i;
}

// Makes pixels 0-based. False where one is no place in any image, or the net spans too much.
static bool is_within_reach(PixelMap *map, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        map->nodes[i][0] -= 1.0;
        map->nodes[i][1] -= 1.0;
        // Far beyond any image; also keeps what follows within the range of long.
        if (!(fabs(map->nodes[i][0]) < 1e9 && fabs(map->nodes[i][1]) < 1e9))
            return false;
    }
    Box box = pixel_map_box(map);
    double limit = stretch_max * (double)map->size;
    return (double)box.width <= limit && (double)box.height <= limit;
}

Status pixel_map_make(const SkyWcs *from, const SkyWcs *to, long x0, long y0, size_t size,
                      PixelMap *map, bool *mapped, Error *error)
{
    size_t n_cells = (size + CELL_SIZE - 1) / CELL_SIZE;
    map->size = size;
    map->n_cells = n_cells < PIXEL_MAP_CELLS ? n_cells : PIXEL_MAP_CELLS;
    double step = (double)size / (double)map->n_cells;
    double sky[(PIXEL_MAP_CELLS + 1) * (PIXEL_MAP_CELLS + 1)][2];
    size_t n = 0;
    // The net spans the outer edges of the square: half a pixel beyond the pixels' centres.
    for (size_t j = 0; j <= map->n_cells; j++)
        for (size_t i = 0; i <= map->n_cells; i++, n++) {
            map->nodes[n][0] = (double)x0 + 0.5 + (double)i * step;
            map->nodes[n][1] = (double)y0 + 0.5 + (double)j * step;
        }
    Status status = sky_wcs_to_sky_array(from, (const double(*)[2])map->nodes, n, sky, error);
    if (status == STATUS_OK)
        status = sky_wcs_to_pixel_array(to, (const double(*)[2])sky, n, map->nodes, error);
    *mapped = status == STATUS_OK && is_within_reach(map, n);
    return status;
}

Box pixel_map_box(const PixelMap *map)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    size_t n = (map->n_cells + 1) * (map->n_cells + 1);
    for (size_t i = 0; i < n; i++)
        for (int axis = 0; axis < 2; axis++) {
            low[axis] = fmin(low[axis], map->nodes[i][axis]);
            high[axis] = fmax(high[axis], map->nodes[i][axis]);
        }
    long x0 = (long)floor(low[0]), y0 = (long)floor(low[1]);
    return (Box){x0, y0, (size_t)((long)floor(high[0]) - x0) + 2,
                 (size_t)((long)floor(high[1]) - y0) + 2};
}

typedef struct Cell {
    const double *corner[4]; // (0,0), (1,0), (0,1), (1,1)
    double area;             // image pixels a pixel of the square
} Cell;

static Cell cell_at(const PixelMap *map, size_t i, size_t j)
{
    Cell cell = {{map->nodes[node_index(map, i, j)], map->nodes[node_index(map, i + 1, j)],
                  map->nodes[node_index(map, i, j + 1)], map->nodes[node_index(map, i + 1, j + 1)]},
                 0.0};
    double step = (double)map->size / (double)map->n_cells;
    // A quadrilateral's area is half the cross product of its diagonals.
    double x1 = cell.corner[3][0] - cell.corner[0][0], y1 = cell.corner[3][1] - cell.corner[0][1];
    double x2 = cell.corner[2][0] - cell.corner[1][0], y2 = cell.corner[2][1] - cell.corner[1][1];
    cell.area = 0.5 * fabs(x1 * y2 - x2 * y1) / (step * step);
    return cell;
}

static double interpolate(const Box *box, const float *pixels, double x, double y)
{
    double fx = floor(x), fy = floor(y);
    double u = x - fx, v = y - fy;
    long i = (long)fx - box->x0, j = (long)fy - box->y0;
    const float *p = pixels + j * (long)box->width + i;
    double sum = 0.0;
    double weight[4] = {(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v};
    for (int k = 0; k < 4; k++)
        if (weight[k] > 0.0)
            sum += weight[k] * (double)p[(k >> 1) * (long)box->width + (k & 1)];
    return sum;
}

// Mean over the samples of the pixel (i, j) of the square.
static double sample_pixel(const PixelMap *map, const Cell *cell, const Box *box,
                           const float *pixels, size_t i, size_t j)
{
    size_t n = (size_t)ceil(sqrt(cell->area) - 0.01);
    n = n < 1 ? 1 : n > SAMPLES_MAX ? SAMPLES_MAX : n;
    double step = (double)map->size / (double)map->n_cells;
    double cell_x = floor(((double)i + 0.5) / step) * step;
    double cell_y = floor(((double)j + 0.5) / step) * step;
    double sum = 0.0;
    for (size_t b = 0; b < n; b++)
        for (size_t a = 0; a < n; a++) {
            double u = ((double)i + ((double)a + 0.5) / (double)n - cell_x) / step;
            double v = ((double)j + ((double)b + 0.5) / (double)n - cell_y) / step;
            double weight[4] = {(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v};
            double x = 0.0, y = 0.0;
            for (int k = 0; k < 4; k++) {
                x += weight[k] * cell->corner[k][0];
                y += weight[k] * cell->corner[k][1];
            }
            sum += interpolate(box, pixels, x, y);
        }
    return sum / (double)(n * n);
}

void resample_square(const PixelMap *map, const Box *box, const float *pixels, bool per_pixel,
                     float *square)
{
    double step = (double)map->size / (double)map->n_cells;
    for (size_t j = 0; j < map->size; j++)
        for (size_t i = 0; i < map->size; i++) {
            Cell cell = cell_at(map, (size_t)(((double)i + 0.5) / step),
                                (size_t)(((double)j + 0.5) / step));
            double value = sample_pixel(map, &cell, box, pixels, i, j);
            square[j * map->size + i] = (float)(per_pixel ? value * cell.area : value);
        }
}
