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
        // Either a node or the graph's own inputs and outputs are to blame.
        bool named = strncmp(error.text, "node ", 5) == 0 || strstr(error.text, "input") != NULL ||
                     strstr(error.text, "output") != NULL;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operator_tests_give_their_outputs_or_name_the_node),
        cmocka_unit_test(networks_of_the_model_zoo_give_their_outputs),
        cmocka_unit_test(large_networks_of_the_model_zoo_give_their_outputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
