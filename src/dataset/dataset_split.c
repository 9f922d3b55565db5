#include "dataset/dataset_split.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

enum { SPLIT_STREAM = 1 };

// Shuffles order[0 .. n-1]; the last tenth, rounded up, validates.
static void split_training(const Dataset *dataset, size_t *order, size_t n, DatasetSplit *split)
{
    size_t n_validation = (n + 9) / 10;
    split->training = (DatasetView){dataset, order, n - n_validation};
    split->validation = (DatasetView){dataset, order + n - n_validation, n_validation};
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

Status dataset_split(const Dataset *dataset, uint64_t seed, DatasetSplit *split, Error *error)
{
    *split = (DatasetSplit){.order = memory_new(dataset->n, sizeof *split->order)};
    if (split->order == NULL)
        return error_memory(error, "a split");
    for (size_t i = 0; i < dataset->n; i++)
        split->order[i] = i;
    Random random = random_start(seed, SPLIT_STREAM);
    random_shuffle(&random, split->order, dataset->n);
    split_training(dataset, split->order, dataset->n - (dataset->n + 4) / 5, split);
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
    split_training(dataset, split->order, n, split);
    return split_checked(split, error);
}

void dataset_split_free(DatasetSplit *split)
{
    free(split->order);
    *split = (DatasetSplit){0};
}
