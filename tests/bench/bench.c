// The timed side of skyclass in `make bench`; bench.py drives it and the peers by turns.
//
//   bench                  reads "NETWORK MODE BATCH THREADS" lines (MODE: forward, train), answers
//                          each with the seconds that one batch took
//   bench machine          prints multiply-adds/s in the first-level cache and bytes/s from memory,
//                          of one core: what the floors are computed from
//   bench count NETWORK    multiply-adds of one source
//   bench model FILE       writes a StarcNet with random weights
//   bench mosaics DIR N    writes five N x N float images (band0.fits ... band4.fits)
//                          and the same tile-compressed (band0.fits.fz ...)
//   bench sources FILE N SIZE   writes a table of N random sources on such images
#include <fitsio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "classifier/model.h"
#include "networks.h"
#include "nn/product/matrix.h"
#include "nn/run/executor.h"
#include "nn/train/trainer.h"
#include "systems/system.h"

enum { THREADS_MAX = 64, BANDS = 5 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void require(Status status, const Error *error)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "bench: %s\n", error->text);
    exit(1);
}

static void *require_memory(void *block)
{
    if (block == NULL) {
        fprintf(stderr, "bench: out of memory\n");
        exit(1);
    }
    return block;
}

// ---- Networks ----------------------------------------------------------------------------------

// One network, ready to be timed again and again.
typedef struct Case {
    char name[32];
    Network *network;
    PackedNetwork *packed;
    Parallel *parallel;
    Trainer *trainer;
    Executor *executors[THREADS_MAX];
    size_t batch, n_threads;
    float *input, *logits;
    size_t *labels;
} Case;

static void case_free(Case *c)
{
    trainer_free(c->trainer);
    for (size_t i = 0; i < c->n_threads; i++)
        executor_free(c->executors[i]);
    parallel_free(c->parallel);
    packed_network_free(c->packed);
    network_free(c->network);
    free(c->input);
    free(c->logits);
    free(c->labels);
}

static Case case_new(const char *name, size_t batch, size_t n_threads)
{
    Error error = {0};
    Case c = {.batch = batch, .n_threads = n_threads, .network = bench_network(name)};
    if (c.network == NULL || n_threads == 0 || n_threads > THREADS_MAX || batch == 0) {
        fprintf(stderr, "bench: no such network, or threads or batch out of range\n");
        exit(2);
    }
    snprintf(c.name, sizeof c.name, "%s", name);
    require(parallel_new(n_threads, &c.parallel, &error), &error);
    require(packed_network_new(c.network, false, c.parallel, &c.packed, &error), &error);
    if (batch < n_threads)
        require(executor_new_shared(c.packed, c.parallel, &c.executors[0], &error), &error);
    else
        for (size_t i = 0; i < n_threads; i++)
            require(executor_new(c.packed, &c.executors[i], &error), &error);
    Shape shape = network_input_shape(c.network);
    size_t n_values = batch * shape.height * shape.width * shape.channels;
    c.input = require_memory(memory_new_aligned(n_values, sizeof *c.input));
    c.logits = require_memory(memory_new(batch * network_class_count(c.network), sizeof(float)));
    c.labels = require_memory(memory_new(batch, sizeof *c.labels));
    Random random = random_start(1, 1);
    for (size_t i = 0; i < n_values; i++)
        c.input[i] = (float)random_normal(&random);
    for (size_t i = 0; i < batch; i++)
        c.labels[i] = random_index(&random, network_class_count(c.network));
    return c;
}

// Each thread's share of the batch.
static void run_share(void *context, size_t item, size_t thread)
{
    Case *c = context;
    Error error = {0};
    Shape shape = network_input_shape(c->network);
    size_t first = item * c->batch / c->n_threads, end = (item + 1) * c->batch / c->n_threads;
    if (first < end)
        require(executor_forward(c->executors[thread],
                                 c->input + first * shape.height * shape.width * shape.channels,
                                 end - first, c->logits + first * network_class_count(c->network),
                                 &error),
                &error);
}

static void run_together(Case *c)
{
    Error error = {0};
    require(executor_forward(c->executors[0], c->input, c->batch, c->logits, &error), &error);
}

static double time_case(Case *c, const char *mode)
{
    Error error = {0};
    if (strcmp(mode, "train") == 0 && c->trainer == NULL) {
        OptimiserSettings settings = optimiser_defaults(OPTIMISER_ADAM);
        require(trainer_new(c->network, &settings, c->parallel, 1, 0, &c->trainer, &error), &error);
    }
    double start = seconds();
    if (strcmp(mode, "train") == 0)
        require(trainer_step(c->trainer, c->input, c->labels, c->batch, NULL, NULL, &error),
                &error);
    else if (c->batch < c->n_threads)
        run_together(c);
    else
        parallel_run(c->parallel, c->n_threads, run_share, c);
    return seconds() - start;
}

static int serve(void)
{
    char name[32], mode[16];
    size_t batch, n_threads;
    Case c = {0};
    while (scanf("%31s %15s %zu %zu", name, mode, &batch, &n_threads) == 4) {
        if (strcmp(name, c.name) != 0 || batch != c.batch || n_threads != c.n_threads) {
            case_free(&c);
            c = case_new(name, batch, n_threads);
            time_case(&c, mode); // the first run pays for page faults
        }
        printf("%.6f\n", time_case(&c, mode));
        fflush(stdout);
    }
    case_free(&c);
    return 0;
}

// ---- The machine -------------------------------------------------------------------------------

// A product whose operands stay in the first-level cache.
static double multiply_rate(void)
{
    enum { ROWS = 28, COLUMNS = 32, DEPTH = 128, TIMES = 2000 };
    static float a[ROWS * DEPTH], b[DEPTH * COLUMNS], c[ROWS * COLUMNS];
    MatrixProduct product = {.groups = 1,
                             .rows = ROWS,
                             .columns = COLUMNS,
                             .segments = 1,
                             .depth = DEPTH,
                             .a = a,
                             .a_row = DEPTH,
                             .a_step = 1,
                             .b = b,
                             .c = c,
                             .c_row = COLUMNS};
    double start = seconds();
    for (int i = 0; i < TIMES; i++)
        matrix_multiply(&product);
    return (double)ROWS * COLUMNS * DEPTH * TIMES / (seconds() - start);
}

static double memory_rate(void)
{
    enum { SIZE = 256 << 20 };
    char *from = require_memory(malloc(SIZE)), *to = require_memory(malloc(SIZE));
    memset(from, 1, SIZE);
    memset(to, 2, SIZE);
    void *(*volatile copy)(void *, const void *, size_t) = memcpy; // or the call is optimised away
    double start = seconds();
    copy(to, from, SIZE);
    double rate = 2.0 * SIZE / (seconds() - start);
    free(from);
    free(to);
    return rate;
}

static int print_machine(void)
{
    double multiply = 0.0, memory = 0.0;
    for (int i = 0; i < 9; i++) {
        double rate = multiply_rate();
        multiply = rate > multiply ? rate : multiply;
        rate = i < 3 ? memory_rate() : 0.0;
        memory = rate > memory ? rate : memory;
    }
    printf("%.4g %.4g\n", multiply, memory);
    return 0;
}

// ---- End to end --------------------------------------------------------------------------------

static int write_model(const char *path)
{
    Error error = {0};
    Model *model;
    require(model_new(&system_find("starcnet")->recipe, bench_network("starcnet"), &model, &error),
            &error);
    require(model_write(model, path, false, &error), &error);
    model_free(model);
    return 0;
}

// Noise with a smooth background: what a compressor meets in a real image. `ending` is cfitsio's.
static int write_mosaics(const char *directory, long size, const char *ending)
{
    float *row = require_memory(memory_new((size_t)size, sizeof *row));
    int status = 0;
    for (int band = 0; band < BANDS; band++) {
        char path[4096];
        snprintf(path, sizeof path, "!%s/band%d.fits%s", directory, band, ending);
        Random random = random_start(3, (uint64_t)band);
        fitsfile *file;
        long axes[2] = {size, size};
        fits_create_file(&file, path, &status);
        fits_create_img(file, FLOAT_IMG, 2, axes, &status);
        for (long y = 0; y < size && status == 0; y++) {
            for (long x = 0; x < size; x++) // a sum of two uniforms is noise enough, and quick
                row[x] = (float)(random_uniform(&random) + random_uniform(&random)) * 0.01f +
                         1e-5f * (float)y;
            fits_write_img(file, TFLOAT, y * size + 1, size, row, &status);
        }
        fits_close_file(file, &status);
    }
    free(row);
    if (status != 0)
        fits_report_error(stderr, status);
    return status != 0;
}

static int write_sources(const char *path, size_t n, double size)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    Random random = random_start(5, 0);
    for (size_t i = 0; i < n; i++)
        fprintf(file, "%zu %.3f %.3f\n", i + 1, 40.0 + random_uniform(&random) * (size - 80.0),
                40.0 + random_uniform(&random) * (size - 80.0));
    return fclose(file) != 0;
}

int main(int argc, char **argv)
{
    if (argc == 1)
        return serve();
    if (argc == 2 && strcmp(argv[1], "machine") == 0)
        return print_machine();
    if (argc == 3 && strcmp(argv[1], "count") == 0) {
        Network *network = bench_network(argv[2]);
        if (network == NULL)
            return 2;
        printf("%.0f\n", network_multiply_adds(network));
        network_free(network);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "model") == 0)
        return write_model(argv[2]);
    if (argc == 4 && strcmp(argv[1], "mosaics") == 0)
        return write_mosaics(argv[2], atol(argv[3]), "") ||
               write_mosaics(argv[2], atol(argv[3]), ".fz[compress]");
    if (argc == 5 && strcmp(argv[1], "sources") == 0)
        return write_sources(argv[2], (size_t)atol(argv[3]), atof(argv[4]));
    fprintf(stderr, "usage: see the head of tests/bench/bench.c\n");
    return 2;
}
