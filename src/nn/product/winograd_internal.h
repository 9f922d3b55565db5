// What winograd.c and winograd_gradient.c share.
#ifndef SKYCLASS_NN_PRODUCT_WINOGRAD_INTERNAL_H
#define SKYCLASS_NN_PRODUCT_WINOGRAD_INTERNAL_H

#include "nn/product/digits.h"
#include "nn/product/winograd.h"
#include "nn/product/winograd_transform.h"

enum { LANES = WINOGRAD_LANES, TILE = WINOGRAD_TILE, TILE_IN = WINOGRAD_TILE_IN };
enum { POSITIONS = WINOGRAD_POSITIONS };

struct Winograd {
    ConvolutionShape shape;
    size_t out_height, out_width;
    size_t tiles_y, tiles_x;
    size_t block_tiles;   // tiles transformed together
    size_t block_columns; // output channels multiplied together, a multiple of group_columns
    bool digits;          // products in digits (digits.h), not of floats (matrix.h)
    // [out / group_columns][36][group_columns / MATRIX_PANEL][in][MATRIX_PANEL], or the digits of
    // each group's columns.
    size_t group_columns;
    float *weight;
    float *bias;  // [out]
    float *zeros; // [in or out, the larger]: a pixel outside the image
};

static inline bool winograd_in_digits(const Winograd *winograd)
{
    return DIGITS_POSSIBLE && winograd->digits;
}

// Floats from one position to the next where each has rows x columns of them. Distances are kept
// off multiples of 4 kB, which would all fall into one set of the first-level cache.
static inline size_t winograd_step(size_t rows, size_t columns)
{
    return rows * columns + 16;
}

typedef struct Place {
    size_t image, y, x; // of a tile's first output pixel
} Place;

// Tiles count through the images, rows and columns of tiles.
Place winograd_place(const Winograd *winograd, size_t tile);

// Where the 36 pixels of a tile's input are, and the 16 of its output; `winograd->zeros` where they
// lie outside.
void winograd_input_pixels(const Winograd *winograd, const float *input, Place place,
                           const float *pixels[POSITIONS]);
void winograd_output_pixels(const Winograd *winograd, const float *output, Place place,
                            const float *pixels[TILE * TILE]);

// Floats of scratch that winograd_backward_weight needs.
size_t winograd_gradient_scratch(const Winograd *winograd);

#endif
