#include "work/classify.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "work/evaluate.h"

enum {
    BATCH_MOST = 64,   // where the fully connected layers' weights are read often enough
    BATCH_LEAST = 8,   // at the end, where small batches let the threads end together
    BATCHES_AHEAD = 2, // read before they are needed, besides one for each thread
};

// Multiply-adds after which a batch should report: about half a second of one core.
static const double batch_multiply_adds = 1e11;

// Some consecutive sources of the visiting order with their pixels.
typedef struct Batch {
    struct Batch *next;
    const size_t *order; // [n]
    size_t n;
    float *cutouts; // [n][size][size][bands]
    unsigned *flags;
} Batch;

typedef struct Pipeline {
    const Model *model;
    Bands *bands;
    const SourceList *list;
    const ClassifyOptions *options;
    Result *result;
    size_t *order;
    size_t batch_most;
    size_t n_threads, n_workers;

    pthread_mutex_t mutex; // guards what follows
    pthread_cond_t changed;
    Batch *idle;               // free to be read into
    Batch *ready, **ready_end; // to be computed, in order
    bool all_read;             // no further batch will become ready
    Status status;             // the first failure, or cancellation
    Error error;

    pthread_mutex_t report_mutex; // serialises the progress callback; guards n_done
    size_t n_done;
} Pipeline;

static void fail(Pipeline *pipeline, Status status, const Error *error)
{
    pthread_mutex_lock(&pipeline->mutex);
    if (pipeline->status == STATUS_OK) {
        pipeline->status = status;
        if (error != NULL)
            pipeline->error = *error;
    }
    pthread_cond_broadcast(&pipeline->changed);
    pthread_mutex_unlock(&pipeline->mutex);
}

// ---- Computing -----------------------------------------------------------------------------

typedef struct Worker {
    Pipeline *pipeline;
    pthread_t thread;
    bool started;
    Parallel *parallel; // of a worker that has all threads for itself
    Executor *executor;
    float *input;  // [batch_most][h][w][c]
    float *scores; // [batch_most][classes]
} Worker;

// A ready batch, or NULL when there is none left or the run has failed.
static Batch *take_ready(Pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->mutex);
    while (pipeline->ready == NULL && !pipeline->all_read && pipeline->status == STATUS_OK)
        pthread_cond_wait(&pipeline->changed, &pipeline->mutex);
    Batch *batch = pipeline->status == STATUS_OK ? pipeline->ready : NULL;
    if (batch != NULL) {
        pipeline->ready = batch->next;
        if (pipeline->ready == NULL)
            pipeline->ready_end = &pipeline->ready;
    }
    pthread_mutex_unlock(&pipeline->mutex);
    return batch;
}

static void give_back(Pipeline *pipeline, Batch *batch)
{
    pthread_mutex_lock(&pipeline->mutex);
    batch->next = pipeline->idle;
    pipeline->idle = batch;
    pthread_cond_broadcast(&pipeline->changed);
    pthread_mutex_unlock(&pipeline->mutex);
}

static void store_row(Pipeline *pipeline, size_t row, const float *scores, unsigned flags)
{
    Result *result = pipeline->result;
    bool finite = scores != NULL;
    for (size_t i = 0; i < result->n_classes && finite; i++)
        finite = isfinite(scores[i]);
    if (scores != NULL && !finite)
        flags |= SOURCE_FLAG_NO_DATA;
    float *to = result->scores + row * result->n_classes;
    for (size_t i = 0; i < result->n_classes; i++)
        to[i] = finite ? scores[i] : NAN;
    result->classes[row] = finite ? evaluate_argmax(scores, result->n_classes) + 1 : 0;
    result->flags[row] = flags;
}

// Moves the cutouts that are to be classified to the front; how many there are.
static size_t pack_cutouts(Batch *batch, size_t values)
{
    size_t n = 0;
    for (size_t i = 0; i < batch->n; i++) {
        if (batch->flags[i] & SOURCE_FLAG_NOT_CLASSIFIED)
            continue;
        if (n != i)
            memcpy(batch->cutouts + n * values, batch->cutouts + i * values,
                   values * sizeof *batch->cutouts);
        n++;
    }
    return n;
}

static Status compute(Worker *worker, Batch *batch, Error *error)
{
    Pipeline *pipeline = worker->pipeline;
    const Recipe *recipe = &pipeline->model->recipe;
    size_t values = recipe->cutout_size * recipe->cutout_size * recipe->n_bands;
    size_t n = pack_cutouts(batch, values), n_classes = recipe->n_classes;
    Status status = recipe_apply(recipe, batch->cutouts, n, worker->input, error);
    if (status == STATUS_OK && n > 0)
        status = executor_forward(worker->executor, worker->input, n, worker->scores, error);
    if (status != STATUS_OK)
        return status;
    network_softmax(worker->scores, n, n_classes, worker->scores);
    const float *scores = worker->scores;
    for (size_t i = 0; i < batch->n; i++) {
        bool classified = !(batch->flags[i] & SOURCE_FLAG_NOT_CLASSIFIED);
        store_row(pipeline, batch->order[i], classified ? scores : NULL, batch->flags[i]);
        scores += classified ? n_classes : 0;
    }
    return STATUS_OK;
}

static void report(Pipeline *pipeline, const Batch *batch)
{
    const ClassifyOptions *options = pipeline->options;
    pthread_mutex_lock(&pipeline->report_mutex);
    pipeline->n_done += batch->n;
    bool cancelled = options->progress != NULL &&
                     options->progress(options->progress_context, batch->order, batch->n,
                                       pipeline->n_done, pipeline->list->n) != 0;
    pthread_mutex_unlock(&pipeline->report_mutex);
    if (cancelled) {
        Error error;
        error_set(&error, STATUS_CANCELLED, "classification was cancelled");
        fail(pipeline, STATUS_CANCELLED, &error);
    }
}

static Status worker_room(Worker *worker, Error *error)
{
    const Network *network = model_network(worker->pipeline->model);
    Shape shape = network_input_shape(network);
    size_t most = worker->pipeline->batch_most;
    worker->input = memory_new_aligned(most, shape.height * shape.width * shape.channels *
                                                 sizeof *worker->input);
    worker->scores = memory_new(most, network_class_count(network) * sizeof *worker->scores);
    if (worker->input == NULL || worker->scores == NULL)
        return error_memory(error, "classifying");
    if (worker->pipeline->n_workers > 1)
        return executor_new(network, &worker->executor, error);
    Status status = parallel_new(worker->pipeline->n_threads, &worker->parallel, error);
    if (status == STATUS_OK)
        status = executor_new_shared(network, worker->parallel, &worker->executor, error);
    return status;
}

static void *worker_main(void *argument)
{
    Worker *worker = argument;
    Pipeline *pipeline = worker->pipeline;
    Error error;
    Status status = worker_room(worker, &error);
    Batch *batch;
    while (status == STATUS_OK && (batch = take_ready(pipeline)) != NULL) {
        status = compute(worker, batch, &error);
        if (status == STATUS_OK)
            report(pipeline, batch);
        give_back(pipeline, batch);
    }
    if (status != STATUS_OK)
        fail(pipeline, status, &error);
    return NULL;
}

// ---- Reading -------------------------------------------------------------------------------

static Batch *take_idle(Pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->mutex);
    while (pipeline->idle == NULL && pipeline->status == STATUS_OK)
        pthread_cond_wait(&pipeline->changed, &pipeline->mutex);
    Batch *batch = pipeline->status == STATUS_OK ? pipeline->idle : NULL;
    if (batch != NULL)
        pipeline->idle = batch->next;
    pthread_mutex_unlock(&pipeline->mutex);
    return batch;
}

static void make_ready(Pipeline *pipeline, Batch *batch)
{
    pthread_mutex_lock(&pipeline->mutex);
    batch->next = NULL;
    *pipeline->ready_end = batch;
    pipeline->ready_end = &batch->next;
    pthread_cond_broadcast(&pipeline->changed);
    pthread_mutex_unlock(&pipeline->mutex);
}

// Small batches first where early results are wanted, then growing ones, and smaller ones again
// towards the end, so that no thread is left alone with a large one.
static size_t next_size(const Pipeline *pipeline, size_t previous, size_t n_left)
{
    size_t most = pipeline->batch_most, first = pipeline->options->first_batch;
    size_t size = most;
    if (first > 0)
        size = previous == 0 ? first : 2 * previous;
    size_t share = n_left / (2 * pipeline->n_workers);
    share = share > BATCH_LEAST ? share : BATCH_LEAST;
    size = size < share ? size : share;
    size = size < most ? size : most;
    return size < n_left ? size : n_left;
}

static void read_batches(Pipeline *pipeline)
{
    const CutoutRule rule = recipe_cutout_rule(&pipeline->model->recipe);
    size_t n = pipeline->list->n, size = 0;
    for (size_t first = 0; first < n; first += size) {
        Batch *batch = take_idle(pipeline);
        if (batch == NULL)
            return;
        size = next_size(pipeline, size, n - first);
        batch->order = pipeline->order + first;
        batch->n = size;
        Error error;
        Status status = cutout_read(pipeline->bands, &rule, pipeline->list->sources, batch->order,
                                    size, batch->cutouts, batch->flags, &error);
        if (status != STATUS_OK) {
            give_back(pipeline, batch);
            fail(pipeline, status, &error);
            return;
        }
        make_ready(pipeline, batch);
    }
    pthread_mutex_lock(&pipeline->mutex);
    pipeline->all_read = true;
    pthread_cond_broadcast(&pipeline->changed);
    pthread_mutex_unlock(&pipeline->mutex);
}

// Workers that have something to do: a batch of the least size for each. One alone shares its
// batches out over all threads.
static size_t worker_count(size_t n_threads, size_t n_sources)
{
    size_t most = (n_sources + BATCH_LEAST - 1) / BATCH_LEAST;
    most = most > 0 ? most : 1;
    return n_threads < most ? n_threads : most;
}

// ---- The whole -----------------------------------------------------------------------------

static Status check_arguments(const Model *model, const Bands *bands, const SourceList *list,
                              const Result *result, Error *error)
{
    const Recipe *recipe = &model->recipe;
    if (bands_count(bands) != recipe->n_bands) {
        char roles[RECIPE_BANDS_MAX * (RECIPE_NAME_SIZE + 1)] = "";
        size_t length = 0;
        for (size_t i = 0; i < recipe->n_bands; i++)
            length += (size_t)snprintf(roles + length, sizeof roles - length, "%s%s",
                                       i > 0 ? " " : "", recipe->bands[i].role);
        return error_set(error, STATUS_BAD_INPUT,
                         "model %s takes %zu bands (%s), but %zu images were given", model->name,
                         recipe->n_bands, roles, bands_count(bands));
    }
    if (result->list != list || result->n_classes != recipe->n_classes)
        return error_set(error, STATUS_USAGE,
                         "the result was made for other sources or for %zu classes, the model has "
                         "%zu",
                         result->n_classes, recipe->n_classes);
    return STATUS_OK;
}

static size_t batch_size_most(const Model *model)
{
    double multiply_adds = network_multiply_adds(model_network(model));
    double most = multiply_adds > 0.0 ? batch_multiply_adds / multiply_adds : BATCH_MOST;
    return most < 1.0 ? 1 : most > BATCH_MOST ? BATCH_MOST : (size_t)most;
}

static Status make_batches(Pipeline *pipeline, Batch *batches, size_t n, Error *error)
{
    const Recipe *recipe = &pipeline->model->recipe;
    size_t values = recipe->cutout_size * recipe->cutout_size * recipe->n_bands;
    for (size_t i = 0; i < n; i++) {
        Batch *batch = &batches[i];
        batch->cutouts = memory_new(pipeline->batch_most, values * sizeof *batch->cutouts);
        batch->flags = memory_new(pipeline->batch_most, sizeof *batch->flags);
        if (batch->cutouts == NULL || batch->flags == NULL)
            return error_memory(error, "cutouts");
        batch->next = pipeline->idle;
        pipeline->idle = batch;
    }
    return STATUS_OK;
}

// Starts the workers, reads for them, waits for them.
static Status run_threads(Pipeline *pipeline, Worker *workers, Error *error)
{
    size_t n_started = 0;
    for (size_t i = 0; i < pipeline->n_workers; i++) {
        workers[i].pipeline = pipeline;
        workers[i].started =
            pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) == 0;
        n_started += workers[i].started ? 1 : 0;
    }
    if (n_started == 0)
        pipeline->status =
            error_set(&pipeline->error, STATUS_MEMORY,
                      "no thread could be started; close other programs and try again");
    read_batches(pipeline);
    for (size_t i = 0; i < pipeline->n_workers; i++) {
        if (workers[i].started)
            pthread_join(workers[i].thread, NULL);
        executor_free(workers[i].executor);
        parallel_free(workers[i].parallel);
        free(workers[i].input);
        free(workers[i].scores);
    }
    // A cancellation after the last source cancelled nothing.
    if (pipeline->status == STATUS_CANCELLED && pipeline->n_done == pipeline->list->n)
        return STATUS_OK;
    if (pipeline->status != STATUS_OK)
        return error_set(error, pipeline->status, "%s", pipeline->error.text);
    return STATUS_OK;
}

Status classify(const Model *model, Bands *bands, const SourceList *list,
                const ClassifyOptions *options, Result *result, Error *error)
{
    Status status = check_arguments(model, bands, list, result, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < list->n; i++)
        result->flags[i] = SOURCE_FLAG_NOT_DONE;
    Pipeline pipeline = {
        .model = model,
        .bands = bands,
        .list = list,
        .options = options,
        .result = result,
        .order = memory_new(list->n, sizeof *pipeline.order),
        .batch_most = batch_size_most(model),
        .n_threads = options->n_threads > 0 ? options->n_threads : parallel_core_count(),
    };
    pipeline.n_workers = worker_count(pipeline.n_threads, list->n);
    pipeline.ready_end = &pipeline.ready;
    pthread_mutex_init(&pipeline.mutex, NULL);
    pthread_mutex_init(&pipeline.report_mutex, NULL);
    pthread_cond_init(&pipeline.changed, NULL);
    size_t n_batches = pipeline.n_workers + BATCHES_AHEAD;
    Batch *batches = memory_new(n_batches, sizeof *batches);
    Worker *workers = memory_new(pipeline.n_workers, sizeof *workers);
    if (pipeline.order == NULL || batches == NULL || workers == NULL)
        status = error_memory(error, "classifying");
    if (status == STATUS_OK)
        status = make_batches(&pipeline, batches, n_batches, error);
    if (status == STATUS_OK) {
        cutout_order(list->sources, list->n, pipeline.order);
        status = run_threads(&pipeline, workers, error);
    }
    for (size_t i = 0; i < n_batches && batches != NULL; i++) {
        free(batches[i].cutouts);
        free(batches[i].flags);
    }
    free(batches);
    free(workers);
    free(pipeline.order);
    pthread_cond_destroy(&pipeline.changed);
    pthread_mutex_destroy(&pipeline.report_mutex);
    pthread_mutex_destroy(&pipeline.mutex);
    return status;
}
