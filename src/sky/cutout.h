// Cutouts: the pixels around each source in every band, read without loading the images.
#ifndef SKYCLASS_SKY_CUTOUT_H
#define SKYCLASS_SKY_CUTOUT_H

#include <stddef.h>

#include "base/error.h"
#include "sky/image.h"
#include "sky/source.h"

// Which pixel is the middle (index size/2) of an even cutout.
typedef enum CutoutCentre {
    CUTOUT_STARCNET, // trunc(x), trunc(y) of the 1-based position used as 0-based indices
    CUTOUT_NEAREST,  // the pixel whose centre is nearest
} CutoutCentre;

// Why a source was not, or only with care, classified. Bits; 0 is all well.
enum {
    SOURCE_FLAG_BORDER = 1 << 0,      // too near the edge: not classified
    SOURCE_FLAG_NO_DATA = 1 << 1,     // a band has no valid pixel here: not classified
    SOURCE_FLAG_NO_POSITION = 1 << 2, // the position could not be converted: not classified
    SOURCE_FLAG_EXCLUDED = 1 << 3,    // an excluded region: not classified
    SOURCE_FLAG_NAN_FILLED = 1 << 4,  // NaN pixels were set to 0: classified
    SOURCE_FLAG_RESAMPLED = 1 << 5,   // a band came from another grid: classified
    SOURCE_FLAG_NOT_CLASSIFIED =
        SOURCE_FLAG_BORDER | SOURCE_FLAG_NO_DATA | SOURCE_FLAG_NO_POSITION | SOURCE_FLAG_EXCLUDED,
};
// "border", "nan_filled,resampled", ... or "" in text[size].
void source_flag_text(unsigned flags, char *text, size_t size);

typedef struct CutoutRule {
    size_t size; // pixels on a side
    CutoutCentre centre;
    size_t border; // a source nearer than or at this many pixels to an edge is flagged
                   // (starcnet: 17, by x, y, width - x, height - y <= 17)
    bool pad;      // outside the image is 0 and not a border (m31)
} CutoutRule;

typedef struct Bands Bands; // n open images in band order, the first is the reference grid

// `paths` in band order; `planes[i]` counts from 1 for cubes, NULL takes the only plane of each.
// All on one grid, or (other sizes) each with a WCS; else an error that
// names the two files.
Status bands_open(const char *const *paths, const size_t *planes, size_t n_bands, Bands **bands,
                  Error *error);
void bands_close(Bands *bands);
size_t bands_count(const Bands *bands);
Image *bands_image(const Bands *bands, size_t band);
bool bands_resampled(const Bands *bands, size_t band); // reached through WCS

// Fills in x, y from ra, dec and the other way round with the reference image's WCS.
void bands_locate(const Bands *bands, SourceList *list);

// An order of visiting sources that reads the files front to back: order[n] is a permutation.
void cutout_order(const Source *sources, size_t n, size_t *order);

// cutouts[n][size][size][n_bands] and flags[n] for sources[order[first]] .. [first+n-1].
// Not thread-safe on one Bands (one file handle each); cheap when neighbours follow each other.
Status cutout_read(Bands *bands, const CutoutRule *rule, const Source *sources, const size_t *order,
                   size_t n, float *cutouts, unsigned *flags, Error *error);

#endif
