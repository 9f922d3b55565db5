// Files of Keras: what comes out is what PyTorch, told the same, makes of it
// (tests/parity/make_keras_golden.py).
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file_bytes.h"
#include "base/memory.h"
#include "base/random.h"
#include "classifier/import/keras_network.h"
#include "nn/layer_type.h"
#include "nn/run/executor.h"

#define GOLDEN "tests/unit/data/keras/"

static unsigned char *load(const char *path, size_t *size)
{
    unsigned char *bytes;
    Error error;
    if (file_bytes_read(path, "a file", &bytes, size, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return bytes;
}

static void run(const Network *network, const float *input, float *output)
{
    PackedNetwork *packed;
    Executor *executor;
    Error error;
    assert_int_equal(packed_network_new(network, false, NULL, &packed, &error), STATUS_OK);
    assert_int_equal(executor_new(packed, &executor, &error), STATUS_OK);
    assert_int_equal(executor_forward(executor, input, 1, output, &error), STATUS_OK);
    executor_free(executor);
    packed_network_free(packed);
}

static void assert_output(const Network *network, bool softmax, const char *input_path,
                          const char *output_path)
{
    size_t input_size, output_size, classes = network_class_count(network);
    float scores[16];
    float *input = (float *)load(input_path, &input_size);
    float *expected = (float *)load(output_path, &output_size);
    assert_int_equal(input_size, shape_values(network_input_shape(network)) * sizeof(float));
    assert_int_equal(output_size, classes * sizeof(float));
    run(network, input, scores);
    if (softmax)
        network_softmax(scores, 1, classes, scores);
    for (size_t c = 0; c < classes; c++)
        assert_float_equal(scores[c], expected[c], 1e-5);
    free(input);
    free(expected);
}

static void read_network(const char *path, InputShape wanted, ImportedNetwork *imported)
{
    size_t size;
    Error error = {0};
    unsigned char *bytes = load(path, &size);
    if (keras_network_read(bytes, size, &wanted, imported, &error) != STATUS_OK)
        fail_msg("%s: %s", path, error.text);
    free(bytes);
}

static void a_sequential_network_gives_keras_scores(void **state)
{
    (void)state;
    ImportedNetwork imported;
    read_network(GOLDEN "whole.h5", (InputShape){11, 2}, &imported);
    assert_int_equal(imported.ending, ENDING_SOFTMAX);
    assert_output(imported.network, true, GOLDEN "whole.input", GOLDEN "whole.output");
    network_free(imported.network);
}

static void a_functional_network_with_a_sigmoid_gives_two_classes(void **state)
{
    (void)state;
    ImportedNetwork imported;
    Error error;
    size_t n;
    float scores[2];
    read_network(GOLDEN "functional.h5", (InputShape){8, 3}, &imported);
    assert_int_equal(imported.ending, ENDING_SIGMOID);
    assert_int_equal(imported_network_finish(&imported, &error), STATUS_OK);
    float *input = (float *)load(GOLDEN "functional.input", &n);
    float *expected = (float *)load(GOLDEN "functional.output", &n);
    run(imported.network, input, scores);
    network_softmax(scores, 1, 2, scores);
    assert_float_equal(scores[1], expected[0], 1e-6);
    free(input);
    free(expected);
    network_free(imported.network);
}

static Network *small_vgg(void)
{
    Network *network;
    Error error;
    const Layer layers[] = {
        {.kind = LAYER_INPUT, .name = "input", .height = 6, .width = 6, .channels = 2},
        {.kind = LAYER_CONVOLUTION,
         .name = "features.0",
         .kernel = 3,
         .stride = 1,
         .padding = 1,
         .channels = 4,
         .bias = true},
        {.kind = LAYER_RELU, .name = "features.1"},
        {.kind = LAYER_MAX_POOL, .name = "features.2", .kernel = 2, .stride = 2},
        {.kind = LAYER_FLATTEN, .name = "flatten"},
        {.kind = LAYER_LINEAR, .name = "classifier.0", .channels = 3, .bias = true},
    };
    assert_int_equal(network_new(&network, &error), STATUS_OK);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        Layer layer = layers[i];
        layer.n_inputs = i > 0;
        layer.inputs[0] = i - (i > 0);
        assert_int_equal(network_add(network, &layer, NULL, &error), STATUS_OK);
    }
    return network;
}

static void weights_alone_are_turned_and_put_into_a_networks_layers_in_order(void **state)
{
    (void)state;
    size_t size;
    Error error = {0};
    Network *network = small_vgg();
    unsigned char *bytes = load(GOLDEN "weights.h5", &size);
    if (keras_weights_apply(bytes, size, network, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_output(network, false, GOLDEN "weights.input", GOLDEN "weights.output");
    free(bytes);
    network_free(network);
}

static void a_file_that_does_not_fit_is_refused_naming_the_layer(void **state)
{
    (void)state;
    size_t size;
    Error error = {0};
    ImportedNetwork imported;
    unsigned char *bytes = load(GOLDEN "whole.h5", &size);
    Network *network = small_vgg();
    assert_int_equal(keras_weights_apply(bytes, size, network, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "layer a: another shape than features.0.weight"));
    assert_int_equal(keras_network_read(bytes, size, &(InputShape){12, 2}, &imported, &error),
                     STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "layer a (Conv2D): takes 11 at dimension 1"));
    free(bytes);
    bytes = load(GOLDEN "weights.h5", &size);
    assert_int_equal(keras_network_read(bytes, size, &(InputShape){6, 2}, &imported, &error),
                     STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "holds weights but not the network"));
    free(bytes);
    network_free(network);
}

static void a_truncated_file_is_refused_with_words(void **state)
{
    (void)state;
    size_t size;
    ImportedNetwork imported;
    unsigned char *bytes = load(GOLDEN "whole.h5", &size);
    for (size_t cut = 0; cut < size; cut += 1 + size / 53) {
        Error error = {0};
        assert_int_not_equal(
            keras_network_read(bytes, cut, &(InputShape){11, 2}, &imported, &error), STATUS_OK);
        assert_true(error.text[0] != '\0' && imported.network == NULL);
    }
    free(bytes);
}

// Bytes changed here and there, the same every time; libhdf5 itself fails over some of these.
static void a_damaged_file_is_refused_or_read_and_never_ends_the_program(void **state)
{
    (void)state;
    size_t size;
    unsigned char *bytes = load(GOLDEN "functional.h5", &size);
    unsigned char *damaged = memory_new(size, 1);
    Random random = random_start(3, 0);
    for (size_t trial = 0; trial < 150; trial++) {
        ImportedNetwork imported;
        Error error = {0};
        memcpy(damaged, bytes, size);
        for (size_t i = 0; i < 3; i++)
            damaged[random_bits(&random) % 4096] = (unsigned char)random_bits(&random) % 256;
        Status status = keras_network_read(damaged, size, &(InputShape){8, 3}, &imported, &error);
        assert_true((status == STATUS_OK) == (imported.network != NULL));
        assert_true((status == STATUS_OK) == (error.text[0] == '\0'));
        network_free(imported.network);
    }
    free(damaged);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sequential_network_gives_keras_scores),
        cmocka_unit_test(a_functional_network_with_a_sigmoid_gives_two_classes),
        cmocka_unit_test(weights_alone_are_turned_and_put_into_a_networks_layers_in_order),
        cmocka_unit_test(a_file_that_does_not_fit_is_refused_naming_the_layer),
        cmocka_unit_test(a_truncated_file_is_refused_with_words),
        cmocka_unit_test(a_damaged_file_is_refused_or_read_and_never_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
