// Which image a list's pixels belong to, and what its user should know about its positions.
#ifndef SKYCLASS_SKY_IMAGE_LOCATE_H
#define SKYCLASS_SKY_IMAGE_LOCATE_H

#include "sky/image/bands.h"
#include "sky/source/source.h"

// How it is known that the list's x, y count on a band's pixels.
typedef enum LocateBasis {
    LOCATE_ASSUMED,   // nobody says so
    LOCATE_LISTED,    // the list says so
    LOCATE_ELSEWHERE, // the list names an image that is none of the bands
    LOCATE_CHOSEN,    // the user says so: x, y are taken as they are
} LocateBasis;

enum { LOCATE_NOTE_SIZE = 512 };

// Settles positions and makes `band`, or the band that is found to be meant, the reference of
// `bands`; then does what bands_locate does. Where x, y and ra, dec stand side by side and the
// bands' grids differ, ra, dec decide: x, y keep their digits if they agree with ra, dec, within a
// pixel at the median, on one of the images, which becomes the reference; else they are found from
// ra, dec. Pixels of an image that is not among them are an error where there is no other position.
// *note becomes one line on what was decided, where somebody might have meant otherwise, or "".
Status locate(Bands *bands, SourceList *list, size_t band, LocateBasis basis,
              char note[LOCATE_NOTE_SIZE], Error *error);

#endif
