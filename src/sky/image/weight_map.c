#include "sky/image/weight_map.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

typedef struct Companion {
    const char *extension;
    const char *telescope; // whose files have it with this meaning; "" any
    unsigned bits;         // no data where one of them is set; 0: where the value is 0
} Companion;

// HST: 2 is a pixel without telemetry, filled in (ACS, WFC3 and WFPC2 Data Handbooks, data quality
// flags). JWST: 1 is DO_NOT_USE, which every other grave flag sets too.
static const Companion companions[] = {
    {"WHT", "", 0},
    {"WEIGHT", "", 0},
    {"DQ", "HST", 2},
    {"DQ", "JWST", 1},
};

struct WeightMap {
    const Companion *companion;
    Image *image;
    RowWindow *rows;
    size_t n_allocated;
    float *values; // of the box under way
};

static bool has_telescope(const Image *image, const char *wanted)
{
    char telescope[IMAGE_NAME_SIZE];
    image_header_text(image, "TELESCOP", telescope, sizeof telescope);
    return wanted[0] == '\0' || strcasecmp(telescope, wanted) == 0;
}

static Status find_companion(const Image *image, const Companion **found, Image **other,
                             Error *error)
{
    *other = NULL;
    for (size_t i = 0; i < sizeof companions / sizeof companions[0] && *other == NULL; i++) {
        *found = &companions[i];
        if (!has_telescope(image, companions[i].telescope))
            continue;
        Status status = image_open_sibling(image, companions[i].extension, other, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

Status weight_map_open(const Image *image, WeightMap **result, Error *error)
{
    *result = NULL;
    Image *other;
    const Companion *companion = NULL;
    Status status = find_companion(image, &companion, &other, error);
    if (status != STATUS_OK || other == NULL)
        return status;
    WeightMap *map = memory_new(1, sizeof *map);
    if (map == NULL) {
        image_close(other);
        return error_memory(error, "a map of weights");
    }
    map->companion = companion;
    map->image = other;
    status = row_window_new(other, &map->rows, error);
    if (status != STATUS_OK) {
        weight_map_close(map);
        return status;
    }
    *result = map;
    return STATUS_OK;
}

void weight_map_close(WeightMap *map)
{
    if (map == NULL)
        return;
    row_window_free(map->rows);
    image_close(map->image);
    free(map->values);
    free(map);
}

// Flags of more than 24 bits have lost their last ones in single precision: taken for data.
static bool is_missing(const Companion *companion, float value)
{
    if (companion->bits == 0)
        return value == 0.0f;
    return value > 0.0f && value < 16777216.0f && ((unsigned)value & companion->bits) != 0;
}

Status weight_map_apply(WeightMap *map, const Box *boxes, size_t n, float *pixels, Error *error)
{
    size_t n_values = boxes[0].width * boxes[0].height;
    if (n_values > map->n_allocated) {
        float *grown = memory_resize(map->values, n_values, sizeof *grown);
        if (grown == NULL)
            return error_memory(error, "weights");
        map->values = grown;
        map->n_allocated = n_values;
    }
    Status status = row_window_read(map->rows, boxes, n, map->values, error);
    for (size_t i = 0; status == STATUS_OK && i < n_values; i++)
        if (is_missing(map->companion, map->values[i]))
            pixels[i] = NAN;
    return status;
}
