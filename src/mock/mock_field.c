#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mock/mock_internal.h"

static const char *const kind_names[MOCK_KINDS] = {
    "symmetric", "elongated", "lopsided", "offset halo", "association", "star",  "pair",
    "triple",    "asterism",  "galaxy",   "knot",        "cosmic ray",  "spike", "bright star",
};

const char *mock_kind_name(MockKind kind)
{
    return kind_names[kind];
}

double mock_field_limit(const MockField *field)
{
    return fmin(field->settings.limit, field->settings.absolute_limit + field->modulus);
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

static Status settings_check(const MockSettings *settings, Error *error)
{
    if (settings->width < 100 || settings->height < 100 || settings->width > 100000 ||
        settings->height > 100000)
        return error_set(error, STATUS_USAGE,
                         "a mock field of %zu x %zu pixels cannot be made; sides are 100 to 100000",
                         settings->width, settings->height);
    if (settings->name[0] == '\0' || strchr(settings->name, '/') != NULL)
        return error_set(error, STATUS_USAGE,
                         "the name \"%s\" of a mock galaxy begins its files' names: it must not be "
                         "empty or hold a /",
                         settings->name);
    if (settings->n_sources > 1000000)
        return error_set(error, STATUS_USAGE, "%zu sources are too many; 1000000 is the limit",
                         settings->n_sources);
    const struct {
        const char *name;
        double value, low, high;
    } ranges[] = {
        {"distance", settings->distance, 0.1, 1000.0},
        {"pixel_scale", settings->pixel_scale, 1e-3, 1.0},
        {"scale_length", settings->scale_length, 1e-3, 1000.0},
        {"bulge_radius", settings->bulge_radius, 1e-3, 1000.0},
        {"inclination", settings->inclination, 0.0, 90.0},
        {"pitch", settings->pitch, 1.0, 89.0},
        {"dust", settings->dust, 0.0, 100.0},
        {"star_density", settings->star_density, 0.0, 1000.0},
        {"dec", settings->dec, -90.0, 90.0},
        {"saturation", settings->saturation, 1.0, 1e9},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (!(ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high))
            return error_set(error, STATUS_USAGE, "%s of a mock field is %g; it must be %g to %g",
                             ranges[i].name, ranges[i].value, ranges[i].low, ranges[i].high);
    for (int band = 0; band < MOCK_BANDS; band++)
        if (!(settings->exposure[band] > 0.0 && settings->exposure[band] < 1e7 &&
              settings->throughput[band] > 0.0 && settings->throughput[band] < 1e3))
            return error_set(error, STATUS_USAGE,
                             "the exposure and throughput of %s must be positive",
                             mock_band(band)->filter);
    double sum = 0.0;
    for (size_t i = 0; i < MOCK_CLASSES; i++)
        sum += settings->class_mix[i] >= 0.0 ? settings->class_mix[i] : NAN;
    if (!(fabs(sum - 1.0) < 0.01))
        return error_set(error, STATUS_USAGE,
                         "the fractions of the classes must be positive and add up to 1");
    return STATUS_OK;
}

Status mock_field_new(const MockSettings *settings, MockField **result, Error *error)
{
    *result = NULL;
    Status status = settings_check(settings, error);
    if (status != STATUS_OK)
        return status;
    Parallel *parallel = NULL;
    MockField *field = memory_new(1, sizeof *field);
    if (field == NULL)
        return error_memory(error, "a mock field");
    field->settings = *settings;
    field->psf = mock_psf(settings->pixel_scale);
    field->galaxy = mock_galaxy(&field->settings);
    field->modulus = 5.0 * log10(settings->distance) + 25.0;
    field_wcs(field);
    status = parallel_new(settings->n_threads, &parallel, error);
    if (status == STATUS_OK && settings->catalog[0] != '\0')
        status = catalog_use(field, error);
    if (status == STATUS_OK)
        status = mock_draw_complexes(field, error);
    if (status == STATUS_OK)
        status = mock_draw_objects(field, parallel, error);
    if (status == STATUS_OK)
        status = mock_draw_lights(field, parallel, error);
    if (status == STATUS_OK)
        status = mock_render_images(field, parallel, error);
    if (status == STATUS_OK)
        status = mock_select_sources(field, parallel, error);
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
