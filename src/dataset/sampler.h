// What a network sees in training: an epoch's samples in random order, balanced, augmented and
// normalised on the fly.
//
// A sample depends on (seed, epoch, position) alone, so that a resumed run sees the same ones.
#ifndef SKYCLASS_DATASET_SAMPLER_H
#define SKYCLASS_DATASET_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/parallel.h"
#include "classifier/recipe.h"
#include "dataset/augment.h"
#include "dataset/dataset.h"

typedef enum Balance {
    BALANCE_NONE,    // every source once an epoch
    BALANCE_REFLECT, // smaller classes filled up to the largest with their sources mirrored along
                     // columns, rows, both; at most four times their size (paper 000, section 4.2)
    BALANCE_DRAW,    // as many draws as there are sources: a class at random, then a source of it
                     // (paper 001)
} Balance;

typedef struct SamplerSettings {
    Balance balance;
    double partial; // this fraction of the sources, drawn once, comes five times more: turned by
                    // 90, 180 and 270 degrees, mirrored along columns and rows (paper 004: 0.15);
                    // not with BALANCE_REFLECT or BALANCE_DRAW
    size_t copies;  // how often an epoch shows each (balanced) source; 0 counts as 1
    Augmentation augmentation;
    uint64_t seed;
} SamplerSettings;

typedef struct Sampler Sampler;

// `view`'s dataset, its indices and `recipe` must outlive the sampler.
Status sampler_new(const DatasetView *view, const Recipe *recipe, const SamplerSettings *settings,
                   Sampler **sampler, Error *error);
void sampler_free(Sampler *sampler);

size_t sampler_epoch_size(const Sampler *sampler); // samples in an epoch

// Puts the samples of epoch `epoch` (from 0) in their order.
void sampler_start_epoch(Sampler *sampler, size_t epoch);

// Samples first .. first+n-1 of the started epoch: input[n][h][w][c] as the network takes it,
// labels[n] from 0. Shared out over `parallel`.
Status sampler_batch(Sampler *sampler, size_t first, size_t n, Parallel *parallel, float *input,
                     size_t *labels, Error *error);

#endif
