// What a mock field holds: complexes, labelled objects, field stars.
#include "mock/mock_draw.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mock/mock_field_internal.h"
#include "mock/mock_population.h"

// Star formation is clustered: members of a complex lie within about 100 pc of its middle
// (Grasha et al. 2017).
static void place_in_complex(const MockField *field, Random *random, double *x, double *y)
{
    const MockComplex *complex = &field->complexes[random_index(random, field->n_complexes)];
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

// One in 8.5" x 8.5", 400 pc at 10 Mpc.
static const double complexes_per_pixel = 1.0 / 45000.0;

Status mock_draw_complexes(MockField *field, Error *error)
{
    field->n_complexes = 4 + (size_t)(complexes_per_pixel *
                                      (double)(field->settings.width * field->settings.height));
    field->complexes = memory_new(field->n_complexes, sizeof *field->complexes);
    if (field->complexes == NULL)
        return error_memory(error, "a mock field");
    Random random = random_start(field->settings.seed, mock_stream(MOCK_STREAM_FIELD, 0));
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

// There is no strict ellipticity between classes 1 and 2 (Perez et al. 2021, appendix A).
static bool roundness_fits(size_t label, double roundness, Random *random)
{
    double border = 0.905 + 0.02 * random_normal(random);
    return (label != 1 || roundness > border) && (label != 2 || roundness < border);
}

static bool object_fits_class(const MockField *field, const MockObject *object, Random *random)
{
    MockLook look = mock_object_look(object, &field->round_psf);
    return roundness_fits(object->label, look.roundness, random);
}

// An object that an inspector with good data would put in its class, and that the selection by CI
// would let through.
static bool object_fits(const MockField *field, const MockObject *object, Random *random)
{
    if (object->kind == MOCK_BRIGHT_STAR || object->kind == MOCK_COSMIC_RAY)
        return true; // wide by saturation and by the hit, which are not in the look
    MockLook look = mock_object_look(object, &field->round_psf);
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

// Anywhere in the field, of any magnitude that a user would classify.
static void bare_work(MockField *field, MockObject *object, Random *random)
{
    const MockSettings *settings = &field->settings;
    const double margin = 24.0;
    mock_object_draw_bare(settings, object->label, 19.0 + 5.0 * random_uniform(random), random,
                          object);
    double x = margin + ((double)settings->width - 2.0 * margin) * random_uniform(random);
    double y = margin + ((double)settings->height - 2.0 * margin) * random_uniform(random);
    mock_object_move(object, x, y);
}

static void object_work(void *context, size_t item, size_t thread)
{
    (void)thread;
    MockField *field = context;
    const MockSettings *settings = &field->settings;
    MockObject *object = &field->objects[item];
    size_t label = object->label;
    Random random = random_start(settings->seed, mock_stream(MOCK_STREAM_OBJECT, item));
    if (object->bare) {
        bare_work(field, object, &random);
        return;
    }
    double faint = mock_field_limit(field);
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
        MockLook look = mock_object_look(object, &field->round_psf);
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
    Random random = random_start(settings->seed, mock_stream(MOCK_STREAM_OBJECT, item));
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
        do // the light of these is not the catalogued source's
            mock_object_draw(settings, label, v, field->spike_angle, &random, object);
        while (object->kind == MOCK_SPIKE || object->kind == MOCK_BRIGHT_STAR);
        mock_object_set_flux(object, flux);
        object->v = v;
        if (object_fit_ci(field, row->ci, object) && object_fits_class(field, object, &random))
            break;
    }
    MockLook look = mock_object_look(object, &field->round_psf);
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

Status mock_draw_objects(MockField *field, Parallel *parallel, Error *error)
{
    if (field->catalog != NULL)
        return catalog_objects_new(field, parallel, error);
    const MockSettings *settings = &field->settings;
    size_t counts[MOCK_CLASSES];
    for (size_t i = 0; i < MOCK_CLASSES; i++) {
        counts[i] = (size_t)ceil(overdraw * settings->class_mix[i] * (double)settings->n_sources);
        field->n_objects += counts[i];
    }
    field->n_objects += 2 * settings->n_bare;
    field->objects = memory_new(field->n_objects, sizeof *field->objects);
    if (field->objects == NULL)
        return error_memory(error, "the sources of a mock field");
    size_t item = 0;
    for (size_t i = 0; i < MOCK_CLASSES; i++)
        for (size_t k = 0; k < counts[i]; k++)
            field->objects[item++].label = i + 1;
    for (size_t i = 0; i < 2 * settings->n_bare; i++)
        field->objects[item++] = (MockObject){.bare = true, .label = i % 2 == 0 ? 1 : 4};
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
    Random random = random_start(field->settings.seed, mock_stream(MOCK_STREAM_STAR, block));
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

Status mock_draw_lights(MockField *field, Parallel *parallel, Error *error)
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
