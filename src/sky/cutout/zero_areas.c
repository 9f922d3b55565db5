#include "sky/cutout/zero_areas.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

// With photons as dense as one in two pixels, 0.61 of them zero, a square of 5 x 5 zeros comes by
// chance once in 300 cutouts of 32 x 32 pixels; where they are sparser the groups below tell.
enum {
    GROUPS_SCATTERED = 4,   // fewer are an edge, a corner, a cosmic ray's trace
    GROUP_PIXELS_SOLID = 16 // noise leaves hardly a zero: hundreds of pixels are one group
};

typedef enum PixelState { PIXEL_DATA, PIXEL_COUNTED, PIXEL_ZERO, PIXEL_AREA, PIXEL_NAN } PixelState;

struct ZeroAreas {
    size_t n_allocated;
    unsigned char *states; // [n], PixelState
    unsigned char *sides;  // [n], of the largest square of zeros that ends at a pixel, up to 255
    size_t *stack;         // [n], pixels whose neighbours are still to be looked at
};

Status zero_areas_new(ZeroAreas **areas, Error *error)
{
    *areas = memory_new(1, sizeof **areas);
    return *areas != NULL ? STATUS_OK : error_memory(error, "areas without data");
}

void zero_areas_free(ZeroAreas *areas)
{
    if (areas == NULL)
        return;
    free(areas->states);
    free(areas->sides);
    free(areas->stack);
    free(areas);
}

static Status make_room(ZeroAreas *areas, size_t n, Error *error)
{
    if (n <= areas->n_allocated)
        return STATUS_OK;
    free(areas->states);
    free(areas->sides);
    free(areas->stack);
    areas->states = memory_new(n, sizeof *areas->states);
    areas->sides = memory_new(n, sizeof *areas->sides);
    areas->stack = memory_new(n, sizeof *areas->stack);
    bool enough = areas->states != NULL && areas->sides != NULL && areas->stack != NULL;
    areas->n_allocated = enough ? n : 0;
    return enough ? STATUS_OK : error_memory(error, "areas without data");
}

static size_t count_zeros(const float *pixels, size_t n)
{
    size_t n_zeros = 0;
    for (size_t i = 0; i < n; i++)
        n_zeros += pixels[i] == 0.0f;
    return n_zeros;
}

static void classify_pixels(ZeroAreas *areas, const float *pixels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        areas->states[i] = isnan(pixels[i])    ? PIXEL_NAN
                           : pixels[i] == 0.0f ? PIXEL_ZERO
                                               : PIXEL_DATA;
}

// Turns the pixel `start` and all that are connected to it and in the same state into `to`,
// diagonally too if `diagonal`. How many there are.
static size_t spread(ZeroAreas *areas, size_t width, size_t height, size_t start, PixelState to,
                     bool diagonal)
{
    PixelState from = (PixelState)areas->states[start];
    size_t n_stack = 0, n = 0;
    areas->states[start] = (unsigned char)to;
    areas->stack[n_stack++] = start;
    while (n_stack > 0) {
        size_t pixel = areas->stack[--n_stack];
        size_t x = pixel % width, y = pixel / width;
        n++;
        for (size_t j = y > 0 ? y - 1 : 0; j <= y + 1 && j < height; j++)
            for (size_t i = x > 0 ? x - 1 : 0; i <= x + 1 && i < width; i++) {
                size_t next = j * width + i;
                if ((!diagonal && i != x && j != y) || areas->states[next] != from)
                    continue;
                areas->states[next] = (unsigned char)to;
                areas->stack[n_stack++] = next;
            }
    }
    return n;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

// Side of the largest square of zeros whose last pixel is (x, y): one more than the smallest of
// the squares that end left of it, below it, and at both.
static size_t square_side(const ZeroAreas *areas, const float *pixels, size_t width, size_t x,
                          size_t y)
{
    const unsigned char *side = areas->sides + y * width + x;
    if (pixels[y * width + x] != 0.0f)
        return 0;
    if (x == 0 || y == 0)
        return 1;
    size_t before = smallest(side[-1], *(side - width), *(side - width - 1));
    return before < 255 ? before + 1 : 255;
}

// Marks the areas; false where there is none.
static bool find_areas(ZeroAreas *areas, size_t block, size_t width, size_t height,
                       const float *pixels)
{
    bool found = false;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            size_t i = y * width + x;
            areas->sides[i] = (unsigned char)square_side(areas, pixels, width, x, y);
            if (areas->sides[i] < block || areas->states[i] != PIXEL_ZERO)
                continue;
            spread(areas, width, height, i, PIXEL_AREA, false);
            found = true;
        }
    return found;
}

// Whether the pixels that are not zero lie scattered.
static bool is_sparse(ZeroAreas *areas, size_t width, size_t height)
{
    size_t n_groups = 0, n = 0;
    for (size_t i = 0; i < width * height; i++)
        if (areas->states[i] == PIXEL_DATA) {
            n += spread(areas, width, height, i, PIXEL_COUNTED, true);
            n_groups++;
        }
    return n_groups >= GROUPS_SCATTERED && n < n_groups * GROUP_PIXELS_SOLID;
}

Status zero_areas_mark(ZeroAreas *areas, size_t block, size_t width, size_t height, float *pixels,
                       Error *error)
{
    size_t n = width * height;
    block = smallest(block, smallest(width, height, 255), 255);
    if (block == 0 || count_zeros(pixels, n) < block * block)
        return STATUS_OK;
    Status status = make_room(areas, n, error);
    if (status != STATUS_OK)
        return status;
    classify_pixels(areas, pixels, n);
    if (!find_areas(areas, block, width, height, pixels) || is_sparse(areas, width, height))
        return STATUS_OK;
    for (size_t i = 0; i < n; i++)
        if (areas->states[i] == PIXEL_AREA)
            pixels[i] = NAN;
    return STATUS_OK;
}
