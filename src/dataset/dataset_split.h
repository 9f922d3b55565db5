// A dataset shared out to training, validation and test.
#ifndef SKYCLASS_DATASET_DATASET_SPLIT_H
#define SKYCLASS_DATASET_DATASET_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "dataset/dataset.h"

typedef struct DatasetSplit {
    size_t *order; // owned: a permutation of the dataset's sources that the views point into
    DatasetView training, validation, test;
} DatasetSplit;

// Uniformly at random: 20 % test; of the rest, 10 % validation (paper 000, section 4.1). Parts are
// rounded up, which gives the numbers of the paper's Table 1. Sources of one group
// (DATASET_GROUP_COLUMN) stay together, which makes the later parts larger by up to a group.
Status dataset_split(const Dataset *dataset, uint64_t seed, DatasetSplit *split, Error *error);
// Leave one field out: `field` is the test set; of the rest, 10 % validation.
Status dataset_split_field(const Dataset *dataset, size_t field, uint64_t seed, DatasetSplit *split,
                           Error *error);
void dataset_split_free(DatasetSplit *split);

#endif
