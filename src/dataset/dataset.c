#include "dataset/dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

Status dataset_new(size_t n, size_t n_bands, size_t size, size_t n_classes, Dataset **result,
                   Error *error)
{
    *result = NULL;
    if (n_bands == 0 || n_bands > DATASET_BANDS_MAX || size == 0 || n_classes == 0)
        return error_set(error, STATUS_USAGE,
                         "a dataset has 1 to %d bands, at least one pixel and one class",
                         DATASET_BANDS_MAX);
    Dataset *dataset = memory_new(1, sizeof *dataset);
    if (dataset == NULL)
        return error_memory(error, "a dataset");
    dataset->n_bands = n_bands;
    dataset->size = size;
    dataset->n_classes = n_classes;
    size_t area, values;
    if (!memory_multiply(size, size, &area) || !memory_multiply(area, n_bands, &values) ||
        !memory_multiply(values, sizeof(float), &values)) {
        dataset_free(dataset);
        return error_memory(error, "a dataset");
    }
    dataset->class_names = memory_new(n_classes, sizeof *dataset->class_names);
    dataset->cutouts = memory_new(n, values);
    dataset->labels = memory_new(n, sizeof *dataset->labels);
    dataset->fields = memory_new(n, sizeof *dataset->fields);
    dataset->ids = memory_new(n, sizeof *dataset->ids);
    dataset->x = memory_new(n, sizeof *dataset->x);
    dataset->y = memory_new(n, sizeof *dataset->y);
    if (dataset->cutouts == NULL || dataset->labels == NULL || dataset->fields == NULL ||
        dataset->ids == NULL || dataset->x == NULL || dataset->y == NULL ||
        dataset->class_names == NULL) {
        dataset_free(dataset);
        return error_memory(error, "a dataset's cutouts");
    }
    dataset->n = n;
    *result = dataset;
    return STATUS_OK;
}

void dataset_free(Dataset *dataset)
{
    if (dataset == NULL)
        return;
    for (size_t i = 0; i < dataset->n; i++)
        free(dataset->ids[i]);
    for (size_t i = 0; i < dataset->n_columns; i++)
        free(dataset->columns[i]);
    free(dataset->columns);
    free(dataset->column_names);
    free(dataset->field_names);
    free(dataset->class_names);
    free(dataset->cutouts);
    free(dataset->labels);
    free(dataset->fields);
    free(dataset->ids);
    free(dataset->x);
    free(dataset->y);
    free(dataset);
}

size_t dataset_column(const Dataset *dataset, const char *name)
{
    size_t i = 0;
    while (i < dataset->n_columns && strcasecmp(dataset->column_names[i], name) != 0)
        i++;
    return i;
}

Status dataset_add_column(Dataset *dataset, const char *name, size_t *index, Error *error)
{
    *index = dataset_column(dataset, name);
    if (*index < dataset->n_columns)
        return STATUS_OK;
    size_t n = dataset->n_columns + 1;
    void *names = memory_resize(dataset->column_names, n, sizeof *dataset->column_names);
    if (names != NULL)
        dataset->column_names = names;
    void *columns = memory_resize(dataset->columns, n, sizeof *dataset->columns);
    if (columns != NULL)
        dataset->columns = columns;
    double *values = memory_new(dataset->n, sizeof *values);
    if (names == NULL || columns == NULL || values == NULL) {
        free(values);
        return error_memory(error, "a dataset's columns");
    }
    for (size_t i = 0; i < dataset->n; i++)
        values[i] = NAN;
    snprintf(dataset->column_names[*index], DATASET_NAME_SIZE, "%s", name);
    dataset->columns[*index] = values;
    dataset->n_columns = n;
    return STATUS_OK;
}

Status dataset_add_field(Dataset *dataset, const char *name, Error *error)
{
    void *names =
        memory_resize(dataset->field_names, dataset->n_fields + 1, sizeof *dataset->field_names);
    if (names == NULL)
        return error_memory(error, "a dataset's fields");
    dataset->field_names = names;
    snprintf(dataset->field_names[dataset->n_fields++], DATASET_NAME_SIZE, "%s", name);
    return STATUS_OK;
}

size_t dataset_cutout_values(const Dataset *dataset)
{
    return dataset->size * dataset->size * dataset->n_bands;
}

// ---- Joining -------------------------------------------------------------------------------

// Room for n sources in every array; those past dataset->n are not set.
static Status reserve(Dataset *dataset, size_t n, Error *error)
{
    size_t bytes = dataset_cutout_values(dataset) * sizeof *dataset->cutouts;
    float *cutouts = memory_resize(dataset->cutouts, n, bytes);
    dataset->cutouts = cutouts != NULL ? cutouts : dataset->cutouts;
    size_t *labels = memory_resize(dataset->labels, n, sizeof *labels);
    dataset->labels = labels != NULL ? labels : dataset->labels;
    int *fields = memory_resize(dataset->fields, n, sizeof *fields);
    dataset->fields = fields != NULL ? fields : dataset->fields;
    char **ids = memory_resize(dataset->ids, n, sizeof *ids);
    dataset->ids = ids != NULL ? ids : dataset->ids;
    double *x = memory_resize(dataset->x, n, sizeof *x);
    dataset->x = x != NULL ? x : dataset->x;
    double *y = memory_resize(dataset->y, n, sizeof *y);
    dataset->y = y != NULL ? y : dataset->y;
    if (!cutouts || !labels || !fields || !ids || !x || !y)
        return error_memory(error, "a dataset's cutouts");
    for (size_t i = 0; i < dataset->n_columns; i++) {
        double *larger = memory_resize(dataset->columns[i], n, sizeof *larger);
        if (larger == NULL)
            return error_memory(error, "a dataset's columns");
        dataset->columns[i] = larger;
    }
    return STATUS_OK;
}

// Copies source `from` of `other` to place `to`, which is reserved and beyond every id that
// `dataset` owns so far. Columns are copied by `columns[other column]`.
static Status copy_source(Dataset *dataset, size_t to, const Dataset *other, size_t from,
                          const size_t *columns, Error *error)
{
    size_t values = dataset_cutout_values(dataset);
    char *id = memory_copy_text(other->ids[from] != NULL ? other->ids[from] : "");
    if (id == NULL)
        return error_memory(error, "a source's id");
    dataset->ids[to] = id;
    memcpy(dataset->cutouts + to * values, other->cutouts + from * values, values * sizeof(float));
    dataset->labels[to] = other->labels[from];
    dataset->fields[to] = other->fields[from];
    dataset->x[to] = other->x[from];
    dataset->y[to] = other->y[from];
    for (size_t i = 0; i < dataset->n_columns; i++)
        dataset->columns[i][to] = NAN;
    for (size_t i = 0; i < other->n_columns; i++)
        dataset->columns[columns[i]][to] = other->columns[i][from];
    return STATUS_OK;
}

// Appends `n` of other's sources; their fields are numbered from `first_field`.
static Status append_sources(Dataset *dataset, const Dataset *other, const size_t *indices,
                             size_t n, size_t first_field, Error *error)
{
    size_t *columns = memory_new(other->n_columns, sizeof *columns);
    if (columns == NULL)
        return error_memory(error, "a dataset's columns");
    Status status = STATUS_OK;
    for (size_t i = 0; i < other->n_columns && status == STATUS_OK; i++)
        status = dataset_add_column(dataset, other->column_names[i], &columns[i], error);
    size_t total;
    if (status == STATUS_OK && __builtin_add_overflow(dataset->n, n, &total))
        status = error_memory(error, "a dataset's cutouts");
    if (status == STATUS_OK)
        status = reserve(dataset, total, error);
    size_t done = 0;
    for (; done < n && status == STATUS_OK; done++) {
        size_t to = dataset->n + done;
        status =
            copy_source(dataset, to, other, indices != NULL ? indices[done] : done, columns, error);
        if (status != STATUS_OK)
            break;
        dataset->fields[to] += (int)first_field;
    }
    if (status == STATUS_OK)
        dataset->n = total;
    else
        for (size_t i = 0; i < done; i++)
            free(dataset->ids[dataset->n + i]);
    free(columns);
    return status;
}

Status dataset_append(Dataset *dataset, const Dataset *other, Error *error)
{
    if (other->n_bands != dataset->n_bands || other->size != dataset->size ||
        other->n_classes != dataset->n_classes)
        return error_set(error, STATUS_BAD_INPUT,
                         "datasets of %zu bands, %zu pixels, %zu classes and of %zu, %zu, %zu do "
                         "not join; make both with the same bands, size and classes",
                         dataset->n_bands, dataset->size, dataset->n_classes, other->n_bands,
                         other->size, other->n_classes);
    for (size_t i = 0; i < dataset->n_bands; i++)
        if (strcasecmp(dataset->bands[i], other->bands[i]) != 0)
            return error_set(error, STATUS_BAD_INPUT,
                             "band %zu is %s in one dataset and %s in the other; give both the "
                             "same bands in the same order",
                             i + 1, dataset->bands[i], other->bands[i]);
    size_t first_field = dataset->n_fields;
    Status status = STATUS_OK;
    for (size_t i = 0; i < other->n_fields && status == STATUS_OK; i++)
        status = dataset_add_field(dataset, other->field_names[i], error);
    if (status == STATUS_OK)
        status = append_sources(dataset, other, NULL, other->n, first_field, error);
    if (status != STATUS_OK)
        dataset->n_fields = first_field;
    return status;
}

Status dataset_subset(const DatasetView *view, Dataset **result, Error *error)
{
    const Dataset *whole = view->dataset;
    Dataset *subset = NULL;
    *result = NULL;
    Status status = dataset_new(0, whole->n_bands, whole->size, whole->n_classes, &subset, error);
    if (status != STATUS_OK)
        return status;
    memcpy(subset->bands, whole->bands, sizeof subset->bands);
    memcpy(subset->class_names, whole->class_names, whole->n_classes * sizeof *whole->class_names);
    subset->pixel_scale = whole->pixel_scale;
    for (size_t i = 0; i < whole->n_fields && status == STATUS_OK; i++)
        status = dataset_add_field(subset, whole->field_names[i], error);
    if (status == STATUS_OK)
        status = append_sources(subset, whole, view->indices, view->n, 0, error);
    if (status == STATUS_OK)
        *result = subset;
    else
        dataset_free(subset);
    return status;
}
