#include "sky/image/misread.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sky/image/sky_wcs.h"

enum { SAMPLE = 400, PLACE_SIZE = 128 };

typedef struct Reading Reading;

// As what two numbers can be read, and the words that --columns has for it. Pixels lie inside by
// chance: those must also spread over a good part of the image.
struct Reading {
    const char *words;
    const char *first, *second; // roles of the two columns
    const char *extra;
    bool is_sky;
    SkySystem system;
    double first_unit, second_unit; // degrees that 1 is
};

static const Reading readings[] = {
    {"RA, Dec in degrees", "ra", "dec", "", true, SKY_ICRS, 1.0, 1.0},
    {"RA, Dec in radians", "ra", "dec", ",unit=radian", true, SKY_ICRS, 57.29577951308232,
     57.29577951308232},
    {"RA in hours and Dec in degrees", "ra", "dec", ",unit=hour", true, SKY_ICRS, 15.0, 1.0},
    {"Dec, RA in degrees", "dec", "ra", "", true, SKY_ICRS, 1.0, 1.0},
    {"galactic coordinates, which must be turned into RA, Dec", "", "", "", true, SKY_GALACTIC, 1.0,
     1.0},
    {"pixels", "x", "y", "", false, SKY_ICRS, 0.0, 0.0},
};

enum { N_READINGS = sizeof readings / sizeof readings[0] };

// The pixel that two numbers read so mean; *known is false where they mean none.
static Status apply(const Reading *reading, const Image *image, double first, double second,
                    double *x, double *y, bool *known, Error *error)
{
    *x = first;
    *y = second;
    *known = !reading->is_sky;
    if (*known || image_wcs(image) == NULL)
        return STATUS_OK;
    double longitude = first * reading->first_unit, latitude = second * reading->second_unit;
    if (strcmp(reading->first, "dec") == 0) {
        double swap = longitude;
        longitude = latitude;
        latitude = swap;
    }
    double ra, dec;
    if (!(fabs(longitude) <= 360.0) ||
        !sky_system_to_icrs(reading->system, longitude, latitude, &ra, &dec))
        return STATUS_OK;
    return sky_wcs_to_pixel(image_wcs(image), ra, dec, x, y, known, error);
}

static bool spreads(const double low[2], const double high[2], const Image *image)
{
    return high[0] - low[0] > 0.2 * (double)image_width(image) &&
           high[1] - low[1] > 0.2 * (double)image_height(image);
}

// Whether most rows lie inside the image when columns `column` and the next are read so.
static Status fits(const Reading *reading, const Image *image, const Table *table, size_t column,
                   bool *fit, Error *error)
{
    const size_t n = table_row_count(table), step = n / SAMPLE + 1;
    double low[2] = {HUGE_VAL, HUGE_VAL}, high[2] = {-HUGE_VAL, -HUGE_VAL};
    size_t n_seen = 0, n_inside = 0;
    *fit = false;
    for (size_t row = 0; row < n; row += step, n_seen++) {
        double first, second, x, y;
        bool known;
        if (!table_number(table, row, column, &first) ||
            !table_number(table, row, column + 1, &second))
            return STATUS_OK;
        Status status = apply(reading, image, first, second, &x, &y, &known, error);
        if (status != STATUS_OK)
            return status;
        if (!known || !image_contains(image, x, y))
            continue;
        n_inside++;
        low[0] = fmin(low[0], x);
        low[1] = fmin(low[1], y);
        high[0] = fmax(high[0], x);
        high[1] = fmax(high[1], y);
    }
    *fit = 2 * n_inside > n_seen && (reading->is_sky || spreads(low, high, image));
    return STATUS_OK;
}

static void say_reading(const Reading *reading, size_t column, char *text, size_t size)
{
    int used = snprintf(text, size, "columns %zu, %zu look like %s", column + 1, column + 2,
                        reading->words);
    if (reading->first[0] != '\0' && used > 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, ": --columns %s=%zu,%s=%zu%s", reading->first,
                 column + 1, reading->second, column + 2, reading->extra);
}

// Another reading under which the list lies inside; *found is false where none is known.
static Status find_reading(const Image *image, const Table *table, char *text, size_t size,
                           bool *found, Error *error)
{
    *found = false;
    for (size_t i = 0; i < N_READINGS && !*found; i++)
        for (size_t column = 0; column + 1 < table_column_count(table) && !*found; column++) {
            Status status = fits(&readings[i], image, table, column, found, error);
            if (status != STATUS_OK)
                return status;
            if (*found)
                say_reading(&readings[i], column, text, size);
        }
    return STATUS_OK;
}

// Pixels that are angles may well lie inside, all in one corner. That angles of this small field
// are met by chance is out of the question.
static Status are_angles(const Image *image, const SourceList *list, char *text, size_t size,
                         bool *are, Error *error)
{
    const size_t column = list->roles.column[ROLE_X];
    *are = false;
    if (list->table == NULL || column == NO_COLUMN || list->roles.column[ROLE_Y] != column + 1)
        return STATUS_OK;
    for (size_t i = 0; i < N_READINGS && !*are; i++) {
        if (!readings[i].is_sky)
            continue;
        Status status = fits(&readings[i], image, list->table, column, are, error);
        if (status != STATUS_OK)
            return status;
        if (*are)
            say_reading(&readings[i], column, text, size);
    }
    return STATUS_OK;
}

static size_t count_outside(const Image *image, const SourceList *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const Source *source = &list->sources[i];
        n += !source->has_xy || !image_contains(image, source->x, source->y);
    }
    return n;
}

// "columns 1, 2 were taken for pixels".
static void say_taken(const SourceList *list, char *text, size_t size)
{
    const size_t *column = list->roles.column;
    bool pixels = list->table != NULL && column[ROLE_X] != NO_COLUMN;
    if (list->table == NULL)
        snprintf(text, size, "they were taken as they stand");
    else
        snprintf(text, size, "columns %zu, %zu were taken for %s",
                 column[pixels ? ROLE_X : ROLE_RA] + 1, column[pixels ? ROLE_Y : ROLE_DEC] + 1,
                 pixels                       ? "pixels"
                 : list->roles.ra_unit == 1.0 ? "RA, Dec in degrees, or in hours with colons"
                                              : "RA, Dec in the unit that was named");
}

Status misread_note(const Bands *bands, const SourceList *list, char note[MISREAD_NOTE_SIZE],
                    Error *error)
{
    const Image *image = bands_image(bands, bands_reference(bands));
    const size_t n_outside = count_outside(image, list);
    char taken[PLACE_SIZE], other[2 * PLACE_SIZE];
    say_taken(list, taken, sizeof taken);
    bool found;
    note[0] = '\0';
    Status status = are_angles(image, list, other, sizeof other, &found, error);
    if (status != STATUS_OK)
        return status;
    if (found) {
        snprintf(note, MISREAD_NOTE_SIZE, "%s; %s", taken, other);
    } else if (2 * n_outside > list->n) {
        if (list->table != NULL)
            status = find_reading(image, list->table, other, sizeof other, &found, error);
        if (!found)
            snprintf(other, sizeof other,
                     "is this the list of these images? --columns chooses others");
        snprintf(note, MISREAD_NOTE_SIZE, "%zu of %zu positions are outside the image: %s; %s",
                 n_outside, list->n, taken, other);
    }
    return status;
}
