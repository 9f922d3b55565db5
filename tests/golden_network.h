// A small network of tests/unit/golden with its parameters, input and labels.
#ifndef SKYCLASS_TESTS_GOLDEN_NETWORK_H
#define SKYCLASS_TESTS_GOLDEN_NETWORK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "network_text.h"
#include "nn/run/packed_network.h"
#include "npy.h"

enum { GOLDEN_SOURCES = 6, GOLDEN_PATH_SIZE = 256 };

static const char *const golden_networks[] = {"starcnet_like", "resnet_like", "members_like"};

typedef struct Golden {
    char name[64];
    Network *network;
    PackedNetwork *packed;   // to go forward
    size_t classes, n_input; // n_input: values of one source
    float *input;
    size_t labels[GOLDEN_SOURCES];
    size_t probe; // number of the layer called "probe"
} Golden;

// tests/unit/golden/NETWORK/ARRAY.npy, of n values.
static inline float *golden_array(const char *network, const char *array, size_t n)
{
    char path[GOLDEN_PATH_SIZE];
    snprintf(path, sizeof path, "tests/unit/golden/%s/%s.npy", network, array);
    float *values = npy_read(path, n, NULL);
    assert_non_null(values);
    return values;
}

static inline Golden golden_open(const char *name)
{
    Golden golden = {0};
    char path[GOLDEN_PATH_SIZE];
    Error error = {0};
    snprintf(golden.name, sizeof golden.name, "%s", name);
    snprintf(path, sizeof path, "tests/unit/golden/%s/network.txt", name);
    golden.network = network_text_read(path);
    assert_non_null(golden.network);
    size_t n_values = 0, used = 0;
    for (size_t i = 0; i < network_parameter_count(golden.network); i++)
        n_values += network_parameter(golden.network, i)->n_values;
    float *values = golden_array(name, "parameters", n_values);
    for (size_t i = 0; i < network_parameter_count(golden.network); i++) {
        Parameter *parameter = network_parameter(golden.network, i);
        memcpy(parameter->values, values + used, parameter->n_values * sizeof *values);
        used += parameter->n_values;
    }
    free(values);
    assert_int_equal(packed_network_new(golden.network, false, NULL, &golden.packed, &error),
                     STATUS_OK);
    Shape shape = network_input_shape(golden.network);
    golden.n_input = shape.height * shape.width * shape.channels;
    golden.classes = network_class_count(golden.network);
    golden.input = golden_array(name, "input", GOLDEN_SOURCES * golden.n_input);
    float *labels = golden_array(name, "labels", GOLDEN_SOURCES);
    for (size_t i = 0; i < GOLDEN_SOURCES; i++)
        golden.labels[i] = (size_t)labels[i];
    free(labels);
    while (strcmp(network_layer(golden.network, golden.probe)->name, "probe") != 0)
        golden.probe++;
    return golden;
}

static inline void golden_close_network(Golden *golden)
{
    packed_network_free(golden->packed);
    network_free(golden->network);
}

static inline void golden_close(Golden *golden)
{
    golden_close_network(golden);
    free(golden->input);
}

// sqrt(sum (a - b)^2 / sum b^2)
static inline double golden_difference(const float *a, const float *b, size_t n)
{
    double difference = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        difference += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        size += (double)b[i] * b[i];
    }
    return sqrt(difference / (size > 0 ? size : 1));
}

#endif
