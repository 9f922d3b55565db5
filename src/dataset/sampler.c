#include "dataset/sampler.h"

#include <stdlib.h>

#include "base/memory.h"

// One balanced source.
typedef struct Item {
    size_t index; // in the dataset
    bool flip_x, flip_y;
    unsigned quarter_turns;
} Item;

// The copies of a source that SamplerSettings.partial makes.
static const Item partial_copies[] = {{0, false, false, 1},
                                      {0, false, false, 2},
                                      {0, false, false, 3},
                                      {0, true, false, 0},
                                      {0, false, true, 0}};
enum { N_PARTIAL = sizeof partial_copies / sizeof *partial_copies };

// Of the seed, for which sources have copies.
enum { PARTIAL_STREAM = 4 };

struct Sampler {
    const Dataset *dataset;
    const Recipe *recipe;
    SamplerSettings settings;
    // The view's sources by class: sources[starts[c]] .. sources[starts[c + 1] - 1] are of class
    // c + 1, in the view's order.
    size_t *sources, *starts;
    Item *items;
    size_t n_items;
    size_t *order; // [n_items * copies], of item * copies + copy
    size_t epoch;
};

// Streams of the seed: one for each sample of each epoch, and one for the epoch itself. They begin
// far above the small numbers that other users of the seed take.
static Random sample_random(const Sampler *sampler, size_t position)
{
    return random_start(sampler->settings.seed,
                        ((uint64_t)(sampler->epoch + 1) << 32) | (uint64_t)position);
}

static Random epoch_random(const Sampler *sampler)
{
    return sample_random(sampler, UINT32_MAX);
}

static void sort_by_class(Sampler *sampler, const DatasetView *view)
{
    size_t n_classes = view->dataset->n_classes, next = 0;
    for (size_t class = 1; class <= n_classes; class ++) {
        sampler->starts[class - 1] = next;
        for (size_t i = 0; i < view->n; i++)
            if (view->dataset->labels[view->indices[i]] == class)
                sampler->sources[next++] = view->indices[i];
    }
    sampler->starts[n_classes] = next;
}

static size_t class_size(const Sampler *sampler, size_t class)
{
    return sampler->starts[class + 1] - sampler->starts[class];
}

// How many items a class has after balancing by reflection.
static size_t reflected_size(const Sampler *sampler, size_t class, size_t largest)
{
    size_t most = 4 * class_size(sampler, class);
    return most < largest ? most : largest;
}

static void fill_items_by_reflection(Sampler *sampler, size_t n_classes, size_t largest)
{
    size_t next = 0;
    for (size_t class = 0; class < n_classes; class ++) {
        size_t n = class_size(sampler, class);
        for (size_t i = 0; i < reflected_size(sampler, class, largest); i++) {
            size_t round = i / n; // as it is, columns, rows, both
            sampler->items[next++] = (Item){
                .index = sampler->sources[sampler->starts[class] + i % n],
                .flip_x = round == 1 || round == 3,
                .flip_y = round == 2 || round == 3,
            };
        }
    }
}

// Behind the n sources the copies of some of them.
static Status fill_partial_copies(Sampler *sampler, size_t n, size_t n_chosen, Error *error)
{
    size_t *chosen = memory_new(n, sizeof *chosen);
    if (chosen == NULL)
        return error_memory(error, "an epoch's order");
    for (size_t i = 0; i < n; i++)
        chosen[i] = i;
    Random random = random_start(sampler->settings.seed, PARTIAL_STREAM);
    random_shuffle(&random, chosen, n);
    for (size_t i = 0; i < n_chosen * N_PARTIAL; i++) {
        sampler->items[n + i] = partial_copies[i % N_PARTIAL];
        sampler->items[n + i].index = sampler->sources[chosen[i / N_PARTIAL]];
    }
    free(chosen);
    return STATUS_OK;
}

static Status make_items(Sampler *sampler, size_t n_sources, Error *error)
{
    size_t n_classes = sampler->dataset->n_classes, largest = 0;
    for (size_t class = 0; class < n_classes; class ++)
        if (class_size(sampler, class) > largest)
            largest = class_size(sampler, class);
    bool reflects = sampler->settings.balance == BALANCE_REFLECT;
    size_t n_chosen = sampler->settings.balance == BALANCE_NONE
                          ? (size_t)(sampler->settings.partial * (double)n_sources + 0.5)
                          : 0;
    sampler->n_items = reflects ? 0 : n_sources + n_chosen * N_PARTIAL;
    for (size_t class = 0; class < n_classes && reflects; class ++)
        sampler->n_items += reflected_size(sampler, class, largest);
    sampler->items = memory_new(sampler->n_items, sizeof *sampler->items);
    size_t n_samples;
    if (!memory_multiply(sampler->n_items, sampler->settings.copies, &n_samples))
        return error_memory(error, "an epoch's order");
    sampler->order = memory_new(n_samples, sizeof *sampler->order);
    if (sampler->items == NULL || sampler->order == NULL)
        return error_memory(error, "an epoch's order");
    if (reflects)
        fill_items_by_reflection(sampler, n_classes, largest);
    else
        for (size_t i = 0; i < n_sources; i++)
            sampler->items[i] = (Item){.index = sampler->sources[i]};
    return n_chosen > 0 ? fill_partial_copies(sampler, n_sources, n_chosen, error) : STATUS_OK;
}

Status sampler_new(const DatasetView *view, const Recipe *recipe, const SamplerSettings *settings,
                   Sampler **result, Error *error)
{
    *result = NULL;
    if (view->n == 0)
        return error_set(error, STATUS_BAD_INPUT, "there is no source to train on");
    Sampler *sampler = memory_new(1, sizeof *sampler);
    if (sampler == NULL)
        return error_memory(error, "a sampler");
    sampler->dataset = view->dataset;
    sampler->recipe = recipe;
    sampler->settings = *settings;
    if (sampler->settings.copies == 0)
        sampler->settings.copies = 1;
    sampler->sources = memory_new(view->n, sizeof *sampler->sources);
    sampler->starts = memory_new(view->dataset->n_classes + 1, sizeof *sampler->starts);
    Status status = STATUS_OK;
    if (sampler->sources == NULL || sampler->starts == NULL)
        status = error_memory(error, "a sampler");
    if (status == STATUS_OK) {
        sort_by_class(sampler, view);
        status = make_items(sampler, view->n, error);
    }
    if (status != STATUS_OK) {
        sampler_free(sampler);
        return status;
    }
    sampler_start_epoch(sampler, 0);
    *result = sampler;
    return STATUS_OK;
}

void sampler_free(Sampler *sampler)
{
    if (sampler == NULL)
        return;
    free(sampler->sources);
    free(sampler->starts);
    free(sampler->items);
    free(sampler->order);
    free(sampler);
}

size_t sampler_epoch_size(const Sampler *sampler)
{
    return sampler->n_items * sampler->settings.copies;
}

static void draw_items(Sampler *sampler, Random *random)
{
    size_t n_classes = sampler->dataset->n_classes;
    for (size_t i = 0; i < sampler->n_items; i++) {
        size_t class;
        do
            class = random_index(random, n_classes);
        while (class_size(sampler, class) == 0);
        size_t place = random_index(random, class_size(sampler, class));
        sampler->items[i].index = sampler->sources[sampler->starts[class] + place];
    }
}

void sampler_start_epoch(Sampler *sampler, size_t epoch)
{
    sampler->epoch = epoch;
    Random random = epoch_random(sampler);
    if (sampler->settings.balance == BALANCE_DRAW)
        draw_items(sampler, &random);
    size_t n = sampler_epoch_size(sampler);
    for (size_t i = 0; i < n; i++)
        sampler->order[i] = i;
    random_shuffle(&random, sampler->order, n);
}

// ---- Batches -------------------------------------------------------------------------------

typedef struct Batch {
    const Sampler *sampler;
    size_t first;
    float *input;
    size_t *labels;
    float *scratch; // one image a thread
    Status *statuses;
} Batch;

static void prepare_sample(void *context, size_t item, size_t thread)
{
    Batch *batch = context;
    const Sampler *sampler = batch->sampler;
    const Dataset *dataset = sampler->dataset;
    InputShape shape = recipe_input_shape(sampler->recipe);
    size_t size = shape.size, channels = shape.channels;
    float *image = batch->scratch + thread * size * size * channels;
    size_t place = sampler->order[batch->first + item], copies = sampler->settings.copies;
    size_t number = place / copies;
    const Item *source = &sampler->items[number];
    const float *cutout = dataset->cutouts + source->index * dataset_cutout_values(dataset);
    batch->labels[item] = dataset->labels[source->index] - 1;
    batch->statuses[item] = recipe_apply(sampler->recipe, cutout, 1, image, NULL);
    if (batch->statuses[item] != STATUS_OK)
        return;
    Random random = sample_random(sampler, batch->first + item);
    Transform transform = augmentation_draw(&sampler->settings.augmentation,
                                            number + sampler->epoch + place % copies, &random);
    transform.flip_x ^= source->flip_x;
    transform.flip_y ^= source->flip_y;
    transform.quarter_turns += source->quarter_turns;
    transform_apply(&transform, image, size, channels, sampler->recipe->n_bands, &random,
                    batch->input + item * size * size * channels);
}

Status sampler_batch(Sampler *sampler, size_t first, size_t n, Parallel *parallel, float *input,
                     size_t *labels, Error *error)
{
    InputShape shape = recipe_input_shape(sampler->recipe);
    size_t size = shape.size, channels = shape.channels;
    Batch batch = {
        .sampler = sampler,
        .first = first,
        .input = input,
        .labels = labels,
        .scratch = memory_new(parallel_thread_count(parallel) * size * size * channels,
                              sizeof *batch.scratch),
        .statuses = memory_new(n, sizeof *batch.statuses),
    };
    Status status = STATUS_OK;
    if (batch.scratch != NULL && batch.statuses != NULL) {
        parallel_run(parallel, n, prepare_sample, &batch);
        for (size_t i = 0; i < n && status == STATUS_OK; i++)
            status = batch.statuses[i];
    } else
        status = STATUS_MEMORY;
    free(batch.scratch);
    free(batch.statuses);
    return status == STATUS_OK ? STATUS_OK : error_memory(error, "a training batch");
}
