#include "sky/image/calibration.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sky/image/band.h"
#include "sky/image/sky_wcs.h"

// ---- Units -----------------------------------------------------------------------------------

typedef enum UnitKind {
    UNIT_ELECTRONS,
    UNIT_ELECTRON_RATE,
    UNIT_COUNTS, // of an analogue-to-digital converter: electrons divided by the gain
    UNIT_COUNT_RATE,
    UNIT_FLUX,
    UNIT_SURFACE_BRIGHTNESS, // per steradian
} UnitKind;

typedef struct Unit {
    const char *name; // without blanks, in lower case
    UnitKind kind;
    double zero_point; // AB magnitude of 1 (per steradian) where it is a flux
} Unit;

// AB: magnitude 0 is 3631 Jy, so that 1 Jy is 8.90 (Oke & Gunn 1983).
static const Unit units[] = {
    {"electrons/s", UNIT_ELECTRON_RATE, NAN},
    {"electron/s", UNIT_ELECTRON_RATE, NAN},
    {"electrons/sec", UNIT_ELECTRON_RATE, NAN},
    {"electrons/second", UNIT_ELECTRON_RATE, NAN},
    {"electronss-1", UNIT_ELECTRON_RATE, NAN},
    {"electrons.s-1", UNIT_ELECTRON_RATE, NAN},
    {"e-/s", UNIT_ELECTRON_RATE, NAN},
    {"e/s", UNIT_ELECTRON_RATE, NAN},
    {"electrons", UNIT_ELECTRONS, NAN},
    {"electron", UNIT_ELECTRONS, NAN},
    {"e-", UNIT_ELECTRONS, NAN},
    {"e", UNIT_ELECTRONS, NAN},
    {"counts/s", UNIT_COUNT_RATE, NAN},
    {"count/s", UNIT_COUNT_RATE, NAN},
    {"counts/sec", UNIT_COUNT_RATE, NAN},
    {"cps", UNIT_COUNT_RATE, NAN},
    {"dn/s", UNIT_COUNT_RATE, NAN},
    {"adu/s", UNIT_COUNT_RATE, NAN},
    {"counts", UNIT_COUNTS, NAN},
    {"count", UNIT_COUNTS, NAN},
    {"dn", UNIT_COUNTS, NAN},
    {"adu", UNIT_COUNTS, NAN},
    {"maggy", UNIT_FLUX, 0.0},
    {"nanomaggy", UNIT_FLUX, 22.5},
    {"nanomaggies", UNIT_FLUX, 22.5},
    {"nmgy", UNIT_FLUX, 22.5},
    {"jy", UNIT_FLUX, 8.9},
    {"jy/pixel", UNIT_FLUX, 8.9},
    {"mjy", UNIT_FLUX, 16.4}, // milli: MJy alone is no unit of optical images
    {"mjy/pixel", UNIT_FLUX, 16.4},
    {"ujy", UNIT_FLUX, 23.9},
    {"ujy/pixel", UNIT_FLUX, 23.9},
    {"njy", UNIT_FLUX, 31.4},
    {"njy/pixel", UNIT_FLUX, 31.4},
    {"mjy/sr", UNIT_SURFACE_BRIGHTNESS, -6.1}, // mega, as JWST and Spitzer have it
    {"mjysr-1", UNIT_SURFACE_BRIGHTNESS, -6.1},
    {"mjy.sr-1", UNIT_SURFACE_BRIGHTNESS, -6.1},
    {"mjysr^-1", UNIT_SURFACE_BRIGHTNESS, -6.1},
    {"jy/sr", UNIT_SURFACE_BRIGHTNESS, 8.9},
};

// NULL where the table has no such unit.
static const Unit *find_unit(const char *text)
{
    char name[IMAGE_NAME_SIZE];
    size_t n = 0;
    for (; *text != '\0' && n + 1 < sizeof name; text++)
        if (*text != ' ' && *text != '(' && *text != ')')
            name[n++] = (char)tolower((unsigned char)*text);
    name[n] = '\0';
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    return NULL;
}

static bool is_flux(const Unit *unit)
{
    return unit->kind == UNIT_FLUX || unit->kind == UNIT_SURFACE_BRIGHTNESS;
}

static bool is_sum(const Unit *unit)
{
    return unit->kind == UNIT_ELECTRONS || unit->kind == UNIT_COUNTS;
}

bool calibration_is_per_area(const Image *image)
{
    char text[IMAGE_NAME_SIZE];
    image_header_text(image, "BUNIT", text, sizeof text);
    const Unit *unit = find_unit(text);
    if (unit != NULL)
        return unit->kind == UNIT_SURFACE_BRIGHTNESS;
    return strstr(text, "/sr") != NULL || strstr(text, "arcsec") != NULL ||
           strstr(text, "sr-1") != NULL || strstr(text, "sr^-1") != NULL;
}

// ---- Headers ---------------------------------------------------------------------------------

static double header_number(const Image *image, const char *keyword)
{
    double value;
    return image_header_number(image, keyword, &value) ? value : NAN;
}

static double exposure(const Image *image)
{
    static const char *const keywords[] = {"EXPTIME", "TEXPTIME", "XPOSURE", "EFFEXPTM"};
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        double seconds = header_number(image, keywords[i]);
        if (seconds > 0.0)
            return seconds;
    }
    return NAN;
}

// Electrons a count; NaN unknown.
static double gain(const Image *image)
{
    static const char *const keywords[] = {"CCDGAIN", "GAIN", "EGAIN"};
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        double value = header_number(image, keywords[i]);
        if (value > 0.0)
            return value;
    }
    return NAN;
}

double calibration_pixel_area(const Image *image)
{
    double area = header_number(image, "PIXAR_SR");
    if (area > 0.0)
        return area;
    if (image_wcs(image) == NULL)
        return NAN;
    double side = sky_wcs_pixel_scale(image_wcs(image)) * M_PI / (180.0 * 3600.0);
    return side * side;
}

// ---- Zero points -----------------------------------------------------------------------------

// AB zero points of ACS/WFC without its header's: WFC3's in the same filter and the factors between
// the two of StarcNet's pictures, -2.5 log10(0.474, 1.083, 0.689, 0.471) (F435W: against F438W).
// They agree with the ACS Data Handbook's to 0.02 mag.
static const struct {
    const char *filter;
    double zero_point;
} acs[] = {{"F435W", 25.65}, {"F555W", 25.72}, {"F606W", 26.48}, {"F814W", 25.94}};

// Keywords that hold a zero point of a system that is another keyword's to tell.
static const char *const zero_point_keywords[] = {"PHOTZPT", "MAGZPT", "MAGZERO", "MAGZP"};

static void system_of(const Image *image, char *system)
{
    static const char *const keywords[] = {"PHOTSYS", "MAGSYS", "ZPSYS"};
    static const char *const systems[] = {"AB", "Vega", "ST"};
    char text[IMAGE_NAME_SIZE];
    system[0] = '\0';
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        image_header_text(image, keywords[i], text, sizeof text);
        for (size_t k = 0; k < sizeof systems / sizeof systems[0]; k++)
            if (strncasecmp(text, systems[k], strlen(systems[k])) == 0) {
                snprintf(system, CALIBRATION_SYSTEM_SIZE, "%s", systems[k]);
                return;
            }
    }
}

static void set_zero_point(ZeroPoint *zero_point, double magnitude, const char *system,
                           const char *source)
{
    zero_point->magnitude = magnitude;
    snprintf(zero_point->system, sizeof zero_point->system, "%s", system);
    snprintf(zero_point->note, sizeof zero_point->note, "%s", source);
}

// The factor by which a PHOTFLAM or PHOTMJSR turns 1 unit/s into AB magnitudes.
static bool physical_zero_point(const Image *image, ZeroPoint *zero_point)
{
    double flam = header_number(image, "PHOTFLAM"), plam = header_number(image, "PHOTPLAM");
    double mjsr = header_number(image, "PHOTMJSR"), area = calibration_pixel_area(image);
    // ACS Data Handbook, section 5.1.1.
    if (flam > 0.0 && plam > 0.0)
        set_zero_point(zero_point, -2.5 * log10(flam) - 5.0 * log10(plam) - 2.408, "AB",
                       "PHOTFLAM and PHOTPLAM");
    else if (mjsr > 0.0 && area > 0.0)
        set_zero_point(zero_point, -6.1 - 2.5 * log10(mjsr * area), "AB", "PHOTMJSR");
    else
        return false;
    return true;
}

static bool keyword_zero_point(const Image *image, ZeroPoint *zero_point)
{
    char system[CALIBRATION_SYSTEM_SIZE];
    double flux = header_number(image, "FLUXMAG0");
    if (flux > 0.0) {
        set_zero_point(zero_point, 2.5 * log10(flux), "AB", "FLUXMAG0");
        return true;
    }
    system_of(image, system);
    for (size_t i = 0; i < sizeof zero_point_keywords / sizeof zero_point_keywords[0]; i++) {
        // HST's PHOTZPT = -21.1 is the constant of PHOTFLAM's scale.
        double magnitude = header_number(image, zero_point_keywords[i]);
        if (magnitude > 0.0) {
            set_zero_point(zero_point, magnitude, system, zero_point_keywords[i]);
            return true;
        }
    }
    return false;
}

static bool known_zero_point(const Image *image, ZeroPoint *zero_point)
{
    char instrument[IMAGE_NAME_SIZE], filter[BAND_NAME_SIZE];
    image_header_text(image, "INSTRUME", instrument, sizeof instrument);
    band_of_image(image, filter, sizeof filter);
    if (strcasecmp(instrument, "ACS") != 0)
        return false;
    for (size_t i = 0; i < sizeof acs / sizeof acs[0]; i++)
        if (strcmp(filter, acs[i].filter) == 0) {
            set_zero_point(zero_point, acs[i].zero_point, "AB", "the ACS Data Handbook");
            return true;
        }
    return false;
}

void calibration_zero_point(const Image *image, ZeroPoint *zero_point)
{
    char text[IMAGE_NAME_SIZE];
    image_header_text(image, "BUNIT", text, sizeof text);
    const Unit *unit = find_unit(text);
    *zero_point = (ZeroPoint){.magnitude = NAN, .factor = 1.0};
    if (unit != NULL && is_flux(unit)) {
        double area = unit->kind == UNIT_SURFACE_BRIGHTNESS ? calibration_pixel_area(image) : 1.0;
        set_zero_point(zero_point, unit->zero_point - 2.5 * log10(area), "AB", text);
        return;
    }
    double seconds = exposure(image);
    if (unit != NULL && is_sum(unit) && seconds > 0.0)
        zero_point->factor = 1.0 / seconds;
    if (!physical_zero_point(image, zero_point) && !keyword_zero_point(image, zero_point))
        known_zero_point(image, zero_point);
}

// ---- Conversion ------------------------------------------------------------------------------

// Zero points of one instrument and filter differ by this between its calibrations; two
// instruments' mostly by more. The images that a network was trained on are left bit by bit.
static const double zero_point_tolerance = 0.06;

static void append(Calibration *calibration, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(Calibration *calibration, const char *format, ...)
{
    size_t n = strlen(calibration->note);
    va_list arguments;
    if (n > 0)
        n += (size_t)snprintf(calibration->note + n, CALIBRATION_NOTE_SIZE - n, ", ");
    va_start(arguments, format);
    if (n < CALIBRATION_NOTE_SIZE)
        vsnprintf(calibration->note + n, CALIBRATION_NOTE_SIZE - n, format, arguments);
    va_end(arguments);
}

// Leaves the pixels as they stand and says why.
static void give_up(Calibration *calibration, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void give_up(Calibration *calibration, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(calibration->note, CALIBRATION_NOTE_SIZE, format, arguments);
    va_end(arguments);
    calibration->factor = 1.0;
    calibration->warns = true;
}

// From a flux, or surface brightness, to magnitudes' scale with the wanted zero point.
static void convert_flux(const Unit *unit, const char *name, double wanted, const char *wanted_name,
                         double pixel_area, Calibration *calibration)
{
    double area = unit->kind == UNIT_SURFACE_BRIGHTNESS ? pixel_area : 1.0;
    if (isnan(wanted)) {
        give_up(calibration, "%s left as it is: no zero point is known for %s", name, wanted_name);
        return;
    }
    if (!(area > 0.0)) {
        give_up(calibration, "%s left as it is: neither PIXAR_SR nor a WCS tells the pixels' area",
                name);
        return;
    }
    calibration->factor = area * pow(10.0, 0.4 * (wanted - unit->zero_point));
    append(calibration, "%s to %s (AB %.2f)", name, wanted_name, wanted);
}

// From electrons or counts to a rate: by EXPTIME.
static bool convert_time(const Image *image, const char *name, Calibration *calibration)
{
    double seconds = exposure(image);
    if (!(seconds > 0.0)) {
        give_up(calibration, "%s left as it is: the header has no EXPTIME to divide by", name);
        return false;
    }
    calibration->factor /= seconds;
    append(calibration, "%s divided by the exposure of %g s", name, seconds);
    return true;
}

// Between two instruments' rates by their zero points; without them, counts by the gain.
static void convert_rate(const Image *image, const Unit *unit, const CalibrationTarget *target,
                         Calibration *calibration)
{
    ZeroPoint own;
    calibration_zero_point(image, &own);
    bool known = strcmp(own.system, "AB") == 0 && !isnan(own.magnitude);
    double difference = target->zero_point - own.magnitude;
    if (known && fabs(difference) > zero_point_tolerance) {
        calibration->factor *= pow(10.0, 0.4 * difference);
        append(calibration, "scaled from zero point %.2f (%s) to %.2f", own.magnitude, own.note,
               target->zero_point);
        return;
    }
    if (unit == NULL || (unit->kind != UNIT_COUNTS && unit->kind != UNIT_COUNT_RATE) ||
        (known && !isnan(target->zero_point)))
        return;
    double electrons = gain(image);
    if (electrons > 0.0 && electrons != 1.0) {
        calibration->factor *= electrons;
        append(calibration, "multiplied by the gain of %g", electrons);
    } else if (isnan(electrons)) {
        append(calibration, "counts taken for electrons: the header has no gain");
        calibration->warns = true;
    }
}

void calibration_of_image(const Image *image, const CalibrationTarget *target, double pixel_area,
                          Calibration *calibration)
{
    char name[IMAGE_NAME_SIZE];
    *calibration = (Calibration){.factor = 1.0};
    const Unit *wanted = find_unit(target->unit);
    image_header_text(image, "BUNIT", name, sizeof name);
    const Unit *unit = find_unit(name);
    if (target->unit[0] == '\0')
        return;
    if (wanted == NULL)
        give_up(calibration, "the model's unit %s is not known here", target->unit);
    else if (name[0] == '\0')
        append(calibration, "no BUNIT: taken for %s", target->unit);
    else if (unit == NULL)
        give_up(calibration, "unit %s is not known here: taken for %s", name, target->unit);
    else if (is_flux(unit))
        convert_flux(unit, name, is_flux(wanted) ? wanted->zero_point : target->zero_point,
                     target->unit, pixel_area, calibration);
    else if (is_flux(wanted))
        give_up(calibration, "%s cannot be converted to %s: left as it is", name, target->unit);
    else if (!is_sum(unit) || is_sum(wanted) || convert_time(image, name, calibration))
        convert_rate(image, unit, target, calibration);
    if (name[0] == '\0' && wanted != NULL && !is_flux(wanted))
        convert_rate(image, NULL, target, calibration);
    calibration->converts = calibration->factor != 1.0;
}
