#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "sky/mock.h"
#include "sky/mock_catalog.h"
#include "sky/mock_galaxy.h"
#include "sky/mock_light.h"
#include "sky/mock_measure.h"
#include "sky/mock_noise.h"
#include "sky/mock_object.h"
#include "sky/mock_population.h"

// Streams of random numbers; the low 32 bits number items within.
enum { STREAM_FIELD = 1, STREAM_OBJECT, STREAM_STAR, STREAM_NOISE };
static Random stream_start(uint64_t seed, int stream, size_t item)
{
    return random_start(seed, ((uint64_t)stream << 40) | item);
}

typedef struct Complex {
    double x, y;
} Complex;

struct MockField {
    MockSettings settings;
    MockPsf psf;
    MockGalaxy galaxy;
    MockCatalog *catalog; // that is imitated, or NULL
    MockArmMap arm_map;   // of the catalogue
    double modulus;
    double spike_angle;
    double wcs_reference[2]; // 1-based pixels
    double wcs_sky[2];       // degrees
    double wcs_matrix[4];    // degrees a pixel
    Complex *complexes;
    size_t n_complexes;
    MockObject *objects;
    size_t n_objects;
    MockLight *lights; // all of them, by increasing y
    size_t n_lights;
    float *images[MOCK_BANDS];
    MockSource *sources;
    size_t n_sources;
};

static const char *const kind_names[MOCK_KINDS] = {
    "symmetric", "elongated", "lopsided", "offset halo", "association", "star",  "pair",
    "triple",    "asterism",  "galaxy",   "knot",        "cosmic ray",  "spike", "bright star",
};

const char *mock_kind_name(MockKind kind)
{
    return kind_names[kind];
}

// Star formation is clustered: members of a complex lie within about 100 pc of its middle
// (Grasha et al. 2017).
static void place_in_complex(const MockField *field, Random *random, double *x, double *y)
{
    const Complex *complex = &field->complexes[random_index(random, field->n_complexes)];
    double spread = 0.06 / field->galaxy.kpc_per_pixel;
    double factor = -log(1.0 - random_uniform(random));
    *x = complex->x + factor * spread * random_normal(random);
    *y = complex->y + factor * spread * random_normal(random);
}

static void place(const MockField *field, double in_complex, double young, Random *random,
                  double *x, double *y)
{
    if (random_uniform(random) < in_complex)
        place_in_complex(field, random, x, y);
    else
        mock_galaxy_draw(&field->galaxy, random, young, x, y);
}

static Status complexes_new(MockField *field, Error *error)
{
    field->n_complexes = 4 + field->settings.n_sources / 12;
    field->complexes = memory_new(field->n_complexes, sizeof *field->complexes);
    if (field->complexes == NULL)
        return error_memory(error, "a mock field");
    Random random = stream_start(field->settings.seed, STREAM_FIELD, 0);
    field->spike_angle = 1.5708 * random_uniform(&random);
    for (size_t i = 0; i < field->n_complexes; i++)
        mock_galaxy_draw(&field->galaxy, &random, 1.0, &field->complexes[i].x,
                         &field->complexes[i].y);
    return STATUS_OK;
}

// How classes differ: luminosity functions steepen from class 1 to class 3 (Perez et al. 2021,
// section 6.1; slopes of log N against magnitude, 0.4 is dN/dL ~ L^-2), and young classes crowd
// where stars form.
static const struct {
    double slope;
    double in_complex;
    double young;
} class_habits[MOCK_CLASSES] = {
    {0.34, 0.30, 0.5},
    {0.36, 0.50, 0.8},
    {0.40, 0.80, 1.0},
    {0.42, 0.60, 0.7},
};

// More are drawn than are wanted: noise and neighbours take some across the limits.
static const double overdraw = 1.35;

static double field_faint_limit(const MockField *field)
{
    return fmin(field->settings.limit, field->settings.absolute_limit + field->modulus);
}

// There is no strict ellipticity between classes 1 and 2 (Perez et al. 2021, appendix A).
static bool roundness_fits(size_t label, double roundness, Random *random)
{
    double border = 0.905 + 0.02 * random_normal(random);
    return (label != 1 || roundness > border) && (label != 2 || roundness < border);
}

static bool object_fits_class(const MockField *field, const MockObject *object, Random *random)
{
    MockLook look = mock_object_look(object, &field->psf);
    return roundness_fits(object->label, look.roundness, random);
}

// An object that an inspector with good data would put in its class, and that the selection by CI
// would let through.
static bool object_fits(const MockField *field, const MockObject *object, Random *random)
{
    if (object->kind == MOCK_BRIGHT_STAR || object->kind == MOCK_COSMIC_RAY)
        return true; // wide by saturation and by the hit, which are not in the look
    MockLook look = mock_object_look(object, &field->psf);
    if (!(look.ci >= field->settings.ci_cut - 0.03))
        return false;
    // What is wider than this is broken up into several sources by detection, or not detected: 19
    // in 20 associations and blends of NGC 1566 have a CI below 2, neighbours included.
    bool diffuse = object->kind == MOCK_GALAXY || object->kind == MOCK_KNOT;
    double widest = diffuse ? 2.0 : object->label == 3 ? 1.42 : 1.55;
    if (object->label >= 3 && look.ci > widest + 0.15 * random_normal(random))
        return false;
    return roundness_fits(object->label, look.roundness, random);
}

static void object_work(void *context, size_t item, size_t thread)
{
    (void)thread;
    MockField *field = context;
    const MockSettings *settings = &field->settings;
    MockObject *object = &field->objects[item];
    size_t label = object->label;
    Random random = stream_start(settings->seed, STREAM_OBJECT, item);
    double faint = field_faint_limit(field);
    double bright = fmax(17.0, fmin(faint - 2.0, field->modulus - 11.0));
    for (int attempt = 0; attempt < 200; attempt++) {
        double v = mock_magnitude_draw(&random, bright, faint, class_habits[label - 1].slope);
        mock_object_draw(settings, label, v, field->spike_angle, &random, object);
        if (object_fits(field, object, &random))
            break;
    }
    double x = 0.0;
    double y = 0.0;
    double margin = 24.0; // a cutout's half and the spread of the object
    for (int attempt = 0; attempt < 20; attempt++) {
        place(field, class_habits[label - 1].in_complex, class_habits[label - 1].young, &random, &x,
              &y);
        if (x >= margin && y >= margin && x < (double)settings->width - margin &&
            y < (double)settings->height - margin)
            break;
    }
    mock_object_move(object, x, y);
}

// Blends of stars get their CI from the brightest one's share of the light, everything else from
// its size: a blend made smaller would no longer be one.
static bool is_blend(MockKind kind)
{
    return kind == MOCK_ASSOCIATION || kind == MOCK_STAR || kind == MOCK_PAIR ||
           kind == MOCK_TRIPLE || kind == MOCK_ASTERISM;
}

// Makes the object as wide as its CI says; false where it does not come within 0.02 of it.
static bool object_fit_ci(const MockField *field, double ci, MockObject *object)
{
    const MockObject original = *object;
    double low = is_blend(object->kind) ? -4.0 : -3.0; // log of the factor
    double high = 2.0;
    for (int step = 0; step < 9; step++) {
        double middle = 0.5 * (low + high);
        *object = original;
        if (is_blend(object->kind))
            mock_object_dim(object, exp(middle));
        else
            mock_object_scale(object, exp(middle));
        MockLook look = mock_object_look(object, &field->psf);
        if (fabs(look.ci - ci) < 0.02)
            return true;
        if (look.ci < ci)
            low = middle;
        else
            high = middle;
    }
    return false;
}

// An object like a row of the catalogue: its class, colours and magnitudes, as wide as its CI says,
// its measured centre where the catalogue has it.
static void catalog_object_work(void *context, size_t item, size_t thread)
{
    (void)thread;
    MockField *field = context;
    const MockSettings *settings = &field->settings;
    const MockCatalogRow *row = &field->catalog->rows[item];
    MockObject *object = &field->objects[item];
    Random random = stream_start(settings->seed, STREAM_OBJECT, item);
    size_t label = row->label;
    double pick = random_uniform(&random);
    for (size_t i = 1; label == 0; i++) {
        pick -= settings->class_mix[i - 1];
        if (pick < 0.0 || i == MOCK_CLASSES)
            label = i;
    }
    double v = isfinite(row->magnitude[MOCK_V]) ? row->magnitude[MOCK_V] : settings->limit;
    double flux[MOCK_BANDS];
    for (int band = 0; band < MOCK_BANDS; band++)
        flux[band] =
            isfinite(row->magnitude[band]) ? mock_band_flux(band, row->magnitude[band]) : 0.0;
    flux[MOCK_V] = mock_band_flux(MOCK_V, v);
    for (int attempt = 0; attempt < 12; attempt++) {
        mock_object_draw(settings, label, v, field->spike_angle, &random, object);
        if (object->kind == MOCK_SPIKE || object->kind == MOCK_BRIGHT_STAR)
            continue; // their light is not the catalogued source's
        mock_object_set_flux(object, flux);
        object->v = v;
        if (object_fit_ci(field, row->ci, object) && object_fits_class(field, object, &random))
            break;
    }
    MockLook look = mock_object_look(object, &field->psf);
    mock_object_move(object, row->x - 1.0 - look.x, row->y - 1.0 - look.y);
}

static Status catalog_objects_new(MockField *field, Parallel *parallel, Error *error)
{
    field->n_objects = field->catalog->n;
    field->objects = memory_new(field->n_objects, sizeof *field->objects);
    if (field->objects == NULL)
        return error_memory(error, "the sources of a mock field");
    parallel_run(parallel, field->n_objects, catalog_object_work, field);
    return STATUS_OK;
}

static Status objects_new(MockField *field, Parallel *parallel, Error *error)
{
    if (field->catalog != NULL)
        return catalog_objects_new(field, parallel, error);
    const MockSettings *settings = &field->settings;
    size_t counts[MOCK_CLASSES];
    for (size_t i = 0; i < MOCK_CLASSES; i++) {
        counts[i] = (size_t)ceil(overdraw * settings->class_mix[i] * (double)settings->n_sources);
        field->n_objects += counts[i];
    }
    field->objects = memory_new(field->n_objects, sizeof *field->objects);
    if (field->objects == NULL)
        return error_memory(error, "the sources of a mock field");
    size_t item = 0;
    for (size_t i = 0; i < MOCK_CLASSES; i++)
        for (size_t k = 0; k < counts[i]; k++)
            field->objects[item++].label = i + 1;
    parallel_run(parallel, field->n_objects, object_work, field);
    return STATUS_OK;
}

// Field stars are drawn one by one down to this V; fainter ones are the galaxy's unresolved light.
static const double star_limit = 27.5;
// Slope of log N against magnitude for bright stars of a star-forming disc (Freedman 1985).
static const double star_slope = 0.55;

static size_t star_count(const MockSettings *settings)
{
    double brighter_than_26 =
        settings->star_density * 1e-3 * (double)settings->width * (double)settings->height;
    return (size_t)(brighter_than_26 * pow(10.0, star_slope * (star_limit - 26.0)));
}

enum { STAR_BLOCK = 1024 };

typedef struct StarWork {
    const MockField *field;
    MockLight *stars;
    size_t n;
} StarWork;

static void star_work(void *context, size_t block, size_t thread)
{
    (void)thread;
    const StarWork *work = context;
    const MockField *field = work->field;
    Random random = stream_start(field->settings.seed, STREAM_STAR, block);
    // The brightest stars of a galaxy have M_V near -9, few beyond -8 (Humphreys 1983).
    double bright = fmax(18.0, field->modulus - 8.5);
    size_t end = (block + 1) * STAR_BLOCK < work->n ? (block + 1) * STAR_BLOCK : work->n;
    for (size_t i = block * STAR_BLOCK; i < end; i++) {
        MockLight *star = &work->stars[i];
        *star = (MockLight){.shape = MOCK_POINT, .axis_ratio = 1.0};
        bool young = random_uniform(&random) < 0.6;
        place(field, young ? 0.35 : 0.0, young ? 1.0 : 0.1, &random, &star->x, &star->y);
        double v = mock_magnitude_draw(&random, bright, star_limit, star_slope);
        double log_temperature =
            young ? 3.95 + 0.67 * random_uniform(&random) : 3.53 + 0.2 * random_uniform(&random);
        // Red stars of a disc are fainter than blue ones.
        if (!young)
            v = fmin(star_limit, v + 1.0);
        MockColours colours = mock_star_colours(pow(10.0, log_temperature));
        mock_colours_redden(&colours, -0.12 * log(1.0 - 0.98 * random_uniform(&random)));
        mock_colours_flux(&colours, v, star->flux);
    }
}

static int compare_lights(const void *a, const void *b)
{
    const MockLight *left = a;
    const MockLight *right = b;
    if (left->y != right->y)
        return left->y < right->y ? -1 : 1;
    return (left->x > right->x) - (left->x < right->x);
}

static Status lights_new(MockField *field, Parallel *parallel, Error *error)
{
    size_t n_stars = star_count(&field->settings);
    field->n_lights = n_stars;
    for (size_t i = 0; i < field->n_objects; i++)
        field->n_lights += field->objects[i].n;
    field->lights = memory_new_aligned(field->n_lights, sizeof *field->lights);
    if (field->lights == NULL)
        return error_memory(error, "the stars of a mock field");
    StarWork work = {field, field->lights, n_stars};
    parallel_run(parallel, (n_stars + STAR_BLOCK - 1) / STAR_BLOCK, star_work, &work);
    MockLight *next = field->lights + n_stars;
    for (size_t i = 0; i < field->n_objects; i++) {
        memcpy(next, field->objects[i].lights, field->objects[i].n * sizeof *next);
        next += field->objects[i].n;
    }
    qsort(field->lights, field->n_lights, sizeof *field->lights, compare_lights);
    return STATUS_OK;
}

enum {
    STRIP_ROWS = 128,  // rows rendered in one go
    LIGHT_REACH = 200, // pixels beyond which no light is drawn
};

// Gaussians end where they fall below this, a sixtieth of the noise of a smooth pixel.
static const double faintest = 1e-4; // electrons/s

static size_t strip_count(const MockField *field)
{
    return (field->settings.height + STRIP_ROWS - 1) / STRIP_ROWS;
}

// The first light at or above row y.
static size_t first_light(const MockField *field, double y)
{
    size_t low = 0;
    size_t high = field->n_lights;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (field->lights[middle].y < y)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void strip_work(void *context, size_t item, size_t thread)
{
    (void)thread;
    MockField *field = context;
    const MockSettings *settings = &field->settings;
    int band = (int)(item % MOCK_BANDS);
    size_t row = item / MOCK_BANDS * STRIP_ROWS;
    size_t n_rows = settings->height - row < STRIP_ROWS ? settings->height - row : STRIP_ROWS;
    MockCanvas canvas = {field->images[band] + row * settings->width, 0, (long)row, settings->width,
                         n_rows};
    double bottom = (double)row - LIGHT_REACH;
    double top = (double)(row + n_rows) + LIGHT_REACH;
    for (size_t i = first_light(field, bottom); i < field->n_lights && field->lights[i].y < top;
         i++)
        mock_light_render(&field->lights[i], &field->psf, band, faintest, &canvas);
    for (size_t i = 0; i < field->n_objects; i++)
        if (field->objects[i].spike_flux[band] > 0.0)
            mock_spikes_render(field->objects[i].spike_x, field->objects[i].spike_y,
                               field->objects[i].spike_flux[band], field->spike_angle, &field->psf,
                               band, &canvas);
    float throughput = (float)settings->throughput[band];
    // Three exposures a band, each of which saturates by itself.
    float full = (float)(settings->saturation / (settings->exposure[band] / 3.0));
    for (size_t i = 0; i < n_rows * settings->width; i++)
        canvas.pixels[i] = fminf(full, throughput * canvas.pixels[i]);
}

static Status images_new(MockField *field, Parallel *parallel, Error *error)
{
    const MockSettings *settings = &field->settings;
    size_t n_pixels;
    if (!memory_multiply(settings->width, settings->height, &n_pixels))
        return error_memory(error, "mock images of this size");
    for (int band = 0; band < MOCK_BANDS; band++) {
        field->images[band] = memory_new(n_pixels, sizeof *field->images[band]);
        if (field->images[band] == NULL)
            return error_memory(error, "mock images of this size");
    }
    Status status = mock_galaxy_render(&field->galaxy, &field->psf, field->images, parallel, error);
    if (status != STATUS_OK)
        return status;
    parallel_run(parallel, MOCK_BANDS * strip_count(field), strip_work, field);
    for (int band = 0; band < MOCK_BANDS; band++) {
        MockNoise noise = {settings->exposure[band],
                           settings->throughput[band] * mock_band(band)->sky, settings->read_noise,
                           3.0};
        status =
            mock_noise_add(&noise, settings->seed, (uint64_t)STREAM_NOISE * 256 + (uint64_t)band,
                           field->images[band], settings->width, settings->height, parallel, error);
        if (status != STATUS_OK)
            return status;
    }
    for (size_t i = 0; i < field->n_objects; i++) {
        const MockObject *object = &field->objects[i];
        for (size_t k = 0; k < object->n_hits; k++)
            mock_noise_hit(object->hits[k].x, object->hits[k].y, object->hits[k].flux,
                           field->images[object->hits[k].band], settings->width, settings->height);
    }
    return STATUS_OK;
}

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
    mock_light_render(&cluster, &field->psf, band, 1e-7, &canvas);
    double level;
    double scatter;
    mock_measure_background(pixels, SIDE, SIDE, cluster.x, cluster.y, &level, &scatter);
    return mock_measure_aperture(pixels, SIDE, SIDE, cluster.x, cluster.y, aperture_radius) -
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
    mock_measure_background(image, settings->width, settings->height, x, y, &level, &scatter);
    double area = 3.14159 * aperture_radius * aperture_radius;
    double flux =
        mock_measure_aperture(image, settings->width, settings->height, x, y, aperture_radius) -
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
           v <= field_faint_limit(field) + 0.3 && v <= field->settings.limit;
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
    mock_measure_centre(field->images[MOCK_V], settings->width, settings->height, &x, &y);
    *source = (MockSource){.x = x + 1.0,
                           .y = y + 1.0,
                           .kind = object->kind,
                           .true_v = object->v,
                           .radius = object->radius};
    source->ci = mock_measure_ci(field->images[MOCK_V], settings->width, settings->height, x, y);
    for (int band = 0; band < MOCK_BANDS; band++)
        measure_band(field, band, work->share[band], x, y, source);
    if (field->catalog != NULL) {
        const MockCatalogRow *row = &field->catalog->rows[item];
        source->id = row->id;
        source->x = row->x;
        source->y = row->y;
    }
    if (field->catalog != NULL || source_selected(field, source))
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
        if ((double)counts[label - 1] >= wanted)
            continue;
        counts[label - 1]++;
        field->sources[field->n_sources++] = work->measured[i];
    }
    qsort(field->sources, field->n_sources, sizeof *field->sources, compare_sources);
    for (size_t i = 0; i < field->n_sources; i++)
        field->sources[i].id = i + 1;
}

static Status sources_new(MockField *field, Parallel *parallel, Error *error)
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

// North up, east left.
static void field_wcs(MockField *field)
{
    const MockSettings *settings = &field->settings;
    double scale = settings->pixel_scale / 3600.0;
    field->wcs_reference[0] = 0.5 * (double)(settings->width + 1);
    field->wcs_reference[1] = 0.5 * (double)(settings->height + 1);
    field->wcs_sky[0] = settings->ra;
    field->wcs_sky[1] = settings->dec;
    field->wcs_matrix[0] = -scale;
    field->wcs_matrix[3] = scale;
}

// Reads the catalogue and takes the WCS and the arms from it.
static Status catalog_use(MockField *field, Error *error)
{
    const MockSettings *settings = &field->settings;
    Status status = mock_catalog_read(settings->catalog, &field->catalog, error);
    if (status != STATUS_OK)
        return status;
    size_t n = field->catalog->n;
    double *x = memory_new(2 * n, sizeof *x);
    if (x == NULL)
        return error_memory(error, "a catalogue");
    double *y = x + n;
    size_t n_young = 0; // all but class 1, which is spread over the disc
    for (size_t i = 0; i < n; i++) {
        const MockCatalogRow *row = &field->catalog->rows[i];
        if (row->label == 1)
            continue;
        x[n_young] = row->x - 1.0;
        y[n_young++] = row->y - 1.0;
    }
    status =
        mock_arm_map_new(x, y, n_young, settings->width, settings->height, &field->arm_map, error);
    free(x);
    if (status != STATUS_OK)
        return status;
    field->galaxy.arm_map = &field->arm_map;
    if (!mock_catalog_wcs(field->catalog, field->wcs_reference, field->wcs_sky, field->wcs_matrix))
        field_wcs(field);
    return STATUS_OK;
}

Status mock_field_new(const MockSettings *settings, MockField **result, Error *error)
{
    *result = NULL;
    if (settings->width < 100 || settings->height < 100)
        return error_set(
            error, STATUS_USAGE,
            "a mock field of %zu x %zu pixels is too small; ask for at least 100 x 100",
            settings->width, settings->height);
    Parallel *parallel = NULL;
    MockField *field = memory_new(1, sizeof *field);
    if (field == NULL)
        return error_memory(error, "a mock field");
    field->settings = *settings;
    field->psf = mock_psf(settings->pixel_scale);
    field->galaxy = mock_galaxy(&field->settings);
    field->modulus = 5.0 * log10(settings->distance) + 25.0;
    field_wcs(field);
    Status status = parallel_new(settings->n_threads, &parallel, error);
    if (status == STATUS_OK && settings->catalog[0] != '\0')
        status = catalog_use(field, error);
    if (status == STATUS_OK)
        status = complexes_new(field, error);
    if (status == STATUS_OK)
        status = objects_new(field, parallel, error);
    if (status == STATUS_OK)
        status = lights_new(field, parallel, error);
    if (status == STATUS_OK)
        status = images_new(field, parallel, error);
    if (status == STATUS_OK)
        status = sources_new(field, parallel, error);
    parallel_free(parallel);
    if (status != STATUS_OK) {
        mock_field_free(field);
        return status;
    }
    *result = field;
    return STATUS_OK;
}

void mock_field_free(MockField *field)
{
    if (field == NULL)
        return;
    for (int band = 0; band < MOCK_BANDS; band++)
        free(field->images[band]);
    free(field->sources);
    free(field->lights);
    free(field->objects);
    free(field->complexes);
    free(field->arm_map.values);
    mock_catalog_free(field->catalog);
    free(field);
}

const MockSettings *mock_field_settings(const MockField *field)
{
    return &field->settings;
}

size_t mock_field_source_count(const MockField *field)
{
    return field->n_sources;
}

const MockSource *mock_field_sources(const MockField *field)
{
    return field->sources;
}

void mock_field_wcs(const MockField *field, double reference[2], double sky[2], double matrix[4])
{
    memcpy(reference, field->wcs_reference, sizeof field->wcs_reference);
    memcpy(sky, field->wcs_sky, sizeof field->wcs_sky);
    memcpy(matrix, field->wcs_matrix, sizeof field->wcs_matrix);
}

const float *mock_field_image(const MockField *field, int band)
{
    return field->images[band];
}
