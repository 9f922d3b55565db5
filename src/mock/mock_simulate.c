#include "mock/mock_simulate.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "mock/mock_draw.h"
#include "mock/mock_field_internal.h"
#include "mock/mock_render.h"
#include "mock/mock_select.h"
#include "mock/mock_write.h"

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

static void field_psf(MockField *field)
{
    const MockSettings *settings = &field->settings;
    Random random = random_start(settings->seed, mock_stream(MOCK_STREAM_PSF, 0));
    field->round_psf = mock_psf(settings->pixel_scale, settings->psf_width);
    field->psf = field->round_psf;
    if (settings->aberration > 0.0)
        mock_psf_aberrate(&field->psf, settings->pixel_scale, settings->aberration, &random);
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

// Between two stages: how far it is, and whether to stop.
static Status after_stage(const MockField *field, size_t stage, Status status, Error *error)
{
    enum { N_STAGES = 5 };
    if (status == STATUS_OK && progress_report(field->settings.progress, stage, N_STAGES))
        return error_set(error, STATUS_CANCELLED, "simulating was stopped");
    return status;
}

Status mock_simulate_field(const MockSettings *settings, MockField **result, Error *error)
{
    *result = NULL;
    Status status = mock_settings_check(settings, error);
    if (status != STATUS_OK)
        return status;
    Parallel *parallel = NULL;
    MockField *field = memory_new(1, sizeof *field);
    if (field == NULL)
        return error_memory(error, "a mock field");
    field->settings = *settings;
    field_psf(field);
    field->galaxy = mock_galaxy(&field->settings);
    field->modulus = 5.0 * log10(settings->distance) + 25.0;
    field_wcs(field);
    status = parallel_new(settings->n_threads, &parallel, error);
    if (status == STATUS_OK && settings->catalog[0] != '\0')
        status = catalog_use(field, error);
    if (status == STATUS_OK)
        status = after_stage(field, 1, mock_draw_complexes(field, error), error);
    if (status == STATUS_OK)
        status = after_stage(field, 2, mock_draw_objects(field, parallel, error), error);
    if (status == STATUS_OK)
        status = after_stage(field, 3, mock_draw_lights(field, parallel, error), error);
    if (status == STATUS_OK)
        status = after_stage(field, 4, mock_render_images(field, parallel, error), error);
    if (status == STATUS_OK)
        status = after_stage(field, 5, mock_select_sources(field, parallel, error), error);
    parallel_free(parallel);
    if (status != STATUS_OK) {
        mock_field_free(field);
        return status;
    }
    *result = field;
    return STATUS_OK;
}

Status mock_simulate_files(const MockSettings *settings, const char *directory, Error *error)
{
    MockField *field = NULL;
    Status status = mock_simulate_field(settings, &field, error);
    if (status == STATUS_OK)
        status = mock_write_field(field, directory, error);
    mock_field_free(field);
    return status;
}
