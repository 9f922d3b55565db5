#include "dataset/dataset_split.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

enum { SPLIT_STREAM = 1 };

// The place at or before `place` where a group begins.
static size_t group_start(const double *groups, const size_t *order, size_t place)
{
    while (groups != NULL && place > 0 && groups[order[place]] == groups[order[place - 1]])
        place--;
    return place;
}

// Of order[0 .. n-1] the last tenth, rounded up, validates; what is behind them tests.
static void split_training(const Dataset *dataset, const double *groups, size_t *order, size_t n,
                           DatasetSplit *split)
{
    size_t start = n > 0 ? group_start(groups, order, n - (n + 9) / 10) : 0;
    split->training = (DatasetView){dataset, order, start};
    split->validation = (DatasetView){dataset, order + start, n - start};
    split->test = (DatasetView){dataset, order + n, dataset->n - n};
}

static Status split_checked(DatasetSplit *split, Error *error)
{
    if (split->training.n > 0 && split->validation.n > 0 && split->test.n > 0)
        return STATUS_OK;
    dataset_split_free(split);
    return error_set(error, STATUS_BAD_INPUT,
                     "too few sources for a training, a validation and a test set; give more "
                     "fields");
}

// A source on its way into its group's place.
typedef struct Place {
    size_t source;
    double group;
    size_t rank, first; // in the shuffled order: its own, and its group's first
} Place;

static int by_group(const void *one, const void *other)
{
    const Place *a = one, *b = other;
    if (a->group < b->group || a->group > b->group)
        return a->group < b->group ? -1 : 1;
    return a->rank < b->rank ? -1 : 1;
}

static int by_first(const void *one, const void *other)
{
    const Place *a = one, *b = other;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return a->rank < b->rank ? -1 : 1;
}

// Puts the sources of a group behind each other, groups in the order of their first sources.
static Status gather_groups(const double *groups, size_t *order, size_t n, Error *error)
{
    Place *places = memory_new(n, sizeof *places);
    if (places == NULL)
        return error_memory(error, "a split");
    for (size_t i = 0; i < n; i++)
        places[i] = (Place){order[i], groups[order[i]], i, i};
    qsort(places, n, sizeof *places, by_group);
    for (size_t i = 1; i < n; i++)
        if (places[i].group == places[i - 1].group)
            places[i].first = places[i - 1].first;
    qsort(places, n, sizeof *places, by_first);
    for (size_t i = 0; i < n; i++)
        order[i] = places[i].source;
    free(places);
    return STATUS_OK;
}

static Status check_groups(const double *groups, size_t n, Error *error)
{
    for (size_t i = 0; groups != NULL && i < n; i++)
        if (isnan(groups[i]))
            return error_set(
                error, STATUS_BAD_INPUT,
                "source %zu of the dataset has no number in the column " DATASET_GROUP_COLUMN
                "; give every source one, or none",
                i + 1);
    return STATUS_OK;
}

Status dataset_split(const Dataset *dataset, uint64_t seed, DatasetSplit *split, Error *error)
{
    size_t n = dataset->n, column = dataset_column(dataset, DATASET_GROUP_COLUMN);
    const double *groups = column < dataset->n_columns ? dataset->columns[column] : NULL;
    *split = (DatasetSplit){0};
    Status status = check_groups(groups, n, error);
    if (status != STATUS_OK)
        return status;
    split->order = memory_new(n, sizeof *split->order);
    if (split->order == NULL)
        return error_memory(error, "a split");
    for (size_t i = 0; i < n; i++)
        split->order[i] = i;
    Random random = random_start(seed, SPLIT_STREAM);
    random_shuffle(&random, split->order, n);
    if (groups != NULL)
        status = gather_groups(groups, split->order, n, error);
    if (status != STATUS_OK) {
        dataset_split_free(split);
        return status;
    }
    size_t test = n > 0 ? group_start(groups, split->order, n - (n + 4) / 5) : 0;
    split_training(dataset, groups, split->order, test, split);
    return split_checked(split, error);
}

Status dataset_split_field(const Dataset *dataset, size_t field, uint64_t seed, DatasetSplit *split,
                           Error *error)
{
    *split = (DatasetSplit){0};
    if (field >= dataset->n_fields)
        return error_set(error, STATUS_USAGE, "there is no field %zu among %zu", field + 1,
                         dataset->n_fields);
    split->order = memory_new(dataset->n, sizeof *split->order);
    if (split->order == NULL)
        return error_memory(error, "a split");
    size_t n = 0;
    for (size_t i = 0; i < dataset->n; i++)
        if ((size_t)dataset->fields[i] != field)
            split->order[n++] = i;
    size_t end = n;
    for (size_t i = 0; i < dataset->n; i++)
        if ((size_t)dataset->fields[i] == field)
            split->order[end++] = i;
    Random random = random_start(seed, SPLIT_STREAM);
    random_shuffle(&random, split->order, n);
    split_training(dataset, NULL, split->order, n, split);
    return split_checked(split, error);
}

void dataset_split_free(DatasetSplit *split)
{
    free(split->order);
    *split = (DatasetSplit){0};
}
