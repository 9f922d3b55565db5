// Sources of one list beside those of another, on the sky.
#ifndef SKYCLASS_SKY_SOURCE_SKY_MATCH_H
#define SKYCLASS_SKY_SOURCE_SKY_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sky/source/source.h"

static const size_t NO_MATCH = SIZE_MAX;

typedef struct SkyMatch {
    size_t n;           // sources of the first list
    size_t *partner;    // [n] the nearest source of the other within the radius, or NO_MATCH
    double *separation; // [n] arcsec along the great circle; NaN without a partner
    size_t *n_within;   // [n] how many of the other lie within the radius
} SkyMatch;

// Radius in arcsec, above 0 and at most a degree. A source without a position on the sky has no
// partner; STATUS_BAD_INPUT where none of a list has one. Of equally near ones the first counts.
// Positions are put into the cells of a grid in space, so that the time grows with the lists'
// lengths and not with their product.
Status sky_match(const SourceList *list, const SourceList *other, double radius, SkyMatch *match,
                 Error *error);

// The same of a list with itself: a source's partner is the nearest of the sources before it that
// have no partner themselves. Those without partners, in order, are the list without duplicates.
Status sky_duplicates(const SourceList *list, double radius, SkyMatch *match, Error *error);

void sky_match_clear(SkyMatch *match);

#endif
