#include "sky/image/locate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sky/image/band.h"
#include "sky/image/sky_wcs.h"

enum { SAMPLE = 1000, LABEL_SIZE = 128 }; // positions compared; a band's name in a sentence

static const double agreement = 1.0; // pixels

// "F555W", or the file's name where the filter is not known.
static const char *label(const Bands *bands, size_t band, char text[LABEL_SIZE])
{
    const Image *image = bands_image(bands, band);
    char name[BAND_NAME_SIZE];
    band_of_image(image, name, sizeof name);
    const char *path = image_path(image), *slash = strrchr(path, '/');
    snprintf(text, LABEL_SIZE, "%s", name[0] != '\0' ? name : slash != NULL ? slash + 1 : path);
    return text;
}

static int compare_distances(const void *a, const void *b)
{
    const double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

// Pixels between x, y and ra, dec on a band, at the median of those that have both; NaN where none
// has, or the band has no WCS.
static Status median_distance(const Bands *bands, size_t band, const SourceList *list,
                              double *median, Error *error)
{
    const SkyWcs *wcs = image_wcs(bands_image(bands, band));
    double distances[SAMPLE] = {0.0};
    size_t n = 0, step = list->n / SAMPLE + 1;
    for (size_t i = 0; wcs != NULL && i < list->n && n < SAMPLE; i += step) {
        const Source *source = &list->sources[i];
        double x, y;
        bool there;
        if (!source->has_xy || !source->has_sky)
            continue;
        Status status = sky_wcs_to_pixel(wcs, source->ra, source->dec, &x, &y, &there, error);
        if (status != STATUS_OK)
            return status;
        distances[n++] = there ? hypot(source->x - x, source->y - y) : HUGE_VAL;
    }
    *median = NAN;
    if (n > 0) {
        qsort(distances, n, sizeof *distances, compare_distances);
        *median = distances[n / 2];
    }
    return STATUS_OK;
}

static bool grids_differ(const Bands *bands)
{
    for (size_t i = 1; i < bands_count(bands); i++)
        if (!bands_same_grid(bands, 0, i))
            return true;
    return false;
}

static bool most_outside(const Bands *bands, size_t band, const SourceList *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const Source *source = &list->sources[i];
        n += !source->has_xy || !image_contains(bands_image(bands, band), source->x, source->y);
    }
    return 2 * n > list->n;
}

static void forget_pixels(SourceList *list)
{
    for (size_t i = 0; i < list->n; i++)
        list->sources[i].has_xy = list->sources[i].has_xy && !list->sources[i].has_sky;
}

// The band on whose pixels x, y agree with ra, dec, `first` if that is one.
static Status find_agreeing(const Bands *bands, const SourceList *list, size_t first, size_t *band,
                            bool *found, Error *error)
{
    *found = false;
    for (size_t i = 0; i <= bands_count(bands) && !*found; i++) {
        double distance;
        *band = i == 0 ? first : i - 1;
        Status status = median_distance(bands, *band, list, &distance, error);
        if (status != STATUS_OK)
            return status;
        *found = distance <= agreement;
    }
    return STATUS_OK;
}

// Positions of both kinds on grids that differ: the sky decides. *band becomes the reference.
static Status settle_by_sky(const Bands *bands, SourceList *list, size_t *band, double distance,
                            char *note, Error *error)
{
    char name[LABEL_SIZE];
    size_t agreeing;
    bool found;
    Status status = find_agreeing(bands, list, *band, &agreeing, &found, error);
    if (status != STATUS_OK)
        return status;
    if (found) {
        snprintf(note, LOCATE_NOTE_SIZE,
                 "the images' grids differ: x, y count on the pixels of %s, where they agree with "
                 "ra, dec",
                 label(bands, agreeing, name));
        *band = agreeing;
        return STATUS_OK;
    }
    snprintf(note, LOCATE_NOTE_SIZE,
             "the images' grids differ, and x, y disagree with ra, dec by %.1f pixels on %s and on "
             "every other: positions are those of ra, dec; --reference BAND|FILE takes x, y",
             distance, label(bands, *band, name));
    forget_pixels(list);
    return STATUS_OK;
}

// The same where all images have one grid, or the user named one.
static void compare_positions(const Bands *bands, SourceList *list, size_t band, LocateBasis basis,
                              double distance, char *note)
{
    char name[LABEL_SIZE];
    if (!(distance > agreement))
        return;
    bool use_sky =
        basis != LOCATE_CHOSEN && (basis == LOCATE_ELSEWHERE || most_outside(bands, band, list));
    snprintf(note, LOCATE_NOTE_SIZE, "x, y disagree with ra, dec by %.1f pixels on %s: %s",
             distance, label(bands, band, name),
             use_sky ? "x, y are another image's, so positions are those of ra, dec; --reference "
                       "BAND|FILE takes x, y"
                     : "positions are x, y; --columns ra=NAME,dec=NAME takes those");
    if (use_sky)
        forget_pixels(list);
}

// Pixels alone. On grids that differ, those of an image that is not here are of no use.
static Status trust_pixels(const Bands *bands, const SourceList *list, size_t band,
                           LocateBasis basis, bool differ, char *note, Error *error)
{
    char name[LABEL_SIZE];
    label(bands, band, name);
    if (basis == LOCATE_ELSEWHERE && differ)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: its x, y count on %s, which is none of the images, and their grids "
                         "differ; name the image with --reference, or give ra, dec",
                         list->path, list->pixels_of);
    if (basis == LOCATE_ELSEWHERE)
        snprintf(note, LOCATE_NOTE_SIZE,
                 "x, y count on %s, which is none of the images; they are taken for pixels of %s",
                 list->pixels_of, name);
    else if (basis == LOCATE_ASSUMED && differ)
        snprintf(note, LOCATE_NOTE_SIZE,
                 "the images' grids differ: x, y are taken for pixels of %s; --reference BAND|FILE "
                 "says otherwise",
                 name);
    return STATUS_OK;
}

static bool has_pixels(const SourceList *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->sources[i].has_xy)
            return true;
    return false;
}

Status locate(Bands *bands, SourceList *list, size_t band, LocateBasis basis,
              char note[LOCATE_NOTE_SIZE], Error *error)
{
    const bool differ = grids_differ(bands);
    double distance;
    note[0] = '\0';
    Status status = median_distance(bands, band, list, &distance, error);
    if (status != STATUS_OK)
        return status;
    if (!isnan(distance) && differ && basis != LOCATE_CHOSEN)
        status = settle_by_sky(bands, list, &band, distance, note, error);
    else if (!isnan(distance))
        compare_positions(bands, list, band, basis, distance, note);
    else if (has_pixels(list))
        status = trust_pixels(bands, list, band, basis, differ, note, error);
    if (status != STATUS_OK)
        return status;
    bands_set_reference(bands, band);
    return bands_locate(bands, list, error);
}
