// Cutouts: the pixels around each source in every band, read without loading the images.
#ifndef SKYCLASS_SKY_CUTOUT_CUTOUT_H
#define SKYCLASS_SKY_CUTOUT_CUTOUT_H

#include <stddef.h>

#include "base/error.h"
#include "sky/image/bands.h"
#include "sky/source/source.h"

// Which pixel is the middle (index size/2) of an even cutout.
typedef enum CutoutCentre {
    CUTOUT_STARCNET, // trunc(x), trunc(y) of the 1-based position used as 0-based indices
    CUTOUT_NEAREST,  // the pixel whose centre is nearest
} CutoutCentre;

// Why a source was not, or only with care, classified. Bits; 0 is all well.
enum {
    SOURCE_FLAG_BORDER = 1 << 0,         // too near the edge: not classified
    SOURCE_FLAG_NO_DATA = 1 << 1,        // no band has a valid pixel here: not classified
    SOURCE_FLAG_NO_POSITION = 1 << 2,    // the position could not be converted: not classified
    SOURCE_FLAG_EXCLUDED = 1 << 3,       // an excluded region: not classified
    SOURCE_FLAG_MISSING_FILLED = 1 << 4, // pixels without data were set to 0: classified
    SOURCE_FLAG_RESAMPLED = 1 << 5,      // a band came from another grid: classified
    SOURCE_FLAG_NOT_DONE = 1 << 6,       // the job was stopped before it came to it: not classified
    SOURCE_FLAG_BAND_MISSING = 1 << 7,   // a band, not all, has no valid pixel here: not classified
    SOURCE_FLAG_NO_SOURCE = 1 << 8,      // nothing stands out at the position: classified
    SOURCE_FLAG_UNDECIDED = 1 << 9,      // no class is likely enough: scores, but class 0
    SOURCE_FLAG_BY_HAND = 1 << 10,       // the class is what a person said, not the model
    SOURCE_FLAG_OTHER_SCALE = 1 << 11,   // pixels of another size than the model's: classified
    SOURCE_FLAG_NOT_CLASSIFIED = SOURCE_FLAG_BORDER | SOURCE_FLAG_NO_DATA |
                                 SOURCE_FLAG_NO_POSITION | SOURCE_FLAG_EXCLUDED |
                                 SOURCE_FLAG_NOT_DONE | SOURCE_FLAG_BAND_MISSING,
};
// "border", "missing_filled,resampled", ... or "" in text[size].
void source_flag_text(unsigned flags, char *text, size_t size);
// The flags of such a text; words that are none are passed over.
unsigned source_flag_parse(const char *text);

typedef struct CutoutRule {
    size_t size; // pixels on a side
    CutoutCentre centre;
    size_t border; // a source with x, y, width - x or height - y <= border is flagged (starcnet:
                   // 17), and any whose cutout would reach outside the image
    bool pad;      // instead of both, pixels outside the image are 0 (m31)
    bool middle;   // a band whose middle pixels (four of an even cutout, one of an odd one) have no
                   // data or are 0 has none of the source at all (members)
    size_t zero_block; // side of a square of exact zeros that is no data, with all zeros connected
                       // to it (see zero_areas.h); neither are pixels of no weight in the image's
                       // own file. 0: pixels are taken as they stand, only NaN is no data
} CutoutRule;

// The usual CutoutRule.zero_block.
enum { CUTOUT_ZERO_BLOCK = 5 };

// Where the cutout of a 1-based, finite position lies in an image of width x height pixels: its
// 0-based first pixel. Returns the flags that follow from the position alone; where one of them is
// in SOURCE_FLAG_NOT_CLASSIFIED, *x0 and *y0 may be unset.
unsigned cutout_place(const CutoutRule *rule, double x, double y, size_t width, size_t height,
                      long *x0, long *y0);

// An order of visiting sources that reads the files front to back: order[n] is a permutation.
void cutout_order(const Source *sources, size_t n, size_t *order);

// A source that has positions in the bands' own images (Source.band_xy) is cut out at each band's,
// from its pixels as they lie, whatever the grids; those of the others follow here.
// Reads the cutouts of sources[order[0]] .. sources[order[n-1]], whose x, y are pixels of the
// bands' reference, in this order: cutouts[n][size][size][n_bands], rows upwards, in image units
// times bands_factor, and flags[n]. Pixels without data become 0 and are flagged; the cutout of a
// source that is not to be classified is all 0. Not thread-safe on one Bands (one file handle
// each). Cheap when neighbours follow each other, within a call and from call to call; memory does
// not depend on the images' size nor on n.
Status cutout_read(Bands *bands, const CutoutRule *rule, const Source *sources, const size_t *order,
                   size_t n, float *cutouts, unsigned *flags, Error *error);

#endif
