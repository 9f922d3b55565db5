// From images to a catalogue, as LEGUS makes it.
#include "mock/mock_select.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mock/mock_field_internal.h"
#include "sky/detect/photometry.h"

// LEGUS measures within 4 pixels and corrects by the mean curve of growth of clusters.
static const double aperture_radius = 4.0;

static double aperture_share(const MockField *field, int band)
{
    enum { SIDE = 41 };
    float pixels[SIDE * SIDE] = {0.0f};
    MockCanvas canvas = {pixels, 0, 0, SIDE, SIDE};
    double pixel_parsecs = 1e3 * field->galaxy.kpc_per_pixel;
    MockLight cluster = {.shape = MOCK_EFF,
                         .x = SIDE / 2,
                         .y = SIDE / 2,
                         .radius = 3.0 / pixel_parsecs,
                         .slope = 2.7,
                         .axis_ratio = 1.0};
    cluster.flux[band] = 1.0;
    mock_light_render(&cluster, &field->round_psf, band, 1e-7, &canvas);
    double level;
    double scatter;
    photometry_background(pixels, SIDE, SIDE, cluster.x, cluster.y, &level, &scatter);
    return photometry_aperture(pixels, SIDE, SIDE, cluster.x, cluster.y, aperture_radius) -
           3.14159 * aperture_radius * aperture_radius * level;
}

static const double not_detected = 99.999;

static void measure_band(const MockField *field, int band, double share, double x, double y,
                         MockSource *source)
{
    const MockSettings *settings = &field->settings;
    const float *image = field->images[band];
    double level;
    double scatter;
    photometry_background(image, settings->width, settings->height, x, y, &level, &scatter);
    double area = 3.14159 * aperture_radius * aperture_radius;
    double flux =
        photometry_aperture(image, settings->width, settings->height, x, y, aperture_radius) -
        area * level;
    double exposure = settings->exposure[band];
    double readout = 3.0 * settings->read_noise * settings->read_noise / exposure;
    double variance =
        (fmax(0.0, flux) +
         area * (fmax(0.0, level) + settings->throughput[band] * mock_band(band)->sky + readout)) /
        exposure;
    if (flux <= sqrt(variance)) {
        source->magnitude[band] = not_detected;
        source->error[band] = not_detected;
        return;
    }
    source->magnitude[band] =
        mock_band_magnitude(band, flux / (share * settings->throughput[band]));
    // 0.04 mag is the scatter of the aperture correction.
    source->error[band] = hypot(1.0857 * sqrt(variance) / flux, 0.04);
}

// Detected in at least four bands with an error of 0.3 mag or less (Adamo et al. 2017, section 3).
static bool source_selected(const MockField *field, const MockSource *source)
{
    int seen = 0;
    for (int band = 0; band < MOCK_BANDS; band++)
        seen += source->error[band] <= 0.3;
    double v = source->magnitude[MOCK_V];
    return seen >= 4 && source->ci >= field->settings.ci_cut &&
           v <= mock_field_limit(field) + 0.3 && v <= field->settings.limit;
}

typedef struct MeasureWork {
    MockField *field;
    double share[MOCK_BANDS];
    MockSource *measured; // [n_objects]; label 0 where the selection leaves it out
} MeasureWork;

static void measure_work(void *context, size_t item, size_t thread)
{
    (void)thread;
    const MeasureWork *work = context;
    const MockField *field = work->field;
    const MockObject *object = &field->objects[item];
    const MockSettings *settings = &field->settings;
    MockSource *source = &work->measured[item];
    double x = object->x;
    double y = object->y;
    photometry_centre(field->images[MOCK_V], settings->width, settings->height, &x, &y);
    *source = (MockSource){.x = x + 1.0,
                           .y = y + 1.0,
                           .kind = object->kind,
                           .true_v = object->v,
                           .radius = object->radius};
    source->ci = photometry_ci(field->images[MOCK_V], settings->width, settings->height, x, y);
    for (int band = 0; band < MOCK_BANDS; band++)
        measure_band(field, band, work->share[band], x, y, source);
    if (field->catalog != NULL) {
        const MockCatalogRow *row = &field->catalog->rows[item];
        source->id = row->id;
        source->x = row->x;
        source->y = row->y;
    }
    if (field->catalog != NULL || object->bare || source_selected(field, source))
        source->label = object->label;
}

// Inverse tangent projection (Calabretta & Greisen 2002, section 5.1.3).
static void pixel_to_sky(const MockField *field, MockSource *source)
{
    static const double degree = 0.017453292519943295;
    double dx = source->x - field->wcs_reference[0];
    double dy = source->y - field->wcs_reference[1];
    double xi = degree * (field->wcs_matrix[0] * dx + field->wcs_matrix[1] * dy);
    double eta = degree * (field->wcs_matrix[2] * dx + field->wcs_matrix[3] * dy);
    double dec = degree * field->wcs_sky[1];
    double depth = cos(dec) - eta * sin(dec);
    double ra = field->wcs_sky[0] + atan2(xi, depth) / degree;
    source->ra = ra < 0.0 ? ra + 360.0 : fmod(ra, 360.0);
    source->dec = atan2(sin(dec) + eta * cos(dec), hypot(xi, depth)) / degree;
}

static int compare_sources(const void *a, const void *b)
{
    const MockSource *left = a;
    const MockSource *right = b;
    if (left->y != right->y)
        return left->y > right->y ? -1 : 1;
    return (left->x > right->x) - (left->x < right->x);
}

// Two detections nearer than this are one to SExtractor.
static const double separation = 3.0; // pixels

static bool source_hidden(const MeasureWork *work, size_t item)
{
    const MockSource *source = &work->measured[item];
    for (size_t i = 0; i < work->field->n_objects; i++) {
        const MockSource *other = &work->measured[i];
        if (i != item && other->magnitude[MOCK_V] < source->magnitude[MOCK_V] &&
            hypot(other->x - source->x, other->y - source->y) < separation)
            return true;
    }
    return false;
}

// What the selection keeps, as many of each class as are wanted, from the top of the image down.
static void sources_select(MockField *field, const MeasureWork *work)
{
    const MockSettings *settings = &field->settings;
    size_t counts[MOCK_CLASSES] = {0};
    for (size_t i = 0; i < field->n_objects; i++) {
        size_t label = work->measured[i].label;
        if (label == 0 || source_hidden(work, i))
            continue;
        double wanted = settings->class_mix[label - 1] * (double)settings->n_sources;
        if (!field->objects[i].bare && (double)counts[label - 1]++ >= wanted)
            continue;
        field->sources[field->n_sources++] = work->measured[i];
    }
    qsort(field->sources, field->n_sources, sizeof *field->sources, compare_sources);
    for (size_t i = 0; i < field->n_sources; i++)
        field->sources[i].id = i + 1;
}

Status mock_select_sources(MockField *field, Parallel *parallel, Error *error)
{
    MeasureWork work = {.field = field};
    for (int band = 0; band < MOCK_BANDS; band++)
        work.share[band] = aperture_share(field, band);
    work.measured = memory_new(field->n_objects, sizeof *work.measured);
    field->sources = memory_new(field->n_objects, sizeof *field->sources);
    if (work.measured == NULL || field->sources == NULL) {
        free(work.measured);
        return error_memory(error, "the catalogue of a mock field");
    }
    parallel_run(parallel, field->n_objects, measure_work, &work);
    if (field->catalog != NULL) {
        field->n_sources = field->n_objects;
        memcpy(field->sources, work.measured, field->n_sources * sizeof *field->sources);
    } else {
        sources_select(field, &work);
    }
    free(work.measured);
    for (size_t i = 0; i < field->n_sources; i++)
        pixel_to_sky(field, &field->sources[i]);
    return STATUS_OK;
}
