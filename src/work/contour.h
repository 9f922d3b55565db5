// Lines of equal value around what is bright in a map.
#ifndef SKYCLASS_WORK_CONTOUR_H
#define SKYCLASS_WORK_CONTOUR_H

#include <stddef.h>

#include "base/error.h"

// Closed lines; what would leave the map is closed along its edge.
typedef struct Contours {
    size_t n_loops;
    size_t *starts;      // [n_loops + 1] of each loop's points, and their number
    double (*points)[2]; // x, y in the map's pixels, 1-based
} Contours;

// Around the pixels of map[height][width] above `level`, which is above 0, by marching squares with
// linear interpolation; of a saddle the mean decides.
Status contours_trace(const float *map, size_t height, size_t width, double level,
                      Contours *contours, Error *error);
void contours_clear(Contours *contours);

#endif
