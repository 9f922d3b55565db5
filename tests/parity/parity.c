// Runs a system's network on arrays that compare.py wrote, and writes what came out; also checks
// that results do not depend on batch, order or threads.
//
//   parity SYSTEM forward|train DIRECTORY
//
// Reads  DIRECTORY/input.npy [n][height][width][channels], labels.npy [n],
//        DIRECTORY/parameters/NAME.npy in PyTorch's layouts.
// Writes DIRECTORY/logits.npy [n][classes]; or losses.npy [20] (of Adam steps) and
//        DIRECTORY/gradients/NAME.npy (of the mean loss of all n, before the first step) and
//        DIRECTORY/activations/NAME.npy [n][height][width][channels] (of every leaky ReLU).
// Prints one line a check: "pass|fail WORDS". Dropout is switched off.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "npy.h"

#include "nn/run/executor.h"
#include "nn/train/trainer.h"
#include "systems/system.h"

enum { N_STEPS = 20, PATH_SIZE = 8192 };

// A tenth of the paper's: on four sources that one overshoots, which magnifies any rounding; with
// this one the losses fall steadily.
static const double learning_rate = 1e-5;

typedef struct Case {
    const char *directory;
    Network *network;
    PackedNetwork *packed;
    size_t n, classes, n_values;
    float *input;
    size_t *labels;
    float *logits;
} Case;

static void stop(const char *where, const Error *error)
{
    fprintf(stderr, "parity: %s: %s\n", where, error->text);
    exit(1);
}

static void check(bool ok, const char *words)
{
    printf("%s %s\n", ok ? "pass" : "fail", words);
}

static void *allocate(size_t n, size_t size)
{
    void *block = calloc(n, size);
    if (block == NULL) {
        fprintf(stderr, "parity: no memory\n");
        exit(1);
    }
    return block;
}

static float *read_array(const char *directory, const char *name, size_t n_values, size_t *n)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s.npy", directory, name);
    float *values = npy_read(path, n_values, n);
    if (values == NULL)
        exit(1);
    return values;
}

static void write_array(const char *directory, const char *name, const float *values,
                        const size_t *dimensions, size_t n_dimensions)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s.npy", directory, name);
    if (!npy_write(path, values, dimensions, n_dimensions)) {
        fprintf(stderr, "parity: %s cannot be written\n", path);
        exit(1);
    }
}

// The system's network without dropout.
static Network *build(const char *name)
{
    Error error = {0};
    const System *system = system_find(name);
    if (system == NULL) {
        fprintf(stderr, "parity: no system is called %s\n", name);
        exit(2);
    }
    Network *built, *network;
    if (system_build(system, &system->recipe, "", &built, &error) != STATUS_OK ||
        network_new(&network, &error) != STATUS_OK)
        stop(name, &error);
    for (size_t i = 0; i < network_layer_count(built); i++) {
        Layer layer = *network_layer(built, i);
        layer.rate = 0;
        if (network_add(network, &layer, NULL, &error) != STATUS_OK)
            stop(layer.name, &error);
    }
    network_free(built);
    return network;
}

static void load_parameters(Case *c)
{
    Error error = {0};
    char directory[PATH_SIZE / 2];
    snprintf(directory, sizeof directory, "%s/parameters", c->directory);
    for (size_t i = 0; i < network_parameter_count(c->network); i++) {
        Parameter *parameter = network_parameter(c->network, i);
        float *values = read_array(directory, parameter->name, parameter->n_values, NULL);
        memcpy(parameter->values, values, parameter->n_values * sizeof *values);
        free(values);
    }
    if (packed_network_new(c->network, false, NULL, &c->packed, &error) != STATUS_OK)
        stop("weights", &error);
}

static void load_batch(Case *c)
{
    Shape shape = network_input_shape(c->network);
    size_t n_labels;
    c->n_values = shape.height * shape.width * shape.channels;
    c->classes = network_class_count(c->network);
    float *labels = read_array(c->directory, "labels", 0, &n_labels);
    c->n = n_labels;
    c->input = read_array(c->directory, "input", c->n * c->n_values, NULL);
    c->labels = allocate(c->n, sizeof *c->labels);
    for (size_t i = 0; i < c->n; i++)
        c->labels[i] = (size_t)labels[i];
    free(labels);
}

// ---- Forward -----------------------------------------------------------------------------------

static void forward(const PackedNetwork *packed, const float *input, size_t n, float *logits)
{
    Error error = {0};
    Executor *executor;
    if (executor_new(packed, &executor, &error) != STATUS_OK ||
        executor_forward(executor, input, n, logits, &error) != STATUS_OK)
        stop("executor", &error);
    executor_free(executor);
}

static bool same_bits(const float *a, const float *b, size_t n)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

static void check_batches(const Case *c)
{
    float *logits = allocate(c->n * c->classes, sizeof *logits);
    for (size_t i = 0; i < c->n; i++)
        forward(c->packed, c->input + i * c->n_values, 1, logits + i * c->classes);
    check(same_bits(logits, c->logits, c->n * c->classes), "one by one: the same bits");
    size_t cut = c->n / 3;
    forward(c->packed, c->input, cut, logits);
    forward(c->packed, c->input + cut * c->n_values, c->n - cut, logits + cut * c->classes);
    check(same_bits(logits, c->logits, c->n * c->classes), "in two uneven batches: the same bits");
    free(logits);
}

static void check_order(const Case *c)
{
    float *input = allocate(c->n * c->n_values, sizeof *input);
    float *logits = allocate(c->n * c->classes, sizeof *logits);
    for (size_t i = 0; i < c->n; i++)
        memcpy(input + i * c->n_values, c->input + (c->n - 1 - i) * c->n_values,
               c->n_values * sizeof *input);
    forward(c->packed, input, c->n, logits);
    bool same = true;
    for (size_t i = 0; i < c->n; i++)
        same = same && same_bits(logits + i * c->classes, c->logits + (c->n - 1 - i) * c->classes,
                                 c->classes);
    check(same, "in reverse order: the same bits");
    free(input);
    free(logits);
}

typedef struct Run {
    const Case *c;
    float *logits;
} Run;

static void forward_one(void *context, size_t item, size_t thread)
{
    (void)thread;
    const Run *run = context;
    const Case *c = run->c;
    forward(c->packed, c->input + item * c->n_values, 1, run->logits + item * c->classes);
}

static void check_threads(const Case *c)
{
    Error error = {0};
    Parallel *parallel;
    Executor *executor;
    if (parallel_new(3, &parallel, &error) != STATUS_OK)
        stop("threads", &error);
    Run run = {c, allocate(c->n * c->classes, sizeof(float))};
    parallel_run(parallel, c->n, forward_one, &run);
    check(same_bits(run.logits, c->logits, c->n * c->classes), "on three threads: the same bits");
    if (executor_new_shared(c->packed, parallel, &executor, &error) != STATUS_OK ||
        executor_forward(executor, c->input, 1, run.logits, &error) != STATUS_OK)
        stop("a source for all threads", &error);
    check(same_bits(run.logits, c->logits, c->classes),
          "one source shared by three threads: the same bits");
    executor_free(executor);
    parallel_free(parallel);
    free(run.logits);
}

static void check_forward(Case *c)
{
    c->logits = allocate(c->n * c->classes, sizeof *c->logits);
    forward(c->packed, c->input, c->n, c->logits);
    write_array(c->directory, "logits", c->logits, (size_t[]){c->n, c->classes}, 2);
    check_batches(c);
    check_order(c);
    check_threads(c);
    free(c->logits);
}

// ---- Training ----------------------------------------------------------------------------------

static void write_gradients(const Case *c, const Trainer *trainer)
{
    char directory[PATH_SIZE / 2];
    snprintf(directory, sizeof directory, "%s/gradients", c->directory);
    for (size_t i = 0; i < network_parameter_count(c->network); i++) {
        const Parameter *parameter = network_parameter(c->network, i);
        if (trainer_gradient(trainer, i) != NULL)
            write_array(directory, parameter->name, trainer_gradient(trainer, i),
                        parameter->dimensions, parameter->n_dimensions);
    }
}

// Losses of N_STEPS Adam steps on the whole batch; the network's values move.
static void train(const Case *c, size_t n_threads, bool keep_gradients, float *losses)
{
    Error error = {0};
    Parallel *parallel;
    Trainer *trainer;
    OptimiserSettings settings = optimiser_defaults(OPTIMISER_ADAM);
    settings.learning_rate = learning_rate;
    if (parallel_new(n_threads, &parallel, &error) != STATUS_OK ||
        trainer_new(c->network, &settings, parallel, 1, 0, &trainer, &error) != STATUS_OK)
        stop("trainer", &error);
    for (size_t step = 0; step < N_STEPS; step++) {
        double loss;
        if (trainer_step(trainer, c->input, c->labels, c->n, &loss, NULL, &error) != STATUS_OK)
            stop("trainer_step", &error);
        losses[step] = (float)loss;
        if (step == 0 && keep_gradients)
            write_gradients(c, trainer);
    }
    trainer_free(trainer);
    parallel_free(parallel);
}

static bool same_values(const Network *a, const Network *b)
{
    for (size_t i = 0; i < network_parameter_count(a); i++) {
        const Parameter *parameter = network_parameter_const(a, i);
        if (!same_bits(parameter->values, network_parameter_const(b, i)->values,
                       parameter->n_values))
            return false;
    }
    return true;
}

static void write_activations(const Case *c)
{
    Error error = {0};
    Executor *executor;
    char directory[PATH_SIZE / 2];
    snprintf(directory, sizeof directory, "%s/activations", c->directory);
    if (executor_new(c->packed, &executor, &error) != STATUS_OK)
        stop("executor", &error);
    for (size_t i = 0; i < network_layer_count(c->network); i++) {
        if (network_layer(c->network, i)->kind != LAYER_LEAKY_RELU)
            continue;
        Shape shape = network_layer_shape(c->network, i);
        float *values =
            allocate(c->n * shape.height * shape.width * shape.channels, sizeof *values);
        if (executor_forward_layer(executor, c->input, c->n, i, values, &error) != STATUS_OK)
            stop("executor_forward_layer", &error);
        write_array(directory, network_layer(c->network, i)->name, values,
                    (size_t[]){c->n, shape.height, shape.width, shape.channels}, 4);
        free(values);
    }
    executor_free(executor);
}

static void check_training(const Case *c)
{
    Error error = {0};
    float losses[N_STEPS], again[N_STEPS];
    size_t n_steps = N_STEPS;
    Network *other;
    if (network_copy(c->network, &other, &error) != STATUS_OK)
        stop("network_copy", &error);
    write_activations(c);
    train(c, 2, true, losses);
    write_array(c->directory, "losses", losses, &n_steps, 1);
    Case second = *c;
    second.network = other;
    train(&second, 1, false, again);
    check(same_bits(losses, again, N_STEPS) && same_values(c->network, other),
          "trained on one and on two threads: the same weights");
    network_free(other);
}

int main(int argc, char **argv)
{
    if (argc != 4 || (strcmp(argv[2], "forward") != 0 && strcmp(argv[2], "train") != 0)) {
        fprintf(stderr, "usage: parity SYSTEM forward|train DIRECTORY\n");
        return 2;
    }
    Case c = {.directory = argv[3], .network = build(argv[1])};
    load_parameters(&c);
    load_batch(&c);
    if (strcmp(argv[2], "forward") == 0)
        check_forward(&c);
    else
        check_training(&c);
    packed_network_free(c.packed);
    network_free(c.network);
    free(c.input);
    free(c.labels);
    return 0;
}
