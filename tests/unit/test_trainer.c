// Training: gradients against PyTorch (tests/parity/make_golden.py), the same weights on any number
// of threads, freezing, dropout, what a checkpoint needs, and gradients of a class's logit.
#include <pthread.h>

#include "golden_network.h"

#include "base/memory.h"
#include "nn/run/executor.h"
#include "nn/train/gradient.h"
#include "nn/train/trainer.h"

static Parallel *threads(size_t n)
{
    Parallel *parallel;
    Error error;
    assert_int_equal(parallel_new(n, &parallel, &error), STATUS_OK);
    return parallel;
}

static Trainer *new_trainer(Network *network, OptimiserKind kind, Parallel *parallel,
                            size_t first_trainable_layer)
{
    Trainer *trainer;
    Error error;
    OptimiserSettings settings = optimiser_defaults(kind);
    settings.learning_rate = 0.01;
    assert_int_equal(
        trainer_new(network, &settings, parallel, 5, first_trainable_layer, &trainer, &error),
        STATUS_OK);
    return trainer;
}

static double step(Trainer *trainer, const Golden *golden, size_t n)
{
    double loss;
    Error error;
    assert_int_equal(trainer_step(trainer, golden->input, golden->labels, n, &loss, NULL, &error),
                     STATUS_OK);
    return loss;
}

// ---- Gradients ---------------------------------------------------------------------------------

static void gradients_are_pytorchs(void **state)
{
    Golden golden = golden_open(*state);
    Network *network = golden.network;
    Parallel *parallel = threads(2);
    Trainer *trainer = new_trainer(network, OPTIMISER_ADAM, parallel, 0);
    Error error;
    double loss;
    float *expected_loss = golden_array(golden.name, "loss", 1);
    float *expected = golden_array(golden.name, "gradients", network_value_count(network));
    assert_int_equal(trainer_gradients(trainer, golden.input, golden.labels, GOLDEN_SOURCES, &loss,
                                       NULL, &error),
                     STATUS_OK);
    assert_float_equal(loss, *expected_loss, 3e-6);
    size_t used = 0;
    for (size_t i = 0; i < network_parameter_count(network); i++) {
        const Parameter *parameter = network_parameter(network, i);
        if (!parameter->trainable) {
            assert_null(trainer_gradient(trainer, i));
            continue;
        }
        double difference =
            golden_difference(trainer_gradient(trainer, i), expected + used, parameter->n_values);
        if (difference > 1e-5)
            fail_msg("gradient of %s is off by %.1e", parameter->name, difference);
        used += parameter->n_values;
    }
    free(expected);
    free(expected_loss);
    trainer_free(trainer);
    parallel_free(parallel);
    golden_close(&golden);
}

// Layers so large that sources go back in parts of a block, one at a time.
static Network *large_network(void)
{
    const Layer layers[] = {
        {.kind = LAYER_INPUT, .height = 64, .width = 64, .channels = 2},
        {.kind = LAYER_CONVOLUTION, .channels = 32, .kernel = 3, .stride = 1, .padding = 1},
        {.kind = LAYER_GROUP_NORM, .groups = 4, .epsilon = 1e-5},
        {.kind = LAYER_RELU},
        {.kind = LAYER_CONVOLUTION, .channels = 48, .kernel = 3, .stride = 1, .padding = 1},
        {.kind = LAYER_GROUP_NORM, .groups = 4, .epsilon = 1e-5},
        {.kind = LAYER_LEAKY_RELU, .slope = 0.1},
        {.kind = LAYER_RELU},
        {.kind = LAYER_MAX_POOL, .kernel = 2, .stride = 2},
        {.kind = LAYER_CONVOLUTION, .channels = 16, .kernel = 3, .stride = 2, .padding = 1},
        {.kind = LAYER_GROUP_NORM, .groups = 4, .epsilon = 1e-5},
        {.kind = LAYER_FLATTEN},
        {.kind = LAYER_LINEAR, .channels = 3, .bias = true},
    };
    Network *network;
    Error error;
    assert_int_equal(network_new(&network, &error), STATUS_OK);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        Layer layer = layers[i];
        size_t index;
        layer.n_inputs = i > 0;
        layer.inputs[0] = i > 0 ? i - 1 : 0;
        layer.bias = layer.bias || layer.kind == LAYER_CONVOLUTION;
        snprintf(layer.name, sizeof layer.name, "layer%zu", i);
        assert_int_equal(network_add(network, &layer, &index, &error), STATUS_OK);
    }
    Random random = random_start(3, 0);
    network_init_xavier(network, &random);
    return network;
}

static void a_batchs_gradient_is_the_mean_of_its_sources(void **state)
{
    (void)state;
    enum { SOURCES = 20, VALUES = 64 * 64 * 2 };
    Network *network = large_network();
    Parallel *parallel = threads(1);
    Trainer *together = new_trainer(network, OPTIMISER_SGD, parallel, 0);
    Trainer *alone = new_trainer(network, OPTIMISER_SGD, parallel, 0);
    float *input = memory_new(SOURCES * VALUES, sizeof *input);
    float *mean = memory_new(network_value_count(network), sizeof *mean);
    size_t labels[SOURCES];
    Random random = random_start(4, 0);
    Error error;
    for (size_t i = 0; i < SOURCES * VALUES; i++)
        input[i] = (float)random_normal(&random);
    for (size_t i = 0; i < SOURCES; i++)
        labels[i] = i % 3;
    assert_int_equal(trainer_gradients(together, input, labels, SOURCES, NULL, NULL, &error),
                     STATUS_OK);
    for (size_t i = 0; i < SOURCES; i++) {
        float *to = mean;
        assert_int_equal(
            trainer_gradients(alone, input + i * VALUES, labels + i, 1, NULL, NULL, &error),
            STATUS_OK);
        for (size_t k = 0; k < network_parameter_count(network); k++)
            for (size_t v = 0; v < network_parameter(network, k)->n_values; v++)
                *to++ += trainer_gradient(alone, k)[v] / SOURCES;
    }
    const float *expected = mean;
    for (size_t k = 0; k < network_parameter_count(network); k++) {
        const Parameter *parameter = network_parameter(network, k);
        double difference =
            golden_difference(trainer_gradient(together, k), expected, parameter->n_values);
        if (difference > 1e-5)
            fail_msg("gradient of %s is off by %.1e", parameter->name, difference);
        expected += parameter->n_values;
    }
    free(mean);
    free(input);
    trainer_free(alone);
    trainer_free(together);
    parallel_free(parallel);
    network_free(network);
}

static void running_statistics_move_as_pytorchs(void **state)
{
    (void)state;
    Golden golden = golden_open("resnet_like");
    Network *network = golden.network;
    Parallel *parallel = threads(1);
    Trainer *trainer = new_trainer(network, OPTIMISER_ADAM, parallel, 0);
    size_t n = 0, used = 0;
    for (size_t i = 0; i < network_parameter_count(network); i++)
        if (!network_parameter(network, i)->trainable)
            n += network_parameter(network, i)->n_values;
    float *expected = golden_array("resnet_like", "statistics", n);
    step(trainer, &golden, GOLDEN_SOURCES);
    for (size_t i = 0; i < network_parameter_count(network); i++) {
        const Parameter *parameter = network_parameter(network, i);
        if (parameter->trainable)
            continue;
        assert_true(golden_difference(parameter->values, expected + used, parameter->n_values) <
                    3e-6);
        used += parameter->n_values;
    }
    free(expected);
    trainer_free(trainer);
    parallel_free(parallel);
    golden_close(&golden);
}

static void check_class_gradient(Golden *golden, bool guided, const char *input_array)
{
    Parallel *parallel = threads(2);
    ClassGradient *gradient;
    Error error;
    Shape shape = network_layer_shape(golden->network, golden->probe);
    size_t n_input = GOLDEN_SOURCES * golden->n_input;
    size_t n_layer = GOLDEN_SOURCES * shape.height * shape.width * shape.channels;
    float *expected_input = golden_array(golden->name, input_array, n_input);
    float *expected_output = golden_array(golden->name, "layer", n_layer);
    float *expected_layer = golden_array(golden->name, "grad_layer", n_layer);
    float *grad_input = malloc(n_input * sizeof *grad_input);
    float *output = malloc(n_layer * sizeof *output);
    float *grad_output = malloc(n_layer * sizeof *grad_output);
    assert_int_equal(
        class_gradient_new(golden->network, golden->probe, guided, parallel, &gradient, &error),
        STATUS_OK);
    assert_int_equal(class_gradient_run(gradient, golden->input, golden->labels, GOLDEN_SOURCES,
                                        grad_input, output, grad_output, &error),
                     STATUS_OK);
    assert_true(golden_difference(grad_input, expected_input, n_input) < 1e-5);
    assert_true(golden_difference(output, expected_output, n_layer) < 3e-6);
    if (!guided)
        assert_true(golden_difference(grad_output, expected_layer, n_layer) < 1e-5);
    const size_t wrong[] = {golden->classes};
    assert_int_equal(
        class_gradient_run(gradient, golden->input, wrong, 1, grad_input, NULL, NULL, &error),
        STATUS_USAGE);
    class_gradient_free(gradient);
    free(expected_input);
    free(expected_output);
    free(expected_layer);
    free(grad_input);
    free(output);
    free(grad_output);
    parallel_free(parallel);
}

static void class_gradients_are_pytorchs(void **state)
{
    Golden golden = golden_open(*state);
    check_class_gradient(&golden, false, "grad_input");
    golden_close(&golden);
}

typedef struct Classifying {
    const Golden *golden;
    const float *expected; // logits of the whole batch
    size_t n_wrong;
} Classifying;

static void *classify_again_and_again(void *context)
{
    enum { ROUNDS = 20 };
    Classifying *classifying = context;
    const Golden *golden = classifying->golden;
    Executor *executor;
    Error error;
    float logits[GOLDEN_SOURCES * 8];
    size_t n_values = GOLDEN_SOURCES * golden->classes;
    for (size_t round = 0; round < ROUNDS; round++) {
        if (executor_new(golden->packed, &executor, &error) != STATUS_OK ||
            executor_forward(executor, golden->input, GOLDEN_SOURCES, logits, &error) != STATUS_OK)
            abort();
        classifying->n_wrong +=
            memcmp(logits, classifying->expected, n_values * sizeof *logits) != 0;
        executor_free(executor);
    }
    return NULL;
}

// The thread sanitizer looks on: make unit SANITIZE=thread.
static void a_gradient_and_a_classification_run_at_once(void **state)
{
    Golden golden = golden_open(*state);
    Executor *executor;
    Error error;
    pthread_t thread;
    float *expected = malloc(GOLDEN_SOURCES * golden.classes * sizeof *expected);
    assert_true(golden.classes <= 8);
    assert_int_equal(executor_new(golden.packed, &executor, &error), STATUS_OK);
    assert_int_equal(executor_forward(executor, golden.input, GOLDEN_SOURCES, expected, &error),
                     STATUS_OK);
    Classifying classifying = {.golden = &golden, .expected = expected};
    assert_int_equal(pthread_create(&thread, NULL, classify_again_and_again, &classifying), 0);
    for (size_t round = 0; round < 3; round++)
        check_class_gradient(&golden, false, "grad_input");
    pthread_join(thread, NULL);
    assert_int_equal(classifying.n_wrong, 0);
    executor_free(executor);
    free(expected);
    golden_close(&golden);
}

static void guided_backpropagation_is_pytorchs(void **state)
{
    Golden golden = golden_open(*state);
    check_class_gradient(&golden, true, "guided_input");
    golden_close(&golden);
}

// ---- Repeatability -----------------------------------------------------------------------------

static void set_dropout(Golden *golden, double rate)
{
    Network *network;
    Error error;
    assert_int_equal(network_new(&network, &error), STATUS_OK);
    for (size_t i = 0; i < network_layer_count(golden->network); i++) {
        Layer layer = *network_layer(golden->network, i);
        if (layer.kind == LAYER_DROPOUT)
            layer.rate = rate;
        assert_int_equal(network_add(network, &layer, NULL, &error), STATUS_OK);
    }
    for (size_t i = 0; i < network_parameter_count(network); i++) {
        Parameter *parameter = network_parameter(network, i);
        memcpy(parameter->values, network_parameter(golden->network, i)->values,
               parameter->n_values * sizeof(float));
    }
    golden_close_network(golden);
    golden->network = network;
    assert_int_equal(packed_network_new(network, false, NULL, &golden->packed, &error), STATUS_OK);
}

static void assert_same_values(const Network *a, const Network *b)
{
    for (size_t i = 0; i < network_parameter_count(a); i++) {
        const Parameter *parameter = network_parameter_const(a, i);
        assert_memory_equal(parameter->values, network_parameter_const(b, i)->values,
                            parameter->n_values * sizeof(float));
    }
}

static void threads_do_not_matter(void **state)
{
    Golden golden[2] = {golden_open(*state), golden_open(*state)};
    for (size_t run = 0; run < 2; run++) {
        set_dropout(&golden[run], 0.5);
        Parallel *parallel = threads(1 + 2 * run);
        Trainer *trainer = new_trainer(golden[run].network, OPTIMISER_ADAM, parallel, 0);
        for (size_t i = 0; i < 4; i++)
            step(trainer, &golden[run], GOLDEN_SOURCES - i % 2);
        trainer_free(trainer);
        parallel_free(parallel);
    }
    assert_same_values(golden[0].network, golden[1].network);
    golden_close(&golden[0]);
    golden_close(&golden[1]);
}

static void copy_state(Trainer *from, Trainer *to)
{
    const TrainerState *source = trainer_state(from);
    TrainerState *target = trainer_state(to);
    assert_int_equal(source->n_arrays, target->n_arrays);
    for (size_t i = 0; i < source->n_arrays; i++) {
        assert_string_equal(source->arrays[i].name, target->arrays[i].name);
        memcpy(target->arrays[i].values, source->arrays[i].values,
               source->arrays[i].n_values * sizeof(float));
    }
    *target->step = *source->step;
    *target->random = *source->random;
}

// A checkpoint holds the network's values and the trainer's state, and nothing else matters.
static void a_restored_trainer_goes_on_with_the_same_bits(void **state)
{
    Golden golden = golden_open(*state);
    set_dropout(&golden, 0.3);
    Parallel *parallel = threads(2);
    for (OptimiserKind kind = OPTIMISER_ADAM; kind <= OPTIMISER_SGD; kind++) {
        Network *copy;
        Error error;
        Trainer *trainer = new_trainer(golden.network, kind, parallel, 0);
        step(trainer, &golden, GOLDEN_SOURCES);
        step(trainer, &golden, GOLDEN_SOURCES);
        assert_int_equal(network_copy(golden.network, &copy, &error), STATUS_OK);
        Trainer *restored = new_trainer(copy, kind, parallel, 0);
        copy_state(trainer, restored);
        assert_true(step(trainer, &golden, GOLDEN_SOURCES) ==
                    step(restored, &golden, GOLDEN_SOURCES));
        assert_same_values(golden.network, copy);
        trainer_free(trainer);
        trainer_free(restored);
        network_free(copy);
    }
    parallel_free(parallel);
    golden_close(&golden);
}

// ---- Learning ----------------------------------------------------------------------------------

static void the_loss_falls(void **state)
{
    Golden golden = golden_open(*state);
    Parallel *parallel = threads(2);
    for (OptimiserKind kind = OPTIMISER_ADAM; kind <= OPTIMISER_SGD; kind++) {
        Trainer *trainer = new_trainer(golden.network, kind, parallel, 0);
        if (kind == OPTIMISER_ADADELTA)
            trainer_set_learning_rate(trainer, 1);
        double first = step(trainer, &golden, GOLDEN_SOURCES), last = first;
        for (size_t i = 0; i < 15; i++)
            last = step(trainer, &golden, GOLDEN_SOURCES);
        assert_true(last < first);
        trainer_free(trainer);
    }
    parallel_free(parallel);
    golden_close(&golden);
}

static void packed_weights_follow_those_that_were_trained(void **state)
{
    Golden golden = golden_open(*state);
    Parallel *parallel = threads(2);
    Trainer *trainer = new_trainer(golden.network, OPTIMISER_ADAM, parallel, 0);
    Network *copy;
    PackedNetwork *packed;
    Executor *ours, *theirs;
    Error error;
    float logits[2][GOLDEN_SOURCES * 4];
    step(trainer, &golden, GOLDEN_SOURCES);
    assert_int_equal(network_copy(golden.network, &copy, &error), STATUS_OK);
    assert_int_equal(packed_network_new(copy, false, NULL, &packed, &error), STATUS_OK);
    assert_int_equal(packed_network_update(golden.packed, NULL, &error), STATUS_OK);
    assert_int_equal(executor_new(golden.packed, &ours, &error), STATUS_OK);
    assert_int_equal(executor_new(packed, &theirs, &error), STATUS_OK);
    assert_int_equal(executor_forward(ours, golden.input, GOLDEN_SOURCES, logits[0], &error),
                     STATUS_OK);
    assert_int_equal(executor_forward(theirs, golden.input, GOLDEN_SOURCES, logits[1], &error),
                     STATUS_OK);
    assert_memory_equal(logits[0], logits[1], GOLDEN_SOURCES * golden.classes * sizeof(float));
    executor_free(ours);
    executor_free(theirs);
    packed_network_free(packed);
    network_free(copy);
    trainer_free(trainer);
    parallel_free(parallel);
    golden_close(&golden);
}

static void frozen_layers_stay_as_they_are(void **state)
{
    Golden golden = golden_open(*state);
    Parallel *parallel = threads(2);
    Network *before;
    Error error;
    size_t first_trained = golden.probe;
    assert_int_equal(network_copy(golden.network, &before, &error), STATUS_OK);
    Trainer *trainer = new_trainer(golden.network, OPTIMISER_ADAM, parallel, first_trained);
    step(trainer, &golden, GOLDEN_SOURCES);
    for (size_t i = 0; i < network_parameter_count(before); i++) {
        const Parameter *was = network_parameter(before, i);
        const Parameter *is = network_parameter(golden.network, i);
        bool same = memcmp(was->values, is->values, was->n_values * sizeof(float)) == 0;
        assert_int_equal(same, was->layer < first_trained);
        assert_int_equal(trainer_gradient(trainer, i) != NULL,
                         was->layer >= first_trained && was->trainable);
    }
    trainer_free(trainer);
    network_free(before);
    parallel_free(parallel);
    golden_close(&golden);
}

// The layers behind the frozen ones get the same gradients as when nothing is frozen.
static void freezing_does_not_change_later_gradients(void **state)
{
    (void)state;
    Golden golden = golden_open("members_like");
    Parallel *parallel = threads(1);
    Error error;
    Trainer *all = new_trainer(golden.network, OPTIMISER_SGD, parallel, 0);
    Trainer *some = new_trainer(golden.network, OPTIMISER_SGD, parallel, golden.probe - 1);
    assert_int_equal(
        trainer_gradients(all, golden.input, golden.labels, GOLDEN_SOURCES, NULL, NULL, &error),
        STATUS_OK);
    assert_int_equal(
        trainer_gradients(some, golden.input, golden.labels, GOLDEN_SOURCES, NULL, NULL, &error),
        STATUS_OK);
    size_t n_compared = 0;
    for (size_t i = 0; i < network_parameter_count(golden.network); i++)
        if (trainer_gradient(some, i) != NULL) {
            assert_memory_equal(trainer_gradient(some, i), trainer_gradient(all, i),
                                network_parameter(golden.network, i)->n_values * sizeof(float));
            n_compared++;
        }
    assert_int_equal(n_compared, 7); // conv3, fc1, fc2 (no bias), fc3
    trainer_free(all);
    trainer_free(some);
    parallel_free(parallel);
    golden_close(&golden);
}

// ---- Bad calls ---------------------------------------------------------------------------------

static void labels_out_of_range_are_refused(void **state)
{
    (void)state;
    Golden golden = golden_open("members_like");
    Parallel *parallel = threads(1);
    Trainer *trainer = new_trainer(golden.network, OPTIMISER_SGD, parallel, 0);
    Error error;
    golden.labels[2] = golden.classes;
    assert_int_equal(
        trainer_step(trainer, golden.input, golden.labels, GOLDEN_SOURCES, NULL, NULL, &error),
        STATUS_USAGE);
    assert_non_null(strstr(error.text, "label"));
    assert_int_equal(trainer_step(trainer, golden.input, golden.labels, 0, NULL, NULL, &error),
                     STATUS_USAGE);
    trainer_free(trainer);
    parallel_free(parallel);
    golden_close(&golden);
}

static void hits_are_counted(void **state)
{
    (void)state;
    Golden golden = golden_open("starcnet_like");
    Parallel *parallel = threads(1);
    Trainer *trainer = new_trainer(golden.network, OPTIMISER_SGD, parallel, 0);
    Executor *executor;
    Error error;
    float logits[GOLDEN_SOURCES * 4];
    size_t hits, expected = 0;
    assert_int_equal(executor_new(golden.packed, &executor, &error), STATUS_OK);
    assert_int_equal(executor_forward(executor, golden.input, GOLDEN_SOURCES, logits, &error),
                     STATUS_OK);
    for (size_t i = 0; i < GOLDEN_SOURCES; i++) {
        size_t best = 0;
        for (size_t c = 1; c < 4; c++)
            best = logits[i * 4 + c] > logits[i * 4 + best] ? c : best;
        if (i % 2 == 0)
            golden.labels[i] = best;
        else
            golden.labels[i] = (best + 1) % 4;
        expected += i % 2 == 0;
    }
    assert_int_equal(
        trainer_step(trainer, golden.input, golden.labels, GOLDEN_SOURCES, NULL, &hits, &error),
        STATUS_OK);
    assert_int_equal(hits, expected);
    executor_free(executor);
    trainer_free(trainer);
    parallel_free(parallel);
    golden_close(&golden);
}

#define for_golden(test)                                                                           \
    {#test " starcnet_like", test, NULL, NULL, (void *)golden_networks[0]},                        \
        {#test " resnet_like", test, NULL, NULL, (void *)golden_networks[1]},                      \
    {                                                                                              \
#test " members_like", test, NULL, NULL, (void *)golden_networks[2]                        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        for_golden(gradients_are_pytorchs),
        cmocka_unit_test(a_batchs_gradient_is_the_mean_of_its_sources),
        cmocka_unit_test(running_statistics_move_as_pytorchs),
        for_golden(class_gradients_are_pytorchs),
        for_golden(a_gradient_and_a_classification_run_at_once),
        for_golden(guided_backpropagation_is_pytorchs),
        for_golden(threads_do_not_matter),
        for_golden(a_restored_trainer_goes_on_with_the_same_bits),
        for_golden(the_loss_falls),
        for_golden(packed_weights_follow_those_that_were_trained),
        for_golden(frozen_layers_stay_as_they_are),
        cmocka_unit_test(freezing_does_not_change_later_gradients),
        cmocka_unit_test(labels_out_of_range_are_refused),
        cmocka_unit_test(hits_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
