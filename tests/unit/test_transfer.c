// Weights of one network in another: by name, with a new last layer and a wider first one.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/train/trainer.h"
#include "nn/train/transfer.h"
#include "systems/system.h"

static Network *build(size_t n_bands, size_t n_classes, uint64_t seed)
{
    Network *network;
    Error error;
    if (architecture_build(architecture_find("small"), "test", (InputShape){16, n_bands}, n_classes,
                           "", &network, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    Random random = random_start(seed, 0);
    network_initialise(network, INITIAL_HE, &random);
    return network;
}

static Status transfer(const Network *from, Network *to, bool halve, TransferReport *report,
                       Error *error)
{
    TransferTensor tensors[64];
    size_t n = network_parameter_count(from);
    for (size_t i = 0; i < n; i++) {
        const Parameter *parameter = network_parameter_const(from, i);
        tensors[i] = (TransferTensor){parameter->name, parameter->n_dimensions,
                                      parameter->dimensions, parameter->values};
    }
    return network_transfer(to, tensors, n, halve, report, error);
}

static void weights_are_taken_by_name(void **state)
{
    (void)state;
    Network *from = build(3, 4, 1), *to = build(3, 4, 2);
    TransferReport report;
    Error error;
    assert_int_equal(transfer(from, to, false, &report, &error), STATUS_OK);
    assert_false(report.widened);
    assert_string_equal(report.new_head, "");
    for (size_t i = 0; i < network_parameter_count(to); i++) {
        const Parameter *parameter = network_parameter_const(to, i);
        assert_memory_equal(parameter->values, network_parameter_const(from, i)->values,
                            parameter->n_values * sizeof(float));
    }
    network_free(from);
    network_free(to);
}

// Three colours to six channels (paper 001): channels 0 to 2 and 3 to 5.
static void a_first_kernel_is_repeated_and_a_last_layer_new(void **state)
{
    (void)state;
    for (int halve = 0; halve < 2; halve++) {
        Network *from = build(3, 1000, 1), *to = build(6, 4, 2), *before = build(6, 4, 2);
        TransferReport report;
        Error error;
        assert_int_equal(transfer(from, to, halve == 1, &report, &error), STATUS_OK);
        assert_true(report.widened);
        assert_string_equal(report.new_head, "fc");
        const float *kernel = network_parameter_find(from, "conv1.weight")->values;
        const float *wide = network_parameter_find(to, "conv1.weight")->values;
        for (size_t out = 0; out < 16; out++)
            for (size_t in = 0; in < 6; in++)
                for (size_t i = 0; i < 9; i++)
                    assert_true(wide[(out * 6 + in) * 9 + i] ==
                                kernel[(out * 3 + in % 3) * 9 + i] * (halve ? 0.5f : 1.0f));
        const Parameter *head = network_parameter_find(to, "fc.weight");
        assert_memory_equal(head->values, network_parameter_find(before, "fc.weight")->values,
                            head->n_values * sizeof(float));
        network_free(from);
        network_free(to);
        network_free(before);
    }
}

static void what_does_not_fit_is_named(void **state)
{
    (void)state;
    Network *from, *to = build(3, 4, 2);
    TransferReport report;
    Error error;
    assert_int_equal(architecture_build(architecture_find("resnet18"), "test", (InputShape){32, 3},
                                        4, "", &from, &error),
                     STATUS_OK);
    TransferTensor other = {"layer1.0.conv1.weight", 0, NULL, NULL};
    assert_int_equal(network_transfer(to, &other, 1, false, &report, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "which has no layer1.0.conv1.weight"));
    assert_int_equal(network_transfer(to, NULL, 0, false, &report, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "conv1.weight is missing"));
    network_free(from);
    network_free(to);
}

static void held_layers_are_convolutions_with_what_follows_them(void **state)
{
    (void)state;
    Network *network;
    size_t first;
    Error error;
    assert_int_equal(architecture_build(architecture_find("vgg16"), "test", (InputShape){32, 3}, 2,
                                        "", &network, &error),
                     STATUS_OK);
    assert_int_equal(network_held_layers(network, 0, &first, &error), STATUS_OK);
    assert_int_equal(first, 0);
    // Paper 003: four convolutions, which are two blocks.
    assert_int_equal(network_held_layers(network, 4, &first, &error), STATUS_OK);
    assert_string_equal(network_layer(network, first)->name, "features.10");
    size_t n_trained = 0;
    for (size_t i = 0; i < network_parameter_count(network); i++)
        if (network_parameter(network, i)->layer >= first)
            n_trained += network_parameter(network, i)->n_values;
    assert_int_equal(n_trained, 134008578);
    assert_int_equal(network_held_layers(network, 15, &first, &error), STATUS_OK);
    assert_string_equal(network_layer(network, first)->name, "classifier.6");
    assert_int_equal(network_held_layers(network, 16, &first, &error), STATUS_USAGE);
    network_free(network);
}

// ---- The first weights
// ----------------------------------------------------------------------------

static double deviation(const Parameter *parameter)
{
    double squares = 0.0;
    for (size_t i = 0; i < parameter->n_values; i++)
        squares += (double)parameter->values[i] * (double)parameter->values[i];
    return sqrt(squares / (double)parameter->n_values);
}

static void first_weights_have_the_spread_that_was_asked_for(void **state)
{
    (void)state;
    Network *network = build(3, 4, 1);
    const Parameter *weight = network_parameter_find(network, "conv2.weight"); // 16 to 16, 3 x 3
    const double in = 16 * 9, out = 16 * 9;
    const struct {
        InitialWeights how;
        double deviation;
    } cases[] = {{INITIAL_XAVIER, sqrt(2 / (in + out))},
                 {INITIAL_XAVIER_NORMAL, sqrt(2 / (in + out))},
                 {INITIAL_INPUT_NORMAL, sqrt(1 / in)},
                 {INITIAL_HE, sqrt(2 / in)},
                 {INITIAL_RESNET, sqrt(2 / out)}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Random random = random_start(7, 0);
        network_initialise(network, cases[i].how, &random);
        assert_float_equal(deviation(weight) / cases[i].deviation, 1.0, 0.04);
    }
    assert_float_equal(deviation(network_parameter_find(network, "fc.weight")), 0.01, 0.001);
    network_free(network);
}

// A block of a ResNet whose last norm is 0 gives what it was given.
static void residual_blocks_can_begin_as_identities(void **state)
{
    (void)state;
    Network *network;
    Error error;
    assert_int_equal(architecture_build(architecture_find("resnet18"), "test", (InputShape){32, 3},
                                        2, "", &network, &error),
                     STATUS_OK);
    Random random = random_start(7, 0);
    network_initialise(network, INITIAL_RESNET, &random);
    assert_true(network_parameter_find(network, "layer1.0.bn2.weight")->values[5] == 0.0f);
    assert_true(network_parameter_find(network, "layer1.0.bn1.weight")->values[5] == 1.0f);
    assert_true(network_parameter_find(network, "layer2.0.downsample.1.weight")->values[5] == 1.0f);
    network_free(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_taken_by_name),
        cmocka_unit_test(a_first_kernel_is_repeated_and_a_last_layer_new),
        cmocka_unit_test(what_does_not_fit_is_named),
        cmocka_unit_test(held_layers_are_convolutions_with_what_follows_them),
        cmocka_unit_test(first_weights_have_the_spread_that_was_asked_for),
        cmocka_unit_test(residual_blocks_can_begin_as_identities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
