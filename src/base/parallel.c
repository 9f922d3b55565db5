#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

typedef struct Worker {
    struct Parallel *parallel;
    size_t index;
    pthread_t thread;
} Worker;

struct Parallel {
    pthread_mutex_t mutex;
    pthread_cond_t start;
    pthread_cond_t finish;
    size_t round;     // counts parallel_run calls; a worker runs once a round
    size_t n_running; // workers still busy in this round
    bool quit;
    void (*work)(void *context, size_t item, size_t thread);
    void *context;
    size_t n_items;
    atomic_size_t next_item;
    size_t n_threads;
    Worker workers[];
};

static void take_items(Parallel *parallel, size_t thread)
{
    size_t item;
    while ((item = atomic_fetch_add(&parallel->next_item, 1)) < parallel->n_items)
        parallel->work(parallel->context, item, thread);
}

static void *worker_main(void *argument)
{
    Worker *worker = argument;
    Parallel *parallel = worker->parallel;
    size_t seen = 0;
    pthread_mutex_lock(&parallel->mutex);
    for (;;) {
        while (parallel->round == seen && !parallel->quit)
            pthread_cond_wait(&parallel->start, &parallel->mutex);
        if (parallel->quit)
            break;
        seen = parallel->round;
        pthread_mutex_unlock(&parallel->mutex);
        take_items(parallel, worker->index);
        pthread_mutex_lock(&parallel->mutex);
        if (--parallel->n_running == 0)
            pthread_cond_signal(&parallel->finish);
    }
    pthread_mutex_unlock(&parallel->mutex);
    return NULL;
}

size_t share_begin(Share share, size_t n)
{
    return n / share.count * share.index + n % share.count * share.index / share.count;
}

size_t share_end(Share share, size_t n)
{
    return share_begin((Share){share.index + 1, share.count}, n);
}

size_t parallel_core_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? (size_t)n : 1;
}

Status parallel_new(size_t n_threads, Parallel **result, Error *error)
{
    *result = NULL;
    if (n_threads == 0)
        n_threads = parallel_core_count();
    Parallel *parallel = memory_new(1, sizeof *parallel + n_threads * sizeof(Worker));
    if (parallel == NULL)
        return error_memory(error, "worker threads");
    pthread_mutex_init(&parallel->mutex, NULL);
    pthread_cond_init(&parallel->start, NULL);
    pthread_cond_init(&parallel->finish, NULL);
    parallel->n_threads = 1;
    for (size_t i = 1; i < n_threads; i++) {
        Worker *worker = &parallel->workers[i];
        worker->parallel = parallel;
        worker->index = i;
        if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0) {
            parallel_free(parallel);
            return error_set(error, STATUS_MEMORY,
                             "could not start %zu threads; ask for fewer with --jobs", n_threads);
        }
        parallel->n_threads = i + 1;
    }
    *result = parallel;
    return STATUS_OK;
}

void parallel_free(Parallel *parallel)
{
    if (parallel == NULL)
        return;
    pthread_mutex_lock(&parallel->mutex);
    parallel->quit = true;
    pthread_cond_broadcast(&parallel->start);
    pthread_mutex_unlock(&parallel->mutex);
    for (size_t i = 1; i < parallel->n_threads; i++)
        pthread_join(parallel->workers[i].thread, NULL);
    pthread_cond_destroy(&parallel->start);
    pthread_cond_destroy(&parallel->finish);
    pthread_mutex_destroy(&parallel->mutex);
    free(parallel);
}

size_t parallel_thread_count(const Parallel *parallel)
{
    return parallel->n_threads;
}

void parallel_run(Parallel *parallel, size_t n_items,
                  void (*work)(void *context, size_t item, size_t thread), void *context)
{
    pthread_mutex_lock(&parallel->mutex);
    parallel->work = work;
    parallel->context = context;
    parallel->n_items = n_items;
    atomic_store(&parallel->next_item, 0);
    parallel->n_running = parallel->n_threads - 1;
    parallel->round++;
    pthread_cond_broadcast(&parallel->start);
    pthread_mutex_unlock(&parallel->mutex);
    take_items(parallel, 0);
    pthread_mutex_lock(&parallel->mutex);
    while (parallel->n_running > 0)
        pthread_cond_wait(&parallel->finish, &parallel->mutex);
    pthread_mutex_unlock(&parallel->mutex);
}
