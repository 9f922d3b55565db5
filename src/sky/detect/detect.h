// Finding sources in an image with SEP (SExtractor as a library; Barbary 2016, JOSS 1, 58), and the
// cuts by which LEGUS makes a list of cluster candidates of them (Adamo et al. 2017, ApJ 841, 131,
// section 3).
#ifndef SKYCLASS_SKY_DETECT_DETECT_H
#define SKYCLASS_SKY_DETECT_DETECT_H

#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "sky/image/image.h"
#include "sky/image/row_window.h"
#include "sky/source/source.h"

// detect_settings_default() says where every number comes from.
typedef struct DetectSettings {
    size_t mesh;             // side of a background mesh, pixels
    size_t mesh_filter;      // the meshes' median filter, in meshes (odd)
    double threshold;        // above the background, in its local rms
    size_t min_area;         // pixels above the threshold
    size_t deblend_levels;   // between the threshold and an object's peak
    double deblend_contrast; // flux fraction of a branch that makes it a source of its own
    double ci_min;           // smallest mag(1 pixel) - mag(3 pixels)
    double ci_max;           // largest; infinite: any, also one that could not be measured
    double fwhm_min;         // pixels
    double fwhm_max;         // pixels
    double edge;             // smallest distance to the image's edge, or to where it has no data
    double saturation;       // pixel value from which on a source is saturated; NaN: the header's
                             // SATURATE, if it has one
    double zero_point;       // magnitude of 1 unit/s (electrons and counts are divided by EXPTIME);
                             // NaN: from the header (calibration_zero_point), else 0
    double aperture;         // radius of the magnitude's aperture, pixels
    Box part;                // sources in this part only; height 0: the whole image
} DetectSettings;

DetectSettings detect_settings_default(void);

typedef struct Detection {
    double x, y; // 1-based
    double flux; // within the aperture, above the local background, image units
    double magnitude;
    double ci;
    double fwhm;        // of the Gaussian with the same second moments, pixels
    double ellipticity; // 1 - minor/major axis
    double peak;        // brightest pixel above the background
    size_t area;        // pixels above the threshold
} Detection;

// Why objects above the threshold are not in the list.
typedef struct DetectCuts {
    size_t n_ci, n_fwhm, n_edge, n_saturated;
} DetectCuts;

enum { DETECT_SYSTEM_SIZE = 16 };

typedef struct DetectionList {
    size_t n;
    Detection *items; // by row, from below
    DetectCuts cuts;
    double zero_point; // what the magnitudes are on
    // Their system: AB, Vega, ST; unknown where the header or the caller gives a zero point
    // without; instrumental where there is none.
    char system[DETECT_SYSTEM_SIZE];
} DetectionList;

typedef struct DetectOptions {
    size_t n_threads; // 0: one a core
    // In strips, or NULL; its item is the one just done, from 0. When it asks to stop, strips under
    // way are finished and no other is begun.
    const Progress *progress;
} DetectOptions;

// The strips that detect_sources goes through, 0 where the part lies outside the image.
size_t detect_strip_count(const Image *image, const DetectSettings *settings);

// Reads the image once, in strips of 1,024 rows that overlap by 256, shared among threads. Memory:
// 9 bytes a pixel of a strip and thread and what SEP needs, 360 MB for 8,000 columns and 2 threads,
// however tall the image is. NaN pixels and runs of exact zeros (outside a mosaic's exposures) are
// no data. The list does not depend on the number of threads. No source at all is not an error.
Status detect_sources(Image *image, const DetectSettings *settings, const DetectOptions *options,
                      DetectionList **list, Error *error);
void detection_list_free(DetectionList *list);

// Sources numbered from 1, with ra and dec where `image` has a WCS and a table of the columns
// above. No source is an error that says what the cuts took.
Status detection_sources(const DetectionList *list, const Image *image, SourceList **sources,
                         Error *error);

#endif
