#include "dataset/dataset_mock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "dataset/dataset_field.h"
#include "mock/mock_simulate.h"

static const double not_detected = 90.0; // magnitudes above are LEGUS's codes, not measurements

Status dataset_mock_new(size_t size, Dataset **dataset, Error *error)
{
    Status status = dataset_new(0, MOCK_BANDS, size, MOCK_CLASSES, dataset, error);
    for (int band = 0; band < MOCK_BANDS && status == STATUS_OK; band++)
        snprintf((*dataset)->bands[band], DATASET_NAME_SIZE, "%s", mock_band(band)->filter);
    return status;
}

// Copies the square whose first pixel is (x0, y0) into one band of a cutout; 0 outside.
static void copy_square(const float *image, size_t width, size_t height, long x0, long y0,
                        const Dataset *dataset, size_t band, float *cutout)
{
    size_t size = dataset->size, n_bands = dataset->n_bands;
    for (size_t row = 0; row < size; row++)
        for (size_t column = 0; column < size; column++) {
            long x = x0 + (long)column, y = y0 + (long)row;
            bool inside = x >= 0 && y >= 0 && x < (long)width && y < (long)height;
            float value = inside ? image[(size_t)y * width + (size_t)x] : 0.0f;
            cutout[(row * size + column) * n_bands + band] = isfinite(value) ? value : 0.0f;
        }
}

typedef struct MockColumns {
    size_t magnitudes[MOCK_BANDS], ci, distance, kind, radius;
} MockColumns;

static Status add_columns(Dataset *dataset, MockColumns *columns, Error *error)
{
    Status status = STATUS_OK;
    for (int band = 0; band < MOCK_BANDS && status == STATUS_OK; band++)
        status =
            dataset_add_column(dataset, mock_band(band)->filter, &columns->magnitudes[band], error);
    if (status == STATUS_OK)
        status = dataset_add_column(dataset, "CI", &columns->ci, error);
    if (status == STATUS_OK)
        status = dataset_add_column(dataset, "DISTANCE", &columns->distance, error);
    if (status == STATUS_OK)
        status = dataset_add_column(dataset, "KIND", &columns->kind, error);
    if (status == STATUS_OK)
        status = dataset_add_column(dataset, "RADIUS", &columns->radius, error);
    return status;
}

static Status set_source(const MockField *field, const MockSource *source,
                         const MockColumns *columns, Dataset *dataset, size_t to, Error *error)
{
    char id[24];
    snprintf(id, sizeof id, "%zu", source->id);
    dataset->ids[to] = memory_copy_text(id);
    if (dataset->ids[to] == NULL)
        return error_memory(error, "a source's id");
    dataset->labels[to] = source->label;
    dataset->x[to] = source->x;
    dataset->y[to] = source->y;
    for (int band = 0; band < MOCK_BANDS; band++) {
        double magnitude = source->magnitude[band];
        dataset->columns[columns->magnitudes[band]][to] =
            magnitude < not_detected ? magnitude : NAN;
    }
    dataset->columns[columns->ci][to] = source->ci;
    dataset->columns[columns->distance][to] = mock_field_settings(field)->distance;
    dataset->columns[columns->kind][to] = source->kind;
    dataset->columns[columns->radius][to] = source->radius;
    return STATUS_OK;
}

static Status fill_field(const MockField *field, const CutoutRule *rule, const size_t *usable,
                         size_t n_usable, Dataset *dataset, Error *error)
{
    const MockSettings *settings = mock_field_settings(field);
    const MockSource *sources = mock_field_sources(field);
    MockColumns columns;
    Status status = add_columns(dataset, &columns, error);
    if (status == STATUS_OK)
        status = dataset_add_field(dataset, settings->name, error);
    for (size_t i = 0; i < n_usable && status == STATUS_OK; i++) {
        const MockSource *source = &sources[usable[i]];
        long x0 = 0, y0 = 0;
        cutout_place(rule, source->x, source->y, settings->width, settings->height, &x0, &y0);
        for (int band = 0; band < MOCK_BANDS; band++)
            copy_square(mock_field_image(field, band), settings->width, settings->height, x0, y0,
                        dataset, (size_t)band,
                        dataset->cutouts + i * dataset_cutout_values(dataset));
        status = set_source(field, source, &columns, dataset, i, error);
    }
    return status;
}

Status dataset_append_mock(Dataset *dataset, const MockField *field, const CutoutRule *rule,
                           DatasetCount *count, Error *error)
{
    const MockSettings *settings = mock_field_settings(field);
    const MockSource *sources = mock_field_sources(field);
    size_t n = mock_field_source_count(field), n_usable = 0, n_labelled = 0;
    if (rule->size != dataset->size)
        return error_set(error, STATUS_USAGE, "cutouts of %zu pixels for a dataset of %zu",
                         rule->size, dataset->size);
    size_t *usable = memory_new(n, sizeof *usable);
    if (usable == NULL)
        return error_memory(error, "a mock field's sources");
    for (size_t i = 0; i < n; i++) {
        long x0, y0;
        n_labelled += sources[i].label != 0;
        if (sources[i].label != 0 && !(cutout_place(rule, sources[i].x, sources[i].y,
                                                    settings->width, settings->height, &x0, &y0) &
                                       SOURCE_FLAG_NOT_CLASSIFIED))
            usable[n_usable++] = i;
    }
    Dataset *fresh = NULL;
    Status status =
        dataset_new(n_usable, dataset->n_bands, dataset->size, dataset->n_classes, &fresh, error);
    if (status == STATUS_OK) {
        memcpy(fresh->bands, dataset->bands, sizeof fresh->bands);
        status = fill_field(field, rule, usable, n_usable, fresh, error);
    }
    if (status == STATUS_OK)
        status = dataset_append(dataset, fresh, error);
    if (status == STATUS_OK) {
        dataset->pixel_scale = settings->pixel_scale;
        *count = (DatasetCount){n_usable, n - n_labelled, n_labelled - n_usable};
    }
    dataset_free(fresh);
    free(usable);
    return status;
}

Status dataset_simulate(const MockSettings *settings, size_t n_fields, const CutoutRule *rule,
                        const Progress *progress, Dataset **result, Error *error)
{
    Dataset *dataset = NULL;
    *result = NULL;
    Status status = dataset_mock_new(rule->size, &dataset, error);
    for (size_t i = 0; i < n_fields && status == STATUS_OK; i++) {
        MockField *field = NULL;
        DatasetCount count = {0};
        status = mock_simulate_field(&settings[i], &field, error);
        if (status == STATUS_OK)
            status = dataset_append_mock(dataset, field, rule, &count, error);
        mock_field_free(field);
        if (status == STATUS_OK &&
            progress_tell(progress,
                          &(ProgressNews){.done = i + 1, .total = n_fields, .figures = &count}))
            status = error_set(error, STATUS_CANCELLED,
                               "simulating was stopped at field %zu of %zu", i + 1, n_fields);
    }
    if (status == STATUS_OK)
        *result = dataset;
    else
        dataset_free(dataset);
    return status;
}
