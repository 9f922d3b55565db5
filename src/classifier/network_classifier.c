// A network as a classifier: its scores are the softmax of its logits.
#include <stdlib.h>

#include "base/memory.h"
#include "classifier/classifier_internal.h"
#include "nn/run/executor.h"
#include "nn/run/softmax.h"

typedef struct NetworkRunner {
    Executor *executor;
    size_t n_classes;
} NetworkRunner;

static void state_free(void *state)
{
    network_free(state);
}

static size_t one_member(const void *state)
{
    (void)state;
    return 1;
}

static size_t class_count(const void *state)
{
    return network_class_count(state);
}

static InputShape input_shape(const void *state)
{
    Shape shape = network_input_shape(state);
    return (InputShape){shape.height, shape.channels};
}

static double multiply_adds(const void *state)
{
    return network_multiply_adds(state);
}

static Network *network_of(const void *state, size_t member)
{
    return member == 0 ? (Network *)state : NULL;
}

static Status prepare(void *state, Error *error)
{
    return network_prepare(state, error);
}

static void runner_free(void *runner)
{
    executor_free(((NetworkRunner *)runner)->executor);
    free(runner);
}

static Status runner_new(const void *state, Parallel *parallel, void **result, Error *error)
{
    NetworkRunner *runner = memory_new(1, sizeof *runner);
    *result = runner;
    if (runner == NULL)
        return error_memory(error, "scoring");
    runner->n_classes = network_class_count(state);
    Status status = parallel == NULL
                        ? executor_new(state, &runner->executor, error)
                        : executor_new_shared(state, parallel, &runner->executor, error);
    if (status != STATUS_OK)
        runner_free(runner);
    return status;
}

static Status runner_run(void *state, const float *input, size_t n, float *scores, Error *error)
{
    NetworkRunner *runner = state;
    Status status = executor_forward(runner->executor, input, n, scores, error);
    if (status == STATUS_OK)
        network_softmax(scores, n, runner->n_classes, scores);
    return status;
}

Status classifier_of_network(Network *network, Classifier **classifier, Error *error)
{
    static const ClassifierKind kind = {
        .name = "network",
        .free = state_free,
        .member_count = one_member,
        .class_count = class_count,
        .input_shape = input_shape,
        .multiply_adds = multiply_adds,
        .network = network_of,
        .prepare = prepare,
        .runner_new = runner_new,
        .runner_run = runner_run,
        .runner_free = runner_free,
    };
    *classifier = NULL;
    if (network_layer_count(network) == 0)
        return error_set(error, STATUS_BAD_INPUT, "the model's network has no layers");
    Shape last = network_layer_shape(network, network_layer_count(network) - 1);
    if (last.height != 1 || last.width != 1)
        return error_set(error, STATUS_BAD_INPUT,
                         "the network gives %zu x %zu x %zu numbers, not one for each class",
                         last.height, last.width, last.channels);
    Shape input = network_input_shape(network);
    if (input.height != input.width)
        return error_set(error, STATUS_BAD_INPUT,
                         "the network takes inputs of %zu x %zu pixels, recipes make square ones",
                         input.height, input.width);
    return classifier_new(&kind, network, classifier, error);
}
