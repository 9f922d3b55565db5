// The filters of the cameras whose images come here, and the wavelengths they pass.
#ifndef SKYCLASS_SKY_IMAGE_FILTER_H
#define SKYCLASS_SKY_IMAGE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Filter {
    const char *name;   // as headers have it, in upper case: "F555W", "HSC-G", "G.MP9402"
    const char *camera; // where the number comes from
    double pivot;       // wavelength, Angstrom
} Filter;

// NULL where the table has no such filter. Case does not matter; a name that several cameras share
// (F110W) gives the first.
const Filter *filter_find(const char *name);

// Whether a word is a filter of a space telescope: F, three or four digits and one or two letters
// ("F850LP"), or one of Roman's, which have no letter ("F158").
bool filter_is_space(const char *word);

#endif
