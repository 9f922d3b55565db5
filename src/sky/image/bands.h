// Several images of one field, in band order. Cutouts are taken on the grid of the first. Sources'
// pixels count on one band's image, the reference: the first, until another is named.
#ifndef SKYCLASS_SKY_IMAGE_BANDS_H
#define SKYCLASS_SKY_IMAGE_BANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "sky/image/image.h"
#include "sky/image/row_window.h"
#include "sky/image/weight_map.h"
#include "sky/source/source.h"

enum { BAND_NOTE_SIZE = 256 };

typedef struct Bands Bands;

// `paths` in band order. All on one grid, or (other sizes, scales, rotations) each with a WCS;
// else an error that names the two files. Images of one size whose WCS agree within 0.5 pixel, or
// of which one has no WCS, are taken as aligned; a band that is the same grid cut differently is
// read shifted; any other is resampled.
// `planes[i]` counts from 1 for cubes; NULL, or 0 for a file, takes the first.
Status bands_open(const char *const *paths, const size_t *planes, size_t n_bands, Bands **bands,
                  Error *error);
void bands_close(Bands *bands);
size_t bands_count(const Bands *bands);
Image *bands_image(const Bands *bands, size_t band);
bool bands_resampled(const Bands *bands, size_t band); // reached through WCS
// Band pixel = reference pixel + (*dx, *dy), where the band is not resampled.
void bands_shift(const Bands *bands, size_t band, long *dx, long *dy);
// Reads the band's pixels, keeping rows that the next reads need.
RowWindow *bands_rows(const Bands *bands, size_t band);
// The weights that lie in the band's file, in the band's own pixels; NULL where there are none.
WeightMap *bands_weights(const Bands *bands, size_t band);

// Pixel values times this are what is wanted of the band (see calibration.h); 1 until it is set.
double bands_factor(const Bands *bands, size_t band);
void bands_set_factor(Bands *bands, size_t band, double factor);

// Whether the reference's pixels are of another size than is wanted; false until it is set.
bool bands_other_scale(const Bands *bands);
void bands_set_other_scale(Bands *bands);

typedef enum BandNoteKind {
    BAND_REMARK,     // for the result's origin
    BAND_CONVERSION, // pixels are converted: worth saying
    BAND_WARNING,    // something is in doubt or could not be converted
} BandNoteKind;

// What was found out about a band that a user should know.
typedef struct BandNote {
    size_t band;
    BandNoteKind kind;
    char text[BAND_NOTE_SIZE];
} BandNote;
Status bands_add_note(Bands *bands, size_t band, BandNoteKind kind, const char *text, Error *error);
// And what was set of the bands: the factors are 1 again, the scale the wanted one.
void bands_forget_notes(Bands *bands);
size_t bands_note_count(const Bands *bands);
const BandNote *bands_note(const Bands *bands, size_t index);

// Names the band whose pixels x, y of sources count on.
void bands_set_reference(Bands *bands, size_t band);
size_t bands_reference(const Bands *bands);

// Whether a pixel of one band is the same place as the pixel of that number of the other.
bool bands_same_grid(const Bands *bands, size_t one, size_t other);

// A 1-based pixel of the reference as one of the first band; *known is false where there is no such
// place. The only error is that memory ran out.
Status bands_to_first(const Bands *bands, double *x, double *y, bool *known, Error *error);

// Fills in x, y from ra, dec and the other way round with the reference's WCS. A position it cannot
// convert is left without. A pixel within a thousandth of a whole one becomes that: the centre of a
// cutout may be a truncated position, and 41 is not to become 40.9999 on its way through the sky.
// The only error is that memory ran out.
Status bands_locate(const Bands *bands, SourceList *list, Error *error);

#endif
