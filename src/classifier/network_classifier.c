// A network as a classifier: its scores are the softmax of its logits.
#include <stdlib.h>

#include "base/memory.h"
#include "classifier/classifier_internal.h"
#include "nn/run/executor.h"
#include "nn/run/softmax.h"

typedef struct NetworkState {
    Network *network;
    PackedNetwork *packed; // NULL before it is prepared
} NetworkState;

typedef struct NetworkRunner {
    Executor *executor;
    size_t n_classes;
} NetworkRunner;

static const Network *network_in(const void *state)
{
    return ((const NetworkState *)state)->network;
}

static void state_free(void *state)
{
    NetworkState *ended = state;
    packed_network_free(ended->packed);
    network_free(ended->network);
    free(ended);
}

static void state_release(void *state)
{
    packed_network_free(((NetworkState *)state)->packed);
    free(state);
}

static size_t one_member(const void *state)
{
    (void)state;
    return 1;
}

static size_t class_count(const void *state)
{
    return network_class_count(network_in(state));
}

static InputShape input_shape(const void *state)
{
    Shape shape = network_input_shape(network_in(state));
    return (InputShape){shape.height, shape.channels};
}

static double multiply_adds(const void *state)
{
    return network_multiply_adds(network_in(state));
}

static Network *network_of(const void *state, size_t member)
{
    return member == 0 ? ((const NetworkState *)state)->network : NULL;
}

static Status prepare(void *state, Error *error)
{
    NetworkState *prepared = state;
    return prepared->packed != NULL
               ? packed_network_update(prepared->packed, NULL, error)
               : packed_network_new(prepared->network, false, NULL, &prepared->packed, error);
}

static void runner_free(void *runner)
{
    executor_free(((NetworkRunner *)runner)->executor);
    free(runner);
}

static Status runner_new(const void *state, Parallel *parallel, void **result, Error *error)
{
    const PackedNetwork *packed = ((const NetworkState *)state)->packed;
    if (packed == NULL)
        return error_set(error, STATUS_USAGE,
                         "the network's weights have not been prepared; call classifier_prepare");
    NetworkRunner *runner = memory_new(1, sizeof *runner);
    *result = runner;
    if (runner == NULL)
        return error_memory(error, "scoring");
    runner->n_classes = network_class_count(network_in(state));
    Status status = parallel == NULL
                        ? executor_new(packed, &runner->executor, error)
                        : executor_new_shared(packed, parallel, &runner->executor, error);
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
        .release = state_release,
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
    NetworkState *state = memory_new(1, sizeof *state);
    if (state == NULL)
        return error_memory(error, "a classifier");
    state->network = network;
    Status status = classifier_new(&kind, state, classifier, error);
    if (status != STATUS_OK)
        free(state);
    return status;
}
