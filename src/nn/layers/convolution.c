#include "nn/layers/convolution.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/product/convolution_method.h"
#include "nn/simd.h"

// Channels whose sums over pixels fit into registers.
enum { SUM_CHANNELS = 64 };

// Ways that the same method does share its state.
struct Convolution {
    ConvolutionShape shape;
    const ConvolutionMethod *methods[CONVOLUTION_WAYS];
    void *states[CONVOLUTION_WAYS];
};

static bool is_first_with_state(const Convolution *convolution, size_t way)
{
    for (size_t i = 0; i < way; i++)
        if (convolution->states[i] == convolution->states[way])
            return false;
    return true;
}

static Status open_way(Convolution *convolution, ConvolutionWay way, Error *error)
{
    const ConvolutionMethod *method = convolution_method(&convolution->shape, way);
    convolution->methods[way] = method;
    for (size_t i = 0; i < way; i++)
        if (convolution->methods[i] == method) {
            convolution->states[way] = convolution->states[i];
            return STATUS_OK;
        }
    return method->open(&convolution->shape, &convolution->states[way], error);
}

Status convolution_new(const ConvolutionShape *shape, Convolution **result, Error *error)
{
    *result = NULL;
    Convolution *convolution = memory_new(1, sizeof *convolution);
    if (convolution == NULL)
        return error_memory(error, "a convolution");
    convolution->shape = *shape;
    Status status = STATUS_OK;
    for (ConvolutionWay way = CONVOLVE_FORWARD; way < CONVOLUTION_WAYS && status == STATUS_OK;
         way++)
        status = open_way(convolution, way, error);
    if (status != STATUS_OK) {
        convolution_free(convolution);
        return status;
    }
    *result = convolution;
    return STATUS_OK;
}

void convolution_free(Convolution *convolution)
{
    if (convolution == NULL)
        return;
    for (size_t way = 0; way < CONVOLUTION_WAYS; way++)
        if (convolution->states[way] != NULL && is_first_with_state(convolution, way))
            convolution->methods[way]->close(convolution->states[way]);
    free(convolution);
}

Status convolution_set_weights(Convolution *convolution, const float *weight, const float *bias,
                               bool training, Error *error)
{
    Status status = STATUS_OK;
    for (size_t way = 0; way < CONVOLUTION_WAYS && status == STATUS_OK; way++) {
        if (!is_first_with_state(convolution, way))
            continue;
        bool wanted[CONVOLUTION_WAYS], any = false;
        for (size_t i = 0; i < CONVOLUTION_WAYS; i++) {
            wanted[i] = convolution->states[i] == convolution->states[way] &&
                        (training || i == CONVOLVE_FORWARD);
            any = any || (wanted[i] && i != CONVOLVE_WEIGHT);
        }
        if (any)
            status = convolution->methods[way]->set_weights(convolution->states[way], weight, bias,
                                                            wanted, error);
    }
    return status;
}

size_t convolution_scratch_size(const Convolution *convolution)
{
    size_t most = 0;
    for (size_t way = 0; way < CONVOLUTION_WAYS; way++) {
        size_t size = convolution->methods[way]->scratch_size(convolution->states[way]);
        most = size > most ? size : most;
    }
    return most;
}

const char *convolution_method_name(const Convolution *convolution, ConvolutionWay way)
{
    return convolution->methods[way]->name;
}

const char *convolution_multiplies(const Convolution *convolution, ConvolutionWay way)
{
    return convolution->methods[way]->multiplies(convolution->states[way], way);
}

void convolution_forward(const Convolution *convolution, const float *input, size_t n, Share share,
                         float *output, float *scratch)
{
    convolution->methods[CONVOLVE_FORWARD]->forward(convolution->states[CONVOLVE_FORWARD], input, n,
                                                    share, output, scratch);
}

void convolution_backward_data(const Convolution *convolution, const float *grad_output, size_t n,
                               float *grad_input, float *scratch)
{
    convolution->methods[CONVOLVE_DATA]->backward_data(convolution->states[CONVOLVE_DATA],
                                                       grad_output, n, grad_input, scratch);
}

static size_t weight_gradient_size(const Convolution *convolution)
{
    return convolution->methods[CONVOLVE_WEIGHT]->gradient_size(
        convolution->states[CONVOLVE_WEIGHT]);
}

size_t convolution_gradient_size(const Convolution *convolution)
{
    return weight_gradient_size(convolution) + convolution->shape.out_channels;
}

static inline __attribute__((always_inline)) void add_block_sums(const float *restrict values,
                                                                 size_t pixels, size_t step,
                                                                 const size_t channels,
                                                                 float *restrict sum)
{
    float sums[SUM_CHANNELS] = {0};
    for (size_t p = 0; p < pixels; p++, values += step)
#pragma omp simd
        for (size_t c = 0; c < channels; c++)
            sums[c] += values[c];
    for (size_t c = 0; c < channels; c++)
        sum[c] += sums[c];
}

// sum[c] += values[0][c] + values[1][c] ...
SIMD_CLONES
static void add_pixel_sums(const float *values, size_t pixels, size_t channels, float *sum)
{
    size_t c = 0;
    for (; c + SUM_CHANNELS <= channels; c += SUM_CHANNELS)
        add_block_sums(values + c, pixels, channels, SUM_CHANNELS, sum + c);
    add_block_sums(values + c, pixels, channels, channels - c, sum + c);
}

void convolution_backward_weight(const Convolution *convolution, const float *input,
                                 const float *grad_output, size_t n, float *accumulator,
                                 float *scratch)
{
    size_t channels = convolution->shape.out_channels;
    size_t size = convolution_output_size(&convolution->shape);
    // First, while the gradient may be in a near cache from being made; an image at a time, which
    // loses less to rounding.
    for (size_t image = 0; image < n; image++)
        add_pixel_sums(grad_output + image * size, size / channels, channels,
                       accumulator + weight_gradient_size(convolution));
    convolution->methods[CONVOLVE_WEIGHT]->backward_weight(
        convolution->states[CONVOLVE_WEIGHT], input, grad_output, n, accumulator, scratch);
}

void convolution_gradient_finish(const Convolution *convolution, const float *accumulator,
                                 float *grad_weight, float *grad_bias)
{
    convolution->methods[CONVOLVE_WEIGHT]->gradient_finish(convolution->states[CONVOLVE_WEIGHT],
                                                           accumulator, grad_weight);
    if (grad_bias != NULL)
        memcpy(grad_bias, accumulator + weight_gradient_size(convolution),
               convolution->shape.out_channels * sizeof(float));
}
