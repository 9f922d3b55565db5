// Layer lists: what is accepted and refused, parameters and their first values, and the executor
// against PyTorch (golden files made by tests/parity/make_golden.py).
#include "golden_network.h"

#include "nn/network.h"
#include "nn/product/product.h"
#include "nn/run/executor.h"
#include "nn/run/softmax.h"

static Layer input_layer(void)
{
    return (Layer){.kind = LAYER_INPUT, .name = "input", .height = 8, .width = 6, .channels = 3};
}

static Network *network_with_input(void)
{
    Network *network;
    Error error;
    const Layer input = input_layer();
    assert_int_equal(network_new(&network, &error), STATUS_OK);
    assert_int_equal(network_add(network, &input, NULL, &error), STATUS_OK);
    return network;
}

// ---- Layer lists -------------------------------------------------------------------------------

static void kinds_have_names(void **state)
{
    (void)state;
    for (LayerKind kind = LAYER_INPUT; kind < LAYER_KIND_COUNT; kind++) {
        LayerKind found;
        assert_true(layer_kind_find(layer_kind_name(kind), &found));
        assert_int_equal(found, kind);
    }
    LayerKind none;
    assert_false(layer_kind_find("transformer", &none));
}

static void layers_get_shapes(void **state)
{
    (void)state;
    const struct {
        Layer layer;
        Shape shape;
    } cases[] = {
        {{.kind = LAYER_CONVOLUTION, .kernel = 3, .stride = 1, .padding = 1, .channels = 5},
         {8, 6, 5}},
        {{.kind = LAYER_CONVOLUTION, .kernel = 5, .stride = 2, .padding = 1, .channels = 5},
         {3, 2, 5}},
        {{.kind = LAYER_CONVOLUTION,
          .kernel = 3,
          .stride = 1,
          .padding = 2,
          .dilation = 2,
          .rectangular = true,
          .across = {5, 2, 0, 1},
          .channels = 6,
          .groups = 3},
         {8, 1, 6}},
        {{.kind = LAYER_MAX_POOL, .kernel = 3, .stride = 2, .padding = 1}, {4, 3, 3}},
        {{.kind = LAYER_AVERAGE_POOL, .kernel = 2, .stride = 2}, {4, 3, 3}},
        {{.kind = LAYER_ADAPTIVE_AVERAGE, .height = 2, .width = 1}, {2, 1, 3}},
        {{.kind = LAYER_FLATTEN}, {1, 1, 144}},
        {{.kind = LAYER_GROUP_NORM, .groups = 3, .epsilon = 1e-5}, {8, 6, 3}},
        {{.kind = LAYER_CROP_ENLARGE, .crop_start = 2, .crop_size = 4, .height = 9, .width = 7},
         {9, 7, 3}},
        {{.kind = LAYER_CONCATENATE, .n_inputs = 3}, {8, 6, 9}},
        {{.kind = LAYER_ADD, .n_inputs = 2}, {8, 6, 3}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Network *network = network_with_input();
        Error error;
        Layer layer = cases[i].layer;
        size_t index;
        snprintf(layer.name, sizeof layer.name, "layer");
        layer.n_inputs = layer.n_inputs > 0 ? layer.n_inputs : 1;
        assert_int_equal(network_add(network, &layer, &index, &error), STATUS_OK);
        assert_int_equal(index, 1);
        Shape shape = network_layer_shape(network, index);
        assert_int_equal(shape.height, cases[i].shape.height);
        assert_int_equal(shape.width, cases[i].shape.width);
        assert_int_equal(shape.channels, cases[i].shape.channels);
        network_free(network);
    }
}

// Every one is refused with a sentence that holds the word, and leaves the network as it was.
static void nonsense_is_refused(void **state)
{
    (void)state;
    const struct {
        Layer layer;
        const char *word;
    } cases[] = {
        {{.kind = LAYER_KIND_COUNT, .name = "x"}, "unknown kind"},
        {{.kind = LAYER_RELU, .name = ""}, "name"},
        {{.kind = LAYER_RELU, .name = "input"}, "two layers"},
        {{.kind = LAYER_INPUT, .name = "x"}, "one input layer"},
        {{.kind = LAYER_RELU, .name = "x", .inputs = {1}}, "comes after"},
        {{.kind = LAYER_RELU, .name = "x", .n_inputs = LAYER_INPUTS_MAX + 1}, "more than"},
        {{.kind = LAYER_ADD, .name = "x", .n_inputs = 1}, "two inputs"},
        {{.kind = LAYER_CONVOLUTION, .name = "x", .channels = 1, .stride = 1}, "kernel"},
        {{.kind = LAYER_CONVOLUTION, .name = "x", .channels = 1, .kernel = 3}, "stride"},
        {{.kind = LAYER_CONVOLUTION, .name = "x", .channels = 1, .kernel = 7, .stride = 1},
         "larger than its input"},
        {{.kind = LAYER_CONVOLUTION, .name = "x", .kernel = 3, .stride = 1}, "empty"},
        {{.kind = LAYER_CONVOLUTION,
          .name = "x",
          .kernel = 3,
          .stride = 1,
          .channels = (size_t)1 << 60},
         "too large"},
        {{.kind = LAYER_MAX_POOL, .name = "x", .kernel = 3, .stride = 1, .padding = 3},
         "smaller than the kernel"},
        {{.kind = LAYER_MAX_POOL, .name = "x", .kernel = 2, .stride = 2, .height = 9, .width = 9},
         "in the padding alone"},
        {{.kind = LAYER_LINEAR, .name = "x", .channels = 2}, "flattened"},
        {{.kind = LAYER_GROUP_NORM, .name = "x", .groups = 2, .epsilon = 1}, "groups"},
        {{.kind = LAYER_GROUP_NORM, .name = "x", .groups = 3}, "epsilon"},
        {{.kind = LAYER_BATCH_NORM, .name = "x", .epsilon = 1, .momentum = 2}, "momentum"},
        {{.kind = LAYER_LEAKY_RELU, .name = "x", .slope = -1}, "slope"},
        {{.kind = LAYER_DROPOUT, .name = "x", .rate = 1}, "rate"},
        {{.kind = LAYER_RELU, .name = "x", .slope = 0.1}, "no slope"},
        {{.kind = LAYER_FLATTEN, .name = "x", .kernel = 2}, "no kernel"},
        {{.kind = LAYER_AVERAGE_POOL, .name = "x", .kernel = 2, .stride = 1, .dilation = 2},
         "no dilation"},
        {{.kind = LAYER_SCALE, .name = "x", .alpha = 1}, "no alpha"},
        {{.kind = LAYER_CLIP, .name = "x", .alpha = 1}, "above the upper one"},
        {{.kind = LAYER_REARRANGE, .name = "x", .height = 1, .width = 1, .channels = 5},
         "another number of values"},
        {{.kind = LAYER_CONVOLUTION,
          .name = "x",
          .kernel = 1,
          .stride = 1,
          .channels = 4,
          .groups = 3},
         "groups"},
        {{.kind = LAYER_CONVOLUTION,
          .name = "x",
          .kernel = 3,
          .stride = 1,
          .channels = 1,
          .dilation = 4},
         "larger than its input"},
        {{.kind = LAYER_CROP_ENLARGE,
          .name = "x",
          .crop_start = 1,
          .crop_size = 6,
          .height = 4,
          .width = 4},
         "outside"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Network *network = network_with_input();
        Error error = {0};
        Layer layer = cases[i].layer;
        if (layer.n_inputs == 0 && layer.kind != LAYER_INPUT)
            layer.n_inputs = 1;
        assert_int_equal(network_add(network, &layer, NULL, &error), STATUS_BAD_INPUT);
        if (strstr(error.text, cases[i].word) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", error.text, cases[i].word);
        assert_int_equal(network_layer_count(network), 1);
        assert_int_equal(network_parameter_count(network), 0);
        network_free(network);
    }
}

static void the_first_layer_is_the_input(void **state)
{
    (void)state;
    Network *network;
    Error error;
    assert_int_equal(network_new(&network, &error), STATUS_OK);
    const Layer relu = {.kind = LAYER_RELU, .name = "relu", .n_inputs = 1};
    assert_int_equal(network_add(network, &relu, NULL, &error), STATUS_BAD_INPUT);
    PackedNetwork *packed;
    assert_int_equal(packed_network_new(network, false, NULL, &packed, &error), STATUS_BAD_INPUT);
    assert_null(packed);
    network_free(network);
}

static void maps_instead_of_classes_are_refused(void **state)
{
    (void)state;
    Network *network = network_with_input();
    Error error;
    const Layer relu = {.kind = LAYER_RELU, .name = "relu", .n_inputs = 1};
    assert_int_equal(network_add(network, &relu, NULL, &error), STATUS_OK);
    PackedNetwork *packed;
    assert_int_equal(packed_network_new(network, false, NULL, &packed, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "relu"));
    network_free(network);
}

// ---- Parameters --------------------------------------------------------------------------------

static void parameters_have_pytorchs_names_and_shapes(void **state)
{
    (void)state;
    Golden golden = golden_open("resnet_like");
    Network *network = golden.network;
    const Parameter *weight = network_parameter_find(network, "block2.conv1.weight");
    assert_non_null(weight);
    assert_int_equal(weight->n_dimensions, 4);
    assert_int_equal(weight->dimensions[0], 8);
    assert_int_equal(weight->dimensions[1], 6);
    assert_int_equal(weight->dimensions[2], 3);
    assert_int_equal(weight->n_values, 8 * 6 * 9);
    assert_null(network_parameter_find(network, "block2.conv1.bias"));
    assert_true(network_parameter_find(network, "bn.weight")->trainable);
    assert_false(network_parameter_find(network, "bn.running_var")->trainable);
    assert_int_equal(network_parameter_find(network, "fc.weight")->n_dimensions, 2);
    golden_close(&golden);
}

static void counts_are_those_of_the_layers(void **state)
{
    (void)state;
    Network *network = network_with_input();
    Error error;
    const Layer layers[] = {
        {.kind = LAYER_CONVOLUTION,
         .name = "conv",
         .n_inputs = 1,
         .kernel = 3,
         .stride = 1,
         .padding = 1,
         .channels = 4,
         .bias = true},
        {.kind = LAYER_BATCH_NORM, .name = "bn", .n_inputs = 1, .inputs = {1}, .epsilon = 1e-5},
        {.kind = LAYER_FLATTEN, .name = "flatten", .n_inputs = 1, .inputs = {2}},
        {.kind = LAYER_LINEAR, .name = "fc", .n_inputs = 1, .inputs = {3}, .channels = 2},
    };
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        assert_int_equal(network_add(network, &layers[i], NULL, &error), STATUS_OK);
    assert_int_equal(network_value_count(network), 3 * 4 * 9 + 4 + 2 * 4 + 8 * 6 * 4 * 2);
    assert_true(network_multiply_adds(network) == 8 * 6 * 4 * 3 * 9 + 8 * 6 * 4 * 2);
    assert_int_equal(network_class_count(network), 2);
    assert_true(network_parameter_find(network, "bn.weight")->values[3] == 1);
    assert_true(network_parameter_find(network, "bn.running_var")->values[3] == 1);
    network_free(network);
}

static void a_copy_stands_alone(void **state)
{
    (void)state;
    Golden golden = golden_open("starcnet_like");
    Network *copy;
    Error error;
    assert_int_equal(network_copy(golden.network, &copy, &error), STATUS_OK);
    Parameter *ours = network_parameter_find(golden.network, "fc2.bias");
    Parameter *theirs = network_parameter_find(copy, "fc2.bias");
    assert_memory_equal(ours->values, theirs->values, ours->n_values * sizeof(float));
    theirs->values[0] += 1;
    assert_true(ours->values[0] != theirs->values[0]);
    network_free(copy);
    golden_close(&golden);
}

static double deviation(const Parameter *parameter)
{
    double sum = 0, square = 0, n = (double)parameter->n_values;
    for (size_t i = 0; i < parameter->n_values; i++) {
        sum += parameter->values[i];
        square += parameter->values[i] * parameter->values[i];
    }
    return sqrt(square / n - sum / n * sum / n);
}

static void first_weights_have_the_published_spread(void **state)
{
    (void)state;
    Golden golden = golden_open("starcnet_like");
    Parameter *weight = network_parameter_find(golden.network, "fc1.weight"); // [8][288]
    Parameter *bias = network_parameter_find(golden.network, "fc1.bias");
    Parameter *norm = network_parameter_find(golden.network, "bn1.weight");
    float before = norm->values[0];
    Random random = random_start(3, 0);
    network_init_xavier(golden.network, &random);
    double bound = sqrt(6.0 / (8 + 288));
    assert_float_equal(deviation(weight), bound / sqrt(3), 0.03 * bound);
    for (size_t i = 0; i < weight->n_values; i++)
        assert_true(fabs(weight->values[i]) <= bound);
    assert_true(bias->values[0] == 0);
    network_init_he(golden.network, &random);
    assert_float_equal(deviation(weight), sqrt(2.0 / 288), 0.05 * sqrt(2.0 / 288));
    assert_true(norm->values[0] == before);
    golden_close(&golden);
}

// ---- Running -----------------------------------------------------------------------------------

static void logits_are_pytorchs(void **state)
{
    const char *name = *state;
    Golden golden = golden_open(name);
    Error error;
    Executor *executor;
    float logits[GOLDEN_SOURCES * 4];
    size_t n = GOLDEN_SOURCES * golden.classes;
    float *expected = golden_array(name, "logits", n);
    assert_int_equal(executor_new(golden.packed, &executor, &error), STATUS_OK);
    assert_int_equal(executor_forward(executor, golden.input, GOLDEN_SOURCES, logits, &error),
                     STATUS_OK);
    assert_true(golden_difference(logits, expected, n) < 3e-6);
    executor_free(executor);
    free(expected);
    golden_close(&golden);
}

static void a_layer_can_be_looked_at(void **state)
{
    const char *name = *state;
    Golden golden = golden_open(name);
    Error error;
    Executor *executor;
    Shape shape = network_layer_shape(golden.network, golden.probe);
    size_t n = GOLDEN_SOURCES * shape.height * shape.width * shape.channels;
    float *expected = golden_array(name, "layer", n);
    float *output = malloc(n * sizeof *output);
    assert_int_equal(executor_new(golden.packed, &executor, &error), STATUS_OK);
    assert_int_equal(executor_forward_layer(executor, golden.input, GOLDEN_SOURCES, golden.probe,
                                            output, &error),
                     STATUS_OK);
    assert_true(golden_difference(output, expected, n) < 3e-6);
    assert_int_equal(executor_forward_layer(executor, golden.input, 1,
                                            network_layer_count(golden.network), output, &error),
                     STATUS_USAGE);
    executor_free(executor);
    free(expected);
    free(output);
    golden_close(&golden);
}

static void a_source_has_the_same_bits_in_any_company(void **state)
{
    Golden golden = golden_open(*state);
    enum { MANY = 150 }; // more than the largest block
    Error error;
    Executor *executor;
    size_t classes = golden.classes, n = golden.n_input;
    float *input = malloc(MANY * n * sizeof *input);
    float *together = malloc(MANY * classes * sizeof *together), alone[4];
    for (size_t i = 0; i < MANY; i++)
        for (size_t k = 0; k < n; k++)
            input[i * n + k] = golden.input[i % GOLDEN_SOURCES * n + k] + 0.01f * (float)i;
    assert_int_equal(executor_new(golden.packed, &executor, &error), STATUS_OK);
    assert_int_equal(executor_forward(executor, input, MANY, together, &error), STATUS_OK);
    for (size_t i = 0; i < MANY; i += 7) {
        assert_int_equal(executor_forward(executor, input + i * n, 1, alone, &error), STATUS_OK);
        assert_memory_equal(alone, together + i * classes, classes * sizeof *alone);
    }
    assert_int_equal(executor_forward(executor, input + 3 * n, 41, together, &error), STATUS_OK);
    assert_int_equal(executor_forward(executor, input + 33 * n, 1, alone, &error), STATUS_OK);
    assert_memory_equal(alone, together + 30 * classes, classes * sizeof *alone);
    executor_free(executor);
    free(input);
    free(together);
    golden_close(&golden);
}

static void a_source_has_the_same_bits_however_many_threads_share_it(void **state)
{
    Golden golden = golden_open(*state);
    Error error;
    Parallel *parallel;
    Executor *lone, *shared;
    float expected[GOLDEN_SOURCES * 4], logits[GOLDEN_SOURCES * 4];
    assert_int_equal(executor_new(golden.packed, &lone, &error), STATUS_OK);
    assert_int_equal(executor_forward(lone, golden.input, GOLDEN_SOURCES, expected, &error),
                     STATUS_OK);
    for (size_t n_threads = 1; n_threads <= 3; n_threads++) {
        assert_int_equal(parallel_new(n_threads, &parallel, &error), STATUS_OK);
        assert_int_equal(executor_new_shared(golden.packed, parallel, &shared, &error), STATUS_OK);
        for (size_t n = 1; n <= GOLDEN_SOURCES; n++) {
            assert_int_equal(executor_forward(shared, golden.input, n, logits, &error), STATUS_OK);
            assert_memory_equal(logits, expected, n * golden.classes * sizeof *logits);
        }
        executor_free(shared);
        parallel_free(parallel);
    }
    executor_free(lone);
    golden_close(&golden);
}

// Both, whoever multiplies.
static void a_source_has_the_same_bits_with_every_backend(void **state)
{
    for (ProductChoice choice = PRODUCTS_BEST; choice <= PRODUCTS_REFERENCE; choice++) {
        product_choose(choice);
        a_source_has_the_same_bits_in_any_company(state);
        a_source_has_the_same_bits_however_many_threads_share_it(state);
        logits_are_pytorchs(state);
    }
    product_choose(PRODUCTS_BEST);
}

static void softmax_survives_large_logits(void **state)
{
    (void)state;
    float values[] = {1000, 1001, 999, -5, -5, -5};
    network_softmax(values, 2, 3, values);
    assert_float_equal(values[0], 1 / (1 + exp(1) + exp(-1)), 1e-6);
    assert_float_equal(values[1], exp(1) / (1 + exp(1) + exp(-1)), 1e-6);
    for (size_t i = 3; i < 6; i++)
        assert_float_equal(values[i], 1.0 / 3, 1e-7);
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
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(layers_get_shapes),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(the_first_layer_is_the_input),
        cmocka_unit_test(maps_instead_of_classes_are_refused),
        cmocka_unit_test(parameters_have_pytorchs_names_and_shapes),
        cmocka_unit_test(counts_are_those_of_the_layers),
        cmocka_unit_test(a_copy_stands_alone),
        cmocka_unit_test(first_weights_have_the_published_spread),
        for_golden(logits_are_pytorchs),
        for_golden(a_layer_can_be_looked_at),
        for_golden(a_source_has_the_same_bits_in_any_company),
        for_golden(a_source_has_the_same_bits_however_many_threads_share_it),
        for_golden(a_source_has_the_same_bits_with_every_backend),
        cmocka_unit_test(softmax_survives_large_logits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
