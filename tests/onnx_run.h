// Networks from ONNX files, run on the inputs that other programs ran them on.
#ifndef SKYCLASS_TESTS_ONNX_RUN_H
#define SKYCLASS_TESTS_ONNX_RUN_H

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "classifier/import/onnx_network.h"
#include "nn/run/executor.h"

// [channels][pixels] -> [pixels][channels] for n sources.
static inline float *onnx_run_channels_last(const float *values, size_t n, Shape shape)
{
    size_t pixels = shape.height * shape.width;
    float *turned = memory_new(n * pixels * shape.channels, sizeof *turned);
    for (size_t i = 0; turned != NULL && i < n; i++)
        for (size_t c = 0; c < shape.channels; c++)
            for (size_t p = 0; p < pixels; p++)
                turned[(i * pixels + p) * shape.channels + c] =
                    values[(i * shape.channels + c) * pixels + p];
    return turned;
}

static inline void onnx_run_end(NetworkEnding ending, size_t n, size_t classes, float *values)
{
    if (ending == ENDING_SOFTMAX)
        network_softmax(values, n, classes, values);
    for (size_t i = 0; ending == ENDING_SIGMOID && i < n * classes; i++)
        values[i] = 1 / (1 + expf(-values[i]));
}

// *output[n][*classes] (free()) of the file's network for input[n][channels][rows][columns], with
// the softmax or sigmoid that it ends in.
static inline Status onnx_run(const ImportedNetwork *imported, const float *input, size_t n,
                              float **output, size_t *classes, Error *error)
{
    Executor *executor = NULL;
    PackedNetwork *packed = NULL;
    *classes = network_class_count(imported->network);
    float *turned = onnx_run_channels_last(input, n, network_input_shape(imported->network));
    *output = memory_new(n * *classes, sizeof **output);
    Status status = turned != NULL && *output != NULL
                        ? packed_network_new(imported->network, false, NULL, &packed, error)
                        : error_memory(error, "a test");
    if (status == STATUS_OK)
        status = executor_new(packed, &executor, error);
    if (status == STATUS_OK)
        status = executor_forward(executor, turned, n, *output, error);
    if (status == STATUS_OK)
        onnx_run_end(imported->ending, n, *classes, *output);
    executor_free(executor);
    packed_network_free(packed);
    free(turned);
    return status;
}

#endif
