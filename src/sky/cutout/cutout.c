#include "sky/cutout/cutout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sky/cutout/zero_areas.h"
#include "sky/image/calibration.h"
#include "sky/image/resample.h"

static const struct {
    unsigned bit;
    const char *word;
} flag_words[] = {
    {SOURCE_FLAG_BORDER, "border"},
    {SOURCE_FLAG_NO_DATA, "no_data"},
    {SOURCE_FLAG_NO_POSITION, "no_position"},
    {SOURCE_FLAG_EXCLUDED, "excluded"},
    {SOURCE_FLAG_BAND_MISSING, "band_missing"},
    {SOURCE_FLAG_UNDECIDED, "undecided"},
    {SOURCE_FLAG_MISSING_FILLED, "missing_filled"},
    {SOURCE_FLAG_RESAMPLED, "resampled"},
    {SOURCE_FLAG_OTHER_SCALE, "other_scale"},
    {SOURCE_FLAG_NOT_DONE, "not_done"},
    {SOURCE_FLAG_NO_SOURCE, "no_source"},
    {SOURCE_FLAG_BY_HAND, "by_hand"},
};

void source_flag_text(unsigned flags, char *text, size_t size)
{
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof flag_words / sizeof flag_words[0] && n < size; i++)
        if (flags & flag_words[i].bit)
            n += (size_t)snprintf(text + n, size - n, "%s%s", n > 0 ? "," : "", flag_words[i].word);
}

static unsigned flag_of_word(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof flag_words / sizeof flag_words[0]; i++)
        if (strlen(flag_words[i].word) == length && strncmp(flag_words[i].word, word, length) == 0)
            return flag_words[i].bit;
    return 0;
}

unsigned source_flag_parse(const char *text)
{
    unsigned flags = 0;
    for (size_t length; *text != '\0'; text += length + (text[length] == ',')) {
        length = strcspn(text, ",");
        flags |= flag_of_word(text, length);
    }
    return flags;
}

static bool has_pixel_position(const Source *source)
{
    return source->has_xy && isfinite(source->x) && isfinite(source->y);
}

static int compare_rows(const void *a, const void *b, void *context)
{
    const Source *sources = context;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    const Source *p = &sources[i], *q = &sources[j];
    bool p_known = has_pixel_position(p), q_known = has_pixel_position(q);
    if (p_known != q_known)
        return p_known ? -1 : 1;
    if (p_known && p->y != q->y)
        return p->y < q->y ? -1 : 1;
    if (p_known && p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return i < j ? -1 : i > j;
}

void cutout_order(const Source *sources, size_t n, size_t *order)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    qsort_r(order, n, sizeof *order, compare_rows, (void *)sources);
}

// 0-based first pixel of the cutout along one axis, from the 1-based position.
static long first_pixel(const CutoutRule *rule, double position)
{
    double middle = rule->centre == CUTOUT_STARCNET ? trunc(position) : floor(position - 0.5);
    return (long)middle - (long)(rule->size / 2);
}

unsigned cutout_place(const CutoutRule *rule, double x, double y, size_t width, size_t height,
                      long *x0, long *y0)
{
    double border = (double)rule->border, size = (double)rule->size;
    double right = (double)width, top = (double)height;
    // Also keeps the conversion to integers in range.
    if (x < -size || y < -size || x > right + size || y > top + size)
        return rule->pad ? SOURCE_FLAG_NO_DATA : SOURCE_FLAG_BORDER;
    *x0 = first_pixel(rule, x);
    *y0 = first_pixel(rule, y);
    if (rule->pad)
        return 0;
    if (x <= border || y <= border || right - x <= border || top - y <= border)
        return SOURCE_FLAG_BORDER;
    if (*x0 < 0 || *y0 < 0 || (double)*x0 + size > right || (double)*y0 + size > top)
        return SOURCE_FLAG_BORDER;
    return 0;
}

// The same for a source with a position in each band's own image.
static unsigned place_in_bands(const Bands *bands, const CutoutRule *rule, const Source *source)
{
    unsigned flags = 0;
    for (size_t band = 0; band < bands_count(bands); band++) {
        const Image *image = bands_image(bands, band);
        const double *xy = source->band_xy + 2 * band;
        long x0, y0;
        flags |= isfinite(xy[0]) && isfinite(xy[1])
                     ? cutout_place(rule, xy[0], xy[1], image_width(image), image_height(image),
                                    &x0, &y0)
                     : SOURCE_FLAG_NO_POSITION;
    }
    return flags;
}

// Flags that follow from the source alone, and the cutout's first pixel in the first band's image.
static Status place(const Bands *bands, const CutoutRule *rule, const Source *source, long *x0,
                    long *y0, unsigned *flags, Error *error)
{
    *flags = source->excluded                                         ? SOURCE_FLAG_EXCLUDED
             : !has_pixel_position(source) && source->band_xy == NULL ? SOURCE_FLAG_NO_POSITION
                                                                      : 0;
    if (*flags == 0 && source->band_xy != NULL)
        *flags = place_in_bands(bands, rule, source);
    if (*flags != 0 || source->band_xy != NULL)
        return STATUS_OK;
    const Image *image = bands_image(bands, 0);
    const unsigned seen = source->no_source ? SOURCE_FLAG_NO_SOURCE : 0;
    double x = source->x, y = source->y;
    bool known;
    Status status = bands_to_first(bands, &x, &y, &known, error);
    *flags = known
                 ? seen | cutout_place(rule, x, y, image_width(image), image_height(image), x0, y0)
                 : SOURCE_FLAG_NO_POSITION;
    return status;
}

// Sources are read in groups of this many: memory stays small however many a call asks for.
enum { GROUP = 256 };

// One source of a group, on its way through one band.
typedef struct Visit {
    size_t index;          // within the group
    const double *band_xy; // of the source, or NULL
    long x0, y0; // first pixel of the cutout in the first band; with band_xy in the one under way
    bool mapped; // a resampled band has a counterpart for every pixel
    Box box;     // what is read of the band
} Visit;

typedef struct Reader {
    Bands *bands;
    const CutoutRule *rule;
    size_t n_visits;
    Visit visits[GROUP];
    Box boxes[GROUP];
    bool own[GROUP];       // with positions by band, by index
    size_t n_empty[GROUP]; // bands without a valid pixel, by index
    PixelMap *maps;        // [GROUP], by index; NULL where no band is resampled
    ZeroAreas *zeros;
    float *square; // [size][size]
    size_t n_scratch;
    float *scratch; // the box of a resampled band
    float *cutouts; // of the group
    unsigned *flags;
} Reader;

static int compare_boxes(const void *a, const void *b)
{
    const Visit *p = a, *q = b;
    if (p->box.y0 != q->box.y0)
        return p->box.y0 < q->box.y0 ? -1 : 1;
    return p->index < q->index ? -1 : p->index > q->index;
}

static Status find_boxes(Reader *reader, size_t band, Error *error)
{
    size_t size = reader->rule->size;
    const Image *image = bands_image(reader->bands, band);
    const SkyWcs *reference = image_wcs(bands_image(reader->bands, 0));
    long dx, dy;
    bands_shift(reader->bands, band, &dx, &dy);
    for (size_t i = 0; i < reader->n_visits; i++) {
        Visit *visit = &reader->visits[i];
        if (visit->band_xy != NULL) {
            visit->x0 = first_pixel(reader->rule, visit->band_xy[2 * band]);
            visit->y0 = first_pixel(reader->rule, visit->band_xy[2 * band + 1]);
            visit->box = (Box){visit->x0, visit->y0, size, size};
            continue;
        }
        if (!bands_resampled(reader->bands, band)) {
            visit->box = (Box){visit->x0 + dx, visit->y0 + dy, size, size};
            continue;
        }
        PixelMap *map = &reader->maps[visit->index];
        Status status = pixel_map_make(reference, image_wcs(image), visit->x0, visit->y0, size, map,
                                       &visit->mapped, error);
        if (status != STATUS_OK)
            return status;
        visit->box = visit->mapped ? pixel_map_box(map) : (Box){0, 0, 0, 0};
    }
    return STATUS_OK;
}

static bool outside(const Image *image, long x, long y)
{
    return x < 0 || y < 0 || x >= (long)image_width(image) || y >= (long)image_height(image);
}

// Whether any of the middle pixels has data and is not 0.
static bool has_middle(const float *square, size_t size)
{
    for (size_t y = (size - 1) / 2; y <= size / 2; y++)
        for (size_t x = (size - 1) / 2; x <= size / 2; x++)
            if (!isnan(square[y * size + x]) && square[y * size + x] != 0.0f)
                return true;
    return false;
}

// Copies the square into the source's cutout; what is no data becomes 0 and is flagged.
static void store(Reader *reader, const Visit *visit, size_t band)
{
    size_t size = reader->rule->size, n_bands = bands_count(reader->bands);
    const Image *reference = bands_image(reader->bands, visit->band_xy != NULL ? band : 0);
    float *cutout = reader->cutouts + visit->index * size * size * n_bands + band;
    const float factor = (float)bands_factor(reader->bands, band);
    size_t n_valid = 0;
    bool filled = false;
    for (size_t i = 0; i < size * size; i++) {
        float value = reader->square[i];
        if (isnan(value)) {
            value = 0.0f;
            bool padding = reader->rule->pad && outside(reference, visit->x0 + (long)(i % size),
                                                        visit->y0 + (long)(i / size));
            filled = filled || !padding;
        } else {
            n_valid++;
        }
        cutout[i * n_bands] = value * factor;
    }
    if (n_valid == 0 || (reader->rule->middle && !has_middle(reader->square, size)))
        reader->n_empty[visit->index]++;
    else if (filled)
        reader->flags[visit->index] |= SOURCE_FLAG_MISSING_FILLED;
}

// The pixels of boxes[i] as they lie in the band's file, NaN where it has no data.
static Status read_box(Reader *reader, size_t band, size_t i, float *pixels, Error *error)
{
    const Box *boxes = &reader->boxes[i];
    size_t n_left = reader->n_visits - i, block = reader->rule->zero_block;
    WeightMap *weights = bands_weights(reader->bands, band);
    Status status = row_window_read(bands_rows(reader->bands, band), boxes, n_left, pixels, error);
    if (status == STATUS_OK && block > 0 && weights != NULL)
        status = weight_map_apply(weights, boxes, n_left, pixels, error);
    if (status == STATUS_OK)
        status = zero_areas_mark(reader->zeros, block, boxes->width, boxes->height, pixels, error);
    return status;
}

static Status read_square(Reader *reader, size_t band, size_t i, Error *error)
{
    const Visit *visit = &reader->visits[i];
    size_t size = reader->rule->size;
    if (visit->band_xy != NULL || !bands_resampled(reader->bands, band))
        return read_box(reader, band, i, reader->square, error);
    if (!visit->mapped) {
        for (size_t k = 0; k < size * size; k++)
            reader->square[k] = NAN;
        return STATUS_OK;
    }
    size_t n = visit->box.width * visit->box.height; // bounded by pixel_map_make
    if (n > reader->n_scratch) {
        float *grown = memory_resize(reader->scratch, n, sizeof *grown);
        if (grown == NULL)
            return error_memory(error, "pixels to resample");
        reader->scratch = grown;
        reader->n_scratch = n;
    }
    Status status = read_box(reader, band, i, reader->scratch, error);
    if (status == STATUS_OK)
        resample_square(&reader->maps[visit->index], &visit->box, reader->scratch,
                        !calibration_is_per_area(bands_image(reader->bands, band)), reader->square);
    return status;
}

static Status read_band(Reader *reader, size_t band, Error *error)
{
    Status status = find_boxes(reader, band, error);
    if (status != STATUS_OK)
        return status;
    qsort(reader->visits, reader->n_visits, sizeof *reader->visits, compare_boxes);
    for (size_t i = 0; i < reader->n_visits; i++)
        reader->boxes[i] = reader->visits[i].box;
    for (size_t i = 0; i < reader->n_visits; i++) {
        status = read_square(reader, band, i, error);
        if (status != STATUS_OK)
            return status;
        store(reader, &reader->visits[i], band);
    }
    return STATUS_OK;
}

static bool any_resampled(const Bands *bands)
{
    for (size_t i = 0; i < bands_count(bands); i++)
        if (bands_resampled(bands, i))
            return true;
    return false;
}

// What the flags say together, once all bands are read; a source without data is left all 0.
static void settle(Reader *reader, size_t n)
{
    size_t size = reader->rule->size * reader->rule->size * bands_count(reader->bands);
    for (size_t i = 0; i < n; i++) {
        unsigned *flags = &reader->flags[i];
        if (reader->n_empty[i] > 0)
            *flags |= reader->n_empty[i] == bands_count(reader->bands) ? SOURCE_FLAG_NO_DATA
                                                                       : SOURCE_FLAG_BAND_MISSING;
        if (*flags & SOURCE_FLAG_NOT_CLASSIFIED) {
            *flags &= SOURCE_FLAG_NOT_CLASSIFIED;
            memset(reader->cutouts + i * size, 0, size * sizeof *reader->cutouts);
        } else {
            *flags |= reader->maps != NULL && !reader->own[i] ? SOURCE_FLAG_RESAMPLED : 0u;
            *flags |= bands_other_scale(reader->bands) ? SOURCE_FLAG_OTHER_SCALE : 0u;
        }
    }
}

static Status read_group(Reader *reader, const Source *sources, const size_t *order, size_t n,
                         Error *error)
{
    reader->n_visits = 0;
    for (size_t i = 0; i < n; i++) {
        Visit *visit = &reader->visits[reader->n_visits];
        visit->index = i;
        visit->band_xy = sources[order[i]].band_xy;
        reader->own[i] = visit->band_xy != NULL;
        reader->n_empty[i] = 0;
        Status status = place(reader->bands, reader->rule, &sources[order[i]], &visit->x0,
                              &visit->y0, &reader->flags[i], error);
        if (status != STATUS_OK)
            return status;
        reader->n_visits += (reader->flags[i] & SOURCE_FLAG_NOT_CLASSIFIED) == 0;
    }
    for (size_t band = 0; band < bands_count(reader->bands); band++) {
        Status status = read_band(reader, band, error);
        if (status != STATUS_OK)
            return status;
    }
    settle(reader, n);
    return STATUS_OK;
}

Status cutout_read(Bands *bands, const CutoutRule *rule, const Source *sources, const size_t *order,
                   size_t n, float *cutouts, unsigned *flags, Error *error)
{
    if (rule->size == 0)
        return error_set(error, STATUS_USAGE, "a cutout needs at least one pixel a side");
    Status status = STATUS_OK;
    size_t n_square, n_cutout;
    Reader *reader = memory_new(1, sizeof *reader);
    if (!memory_multiply(rule->size, rule->size, &n_square) ||
        !memory_multiply(n_square, bands_count(bands), &n_cutout) || reader == NULL ||
        (reader->square = memory_new(n_square, sizeof *reader->square)) == NULL ||
        (any_resampled(bands) &&
         (reader->maps = memory_new(GROUP, sizeof *reader->maps)) == NULL)) {
        status = error_memory(error, "cutouts");
        goto done;
    }
    status = zero_areas_new(&reader->zeros, error);
    reader->bands = bands;
    reader->rule = rule;
    for (size_t i = 0; status == STATUS_OK && i < n; i += GROUP) {
        reader->cutouts = cutouts + i * n_cutout;
        reader->flags = flags + i;
        status = read_group(reader, sources, order + i, n - i < GROUP ? n - i : GROUP, error);
    }
done:
    if (reader != NULL) {
        zero_areas_free(reader->zeros);
        free(reader->maps);
        free(reader->square);
        free(reader->scratch);
        free(reader);
    }
    return status;
}
