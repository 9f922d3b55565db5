// 3x3 convolutions by minimal filtering (winograd.h): forward, the same with turned kernels back to
// the input, and the gradient of the weights.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/product/convolution_method.h"
#include "nn/product/digits.h"
#include "nn/product/product.h"
#include "nn/product/winograd.h"

typedef struct Filters {
    ConvolutionShape shape;
    Winograd *forward;
    Winograd *back; // the gradient of its input as a convolution; NULL before it is wanted
} Filters;

// The gradient of the weights of small images has too few tiles to pay for its transforms: OpenBLAS
// does it a fifth faster.
static bool is_better_summed(const ConvolutionShape *shape)
{
    enum { PIXELS_MAX = 64 };
    size_t pixels = convolution_output_height(shape) * convolution_output_width(shape);
    ProductShape sum = {PRODUCT_SUM, convolution_patch(shape), pixels, shape->out_channels};
    return pixels <= PIXELS_MAX && !digits_suit(shape->in_channels, shape->out_channels) &&
           strcmp(product_backend_name(product_backend(&sum)), "OpenBLAS") == 0;
}

static bool filters_suit(const ConvolutionShape *shape, ConvolutionWay way)
{
    return winograd_suits(shape) && !(way == CONVOLVE_WEIGHT && is_better_summed(shape));
}

static void filters_close(void *state)
{
    Filters *filters = state;
    if (filters == NULL)
        return;
    winograd_free(filters->forward);
    winograd_free(filters->back);
    free(filters);
}

static Status filters_open(const ConvolutionShape *shape, void **state, Error *error)
{
    *state = NULL;
    Filters *filters = memory_new(1, sizeof *filters);
    if (filters == NULL)
        return error_memory(error, "a convolution");
    filters->shape = *shape;
    Status status = winograd_new(shape, &filters->forward, error);
    if (status != STATUS_OK) {
        filters_close(filters);
        return status;
    }
    *state = filters;
    return STATUS_OK;
}

static Status set_back(Filters *filters, const float *weight, Error *error)
{
    const ConvolutionShape *shape = &filters->shape;
    if (filters->back == NULL) {
        ConvolutionShape back = {.height = convolution_output_height(shape),
                                 .width = convolution_output_width(shape),
                                 .in_channels = shape->out_channels,
                                 .out_channels = shape->in_channels,
                                 .down = shape->down,
                                 .across = shape->across};
        back.down.padding = back.across.padding = shape->down.kernel - 1 - shape->down.padding;
        Status status = winograd_new(&back, &filters->back, error);
        if (status != STATUS_OK)
            return status;
    }
    winograd_set_weights_reversed(filters->back, weight);
    return STATUS_OK;
}

static Status filters_set_weights(void *state, const float *weight, const float *bias,
                                  const bool ways[CONVOLUTION_WAYS], Error *error)
{
    Filters *filters = state;
    if (ways[CONVOLVE_FORWARD])
        winograd_set_weights(filters->forward, weight, bias);
    return ways[CONVOLVE_DATA] ? set_back(filters, weight, error) : STATUS_OK;
}

static size_t filters_scratch_size(const void *state)
{
    const Filters *filters = state;
    size_t forward = winograd_scratch_size(filters->forward);
    size_t back = filters->back != NULL ? winograd_scratch_size(filters->back) : 0;
    return forward > back ? forward : back;
}

static void filters_forward(const void *state, const float *input, size_t n, Share share,
                            float *output, float *scratch)
{
    const Filters *filters = state;
    winograd_forward(filters->forward, input, n, share, output, scratch);
}

static void filters_backward_data(const void *state, const float *grad_output, size_t n,
                                  float *grad_input, float *scratch)
{
    const Filters *filters = state;
    winograd_forward(filters->back, grad_output, n, SHARE_ALL, grad_input, scratch);
}

static size_t filters_gradient_size(const void *state)
{
    const Filters *filters = state;
    return winograd_gradient_size(filters->forward);
}

static void filters_backward_weight(const void *state, const float *input, const float *grad_output,
                                    size_t n, float *sums, float *scratch)
{
    const Filters *filters = state;
    winograd_backward_weight(filters->forward, input, grad_output, n, sums, scratch);
}

static void filters_gradient_finish(const void *state, const float *sums, float *grad_weight)
{
    const Filters *filters = state;
    winograd_gradient_finish(filters->forward, sums, grad_weight);
}

static const char *filters_multiplies(const void *state, ConvolutionWay way)
{
    (void)way;
    const Filters *filters = state;
    return digits_suit(filters->shape.in_channels, filters->shape.out_channels) ? "digits" : "own";
}

const ConvolutionMethod convolution_winograd = {
    .name = "Winograd",
    .suits = filters_suit,
    .open = filters_open,
    .close = filters_close,
    .set_weights = filters_set_weights,
    .scratch_size = filters_scratch_size,
    .forward = filters_forward,
    .backward_data = filters_backward_data,
    .gradient_size = filters_gradient_size,
    .backward_weight = filters_backward_weight,
    .gradient_finish = filters_gradient_finish,
    .multiplies = filters_multiplies,
};
