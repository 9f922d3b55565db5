// ONNX graphs: files by others give the outputs that are beside them, or the refusal names the
// node. The data are ../shared/data/networks; without them those tests are skipped.
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file_bytes.h"
#include "classifier/import/onnx_graph_internal.h"
#include "onnx_run.h"

#define OPERATOR_TESTS "../shared/data/networks/onnx_backend_tests"
#define GOLDEN         "tests/unit/data/onnx"
#define LIGHT_NETWORKS "../shared/data/networks/onnx_small/light"

// ---- Files of one tensor -----------------------------------------------------------------------

typedef struct TestTensor {
    float *values;
    size_t n, rank, dimensions[TENSOR_VIEW_DIMENSIONS];
} TestTensor;

// False where there is no such file, or it is not of numbers.
static bool tensor_open(const char *path, TestTensor *tensor)
{
    unsigned char *bytes;
    size_t size;
    Constant constant;
    *tensor = (TestTensor){0};
    if (file_bytes_read(path, "a tensor", &bytes, &size, NULL) != STATUS_OK)
        return false;
    Onnx__TensorProto *proto = onnx__tensor_proto__unpack(NULL, size, bytes);
    bool good = proto != NULL && onnx_tensor_constant(proto, &constant, NULL) == STATUS_OK;
    if (good) {
        tensor->n = constant.n;
        tensor->rank = constant.view.n_dimensions;
        memcpy(tensor->dimensions, constant.view.dimensions, sizeof tensor->dimensions);
        tensor->values = memory_new(constant.n, sizeof *tensor->values);
        constant_copy(&constant, tensor->values);
    }
    if (proto != NULL)
        onnx__tensor_proto__free_unpacked(proto, NULL);
    free(bytes);
    return good;
}

static bool is_near(const float *values, const TestTensor *expected, double relative)
{
    for (size_t k = 0; k < expected->n; k++)
        if (!(fabs((double)values[k] - (double)expected->values[k]) <=
              relative * fabs((double)expected->values[k]) + 1e-6))
            return false;
    return true;
}

// ---- Whole files -------------------------------------------------------------------------------

typedef enum Outcome { SAME, REFUSED, WRONG } Outcome;

static Status network_open(const char *path, ImportedNetwork *imported, Error *error)
{
    unsigned char *bytes;
    size_t size;
    *imported = (ImportedNetwork){0};
    Status status = file_bytes_read(path, "an ONNX file", &bytes, &size, error);
    if (status != STATUS_OK)
        return status;
    status = onnx_network_read(bytes, size, NULL, imported, error);
    free(bytes);
    return status;
}

static Outcome compare(const ImportedNetwork *imported, const TestTensor *input,
                       const TestTensor *expected)
{
    Error error = {0};
    float *output = NULL;
    size_t classes, n = input->dimensions[0];
    Status status = onnx_run(imported, input->values, n, &output, &classes, &error);
    bool same =
        status == STATUS_OK && n * classes == expected->n && is_near(output, expected, 1e-3);
    if (!same)
        print_message("%s: %zu values, %g, where %zu, %g, are expected\n", error.text, n * classes,
                      output != NULL ? (double)output[0] : 0.0, expected->n,
                      (double)expected->values[0]);
    free(output);
    return same ? SAME : WRONG;
}

static Outcome try_operator(const char *directory)
{
    char path[600];
    ImportedNetwork imported;
    TestTensor input, expected;
    Error error = {0};
    Outcome outcome = REFUSED;
    snprintf(path, sizeof path, "%s/model.onnx", directory);
    if (network_open(path, &imported, &error) != STATUS_OK) {
        bool named = strncmp(error.text, "node ", 5) == 0;
        if (!named)
            print_message("%s: %s\n", directory, error.text);
        return named ? REFUSED : WRONG;
    }
    snprintf(path, sizeof path, "%s/test_data_set_0/input_0.pb", directory);
    bool has_input = tensor_open(path, &input);
    snprintf(path, sizeof path, "%s/test_data_set_0/output_0.pb", directory);
    bool has_output = tensor_open(path, &expected);
    outcome = has_input && has_output ? compare(&imported, &input, &expected) : WRONG;
    if (outcome == WRONG)
        print_message("%s\n", directory);
    free(input.values);
    free(expected.values);
    network_free(imported.network);
    return outcome;
}

static void try_directory(const char *directory, size_t counts[3])
{
    DIR *listing = opendir(directory);
    if (listing == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        char path[512];
        if (strncmp(entry->d_name, "test_", 5) != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        counts[try_operator(path)]++;
    }
    closedir(listing);
}

static void operator_tests_give_their_outputs_or_name_the_node(void **state)
{
    (void)state;
    size_t counts[3] = {0};
    if (access(OPERATOR_TESTS, R_OK) != 0) {
        print_message("no " OPERATOR_TESTS "\n");
        skip();
    }
    try_directory(OPERATOR_TESTS "/pytorch-converted", counts);
    try_directory(OPERATOR_TESTS "/simple", counts);
    print_message("%zu operator tests give their outputs, %zu are refused\n", counts[SAME],
                  counts[REFUSED]);
    assert_int_equal(counts[WRONG], 0);
    assert_true(counts[SAME] >= 29);
}

// Their input is 0, 1/n, 2/n ...
static TestTensor ramp(Shape shape)
{
    TestTensor tensor = {.n = shape.height * shape.width * shape.channels, .dimensions = {1}};
    tensor.values = memory_new(tensor.n, sizeof *tensor.values);
    assert_non_null(tensor.values);
    for (size_t k = 0; k < tensor.n; k++)
        tensor.values[k] = (float)((double)k / (double)tensor.n);
    return tensor;
}

static void try_network(const char *name)
{
    char path[512];
    ImportedNetwork imported;
    TestTensor expected;
    Error error = {0};
    snprintf(path, sizeof path, LIGHT_NETWORKS "/light_%s.onnx", name);
    if (network_open(path, &imported, &error) != STATUS_OK)
        fail_msg("%s: %s", name, error.text);
    TestTensor input = ramp(network_input_shape(imported.network));
    snprintf(path, sizeof path, LIGHT_NETWORKS "/light_%s_output_0.pb", name);
    assert_true(tensor_open(path, &expected));
    if (compare(&imported, &input, &expected) != SAME)
        fail_msg("%s gives another output", name);
    free(input.values);
    free(expected.values);
    network_free(imported.network);
}

static void try_networks(const char *const *names)
{
    if (access(LIGHT_NETWORKS, R_OK) != 0) {
        print_message("no " LIGHT_NETWORKS "\n");
        skip();
    }
    for (; *names != NULL; names++)
        try_network(*names);
}

static void networks_of_the_model_zoo_give_their_outputs(void **state)
{
    (void)state;
    try_networks((const char *const[]){"densenet121", "inception_v1", "inception_v2", "resnet50",
                                       "shufflenet", "squeezenet", NULL});
}

// More than half a gigabyte of weights each: make parity runs them.
static void large_networks_of_the_model_zoo_give_their_outputs(void **state)
{
    (void)state;
    if (getenv("SKYCLASS_LARGE_NETWORKS") == NULL)
        skip();
    try_networks((const char *const[]){"bvlc_alexnet", "vgg19", "zfnet512", NULL});
}

// ---- PyTorch's own exports ---------------------------------------------------------------------

// Float32 numbers, little-endian, as they are in memory here.
static TestTensor raw_open(const char *name, const char *ending)
{
    char path[512];
    unsigned char *bytes;
    size_t size;
    Error error;
    snprintf(path, sizeof path, GOLDEN "/%s.%s", name, ending);
    if (file_bytes_read(path, "numbers", &bytes, &size, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return (TestTensor){(float *)bytes, size / sizeof(float), 1, {1}};
}

static void try_golden(const char *name)
{
    char path[512];
    ImportedNetwork imported;
    Error error = {0};
    snprintf(path, sizeof path, GOLDEN "/%s.onnx", name);
    if (network_open(path, &imported, &error) != STATUS_OK)
        fail_msg("%s: %s", name, error.text);
    TestTensor input = raw_open(name, "input"), expected = raw_open(name, "output");
    float *output;
    size_t classes;
    assert_int_equal(onnx_run(&imported, input.values, 1, &output, &classes, &error), STATUS_OK);
    assert_int_equal(classes, expected.n);
    if (!is_near(output, &expected, 1e-4))
        fail_msg("%s gives another output than PyTorch", name);
    free(output);
    free(input.values);
    free(expected.values);
    network_free(imported.network);
}

static void exports_of_pytorch_give_its_outputs(void **state)
{
    (void)state;
    size_t n = 0;
    DIR *listing = opendir(GOLDEN);
    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        char *ending = strstr(entry->d_name, ".onnx");
        if (ending == NULL)
            continue;
        *ending = '\0';
        try_golden(entry->d_name);
        n++;
    }
    closedir(listing);
    assert_int_equal(n, 17);
}

static void a_softmax_at_the_end_is_left_out_and_a_sigmoid_gives_two_classes(void **state)
{
    (void)state;
    ImportedNetwork imported;
    Error error = {0};
    assert_int_equal(network_open(GOLDEN "/softmax_14.onnx", &imported, &error), STATUS_OK);
    assert_int_equal(imported.ending, ENDING_SOFTMAX);
    network_free(imported.network);
    assert_int_equal(network_open(GOLDEN "/sigmoid_12.onnx", &imported, &error), STATUS_OK);
    assert_int_equal(imported.ending, ENDING_SIGMOID);
    assert_int_equal(imported_network_finish(&imported, &error), STATUS_OK);
    TestTensor input = raw_open("sigmoid_12", "input"), expected = raw_open("sigmoid_12", "output");
    float *scores;
    size_t classes;
    imported.ending = ENDING_SOFTMAX;
    assert_int_equal(onnx_run(&imported, input.values, 1, &scores, &classes, &error), STATUS_OK);
    assert_int_equal(classes, 2);
    assert_float_equal(scores[1], expected.values[0], 1e-6);
    assert_float_equal(scores[0] + scores[1], 1, 1e-6);
    free(scores);
    free(input.values);
    free(expected.values);
    network_free(imported.network);
}

// ---- Files that are not as they should be ------------------------------------------------------

static void a_truncated_file_is_refused_with_words(void **state)
{
    (void)state;
    unsigned char *bytes;
    size_t size;
    Error error = {0};
    assert_int_equal(file_bytes_read(GOLDEN "/plain_13.onnx", "a file", &bytes, &size, &error),
                     STATUS_OK);
    for (size_t cut = 0; cut < size; cut += 1 + size / 199) {
        ImportedNetwork imported;
        error.text[0] = '\0';
        assert_int_not_equal(onnx_network_read(bytes, cut, NULL, &imported, &error), STATUS_OK);
        assert_true(error.text[0] != '\0' && imported.network == NULL);
    }
    free(bytes);
}

// A graph with one input of the given size, x, and the given nodes; the output is y.
static Status read_graph(Onnx__NodeProto **nodes, size_t n_nodes, int64_t size, Error *error)
{
    Onnx__DimensionProto dimensions[4] = {ONNX__DIMENSION_PROTO__INIT, ONNX__DIMENSION_PROTO__INIT,
                                          ONNX__DIMENSION_PROTO__INIT, ONNX__DIMENSION_PROTO__INIT};
    Onnx__DimensionProto *places[4];
    for (size_t d = 0; d < 4; d++) {
        dimensions[d].has_dim_value = true;
        dimensions[d].dim_value = d < 2 ? 1 : size;
        places[d] = &dimensions[d];
    }
    Onnx__ShapeProto shape = ONNX__SHAPE_PROTO__INIT;
    shape.n_dim = 4;
    shape.dim = places;
    Onnx__TensorTypeProto tensor = ONNX__TENSOR_TYPE_PROTO__INIT;
    tensor.shape = &shape;
    Onnx__TypeProto type = ONNX__TYPE_PROTO__INIT;
    type.tensor_type = &tensor;
    Onnx__ValueInfoProto input = ONNX__VALUE_INFO_PROTO__INIT, *inputs = &input;
    input.name = "x";
    input.type = &type;
    Onnx__ValueInfoProto output = ONNX__VALUE_INFO_PROTO__INIT, *outputs = &output;
    output.name = "y";
    Onnx__GraphProto graph = ONNX__GRAPH_PROTO__INIT;
    graph.n_node = n_nodes;
    graph.node = nodes;
    graph.n_input = graph.n_output = 1;
    graph.input = &inputs;
    graph.output = &outputs;
    Onnx__OperatorSetProto set = ONNX__OPERATOR_SET_PROTO__INIT, *sets = &set;
    set.has_version = true;
    set.version = 13;
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    model.graph = &graph;
    model.n_opset_import = 1;
    model.opset_import = &sets;
    size_t n_bytes = onnx__model_proto__get_packed_size(&model);
    unsigned char *bytes = memory_new(n_bytes, 1);
    assert_non_null(bytes);
    onnx__model_proto__pack(&model, bytes);
    ImportedNetwork imported;
    Status status = onnx_network_read(bytes, n_bytes, NULL, &imported, error);
    network_free(imported.network);
    free(bytes);
    return status;
}

static Onnx__NodeProto node_of(char *kind, char **input, char **output)
{
    Onnx__NodeProto node = ONNX__NODE_PROTO__INIT;
    node.op_type = kind;
    node.name = "culprit";
    node.n_input = node.n_output = 1;
    node.input = input;
    node.output = output;
    return node;
}

static void assert_refused(Onnx__NodeProto **nodes, size_t n, int64_t size, const char *words)
{
    Error error = {0};
    assert_int_equal(read_graph(nodes, n, size, &error), STATUS_BAD_INPUT);
    if (strstr(error.text, words) == NULL)
        fail_msg("\"%s\" is not in: %s", words, error.text);
}

static void what_is_not_supported_is_refused_naming_the_node(void **state)
{
    (void)state;
    char *x = "x", *y = "y", *z = "z";
    Onnx__NodeProto sign = node_of("Sign", &x, &y), relu = node_of("Relu", &x, &y);
    Onnx__NodeProto first = node_of("Relu", &z, &y), second = node_of("Relu", &y, &z);
    Onnx__NodeProto strange = node_of("Relu", &x, &y);
    strange.domain = "com.example";
    assert_refused((Onnx__NodeProto *[]){&sign}, 1, 4, "node culprit (Sign): skyclass does not");
    assert_refused((Onnx__NodeProto *[]){&strange}, 1, 4, "of \"com.example\", not of ONNX");
    // A circle: the first node reads what the second makes of its output.
    assert_refused((Onnx__NodeProto *[]){&first, &second}, 2, 4,
                   "reads z, which nothing before it makes");
    assert_refused((Onnx__NodeProto *[]){&relu}, 1, (int64_t)1 << 40,
                   "a dimension of 1099511627776");
    assert_refused((Onnx__NodeProto *[]){&relu}, 1, -3, "a dimension of -3");
    assert_refused((Onnx__NodeProto *[]){&relu}, 1, 65536, "its output is too large");
    assert_refused((Onnx__NodeProto *[]){&second}, 1, 4, "reads y, which nothing before it makes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exports_of_pytorch_give_its_outputs),
        cmocka_unit_test(a_softmax_at_the_end_is_left_out_and_a_sigmoid_gives_two_classes),
        cmocka_unit_test(a_truncated_file_is_refused_with_words),
        cmocka_unit_test(what_is_not_supported_is_refused_naming_the_node),
        cmocka_unit_test(operator_tests_give_their_outputs_or_name_the_node),
        cmocka_unit_test(networks_of_the_model_zoo_give_their_outputs),
        cmocka_unit_test(large_networks_of_the_model_zoo_give_their_outputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
