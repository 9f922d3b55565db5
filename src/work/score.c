#include "work/score.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "sky/cutout/cutout.h"

enum {
    BATCH_MOST = 64,   // where the fully connected layers' weights are read often enough
    BATCH_LEAST = 8,   // at the end, where small batches let the threads end together
    BATCHES_AHEAD = 2, // read before they are needed, besides one for each thread
};

// Multiply-adds after which a batch should report: about half a second of one core.
static const double batch_multiply_adds = 1e11;

// Some consecutive sources with their pixels.
typedef struct Batch {
    struct Batch *next;
    size_t first, n; // sources
    float *cutouts;  // [n][size][size][bands]
    unsigned *flags;
} Batch;

typedef struct Pipeline {
    const Scoring *scoring;
    size_t n_members, n_classes;
    size_t cutout_values; // floats of a cutout
    size_t input_values;  // floats of an input
    size_t batch_most;
    size_t n_threads, n_workers;

    pthread_mutex_t mutex; // guards what follows
    pthread_cond_t changed;
    Batch *idle;               // free to be read into
    Batch *ready, **ready_end; // to be computed, in order
    bool all_read;             // no further batch will become ready
    Status status;             // the first failure, or cancellation
    Error error;

    pthread_mutex_t report_mutex; // serialises the report; guards n_done
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
    Scorer *scorer;
    float *input;  // [batch_most][h][w][c]
    float *scores; // [batch_most][members][classes]
    float *mean;   // [classes] of one source
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

static bool all_finite(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

// `members` are the source's scores, NULL where it was not scored.
static void store_row(const Worker *worker, size_t source, const float *members, unsigned flags)
{
    const Pipeline *pipeline = worker->pipeline;
    const Scoring *scoring = pipeline->scoring;
    ScoreRow row = {.flags = flags};
    if (members != NULL && all_finite(members, pipeline->n_members * pipeline->n_classes)) {
        row.verdict = decision_apply(&scoring->model->recipe.decision, members, pipeline->n_members,
                                     pipeline->n_classes, worker->mean);
        row.members = members;
        row.scores = worker->mean;
    } else if (members != NULL) {
        row.flags |= SOURCE_FLAG_NO_DATA;
    }
    scoring->store(scoring->context, source, &row);
}

// Moves the cutouts that are to be scored to the front; how many there are.
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
    const Pipeline *pipeline = worker->pipeline;
    size_t n = pack_cutouts(batch, pipeline->cutout_values);
    Status status =
        recipe_apply(&pipeline->scoring->model->recipe, batch->cutouts, n, worker->input, error);
    if (status == STATUS_OK && n > 0)
        status = scorer_run(worker->scorer, worker->input, n, worker->scores, error);
    if (status != STATUS_OK)
        return status;
    const float *scores = worker->scores;
    for (size_t i = 0; i < batch->n; i++) {
        bool scored = !(batch->flags[i] & SOURCE_FLAG_NOT_CLASSIFIED);
        store_row(worker, batch->first + i, scored ? scores : NULL, batch->flags[i]);
        scores += scored ? pipeline->n_members * pipeline->n_classes : 0;
    }
    return STATUS_OK;
}

static void report(Pipeline *pipeline, const Batch *batch)
{
    const Scoring *scoring = pipeline->scoring;
    pthread_mutex_lock(&pipeline->report_mutex);
    pipeline->n_done += batch->n;
    bool cancelled = scoring->report != NULL &&
                     scoring->report(scoring->context, batch->first, batch->n, pipeline->n_done);
    pthread_mutex_unlock(&pipeline->report_mutex);
    if (cancelled) {
        Error error;
        error_set(&error, STATUS_CANCELLED, "classification was cancelled");
        fail(pipeline, STATUS_CANCELLED, &error);
    }
}

static Status worker_room(Worker *worker, Error *error)
{
    const Pipeline *pipeline = worker->pipeline;
    const Classifier *classifier = pipeline->scoring->model->classifier;
    size_t most = pipeline->batch_most;
    worker->input = memory_new_aligned(most, pipeline->input_values * sizeof *worker->input);
    worker->scores =
        memory_new(most, pipeline->n_members * pipeline->n_classes * sizeof *worker->scores);
    worker->mean = memory_new(pipeline->n_classes, sizeof *worker->mean);
    if (worker->input == NULL || worker->scores == NULL || worker->mean == NULL)
        return error_memory(error, "classifying");
    if (pipeline->n_workers > 1)
        return scorer_new(classifier, NULL, &worker->scorer, error);
    Status status = parallel_new(pipeline->n_threads, &worker->parallel, error);
    if (status == STATUS_OK)
        status = scorer_new(classifier, worker->parallel, &worker->scorer, error);
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
    size_t most = pipeline->batch_most, first = pipeline->scoring->first_batch;
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
    const Scoring *scoring = pipeline->scoring;
    size_t size = 0;
    for (size_t first = 0; first < scoring->n; first += size) {
        Batch *batch = take_idle(pipeline);
        if (batch == NULL)
            return;
        size = next_size(pipeline, size, scoring->n - first);
        batch->first = first;
        batch->n = size;
        Error error;
        Status status =
            scoring->read(scoring->context, first, size, batch->cutouts, batch->flags, &error);
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

static size_t batch_size_most(const Model *model)
{
    // An ensemble's members each get the batch that is best for one: what limits it is how often a
    // network's weights are read.
    double multiply_adds = classifier_multiply_adds(model->classifier) /
                           (double)classifier_member_count(model->classifier);
    double most = multiply_adds > 0.0 ? batch_multiply_adds / multiply_adds : BATCH_MOST;
    return most < 1.0 ? 1 : most > BATCH_MOST ? BATCH_MOST : (size_t)most;
}

static Status make_batches(Pipeline *pipeline, Batch *batches, size_t n, Error *error)
{
    for (size_t i = 0; i < n; i++) {
        Batch *batch = &batches[i];
        batch->cutouts =
            memory_new(pipeline->batch_most, pipeline->cutout_values * sizeof *batch->cutouts);
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
        scorer_free(workers[i].scorer);
        parallel_free(workers[i].parallel);
        free(workers[i].input);
        free(workers[i].scores);
        free(workers[i].mean);
    }
    // A cancellation after the last source cancelled nothing.
    if (pipeline->status == STATUS_CANCELLED && pipeline->n_done == pipeline->scoring->n)
        return STATUS_OK;
    if (pipeline->status != STATUS_OK)
        return error_set(error, pipeline->status, "%s", pipeline->error.text);
    return STATUS_OK;
}

Status score_run(const Scoring *scoring, Error *error)
{
    const Recipe *recipe = &scoring->model->recipe;
    const InputShape input = recipe_input_shape(recipe);
    Pipeline pipeline = {
        .scoring = scoring,
        .n_members = classifier_member_count(scoring->model->classifier),
        .n_classes = recipe->n_classes,
        .cutout_values = recipe->cutout_size * recipe->cutout_size * recipe->n_bands,
        .input_values = input.size * input.size * input.channels,
        .batch_most = batch_size_most(scoring->model),
        .n_threads = scoring->n_threads > 0 ? scoring->n_threads : parallel_core_count(),
    };
    Status status = STATUS_OK;
    pipeline.n_workers = worker_count(pipeline.n_threads, scoring->n);
    pipeline.ready_end = &pipeline.ready;
    pthread_mutex_init(&pipeline.mutex, NULL);
    pthread_mutex_init(&pipeline.report_mutex, NULL);
    pthread_cond_init(&pipeline.changed, NULL);
    size_t n_batches = pipeline.n_workers + BATCHES_AHEAD;
    Batch *batches = memory_new(n_batches, sizeof *batches);
    Worker *workers = memory_new(pipeline.n_workers, sizeof *workers);
    if (batches == NULL || workers == NULL)
        status = error_memory(error, "classifying");
    if (status == STATUS_OK)
        status = make_batches(&pipeline, batches, n_batches, error);
    if (status == STATUS_OK)
        status = run_threads(&pipeline, workers, error);
    for (size_t i = 0; i < n_batches && batches != NULL; i++) {
        free(batches[i].cutouts);
        free(batches[i].flags);
    }
    free(batches);
    free(workers);
    pthread_cond_destroy(&pipeline.changed);
    pthread_mutex_destroy(&pipeline.report_mutex);
    pthread_mutex_destroy(&pipeline.mutex);
    return status;
}
