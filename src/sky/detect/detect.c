#include "sky/detect/detect.h"

#include <math.h>
#include <pthread.h>
#include <sep.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "sky/detect/photometry.h"
#include "sky/image/band.h"
#include "sky/image/calibration.h"
#include "sky/image/sky_wcs.h"
#include "sky/table/table.h"

enum {
    STRIP_ROWS = 1024, // whose sources a strip gives
    OVERLAP = 128,     // rows read on either side: meshes to interpolate from, whole objects
};

DetectSettings detect_settings_default(void)
{
    return (DetectSettings){
        // Narrower than spiral arms, ten times wider than a cluster.
        .mesh = 32,
        .mesh_filter = 3,
        // SExtractor's defaults are 1.5, 5, 32 and 0.005, for uncrowded fields. On two mock
        // galaxies
        // this threshold and contrast found 0.90 and 0.88 of the catalogued sources, 3.0 and 0.005
        // only 0.84 and 0.85, with twice the detections. 3.0 with this contrast finds 0.905 instead
        // of 0.895, again with twice the detections (tests/parity/compare_detect.py).
        .threshold = 5.0,
        .min_area = 5,
        .deblend_levels = 32,
        .deblend_contrast = 0.0005,
        // The cut of the LEGUS catalogues: what is wider than a star (their V band).
        .ci_min = 1.4,
        .ci_max = INFINITY,
        // Half of the HST's PSF at 0.04"/pixel; wider than the nearest catalogued clusters, whose
        // wings count.
        .fwhm_min = 1.5,
        .fwhm_max = 20.0,
        // Nearer than this StarcNet cannot classify (see CutoutRule).
        .edge = 17.0,
        .saturation = NAN,
        .zero_point = NAN,
        // LEGUS's apertures are 4 to 6 pixels by galaxy.
        .aperture = 4.0,
    };
}

// Variance along each axis of the 3 x 3 kernel below, which smooths what second moments are of.
static const double kernel_variance = 0.5;

// SExtractor's default filter.
static const float kernel[9] = {1, 2, 1, 2, 4, 2, 1, 2, 1};

typedef struct Strip {
    long core_y0, core_y1; // 0-based rows whose sources it gives
    size_t n, n_allocated;
    Detection *items;
    DetectCuts cuts;
    Status status;
    Error error;
} Strip;

typedef struct Detector {
    Image *image;
    DetectSettings settings;
    const DetectOptions *options;
    double zero_point, rate; // magnitude of 1 unit/s, and what makes that of a pixel's unit
    char system[DETECT_SYSTEM_SIZE];
    Box part;
    pthread_mutex_t reading;   // an Image is read by one thread at a time
    pthread_mutex_t reporting; // guards the two that follow
    size_t n_done;
    bool cancelled;
    size_t n_strips;
    Strip *strips;
} Detector;

// Pixels of a strip, as SEP takes them.
typedef struct Field {
    size_t width, height;
    long x0, y0;   // 0-based first pixel
    float *pixels; // [height][width], the background subtracted once it is known
    float *rms;    // [height][width], of the background
    unsigned char *no_data;
    sep_bkg *background;
} Field;

static void field_free(Field *field)
{
    free(field->pixels);
    free(field->rms);
    free(field->no_data);
    sep_bkg_free(field->background);
}

static Status field_new(const Detector *detector, const Strip *strip, Field *field, Error *error)
{
    const Box *part = &detector->part;
    long end = part->y0 + (long)part->height;
    long y0 = strip->core_y0 - OVERLAP > part->y0 ? strip->core_y0 - OVERLAP : part->y0;
    long y1 = strip->core_y1 + OVERLAP < end ? strip->core_y1 + OVERLAP : end;
    size_t n;
    *field = (Field){.width = part->width, .height = (size_t)(y1 - y0), .x0 = part->x0, .y0 = y0};
    if (memory_multiply(field->width, field->height, &n)) {
        field->pixels = memory_new_aligned(n, sizeof *field->pixels);
        field->rms = memory_new_aligned(n, sizeof *field->rms);
        field->no_data = memory_new(n, 1);
    }
    if (field->pixels == NULL || field->rms == NULL || field->no_data == NULL)
        return error_memory(error, "a strip of the image");
    return STATUS_OK;
}

// Marks NaN, and zeros that have zeros on both sides; NaN becomes 0. The cutouts' rule
// (cutout/zero_areas.h) also asks whether the rest lies scattered as photons do, over the whole of
// a small piece; a strip holds a bright galaxy and its sparse outskirts at a time, so that either
// answer would be wrong for half of it. A line of zeros between data costs nothing here: it is left
// out of the background, no more.
static void mark_no_data(Field *field)
{
    for (size_t row = 0; row < field->height; row++) {
        float *line = field->pixels + row * field->width;
        unsigned char *mark = field->no_data + row * field->width;
        for (size_t x = 0; x < field->width; x++) {
            bool left = x == 0 || line[x - 1] == 0.0f;
            bool right = x + 1 == field->width || line[x + 1] == 0.0f;
            mark[x] = isnan(line[x]) || (line[x] == 0.0f && left && right);
        }
        for (size_t x = 0; x < field->width; x++)
            if (isnan(line[x]))
                line[x] = 0.0f;
    }
}

static Status sep_error(const Image *image, int code, Error *error)
{
    enum { SEP_MEMORY = 1 }; // MEMORY_ALLOC_ERROR, which only SEP's own sources see
    if (code == SEP_MEMORY)
        return error_memory(error, "the search for sources");
    char message[61], detail[513];
    sep_get_errmsg(code, message);
    sep_get_errdetail(detail);
    return error_set(error, STATUS_BAD_INPUT,
                     "sources in %s could not be found: %s%s%s; raise the threshold or make the "
                     "background mesh smaller",
                     image_path(image), message, detail[0] != '\0' ? ": " : "", detail);
}

static sep_image field_image(const Field *field)
{
    return (sep_image){
        .data = field->pixels,
        .noise = field->rms,
        .mask = field->no_data,
        .dtype = SEP_TFLOAT,
        .ndtype = SEP_TFLOAT,
        .mdtype = SEP_TBYTE,
        .w = (int)field->width,
        .h = (int)field->height,
        .noise_type = SEP_NOISE_STDDEV,
        .maskthresh = 0.0,
    };
}

// Finds the background and its rms, and subtracts it where there is data.
static Status subtract_background(const Detector *detector, Field *field, Error *error)
{
    const DetectSettings *settings = &detector->settings;
    sep_image image = field_image(field);
    image.noise = NULL;
    image.noise_type = SEP_NOISE_NONE;
    int mesh = (int)settings->mesh, filter = (int)settings->mesh_filter;
    int code = sep_background(&image, mesh, mesh, filter, filter, 0.0, &field->background);
    if (code == 0)
        code = sep_bkg_rmsarray(field->background, field->rms, SEP_TFLOAT);
    if (code == 0)
        code = sep_bkg_subarray(field->background, field->pixels, SEP_TFLOAT);
    if (code != 0)
        return sep_error(detector->image, code, error);
    for (size_t i = 0; i < field->width * field->height; i++)
        if (field->no_data[i])
            field->pixels[i] = 0.0f;
    return STATUS_OK;
}

// Second moments of the pixels above an isophote are those of the whole Gaussian times
// 1 - u t / (1 - t), where t is the isophote in units of the peak and u = ln(1/t): the integral of
// r^2 exp(-r^2 / 2 s^2) up to the radius where the Gaussian falls to t.
static double gaussian_fwhm(const sep_catalog *catalog, int i)
{
    double t = (double)catalog->thresh[i] / catalog->cpeak[i];
    double shrink = t > 0.0 && t < 1.0 ? 1.0 - t * log(1.0 / t) / (1.0 - t) : 1.0;
    double variance = 0.5 * (catalog->x2[i] + catalog->y2[i]) / shrink - kernel_variance;
    return 2.0 * sqrt(2.0 * log(2.0)) * sqrt(fmax(variance, 0.0));
}

// Whether the source at the 0-based (x, y) of the field is too near the image's edge, or to a part
// without data as wide as three of eight points around it.
static bool near_edge(const Detector *detector, const Field *field, double x, double y)
{
    static const double around[8][2] = {{1, 0},  {0.7, 0.7},   {0, 1},  {-0.7, 0.7},
                                        {-1, 0}, {-0.7, -0.7}, {0, -1}, {0.7, -0.7}};
    double edge = detector->settings.edge;
    double image_x = x + (double)field->x0, image_y = y + (double)field->y0;
    double right = (double)image_width(detector->image) - 1.0;
    double top = (double)image_height(detector->image) - 1.0;
    if (image_x < edge || image_y < edge || image_x > right - edge || image_y > top - edge)
        return true;
    int n = 0;
    for (int i = 0; i < 8; i++) {
        long column = lround(x + edge * around[i][0]), row = lround(y + edge * around[i][1]);
        if (column >= 0 && row >= 0 && column < (long)field->width && row < (long)field->height)
            n += field->no_data[(size_t)row * field->width + (size_t)column];
    }
    return n >= 3;
}

static Status keep(Strip *strip, const Detection *detection, Error *error)
{
    if (strip->n == strip->n_allocated) {
        size_t n = strip->n_allocated > 0 ? 2 * strip->n_allocated : 256;
        Detection *grown = memory_resize(strip->items, n, sizeof *grown);
        if (grown == NULL)
            return error_memory(error, "sources");
        strip->items = grown;
        strip->n_allocated = n;
    }
    strip->items[strip->n++] = *detection;
    return STATUS_OK;
}

static Detection measure(const Detector *detector, const Field *field, const sep_catalog *catalog,
                         int i, double x, double y)
{
    double level, scatter;
    double radius = detector->settings.aperture;
    photometry_background(field->pixels, field->width, field->height, x, y, &level, &scatter);
    double flux = photometry_aperture(field->pixels, field->width, field->height, x, y, radius) -
                  level * M_PI * radius * radius;
    return (Detection){
        .x = x + (double)field->x0 + 1.0,
        .y = y + (double)field->y0 + 1.0,
        .flux = flux,
        .magnitude = flux > 0.0 ? detector->zero_point - 2.5 * log10(flux * detector->rate) : NAN,
        .ci = photometry_ci(field->pixels, field->width, field->height, x, y),
        .fwhm = gaussian_fwhm(catalog, i),
        .ellipticity =
            catalog->a[i] > 0.0f ? 1.0 - (double)catalog->b[i] / (double)catalog->a[i] : NAN,
        .peak = (double)catalog->peak[i],
        .area = (size_t)catalog->npix[i],
    };
}

static bool is_saturated(const Detector *detector, const Field *field, const sep_catalog *catalog,
                         int i)
{
    double background =
        (double)sep_bkg_pix(field->background, catalog->xpeak[i], catalog->ypeak[i]);
    return (double)catalog->peak[i] + background >= detector->settings.saturation;
}

// Measures object i and keeps it unless a cut takes it. Rows half a pixel beyond the strip's own
// are kept too: the neighbour may place the same source a little differently (see join).
static Status consider(const Detector *detector, const Field *field, Strip *strip,
                       const sep_catalog *catalog, int i, Error *error)
{
    const DetectSettings *settings = &detector->settings;
    double x = catalog->x[i], y = catalog->y[i];
    photometry_centre(field->pixels, field->width, field->height, &x, &y);
    double row = y + (double)field->y0;
    if (row < (double)strip->core_y0 - 1.0 || row > (double)strip->core_y1)
        return STATUS_OK;
    if (near_edge(detector, field, x, y)) {
        strip->cuts.n_edge++;
        return STATUS_OK;
    }
    if (is_saturated(detector, field, catalog, i)) {
        strip->cuts.n_saturated++;
        return STATUS_OK;
    }
    Detection found = measure(detector, field, catalog, i, x, y);
    if (!(found.fwhm >= settings->fwhm_min && found.fwhm <= settings->fwhm_max)) {
        strip->cuts.n_fwhm++;
        return STATUS_OK;
    }
    bool any_ci = isinf(settings->ci_min) && isinf(settings->ci_max);
    if (!any_ci && !(found.ci >= settings->ci_min && found.ci <= settings->ci_max)) {
        strip->cuts.n_ci++;
        return STATUS_OK;
    }
    return keep(strip, &found, error);
}

// Zeros where the next function called has its variables. Where memory runs out early, sep_extract
// (1.2.1) frees buffers that it has not set up yet: whatever the stack holds, and a null pointer
// here. Only that function's own variables matter, some 700 bytes.
static __attribute__((noinline)) void clear_stack(void)
{
    char bytes[4096];
    memset(bytes, 0, sizeof bytes);
    __asm__ volatile("" : : "r"(bytes) : "memory"); // or the compiler leaves it out
}

static Status extract(const Detector *detector, const Field *field, Strip *strip, Error *error)
{
    const DetectSettings *settings = &detector->settings;
    sep_image image = field_image(field);
    sep_catalog *catalog = NULL;
    clear_stack();
    int code =
        sep_extract(&image, (float)settings->threshold, SEP_THRESH_REL, (int)settings->min_area,
                    kernel, 3, 3, SEP_FILTER_CONV, (int)settings->deblend_levels,
                    settings->deblend_contrast, 1, 1.0, &catalog);
    if (code != 0)
        return sep_error(detector->image, code, error);
    Status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < catalog->nobj; i++)
        status = consider(detector, field, strip, catalog, i, error);
    sep_catalog_free(catalog);
    return status;
}

static bool is_cancelled(Detector *detector)
{
    pthread_mutex_lock(&detector->reporting);
    bool cancelled = detector->cancelled;
    pthread_mutex_unlock(&detector->reporting);
    return cancelled;
}

static void report(Detector *detector, size_t strip)
{
    pthread_mutex_lock(&detector->reporting);
    detector->n_done++;
    if (!detector->cancelled)
        detector->cancelled =
            progress_tell(detector->options->progress, &(ProgressNews){.done = detector->n_done,
                                                                       .total = detector->n_strips,
                                                                       .items = &strip,
                                                                       .n_items = 1});
    pthread_mutex_unlock(&detector->reporting);
}

static void search_strip(void *context, size_t item, size_t thread)
{
    (void)thread;
    Detector *detector = context;
    Strip *strip = &detector->strips[item];
    Field field;
    if (is_cancelled(detector))
        return;
    Error *error = &strip->error;
    strip->status = field_new(detector, strip, &field, error);
    if (strip->status == STATUS_OK) {
        pthread_mutex_lock(&detector->reading);
        strip->status = image_read(detector->image, field.x0, field.y0, field.width, field.height,
                                   field.pixels, error);
        pthread_mutex_unlock(&detector->reading);
    }
    if (strip->status == STATUS_OK) {
        mark_no_data(&field);
        strip->status = subtract_background(detector, &field, error);
    }
    if (strip->status == STATUS_OK)
        strip->status = extract(detector, &field, strip, error);
    field_free(&field);
    report(detector, item);
}

// SEP's limits on one call: pixels of unfinished objects (72 MB, touched only where used) and
// sources in one blend. The defaults, 300,000 and 1,024, are too few for a strip of a galaxy.
static void raise_limits(void)
{
    sep_set_extract_pixstack(2000000);
    sep_set_sub_object_limit(4096);
}

static double header_number(const Image *image, const char *keyword)
{
    double value;
    return image_header_number(image, keyword, &value) ? value : NAN;
}

// What the magnitudes are on: the caller's zero point, else the header's, else none.
static void choose_zero_point(Detector *detector)
{
    ZeroPoint header;
    const double given = detector->settings.zero_point;
    calibration_zero_point(detector->image, &header);
    bool known = !isnan(header.magnitude);
    detector->zero_point = !isnan(given) ? given : known ? header.magnitude : 0.0;
    detector->rate = header.factor;
    const char *system = header.system[0] != '\0' ? header.system : "unknown";
    snprintf(detector->system, sizeof detector->system, "%s",
             !isnan(given) ? "unknown"
             : known       ? system
                           : "instrumental");
}

static Status check_settings(const DetectSettings *settings, Error *error)
{
    if (settings->mesh < 4 || settings->mesh > 4096 || settings->mesh_filter < 1 ||
        settings->mesh_filter > 63 || settings->mesh_filter % 2 == 0)
        return error_set(error, STATUS_USAGE,
                         "the background mesh must be 4 to 4096 pixels, its filter an odd number "
                         "of meshes up to 63");
    if (!(settings->threshold > 0.0) || settings->min_area < 1 || settings->min_area > 1000000)
        return error_set(error, STATUS_USAGE,
                         "the threshold must be positive, the smallest area 1 to 1000000 pixels");
    if (settings->deblend_levels < 1 || settings->deblend_levels > 1024 ||
        !(settings->deblend_contrast >= 0.0 && settings->deblend_contrast <= 1.0))
        return error_set(error, STATUS_USAGE,
                         "deblending takes 1 to 1024 levels and a contrast from 0 to 1");
    if (!(settings->edge >= 0.0) || !(settings->aperture > 0.0 && settings->aperture <= 50.0))
        return error_set(error, STATUS_USAGE,
                         "the edge must not be negative, the aperture above 0 and up to 50 pixels");
    return STATUS_OK;
}

// The part of the image to search: what was asked for, as far as it lies inside. False where
// nothing of it does.
static bool choose_part(const Image *image, const Box *asked, Box *part)
{
    long width = (long)image_width(image), height = (long)image_height(image);
    *part = (Box){0, 0, (size_t)width, (size_t)height};
    if (asked->height == 0)
        return true;
    long x0 = asked->x0 > 0 ? asked->x0 : 0, y0 = asked->y0 > 0 ? asked->y0 : 0;
    long x1 = asked->x0 + (long)asked->width < width ? asked->x0 + (long)asked->width : width;
    long y1 = asked->y0 + (long)asked->height < height ? asked->y0 + (long)asked->height : height;
    if (x0 >= x1 || y0 >= y1)
        return false;
    *part = (Box){x0, y0, (size_t)(x1 - x0), (size_t)(y1 - y0)};
    return true;
}

static size_t strip_count(const Box *part)
{
    return (part->height + STRIP_ROWS - 1) / STRIP_ROWS;
}

size_t detect_strip_count(const Image *image, const DetectSettings *settings)
{
    Box part;
    return choose_part(image, &settings->part, &part) ? strip_count(&part) : 0;
}

static Status make_strips(Detector *detector, Error *error)
{
    const Box *part = &detector->part;
    if (!choose_part(detector->image, &detector->settings.part, &detector->part))
        return error_set(error, STATUS_BAD_INPUT,
                         "the part to search lies outside %s (%zu x %zu pixels)",
                         image_path(detector->image), image_width(detector->image),
                         image_height(detector->image));
    detector->n_strips = strip_count(part);
    detector->strips = memory_new(detector->n_strips, sizeof *detector->strips);
    if (detector->strips == NULL)
        return error_memory(error, "strips of the image");
    for (size_t i = 0; i < detector->n_strips; i++) {
        long end = part->y0 + (long)part->height, y0 = part->y0 + (long)(i * STRIP_ROWS);
        detector->strips[i].core_y0 = y0;
        detector->strips[i].core_y1 = y0 + STRIP_ROWS < end ? y0 + STRIP_ROWS : end;
    }
    return STATUS_OK;
}

// True when a source of the strip below, near the line between the two, is the same.
static bool is_known(const Strip *below, const Detection *detection)
{
    for (size_t i = 0; i < below->n; i++)
        if (hypot(below->items[i].x - detection->x, below->items[i].y - detection->y) < 1.0)
            return true;
    return false;
}

static int compare_detections(const void *a, const void *b)
{
    const Detection *p = a, *q = b;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return (p->x > q->x) - (p->x < q->x);
}

static Status join(const Detector *detector, DetectionList *list, Error *error)
{
    size_t n = 0;
    for (size_t i = 0; i < detector->n_strips; i++)
        n += detector->strips[i].n;
    list->items = memory_new(n, sizeof *list->items);
    if (list->items == NULL)
        return error_memory(error, "sources");
    for (size_t i = 0; i < detector->n_strips; i++) {
        const Strip *strip = &detector->strips[i];
        for (size_t k = 0; k < strip->n; k++) {
            // Rows 1-based, core_y0 0-based: within a pixel of the line.
            bool on_line = strip->items[k].y < (double)strip->core_y0 + 2.0;
            if (i == 0 || !on_line || !is_known(&detector->strips[i - 1], &strip->items[k]))
                list->items[list->n++] = strip->items[k];
        }
        list->cuts.n_ci += strip->cuts.n_ci;
        list->cuts.n_fwhm += strip->cuts.n_fwhm;
        list->cuts.n_edge += strip->cuts.n_edge;
        list->cuts.n_saturated += strip->cuts.n_saturated;
    }
    qsort(list->items, list->n, sizeof *list->items, compare_detections);
    list->zero_point = detector->zero_point;
    memcpy(list->system, detector->system, sizeof list->system);
    return STATUS_OK;
}

static Status search(Detector *detector, Error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, raise_limits);
    size_t n_threads = detector->options->n_threads;
    if (n_threads == 0)
        n_threads = parallel_core_count();
    if (n_threads > detector->n_strips)
        n_threads = detector->n_strips;
    Parallel *parallel;
    Status status = parallel_new(n_threads, &parallel, error);
    if (status != STATUS_OK)
        return status;
    parallel_run(parallel, detector->n_strips, search_strip, detector);
    parallel_free(parallel);
    if (detector->cancelled)
        return error_set(error, STATUS_CANCELLED, "the search for sources was cancelled");
    for (size_t i = 0; i < detector->n_strips; i++)
        if (detector->strips[i].status != STATUS_OK) {
            if (error != NULL)
                *error = detector->strips[i].error;
            return detector->strips[i].status;
        }
    return STATUS_OK;
}

Status detect_sources(Image *image, const DetectSettings *settings, const DetectOptions *options,
                      DetectionList **result, Error *error)
{
    *result = NULL;
    Status status = check_settings(settings, error);
    if (status != STATUS_OK)
        return status;
    Detector detector = {.image = image, .settings = *settings, .options = options};
    choose_zero_point(&detector);
    if (isnan(settings->saturation))
        detector.settings.saturation = header_number(image, "SATURATE");
    pthread_mutex_init(&detector.reading, NULL);
    pthread_mutex_init(&detector.reporting, NULL);
    DetectionList *list = memory_new(1, sizeof *list);
    status = list != NULL ? make_strips(&detector, error) : error_memory(error, "sources");
    if (status == STATUS_OK)
        status = search(&detector, error);
    if (status == STATUS_OK)
        status = join(&detector, list, error);
    for (size_t i = 0; detector.strips != NULL && i < detector.n_strips; i++)
        free(detector.strips[i].items);
    free(detector.strips);
    pthread_mutex_destroy(&detector.reading);
    pthread_mutex_destroy(&detector.reporting);
    if (status == STATUS_OK)
        *result = list;
    else
        detection_list_free(list);
    return status;
}

void detection_list_free(DetectionList *list)
{
    if (list == NULL)
        return;
    free(list->items);
    free(list);
}

static Status no_source(const DetectionList *list, const Image *image, Error *error)
{
    const DetectCuts *cuts = &list->cuts;
    return error_set(error, STATUS_BAD_INPUT,
                     "no source was found in %s (objects above the threshold: %zu too concentrated "
                     "or not enough, %zu of the wrong width, %zu at an edge, %zu saturated); lower "
                     "the threshold or widen the cuts",
                     image_path(image), cuts->n_ci, cuts->n_fwhm, cuts->n_edge, cuts->n_saturated);
}

// The table of all that was measured besides the positions, as text.
static char *table_text_of(const DetectionList *list, size_t *size)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, size);
    if (stream == NULL)
        return NULL;
    fputs("flux,mag,ci,fwhm,ellipticity,peak,area,magsys\n", stream);
    for (size_t i = 0; i < list->n; i++) {
        const Detection *d = &list->items[i];
        fprintf(stream, "%.7g,%.4f,%.4f,%.3f,%.3f,%.7g,%zu,%s\n", d->flux, d->magnitude, d->ci,
                d->fwhm, d->ellipticity, d->peak, d->area, list->system);
    }
    if (fclose(stream) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

// Whose pixels x, y are: the filter, or the file where it is not known.
static Status name_image(const Image *image, SourceList *sources, Error *error)
{
    char band[BAND_NAME_SIZE];
    band_of_image(image, band, sizeof band);
    const char *path = image_path(image), *slash = strrchr(path, '/');
    const char *file = slash != NULL ? slash + 1 : path;
    sources->pixels_of = memory_copy_text(band[0] != '\0' ? band : file);
    return sources->pixels_of != NULL ? STATUS_OK : error_memory(error, "a table of sources");
}

Status detection_sources(const DetectionList *list, const Image *image, SourceList **result,
                         Error *error)
{
    *result = NULL;
    if (list->n == 0)
        return no_source(list, image, error);
    double *x = memory_new(list->n, sizeof *x);
    double *y = memory_new(list->n, sizeof *y);
    SourceList *sources = NULL;
    Status status = x != NULL && y != NULL ? STATUS_OK : error_memory(error, "sources");
    for (size_t i = 0; status == STATUS_OK && i < list->n; i++) {
        // To what a catalogue prints: a thousandth of a pixel.
        x[i] = round(1000.0 * list->items[i].x) / 1000.0;
        y[i] = round(1000.0 * list->items[i].y) / 1000.0;
    }
    if (status == STATUS_OK)
        status = source_list_from_positions(x, y, NULL, list->n, &sources, error);
    free(x);
    free(y);
    if (status != STATUS_OK)
        return status;
    const SkyWcs *wcs = image_wcs(image);
    for (size_t i = 0; wcs != NULL && i < sources->n && status == STATUS_OK; i++) {
        Source *source = &sources->sources[i];
        status = sky_wcs_to_sky(wcs, source->x, source->y, &source->ra, &source->dec,
                                &source->has_sky, error);
    }
    if (status != STATUS_OK) {
        source_list_free(sources);
        return status;
    }
    size_t size = 0;
    char *text = table_text_of(list, &size);
    for (size_t role = 0; role < SOURCE_ROLES; role++)
        sources->roles.column[role] = NO_COLUMN;
    status = text != NULL ? table_parse("detected sources", text, size, &sources->table, error)
                          : error_memory(error, "a table of sources");
    if (status == STATUS_OK)
        status = name_image(image, sources, error);
    if (status != STATUS_OK) {
        source_list_free(sources);
        return status;
    }
    *result = sources;
    return STATUS_OK;
}
