#include "work/evaluate.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "classifier/recipe.h"

enum { BLOCK_MOST = 64 };

typedef struct Evaluation {
    const Model *model;
    const DatasetView *view;
    size_t block; // sources at a time
    float *scores;
    Executor **executors; // one a thread
    float **cutouts, **inputs;
    Status *statuses; // one a thread: the first that failed
    Error *errors;
} Evaluation;

static void evaluate_block(void *context, size_t item, size_t thread)
{
    Evaluation *run = context;
    if (run->statuses[thread] != STATUS_OK)
        return;
    const Dataset *dataset = run->view->dataset;
    size_t values = dataset_cutout_values(dataset), first = item * run->block;
    size_t n = run->view->n - first < run->block ? run->view->n - first : run->block;
    for (size_t i = 0; i < n; i++) {
        const float *cutout = dataset->cutouts + run->view->indices[first + i] * values;
        for (size_t k = 0; k < values; k++)
            run->cutouts[thread][i * values + k] = cutout[k];
    }
    size_t n_classes = network_class_count(model_network(run->model));
    float *scores = run->scores + first * n_classes;
    Error *error = &run->errors[thread];
    Status status =
        recipe_apply(&run->model->recipe, run->cutouts[thread], n, run->inputs[thread], error);
    if (status == STATUS_OK)
        status = executor_forward(run->executors[thread], run->inputs[thread], n, scores, error);
    if (status == STATUS_OK)
        network_softmax(scores, n, n_classes, scores);
    run->statuses[thread] = status;
}

static Status check_shape(const Model *model, const Dataset *dataset, Error *error)
{
    const Recipe *recipe = &model->recipe;
    if (dataset->n_bands == recipe->n_bands && dataset->size == recipe->cutout_size)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_INPUT,
                     "the dataset's cutouts have %zu bands and %zu pixels, the model takes %zu "
                     "bands and %zu pixels; make the dataset for this model",
                     dataset->n_bands, dataset->size, recipe->n_bands, recipe->cutout_size);
}

// Sources at a time: large inputs (299 x 299 x 6) in smaller blocks, so that a thread's input
// stays within some megabytes.
static size_t block_size(const Model *model)
{
    enum { VALUES_MOST = 1 << 20 };
    Shape shape = network_input_shape(model_network(model));
    size_t block = VALUES_MOST / (shape.height * shape.width * shape.channels) + 1;
    return block < BLOCK_MOST ? block : BLOCK_MOST;
}

static Status thread_room(Evaluation *run, size_t thread, Error *error)
{
    Shape shape = network_input_shape(model_network(run->model));
    run->cutouts[thread] =
        memory_new(run->block, dataset_cutout_values(run->view->dataset) * sizeof(float));
    run->inputs[thread] =
        memory_new_aligned(run->block, shape.height * shape.width * shape.channels * sizeof(float));
    if (run->cutouts[thread] == NULL || run->inputs[thread] == NULL)
        return error_memory(error, "evaluating");
    return executor_new(model_network(run->model), &run->executors[thread], error);
}

Status evaluate_dataset(const Model *model, const DatasetView *view, size_t n_threads,
                        float *scores, Error *error)
{
    Parallel *parallel = NULL;
    Status status = check_shape(model, view->dataset, error);
    if (status == STATUS_OK)
        status = parallel_new(n_threads, &parallel, error);
    if (status != STATUS_OK)
        return status;
    n_threads = parallel_thread_count(parallel);
    Evaluation run = {
        .model = model,
        .view = view,
        .block = block_size(model),
        .scores = scores,
        .executors = memory_new(n_threads, sizeof *run.executors),
        .cutouts = memory_new(n_threads, sizeof *run.cutouts),
        .inputs = memory_new(n_threads, sizeof *run.inputs),
        .statuses = memory_new(n_threads, sizeof *run.statuses),
        .errors = memory_new(n_threads, sizeof *run.errors),
    };
    bool enough = run.executors != NULL && run.cutouts != NULL && run.inputs != NULL &&
                  run.statuses != NULL && run.errors != NULL;
    if (!enough)
        status = error_memory(error, "evaluating");
    for (size_t i = 0; i < n_threads && status == STATUS_OK; i++)
        status = thread_room(&run, i, error);
    if (status == STATUS_OK)
        parallel_run(parallel, (view->n + run.block - 1) / run.block, evaluate_block, &run);
    for (size_t i = 0; i < n_threads && status == STATUS_OK; i++)
        if (run.statuses[i] != STATUS_OK)
            status = error_set(error, run.statuses[i], "%s", run.errors[i].text);
    for (size_t i = 0; i < n_threads && enough; i++) {
        executor_free(run.executors[i]);
        free(run.cutouts[i]);
        free(run.inputs[i]);
    }
    free(run.executors);
    free(run.cutouts);
    free(run.inputs);
    free(run.statuses);
    free(run.errors);
    parallel_free(parallel);
    return status;
}

size_t evaluate_argmax(const float *scores, size_t n_classes)
{
    size_t best = 0;
    for (size_t i = 1; i < n_classes; i++)
        if (scores[i] > scores[best])
            best = i;
    return best;
}
