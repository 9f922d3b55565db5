// Sources: the positions a user asks about, with what is needed to give them back unchanged.
#ifndef SKYCLASS_SKY_SOURCE_SOURCE_H
#define SKYCLASS_SKY_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "sky/source/source_roles.h"

typedef struct Source {
    char *id;       // as given; row number from 1 where the file has none. Owned by the list.
    bool has_xy;    // x, y are known
    bool has_sky;   // ra, dec are known
    double x, y;    // pixels, 1-based: the centre of the first pixel is (1, 1)
    double ra, dec; // degrees, ICRS
    const double *band_xy; // x, y in each band's own image (band_positions.h), NaN unknown; or NULL
    bool excluded;         // a DS9 region with a minus sign: kept in the output, not classified
    bool no_source; // a position where nothing stands out (centroid.h): classified, and flagged
    size_t row;     // 0-based row (or region) in the file it came from
} Source;

typedef struct RegionFile RegionFile; // sky/region.h
typedef struct Physical Physical;     // sky/physical.h

// A source list and the file it came from (for round trips). It may have several owners
// (source_share.h), all in one thread.
typedef struct SourceList {
    size_t n;
    Source *sources;     // in the file's order
    char *path;          // where it came from; may be "" for positions given directly
    Table *table;        // the whole table with all columns, or NULL; owned
    SourceRoles roles;   // of the table's columns; only where there is a table
    RegionFile *regions; // the whole region file, or NULL; owned
    char *pixels_of;     // the band or file whose pixels x, y are, as the list says, or NULL; owned

    double *band_positions;  // what the sources' band_xy point into, or NULL; owned
    size_t n_band_positions; // numbers in it

    size_t n_repeated_ids;   // sources whose id an earlier one has already; worth a warning
    bool physical_is_placed; // x, y of physical regions hold for good: bands_locate leaves them

    size_t n_more_owners;        // beside the first
    struct SourceList *original; // of a copy: whose table and regions these are, or NULL; owned
    bool *taken;                 // [columns] that are no longer the list's own, or NULL; owned
    size_t n_parts;              // of several lists one after the other, else 0
    struct SourcePart *parts;    // [n_parts]; owned
} SourceList;

typedef struct SourcePart {
    size_t first; // row of the whole, from 0
    SourceList *list;
} SourcePart;

// Reads LEGUS .tab, headerless "id x y", CSV/TSV with a header, FITS table (path may end in
// [extension]), VOTable, or a DS9 region file; the content decides, not the name. Which column is
// which: source_roles.h. An empty list is an error that says so. Repeated ids are kept (the caller
// warns). A position that is empty, nan or beyond the poles is kept as unknown; one that is a word
// is an error. RA and Dec may be sexagesimal (RA in hours then). photutils and SEP count pixels
// from 0: 1 is added.
Status source_list_read(const char *path, SourceList **list, Error *error);

// source_list_read with the columns chosen. Choosing any on a region file is an error.
Status source_list_read_columns(const char *path, const SourceColumns *columns, SourceList **list,
                                Error *error);

// The same from a region text (what `xpaget ds9 regions` prints).
Status source_list_from_regions(const char *text, SourceList **list, Error *error);

// From arrays: x, y are 1-based pixels; id may be NULL (numbered from 1).
Status source_list_from_positions(const double *x, const double *y, const char *const *id, size_t n,
                                  SourceList **list, Error *error);

// Gives regions in physical coordinates their image pixels. Until then they are taken for image
// pixels, as DS9 does where the header has no LTM and LTV. May be called again for another image.
void source_list_place_physical(SourceList *list, const Physical *physical);

// Of several owners each calls this once.
void source_list_free(SourceList *list);

#endif
