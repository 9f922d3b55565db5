// What an image's pixels are in, and what leads from there to what is wanted.
#ifndef SKYCLASS_SKY_IMAGE_CALIBRATION_H
#define SKYCLASS_SKY_IMAGE_CALIBRATION_H

#include <stdbool.h>

#include "base/error.h"
#include "sky/image/image.h"

enum { CALIBRATION_NOTE_SIZE = 256, CALIBRATION_SYSTEM_SIZE = 16 };

typedef struct CalibrationTarget {
    const char *unit;  // as BUNIT names it: "electrons/s"; "" any: nothing is converted
    double zero_point; // AB magnitude of 1 unit (of a rate: of 1 a second); NaN unknown
} CalibrationTarget;

typedef struct Calibration {
    double factor; // pixel values times this are in the wanted unit; 1: as they stand
    bool converts; // the factor is not 1
    bool warns;    // something is in doubt, or could not be converted
    char note[CALIBRATION_NOTE_SIZE]; // what was done and why, or what is in doubt; "" all is well
} Calibration;

// Electrons and counts are divided by EXPTIME, counts without a zero point multiplied by the gain;
// a zero point of the header (PHOTFLAM with PHOTPLAM, PHOTMJSR, ...: calibration_zero_point) that
// differs from the wanted one by more than 0.06 mag scales the pixels, as do units of flux (Jy,
// nanomaggy, MJy/sr, ...). `pixel_area` is that of the pixels that are to be converted, in
// steradian, NaN unknown: it counts where the unit is one of surface brightness. An image without
// BUNIT is taken for what is wanted, and the note says so.
void calibration_of_image(const Image *image, const CalibrationTarget *target, double pixel_area,
                          Calibration *calibration);

// Whether the image's unit is one of surface brightness, which does not scale with a pixel's area.
bool calibration_is_per_area(const Image *image);

// How magnitudes follow from an image's pixels.
typedef struct ZeroPoint {
    double magnitude;                     // of `factor` times a pixel value of 1; NaN unknown
    double factor;                        // 1 / EXPTIME where the pixels are no rate, else 1
    char system[CALIBRATION_SYSTEM_SIZE]; // "AB", "Vega", "ST", "" unknown
    char note[CALIBRATION_NOTE_SIZE];     // where it comes from, or what is lacking
} ZeroPoint;

// From PHOTFLAM and PHOTPLAM, PHOTMJSR and PIXAR_SR (both AB), FLUXMAG0, PHOTZPT or MAGZPT (in the
// system that PHOTSYS or MAGSYS names), a unit of flux, or what is known of ACS, the first there
// is.
void calibration_zero_point(const Image *image, ZeroPoint *zero_point);

// Area of the image's pixels in steradian: PIXAR_SR, else from its WCS, else NaN.
double calibration_pixel_area(const Image *image);

#endif
