// DS9 region files: where each region is, and the file itself kept so that it can be written again
// with only the marks changed. The language is the one DS9 8 reads and writes
// (https://ds9.si.edu/doc/ref/region.html); what is looser here is said below.
#ifndef SKYCLASS_SKY_REGION_REGION_H
#define SKYCLASS_SKY_REGION_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

typedef struct RegionFile RegionFile;

typedef enum RegionFrame {
    REGION_NOWHERE,  // a system that needs more than a celestial WCS (linear, supergalactic)
    REGION_IMAGE,    // x, y are image pixels
    REGION_PHYSICAL, // x, y are physical pixels: LTM, LTV in the header lead to the image
    REGION_DETECTOR, // x, y are detector or amplifier pixels, which are the image's unless the
                     // header has DTM, DTV or ATM, ATV
    REGION_SKY,      // ra, dec
} RegionFrame;

typedef struct Region {
    size_t line;       // in the file, from 1
    const char *shape; // "circle", "polygon", ... as DS9 names it
    bool excluded;     // -circle(...), !circle(...) or include=0
    bool annotation;   // text, compass, ruler: drawn on the image rather than around something
    RegionFrame frame;
    double x, y;    // 1-based pixels
    double ra, dec; // degrees, ICRS
    const char *id; // what tells it from others: its tag {id ...}, else its text; "" when neither
} Region;

// One region is one source, at its centre: of polygons and segments the mean of the corners, as
// DS9 has it; of lines, rulers and projections the middle; of vectors the start. A composite's
// members count, the composite itself does not, nor do field() and the ignored parts of a panda.
// Positions without a coordinate system are physical, as in DS9. A line that is no region is an
// error that quotes it. A file without regions is one too.
Status region_file_read(const char *path, RegionFile **file, Error *error);

// The same from text (UTF-8, NUL-terminated, `size` bytes), which it takes over: freed on failure
// too. `name` stands for the path in errors.
Status region_file_parse(const char *name, char *text, size_t size, RegionFile **file,
                         Error *error);
void region_file_free(RegionFile *file);

// Whether the text's first line that says something is DS9's.
bool region_text_looks_like(const char *text);

size_t region_file_count(const RegionFile *file);
const Region *region_file_at(const RegionFile *file, size_t index);

// What writing changes in a region. Everything else stays as it was read, byte for byte: the
// coordinates, the other properties, comments, blank lines, line ends.
typedef struct RegionMark {
    const char *colour;  // "red", "#e69f00"
    const char *point;   // the shape of a point: "diamond"; other shapes stay
    const char *tags[4]; // all that skyclass has to say: "skyclass", "class 2", ...; NULL ends
    const char *text;    // instead of the region's own, which comes back when this is NULL again
} RegionMark;

// Gives the mark of region `index`.
typedef void (*RegionMarker)(void *context, size_t index, RegionMark *mark);

// The whole file with new marks. Tags that skyclass gave before are replaced. Properties that DS9
// does not know go behind those that it does, because it stops reading there.
void region_file_write(const RegionFile *file, RegionMarker marker, void *context, FILE *stream);

// Regions first .. first+n-1 alone, each with its coordinate system and the global properties that
// apply to it, for drawing in DS9. Callbacks are left out: they would run in DS9's interpreter.
void region_file_write_some(const RegionFile *file, size_t first, size_t n, RegionMarker marker,
                            void *context, FILE *stream);

// One point of our own: "image;point(x,y) # point=... color=... tag={...}".
void region_write_point(const char *system, double x, double y, const RegionMark *mark,
                        const char *id, FILE *stream);

// A comment instead of the point, for a source without a position.
void region_write_nowhere(const char *id, FILE *stream);

// "# skyclass key = value", for notes in a file of our own.
void region_write_comment(const char *key, const char *value, FILE *stream);

// The value of such a comment, free(); NULL where the text has none of that key.
char *region_comment_value(const char *text, const char *key);

#endif
