#include "sky/detect/centroid.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sky/detect/photometry.h"

enum {
    RING_INNER = 4,  // pixels beyond the reach: clear of a source at its end
    RING_OUTER = 12, // some 600 pixels at a reach of 5
    RING_MIN = 16,   // fewer pixels say nothing about a scatter
};

// A square of pixels around the position asked for.
typedef struct Stamp {
    size_t side;
    double x, y;   // the position in it, 0-based
    float *pixels; // [side][side], NaN where there is no data
    float *smooth; // the same, smoothed by 3 x 3 pixels
    float *values; // room to sort as many
} Stamp;

static void stamp_free(Stamp *stamp)
{
    free(stamp->pixels);
    free(stamp->smooth);
    free(stamp->values);
}

static Status stamp_read(Image *image, double x, double y, double reach, Stamp *stamp, long *x0,
                         long *y0, Error *error)
{
    const long half = (long)ceil(reach) + RING_OUTER + 1;
    *x0 = lround(x) - 1 - half;
    *y0 = lround(y) - 1 - half;
    const size_t side = (size_t)(2 * half + 1);
    *stamp = (Stamp){.side = side, .x = x - 1.0 - (double)*x0, .y = y - 1.0 - (double)*y0};
    stamp->pixels = memory_new(side * side, sizeof(float));
    stamp->smooth = memory_new(side * side, sizeof(float));
    stamp->values = memory_new(side * side, sizeof(float));
    if (stamp->pixels == NULL || stamp->smooth == NULL || stamp->values == NULL)
        return error_memory(error, "the pixels around a position");
    return image_read(image, *x0, *y0, side, side, stamp->pixels, error);
}

// SExtractor's default filter, over the pixels that are data.
static float smoothed(const Stamp *stamp, size_t row, size_t column)
{
    static const float weight[3] = {1.0F, 2.0F, 1.0F};
    float sum = 0.0F, weights = 0.0F;
    if (!isfinite(stamp->pixels[row * stamp->side + column]))
        return NAN;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            const float value = stamp->pixels[(row + i - 1) * stamp->side + column + j - 1];
            if (isfinite(value)) {
                sum += weight[i] * weight[j] * value;
                weights += weight[i] * weight[j];
            }
        }
    return sum / weights;
}

static void stamp_smooth(Stamp *stamp)
{
    for (size_t row = 0; row < stamp->side; row++)
        for (size_t column = 0; column < stamp->side; column++) {
            const bool inside =
                row > 0 && column > 0 && row + 1 < stamp->side && column + 1 < stamp->side;
            stamp->smooth[row * stamp->side + column] = inside ? smoothed(stamp, row, column) : NAN;
        }
}

static double distance(const Stamp *stamp, size_t row, size_t column)
{
    return hypot((double)column - stamp->x, (double)row - stamp->y);
}

static int compare_floats(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return (left > right) - (left < right);
}

static float median(float *values, size_t n)
{
    qsort(values, n, sizeof *values, compare_floats);
    return values[n / 2];
}

// Level and scatter of the ring around the reach; false where too little of it is data.
static bool surroundings(Stamp *stamp, double reach, double *level, double *scatter)
{
    size_t n = 0;
    for (size_t row = 0; row < stamp->side; row++)
        for (size_t column = 0; column < stamp->side; column++) {
            const double r = distance(stamp, row, column);
            const float value = stamp->smooth[row * stamp->side + column];
            if (r > reach + RING_INNER && r <= reach + RING_OUTER && isfinite(value))
                stamp->values[n++] = value;
        }
    if (n < RING_MIN)
        return false;
    const float middle = median(stamp->values, n);
    for (size_t i = 0; i < n; i++)
        stamp->values[i] = fabsf(stamp->values[i] - middle);
    *level = (double)middle;
    *scatter = 1.4826 * (double)median(stamp->values, n);
    return true;
}

// Is no pixel around this one brighter? Of equal ones the first counts.
static bool is_peak(const Stamp *stamp, size_t row, size_t column)
{
    const float value = stamp->smooth[row * stamp->side + column];
    for (size_t i = row - 1; i <= row + 1; i++)
        for (size_t j = column - 1; j <= column + 1; j++) {
            const float other = stamp->smooth[i * stamp->side + j];
            const bool before = i < row || (i == row && j < column);
            if (other > value || (before && other == value))
                return false;
        }
    return true;
}

// The peak nearest to the position; false where there is none within reach.
static bool find_peak(const Stamp *stamp, double reach, double level, double scatter, size_t *at)
{
    double nearest = INFINITY;
    for (size_t row = 1; row + 1 < stamp->side; row++)
        for (size_t column = 1; column + 1 < stamp->side; column++) {
            const double r = distance(stamp, row, column);
            const double height = (double)stamp->smooth[row * stamp->side + column] - level;
            if (r > reach || r >= nearest || !(height > 3.0 * scatter) ||
                !is_peak(stamp, row, column))
                continue;
            nearest = r;
            *at = row * stamp->side + column;
        }
    return isfinite(nearest);
}

// The centroid that the peak leads to; the pixels without data count as level.
static void refine(Stamp *stamp, size_t at, double level, double *x, double *y)
{
    for (size_t i = 0; i < stamp->side * stamp->side; i++)
        if (!isfinite(stamp->pixels[i]))
            stamp->pixels[i] = (float)level;
    *x = (double)(at % stamp->side);
    *y = (double)(at / stamp->side);
    photometry_centre(stamp->pixels, stamp->side, stamp->side, x, y);
}

Status centroid_near(Image *image, double x, double y, double reach, Centroid *centroid,
                     Error *error)
{
    *centroid = (Centroid){.found = false, .x = x, .y = y};
    if (!(reach >= 0.0 && reach <= CENTROID_REACH_MAX))
        return error_set(error, STATUS_USAGE,
                         "a source is looked for within 0 to %d pixels, not %g", CENTROID_REACH_MAX,
                         reach);
    const double width = (double)image_width(image), height = (double)image_height(image);
    if (!(x >= 0.5 && y >= 0.5 && x <= width + 0.5 && y <= height + 0.5))
        return STATUS_OK;
    Stamp stamp;
    long x0, y0;
    Status status = stamp_read(image, x, y, reach, &stamp, &x0, &y0, error);
    double level, scatter;
    size_t at = 0;
    if (status == STATUS_OK) {
        stamp_smooth(&stamp);
        if (surroundings(&stamp, reach, &level, &scatter) &&
            find_peak(&stamp, reach, level, scatter, &at)) {
            double u, v;
            refine(&stamp, at, level, &u, &v);
            *centroid = (Centroid){true, u + (double)x0 + 1.0, v + (double)y0 + 1.0};
        }
    }
    stamp_free(&stamp);
    return status;
}
