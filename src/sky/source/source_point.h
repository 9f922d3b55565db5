// Sources as points of a DS9 region file, in any of the systems that a user can ask for.
#ifndef SKYCLASS_SKY_SOURCE_SOURCE_POINT_H
#define SKYCLASS_SKY_SOURCE_SOURCE_POINT_H

#include <stdio.h>

#include "sky/image/physical.h"
#include "sky/region/region.h"
#include "sky/source/source.h"

// COORDS_GIVEN: what the list had, which is the sky (ICRS) where it has no pixels, else pixels.
typedef enum PointCoords {
    COORDS_GIVEN,
    COORDS_IMAGE,
    COORDS_ICRS,
    COORDS_FK5,
    COORDS_FK4,
    COORDS_GALACTIC,
    COORDS_ECLIPTIC
} PointCoords;

// Their names, in that order ("given", "image", ...); NULL ends.
extern const char *const point_coords_names[];

// Source `index` of the list as one line: a point in `coords`, in degrees or 1-based pixels (of
// `physical` coordinates where that is not NULL and no others are asked for). A source that has no
// place in those coordinates is written in those that it has; a comment stands for one that has
// none.
void source_point_write(const SourceList *list, size_t index, PointCoords coords,
                        const Physical *physical, const RegionMark *mark, FILE *stream);

#endif
