// The seeds that only skyclass itself can write: make_seeds CORPUS writes CORPUS/model/small.fits,
// CORPUS/dataset/small.fits and CORPUS/checkpoint/small.fits. Called by make_seeds.py.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/model.h"
#include "dataset/dataset_file.h"
#include "result/result_journal.h"
#include "work/checkpoint.h"

static const char *corpus;

static void check(Status status, const Error *error)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "%s\n", error->text);
    exit(1);
}

static const char *path_of(const char *target, const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s.fits", corpus, target, name);
    return path;
}

static Network *small_network(void)
{
    static const Layer layers[] = {
        {.kind = LAYER_INPUT, .name = "input", .height = 4, .width = 4, .channels = 1},
        {.kind = LAYER_CONVOLUTION, .name = "conv", .kernel = 3, .stride = 1, .channels = 2},
        {.kind = LAYER_BATCH_NORM, .name = "norm", .epsilon = 1e-5, .momentum = 0.1},
        {.kind = LAYER_RELU, .name = "relu"},
        {.kind = LAYER_ADD, .name = "add", .n_inputs = 2, .inputs = {1, 3}},
        {.kind = LAYER_FLATTEN, .name = "flatten"},
        {.kind = LAYER_LINEAR, .name = "fc", .channels = 2, .bias = true},
    };
    Network *network;
    Error error;
    check(network_new(&network, &error), &error);
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        Layer layer = layers[i];
        if (layer.n_inputs == 0 && i > 0) {
            layer.n_inputs = 1;
            layer.inputs[0] = i - 1;
        }
        check(network_add(network, &layer, NULL, &error), &error);
    }
    Random random = random_start(1, 0);
    network_init_he(network, &random);
    return network;
}

static void write_models(void)
{
    const Recipe recipe = {.system = "small",
                           .n_bands = 1,
                           .bands = {{.role = "V", .filters = "F555W F606W"}},
                           .n_classes = 2,
                           .classes = {{.name = "cluster"}, {.name = "not a cluster"}},
                           .pixel_scale = 0.04,
                           .cutout_size = 4,
                           .zero_block = 3,
                           .n_steps = 2,
                           .steps = {{STEP_RESIZE, 1, {4}}, {STEP_BAND_MEAN, 1, {0.25}}},
                           .n_views = 1,
                           .views = {{"1|2", {1, 2}}},
                           .decision = {.kind = DECISION_REJECT, .threshold = 0.5}};
    Model *model;
    Error error;
    check(model_new(&recipe, small_network(), &model, &error), &error);
    check(model_note(model, "epochs", "15", &error), &error);
    check(model_write(model, path_of("model", "small"), false, &error), &error);
    check(model_write(model, path_of("model", "compressed"), true, &error), &error);
    model_free(model);
}

static void write_dataset(void)
{
    Dataset *dataset;
    Error error;
    size_t column;
    check(dataset_new(3, 2, 3, 2, &dataset, &error), &error);
    strcpy(dataset->bands[0], "F555W");
    strcpy(dataset->bands[1], "F814W");
    dataset->pixel_scale = 0.04;
    check(dataset_add_field(dataset, "ngc1566", &error), &error);
    check(dataset_add_column(dataset, "magnitude", &column, &error), &error);
    for (size_t i = 0; i < dataset->n; i++) {
        dataset->ids[i] = strdup(i == 0 ? "A-1" : "7");
        dataset->labels[i] = i % 2 + 1;
        dataset->x[i] = 100.25 + (double)i;
        dataset->y[i] = 20.5;
        dataset->columns[column][i] = 21.5;
        dataset->cutouts[i] = 0.5f;
    }
    check(dataset_write(dataset, path_of("dataset", "small"), &error), &error);
    dataset_free(dataset);
}

// The run of fuzz_checkpoint.c.
static void write_checkpoint(void)
{
    float weights[6] = {1, 2, 3, 4, 5, 6}, moments[3] = {0.5f, 0.25f, 0};
    double epoch = 3, loss = 0.75;
    Random random = random_start(1, 2);
    const CheckpointArray arrays[] = {{"weights", weights, 6}, {"moments", moments, 3}};
    const CheckpointNumber numbers[] = {{"epoch", &epoch}, {"loss", &loss}};
    const Checkpoint checkpoint = {.settings = "epochs=2",
                                   .n_arrays = 2,
                                   .arrays = arrays,
                                   .n_numbers = 2,
                                   .numbers = numbers,
                                   .random = &random};
    Error error;
    check(checkpoint_write(&checkpoint, path_of("checkpoint", "small"), &error), &error);
}

// The rows of fuzz_journal.c.
static void write_journal(void)
{
    enum { N = 5, CLASSES = 4 };
    static const char *const names[CLASSES] = {"one", "two", "three", "four"};
    static const unsigned char known[N] = {1, 0, 1, 1, 0};
    char id[] = "id";
    Source sources[N];
    for (size_t i = 0; i < N; i++)
        sources[i] = (Source){.id = id};
    SourceList list = {.n = N, .sources = sources, .path = (char[]){"fuzz"}};
    Result *result;
    Error error;
    check(result_new(&list, CLASSES, names, &result, &error), &error);
    for (size_t i = 0; i < N; i++) {
        result->classes[i] = i % CLASSES;
        result->scores[i * CLASSES] = 0.5f;
    }
    check(result_journal_write(result, known, "the same list, images, model and options",
                               path_of("journal", "three_rows"), &error),
          &error);
    result_free(result);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_seeds CORPUS\n");
        return 2;
    }
    corpus = argv[1];
    write_models();
    write_dataset();
    write_checkpoint();
    write_journal();
    return 0;
}
