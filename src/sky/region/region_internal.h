// What region.c (reading), region_position.c (coordinates) and region_write.c share.
#ifndef SKYCLASS_SKY_REGION_REGION_INTERNAL_H
#define SKYCLASS_SKY_REGION_REGION_INTERNAL_H

#include "sky/image/sky_wcs.h"
#include "sky/region/region.h"
#include "sky/source/coordinate.h"

typedef struct RegionSpan {
    size_t at, length; // bytes of RegionFile.text
} RegionSpan;

typedef struct RegionProperty {
    RegionSpan key;   // length 0: loose words
    RegionSpan value; // without quotes
    RegionSpan whole; // as it stands in the file
    bool known;       // to DS9
} RegionProperty;

// The coordinate system in force: DS9 keeps the WCS (wcs, wcsa, ...) and the sky frame apart.
typedef struct RegionSystem {
    RegionFrame frame;
    SkySystem sky;
    bool sky_known;   // false for frames that sky_system_to_icrs does not know
    char wcs[8];      // "" or "wcsa" ...
    const char *name; // "fk5", "image": what to write to be in this system
} RegionSystem;

typedef struct RegionEntry {
    Region region;
    RegionSpan whole;       // all that is written anew
    RegionSpan geometry;    // sign, shape and numbers
    RegionSpan arguments;   // the numbers alone, with their parentheses
    RegionSpan conjunction; // "||" between the members of a composite
    bool behind_hash;       // "# text(...)"
    bool is_point;
    char sign; // '-', '+', '!' or 0
    RegionSystem system;
    size_t first_property, n_properties;
    size_t n_globals; // `global` lines before it
    char *id;
} RegionEntry;

struct RegionFile {
    char *name;
    char *text;
    size_t size;
    size_t n_entries, entry_capacity;
    RegionEntry *entries;
    size_t n_properties, property_capacity;
    RegionProperty *properties;
    size_t n_globals, global_capacity;
    RegionSpan *globals;
};

// The mean of n points values[2 n], as frame and x, y or ra, dec. False when a coordinate has a
// unit that no position has, or a latitude is beyond the poles.
bool region_locate(const RegionSystem *system, const Coordinate *values, size_t n, Region *region);

// Finds a property by name; the last one wins. NULL when there is none.
const RegionProperty *region_find_property(const RegionFile *file, const RegionEntry *entry,
                                           const char *key);
bool region_span_is(const RegionFile *file, RegionSpan span, const char *text);

// Where skyclass's own tags begin: the number of the property tag={skyclass}, n_properties when
// there is none. Tags before it are the user's, whatever they say.
size_t region_marks_begin(const RegionFile *file, const RegionEntry *entry);

// The first tag from property `begin` on whose text starts with `prefix`; `rest` is what follows.
bool region_find_tag(const RegionFile *file, const RegionEntry *entry, size_t begin,
                     const char *prefix, RegionSpan *rest);

#endif
