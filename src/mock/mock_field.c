#include "mock/mock_field.h"

#include <stdlib.h>
#include <string.h>

#include "mock/mock_field_internal.h"

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
