// A small, easy data set and network for the tests of training and classifying: which way is the
// light stretched?
#ifndef SKYCLASS_TESTS_UNIT_BLOBS_H
#define SKYCLASS_TESTS_UNIT_BLOBS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/model.h"
#include "dataset/dataset.h"

enum { BLOB_SIZE = 8, BLOB_BANDS = 2, BLOB_CLASSES = 3 };

static inline void blob_check(Status status, const Error *error)
{
    if (status != STATUS_OK) {
        fprintf(stderr, "%s\n", error->text);
        abort();
    }
}

// Class 1 is round, class 2 stretched, class 3 empty; band 2 is twice band 1; noise.
static inline void blob_cutout(size_t class, Random *random, float *cutout)
{
    double width_x = class == 2 ? 3.0 : 1.2, width_y = 1.2;
    for (size_t y = 0; y < BLOB_SIZE; y++)
        for (size_t x = 0; x < BLOB_SIZE; x++) {
            double dx = ((double)x - 3.5) / width_x, dy = ((double)y - 3.5) / width_y;
            double light = class == 3 ? 0.0 : exp(-0.5 * (dx * dx + dy * dy));
            for (size_t band = 0; band < BLOB_BANDS; band++)
                cutout[(y * BLOB_SIZE + x) * BLOB_BANDS + band] =
                    (float)((double)(band + 1) * (light + 0.1 * random_normal(random)));
        }
}

// n sources: half of class 1, a quarter of class 2, the rest of class 3.
static inline Dataset *blob_dataset(size_t n, uint64_t seed)
{
    Dataset *dataset;
    Error error;
    blob_check(dataset_new(n, BLOB_BANDS, BLOB_SIZE, BLOB_CLASSES, &dataset, &error), &error);
    strcpy(dataset->bands[0], "F555W");
    strcpy(dataset->bands[1], "F814W");
    blob_check(dataset_add_field(dataset, "blobs", &error), &error);
    Random random = random_start(seed, 0);
    for (size_t i = 0; i < n; i++) {
        char id[24];
        snprintf(id, sizeof id, "%zu", i + 1);
        dataset->ids[i] = strdup(id);
        dataset->labels[i] = i % 4 < 2 ? 1 : i % 4;
        blob_cutout(dataset->labels[i], &random,
                    dataset->cutouts + i * dataset_cutout_values(dataset));
    }
    return dataset;
}

// Convolution, group norm, fully connected with dropout: a StarcNet in small.
static inline Model *blob_model(uint64_t seed)
{
    const Layer layers[] = {
        {.kind = LAYER_INPUT,
         .name = "input",
         .height = BLOB_SIZE,
         .width = BLOB_SIZE,
         .channels = BLOB_BANDS},
        {.kind = LAYER_CONVOLUTION,
         .name = "conv1",
         .n_inputs = 1,
         .inputs = {0},
         .kernel = 3,
         .stride = 1,
         .padding = 1,
         .channels = 8,
         .bias = true},
        {.kind = LAYER_GROUP_NORM,
         .name = "bn1",
         .n_inputs = 1,
         .inputs = {1},
         .groups = 2,
         .epsilon = 1e-5},
        {.kind = LAYER_LEAKY_RELU, .name = "relu1", .n_inputs = 1, .inputs = {2}, .slope = 0.01},
        {.kind = LAYER_MAX_POOL,
         .name = "pool",
         .n_inputs = 1,
         .inputs = {3},
         .kernel = 2,
         .stride = 2},
        {.kind = LAYER_FLATTEN, .name = "flatten", .n_inputs = 1, .inputs = {4}},
        {.kind = LAYER_LINEAR,
         .name = "fc1",
         .n_inputs = 1,
         .inputs = {5},
         .channels = 16,
         .bias = true},
        {.kind = LAYER_LEAKY_RELU, .name = "relu2", .n_inputs = 1, .inputs = {6}, .slope = 0.01},
        {.kind = LAYER_DROPOUT, .name = "dropout", .n_inputs = 1, .inputs = {7}, .rate = 0.25},
        {.kind = LAYER_LINEAR,
         .name = "fc2",
         .n_inputs = 1,
         .inputs = {8},
         .channels = BLOB_CLASSES,
         .bias = true},
    };
    const Recipe recipe = {
        .system = "blobs",
        .n_bands = BLOB_BANDS,
        .bands = {{"V", "F555W"}, {"I", "F814W"}},
        .n_classes = BLOB_CLASSES,
        .classes = {{.name = "round"}, {.name = "stretched"}, {.name = "empty"}},
        .cutout_size = BLOB_SIZE,
        .cutout_border = BLOB_SIZE / 2,
        .n_steps = 1,
        .steps = {{STEP_BAND_MEAN, BLOB_BANDS, {0.0}}},
    };
    Error error;
    Network *network;
    Model *model;
    blob_check(network_new(&network, &error), &error);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        size_t index;
        blob_check(network_add(network, &layers[i], &index, &error), &error);
    }
    Random random = random_start(seed, 1);
    network_init_xavier(network, &random);
    blob_check(model_new(&recipe, network, &model, &error), &error);
    blob_check(classifier_prepare(model->classifier, &error), &error);
    return model;
}

#endif
