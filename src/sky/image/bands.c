#include "sky/image/bands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sky/image/physical.h"
#include "sky/image/sky_wcs.h"

typedef struct Band {
    Image *image;
    RowWindow *rows;
    WeightMap *weights; // NULL where the file has none
    bool resampled;
    long dx, dy;
    double factor;
} Band;

struct Bands {
    size_t n;
    size_t reference; // whose pixels sources count on
    Band *items;      // [n]
    bool other_scale;
    size_t n_notes;
    BandNote *notes; // [n_notes]
};

// Positions along each axis at which two grids are compared: the corners and what is between.
enum { CHECKS = 9 };

static const double aligned_tolerance = 0.5; // pixels, images of one size
static const double shifted_tolerance = 0.05;
static const double scale_ratio_max = 32.0;

// Where CHECKS x CHECKS pixels of `from` lie in `to`, 1-based; NaN where there is no answer.
static Status compare_grids(const Image *from, const Image *to, double pixel[][2],
                            double mapped[][2], Error *error)
{
    double sky[CHECKS * CHECKS][2];
    for (size_t j = 0; j < CHECKS; j++)
        for (size_t i = 0; i < CHECKS; i++) {
            double *p = pixel[j * CHECKS + i];
            p[0] = 1.0 + (double)i / (CHECKS - 1) * ((double)image_width(from) - 1.0);
            p[1] = 1.0 + (double)j / (CHECKS - 1) * ((double)image_height(from) - 1.0);
        }
    Status status = sky_wcs_to_sky_array(image_wcs(from), (const double(*)[2])pixel,
                                         CHECKS * CHECKS, sky, error);
    if (status == STATUS_OK)
        status = sky_wcs_to_pixel_array(image_wcs(to), (const double(*)[2])sky, CHECKS * CHECKS,
                                        mapped, error);
    return status;
}

// True when the grids differ by a whole number of pixels within `tolerance` everywhere.
static bool is_shift(double pixel[][2], double mapped[][2], double tolerance, long shift[2])
{
    for (int axis = 0; axis < 2; axis++) {
        double first = mapped[0][axis] - pixel[0][axis];
        if (!(fabs(first) < 1e9))
            return false;
        shift[axis] = lround(first);
        for (size_t i = 0; i < CHECKS * CHECKS; i++)
            if (!(fabs(mapped[i][axis] - pixel[i][axis] - (double)shift[axis]) <= tolerance))
                return false;
    }
    return true;
}

static bool any_inside(double mapped[][2], const Image *image)
{
    for (size_t i = 0; i < CHECKS * CHECKS; i++)
        if (mapped[i][0] >= 0.5 && mapped[i][0] <= (double)image_width(image) + 0.5 &&
            mapped[i][1] >= 0.5 && mapped[i][1] <= (double)image_height(image) + 0.5)
            return true;
    return false;
}

static const char *wcs_trouble(const Image *image)
{
    return image_wcs_problem(image)[0] != '\0' ? image_wcs_problem(image) : "it has no WCS";
}

// Sets how `band` is reached from the reference grid.
static Status relate(const Image *reference, Band *band, Error *error)
{
    const Image *image = band->image;
    bool same_size = image_width(image) == image_width(reference) &&
                     image_height(image) == image_height(reference);
    const Image *without_wcs = image_wcs(reference) == NULL ? reference
                               : image_wcs(image) == NULL   ? image
                                                            : NULL;
    if (without_wcs != NULL) {
        if (same_size)
            return STATUS_OK;
        return error_set(error, STATUS_BAD_INPUT,
                         "%s (%zu x %zu) and %s (%zu x %zu) differ in size and cannot be aligned "
                         "(%s: %s); give images of one size or with a WCS",
                         image_path(reference), image_width(reference), image_height(reference),
                         image_path(image), image_width(image), image_height(image),
                         image_path(without_wcs), wcs_trouble(without_wcs));
    }
    double pixel[CHECKS * CHECKS][2], mapped[CHECKS * CHECKS][2];
    double back_pixel[CHECKS * CHECKS][2], back[CHECKS * CHECKS][2];
    long shift[2];
    Status status = compare_grids(reference, image, pixel, mapped, error);
    if (status != STATUS_OK)
        return status;
    if (same_size && is_shift(pixel, mapped, aligned_tolerance, shift) && shift[0] == 0 &&
        shift[1] == 0)
        return STATUS_OK;
    status = compare_grids(image, reference, back_pixel, back, error);
    if (status != STATUS_OK)
        return status;
    if (!any_inside(mapped, image) && !any_inside(back, reference))
        return error_set(error, STATUS_BAD_INPUT,
                         "%s and %s show different parts of the sky; give images of one field",
                         image_path(reference), image_path(image));
    if (is_shift(pixel, mapped, shifted_tolerance, shift)) {
        band->dx = shift[0];
        band->dy = shift[1];
        return STATUS_OK;
    }
    double ratio =
        sky_wcs_pixel_scale(image_wcs(image)) / sky_wcs_pixel_scale(image_wcs(reference));
    if (!(ratio <= scale_ratio_max && ratio >= 1.0 / scale_ratio_max))
        return error_set(error, STATUS_BAD_INPUT,
                         "%s (%g arcsec a pixel) and %s (%g) are too different to combine; give "
                         "images of similar pixel scale",
                         image_path(reference), sky_wcs_pixel_scale(image_wcs(reference)),
                         image_path(image), sky_wcs_pixel_scale(image_wcs(image)));
    band->resampled = true;
    return STATUS_OK;
}

Status bands_open(const char *const *paths, const size_t *planes, size_t n_bands, Bands **result,
                  Error *error)
{
    *result = NULL;
    if (n_bands == 0)
        return error_set(error, STATUS_USAGE, "no image was given; name one file a band");
    Bands *bands = memory_new(1, sizeof *bands);
    if (bands != NULL)
        bands->items = memory_new(n_bands, sizeof *bands->items);
    if (bands == NULL || bands->items == NULL) {
        bands_close(bands);
        return error_memory(error, "a set of bands");
    }
    bands->n = n_bands;
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < n_bands; i++) {
        Band *band = &bands->items[i];
        band->factor = 1.0;
        status = image_open(paths[i], planes != NULL ? planes[i] : 0, &band->image, error);
        if (status == STATUS_OK)
            status = row_window_new(band->image, &band->rows, error);
        if (status == STATUS_OK)
            status = weight_map_open(band->image, &band->weights, error);
        if (status == STATUS_OK && i > 0)
            status = relate(bands->items[0].image, band, error);
    }
    if (status != STATUS_OK) {
        bands_close(bands);
        return status;
    }
    *result = bands;
    return STATUS_OK;
}

void bands_close(Bands *bands)
{
    if (bands == NULL)
        return;
    for (size_t i = 0; i < bands->n; i++) {
        row_window_free(bands->items[i].rows);
        weight_map_close(bands->items[i].weights);
        image_close(bands->items[i].image);
    }
    free(bands->items);
    free(bands->notes);
    free(bands);
}

size_t bands_count(const Bands *bands)
{
    return bands->n;
}

Image *bands_image(const Bands *bands, size_t band)
{
    return bands->items[band].image;
}

bool bands_resampled(const Bands *bands, size_t band)
{
    return bands->items[band].resampled;
}

void bands_shift(const Bands *bands, size_t band, long *dx, long *dy)
{
    *dx = bands->items[band].dx;
    *dy = bands->items[band].dy;
}

RowWindow *bands_rows(const Bands *bands, size_t band)
{
    return bands->items[band].rows;
}

WeightMap *bands_weights(const Bands *bands, size_t band)
{
    return bands->items[band].weights;
}

double bands_factor(const Bands *bands, size_t band)
{
    return bands->items[band].factor;
}

void bands_set_factor(Bands *bands, size_t band, double factor)
{
    bands->items[band].factor = factor;
}

bool bands_other_scale(const Bands *bands)
{
    return bands->other_scale;
}

void bands_set_other_scale(Bands *bands)
{
    bands->other_scale = true;
}

Status bands_add_note(Bands *bands, size_t band, BandNoteKind kind, const char *text, Error *error)
{
    BandNote *grown = memory_resize(bands->notes, bands->n_notes + 1, sizeof *grown);
    if (grown == NULL)
        return error_memory(error, "a note about an image");
    bands->notes = grown;
    BandNote *note = &grown[bands->n_notes++];
    *note = (BandNote){.band = band, .kind = kind};
    snprintf(note->text, sizeof note->text, "%s", text);
    return STATUS_OK;
}

void bands_forget_notes(Bands *bands)
{
    bands->n_notes = 0;
    bands->other_scale = false;
    for (size_t i = 0; i < bands->n; i++)
        bands->items[i].factor = 1.0;
}

size_t bands_note_count(const Bands *bands)
{
    return bands->n_notes;
}

const BandNote *bands_note(const Bands *bands, size_t index)
{
    return &bands->notes[index];
}

void bands_set_reference(Bands *bands, size_t band)
{
    bands->reference = band;
}

size_t bands_reference(const Bands *bands)
{
    return bands->reference;
}

bool bands_same_grid(const Bands *bands, size_t one, size_t other)
{
    const Band *a = &bands->items[one], *b = &bands->items[other];
    return one == other || (!a->resampled && !b->resampled && a->dx == b->dx && a->dy == b->dy);
}

// Catalogues print positions to 1e-7 degree. A source on a whole pixel, as hand-made and detected
// ones often are, comes back that much beside it, and a recipe that truncates would cut one in two
// of them a pixel aside.
static double snap(double pixel, double tolerance)
{
    return fabs(pixel - round(pixel)) < tolerance ? round(pixel) : pixel;
}

static Status to_pixel(const Image *image, double ra, double dec, double *x, double *y, bool *known,
                       Error *error)
{
    static const double printed = 0.5e-7 * 3600.0, least = 1e-3, most = 0.01;
    const SkyWcs *wcs = image_wcs(image);
    Status status = sky_wcs_to_pixel(wcs, ra, dec, x, y, known, error);
    const double tolerance = fmin(fmax(printed / sky_wcs_pixel_scale(wcs), least), most);
    *x = snap(*x, tolerance);
    *y = snap(*y, tolerance);
    return status;
}

Status bands_to_first(const Bands *bands, double *x, double *y, bool *known, Error *error)
{
    const Band *reference = &bands->items[bands->reference];
    *known = true;
    if (!reference->resampled) {
        *x -= (double)reference->dx;
        *y -= (double)reference->dy;
        return STATUS_OK;
    }
    double ra, dec;
    Status status = sky_wcs_to_sky(image_wcs(reference->image), *x, *y, &ra, &dec, known, error);
    if (status == STATUS_OK && *known)
        status = to_pixel(bands->items[0].image, ra, dec, x, y, known, error);
    return status;
}

static Status locate(const Image *reference, Source *source, Error *error)
{
    if (source->has_xy && !source->has_sky)
        return sky_wcs_to_sky(image_wcs(reference), source->x, source->y, &source->ra, &source->dec,
                              &source->has_sky, error);
    if (source->has_sky && !source->has_xy)
        return to_pixel(reference, source->ra, source->dec, &source->x, &source->y, &source->has_xy,
                        error);
    return STATUS_OK;
}

Status bands_locate(const Bands *bands, SourceList *list, Error *error)
{
    const Image *reference = bands->items[bands->reference].image;
    const Physical physical = physical_of_image(reference);
    if (!list->physical_is_placed)
        source_list_place_physical(list, &physical);
    Status status = STATUS_OK;
    for (size_t i = 0; image_wcs(reference) != NULL && i < list->n && status == STATUS_OK; i++)
        status = locate(reference, &list->sources[i], error);
    return status;
}
