#include "dataset/dataset_field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { BLOCK = 64 }; // sources read at a time

// Reads the cutouts of order[0 .. n-1] into their sources' places: cutouts[places[source]].
static Status read_cutouts(const DatasetField *field, const CutoutRule *rule, const size_t *order,
                           size_t n, const size_t *places, Dataset *dataset, unsigned *flags,
                           Error *error)
{
    size_t values = dataset_cutout_values(dataset);
    float *block = memory_new(BLOCK, values * sizeof *block);
    if (block == NULL)
        return error_memory(error, "cutouts");
    Status status = STATUS_OK;
    for (size_t first = 0; first < n && status == STATUS_OK; first += BLOCK) {
        size_t n_block = n - first < BLOCK ? n - first : BLOCK;
        unsigned block_flags[BLOCK];
        status = cutout_read(field->bands, rule, field->list->sources, order + first, n_block,
                             block, block_flags, error);
        for (size_t i = 0; i < n_block && status == STATUS_OK; i++) {
            size_t place = places[order[first + i]];
            memcpy(dataset->cutouts + place * values, block + i * values, values * sizeof *block);
            flags[place] = block_flags[i];
        }
        if (status == STATUS_OK && progress_report(field->progress, first + n_block, n))
            status =
                error_set(error, STATUS_CANCELLED, "field %s: reading was stopped", field->name);
    }
    free(block);
    return status;
}

// What the field's table says about its source `from`, as the dataset's source `to`.
static Status set_source(const DatasetField *field, size_t from, Dataset *dataset, size_t to,
                         Error *error)
{
    const Source *source = &field->list->sources[from];
    dataset->ids[to] = memory_copy_text(source->id);
    if (dataset->ids[to] == NULL)
        return error_memory(error, "a source's id");
    dataset->labels[to] = field->labels[from];
    dataset->x[to] = source->x;
    dataset->y[to] = source->y;
    for (size_t i = 0; i < field->n_columns; i++)
        dataset->columns[i][to] = field->columns[i][from];
    return STATUS_OK;
}

// A dataset of the field's labelled sources, and which of them can be classified: usable[n].
static Status read_field(const DatasetField *field, const CutoutRule *rule, const Dataset *shape,
                         Dataset **result, size_t **usable, size_t *n_usable, Error *error)
{
    const SourceList *list = field->list;
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += field->labels[i] != 0;
    Dataset *dataset = NULL;
    size_t *order = memory_new(list->n, sizeof *order);
    size_t *places = memory_new(list->n, sizeof *places);
    unsigned *flags = memory_new(n, sizeof *flags);
    *usable = memory_new(n, sizeof **usable);
    Status status = STATUS_OK;
    if (order == NULL || places == NULL || flags == NULL || *usable == NULL)
        status = error_memory(error, "a field's sources");
    if (status == STATUS_OK)
        status = dataset_new(n, shape->n_bands, shape->size, shape->n_classes, &dataset, error);
    for (size_t i = 0; i < field->n_columns && status == STATUS_OK; i++) {
        size_t index;
        status = dataset_add_column(dataset, field->column_names[i], &index, error);
    }
    if (status == STATUS_OK)
        status = dataset_add_field(dataset, field->name, error);
    size_t place = 0;
    for (size_t i = 0; i < list->n && status == STATUS_OK; i++)
        if (field->labels[i] != 0) {
            places[i] = place;
            status = set_source(field, i, dataset, place++, error);
        }
    if (status == STATUS_OK) {
        cutout_order(list->sources, list->n, order);
        size_t n_kept = 0;
        for (size_t i = 0; i < list->n; i++)
            if (field->labels[order[i]] != 0)
                order[n_kept++] = order[i];
        status = read_cutouts(field, rule, order, n, places, dataset, flags, error);
    }
    *n_usable = 0;
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        if (!(flags[i] & SOURCE_FLAG_NOT_CLASSIFIED))
            (*usable)[(*n_usable)++] = i;
    free(order);
    free(places);
    free(flags);
    *result = dataset;
    return status;
}

static Status check_field(const Dataset *dataset, const DatasetField *field, const CutoutRule *rule,
                          Error *error)
{
    if (bands_count(field->bands) != dataset->n_bands || rule->size != dataset->size)
        return error_set(error, STATUS_BAD_INPUT,
                         "field %s gives %zu bands and cutouts of %zu pixels, the dataset has %zu "
                         "bands and %zu pixels",
                         field->name, bands_count(field->bands), rule->size, dataset->n_bands,
                         dataset->size);
    for (size_t i = 0; i < field->list->n; i++)
        if (field->labels[i] > dataset->n_classes)
            return error_set(error, STATUS_BAD_INPUT,
                             "field %s: source %s has class %zu, but there are %zu classes",
                             field->name, field->list->sources[i].id, field->labels[i],
                             dataset->n_classes);
    return STATUS_OK;
}

Status dataset_append_field(Dataset *dataset, const DatasetField *field, const CutoutRule *rule,
                            DatasetCount *count, Error *error)
{
    Dataset *sources = NULL, *kept = NULL;
    size_t *usable = NULL, n_usable = 0;
    Status status = check_field(dataset, field, rule, error);
    if (status != STATUS_OK)
        return status;
    status = read_field(field, rule, dataset, &sources, &usable, &n_usable, error);
    if (status == STATUS_OK) {
        memcpy(sources->bands, dataset->bands, sizeof sources->bands);
        DatasetView view = {sources, usable, n_usable};
        status = dataset_subset(&view, &kept, error);
    }
    if (status == STATUS_OK)
        status = dataset_append(dataset, kept, error);
    if (status == STATUS_OK)
        *count = (DatasetCount){
            .added = n_usable,
            .unlabelled = field->list->n - sources->n,
            .not_classifiable = sources->n - n_usable,
        };
    dataset_free(sources);
    dataset_free(kept);
    free(usable);
    return status;
}
