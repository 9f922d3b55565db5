// Coordinates as people and DS9 write them: plain numbers, numbers with a unit, sexagesimal.
#ifndef SKYCLASS_SKY_SOURCE_COORDINATE_H
#define SKYCLASS_SKY_SOURCE_COORDINATE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum CoordinateUnit {
    UNIT_NONE,
    UNIT_DEGREE,      // 12.5d
    UNIT_RADIAN,      // 0.2r
    UNIT_ARCMIN,      // 3'
    UNIT_ARCSEC,      // 0.5"
    UNIT_PHYSICAL,    // 100p
    UNIT_IMAGE,       // 100i
    UNIT_SEXAGESIMAL, // 12:34:56.7: hours or degrees, by what it is
    UNIT_HOURS,       // 12h34m56.7s
    UNIT_DMS,         // 12d34m56.7s, 12d34'56.7"
} CoordinateUnit;

typedef struct Coordinate {
    double value; // in that unit; sexagesimal ones as decimal hours or degrees
    CoordinateUnit unit;
} Coordinate;

// Reads all `length` bytes of `text`; false when they are none of the above.
bool coordinate_parse(const char *text, size_t length, Coordinate *coordinate);

#endif
