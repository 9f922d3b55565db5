#include "nn/convolution.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// Rows of the matrix products, the same whatever the number of images, so that a row's result
// does not depend on how many others there are; the last block is filled up with zeros.
enum { BLOCK_ROWS = 128 };

struct Convolution {
    ConvolutionShape shape;
    size_t out_height, out_width;
    size_t patch;  // kernel * kernel * in_channels: values under the kernel
    float *weight; // [patch][out_channels], a patch in order row, column, channel
    float *bias;   // [out_channels]
};

size_t convolution_output_height(const ConvolutionShape *shape)
{
    return (shape->height + 2 * shape->padding - shape->kernel) / shape->stride + 1;
}

size_t convolution_output_width(const ConvolutionShape *shape)
{
    return (shape->width + 2 * shape->padding - shape->kernel) / shape->stride + 1;
}

Status convolution_new(const ConvolutionShape *shape, Convolution **result, Error *error)
{
    *result = NULL;
    Convolution *convolution = memory_new(1, sizeof *convolution);
    if (convolution == NULL)
        return error_memory(error, "a convolution");
    convolution->shape = *shape;
    convolution->out_height = convolution_output_height(shape);
    convolution->out_width = convolution_output_width(shape);
    convolution->patch = shape->kernel * shape->kernel * shape->in_channels;
    convolution->weight =
        memory_new_aligned(convolution->patch * shape->out_channels, sizeof(float));
    convolution->bias = memory_new_aligned(shape->out_channels, sizeof(float));
    if (convolution->weight == NULL || convolution->bias == NULL) {
        convolution_free(convolution);
        return error_memory(error, "the weights of a convolution");
    }
    *result = convolution;
    return STATUS_OK;
}

void convolution_free(Convolution *convolution)
{
    if (convolution == NULL)
        return;
    free(convolution->weight);
    free(convolution->bias);
    free(convolution);
}

Status convolution_set_weights(Convolution *convolution, const float *weight, const float *bias,
                               int training, Error *error)
{
    (void)training;
    (void)error;
    const ConvolutionShape *shape = &convolution->shape;
    size_t taps = shape->kernel * shape->kernel;
    for (size_t out = 0; out < shape->out_channels; out++)
        for (size_t in = 0; in < shape->in_channels; in++)
            for (size_t tap = 0; tap < taps; tap++)
                convolution->weight[(tap * shape->in_channels + in) * shape->out_channels + out] =
                    weight[(out * shape->in_channels + in) * taps + tap];
    if (bias != NULL)
        memcpy(convolution->bias, bias, shape->out_channels * sizeof(float));
    else
        memset(convolution->bias, 0, shape->out_channels * sizeof(float));
    return STATUS_OK;
}

size_t convolution_scratch_size(const Convolution *convolution)
{
    return BLOCK_ROWS * (convolution->patch + convolution->shape.out_channels);
}

// The values under the kernel for output pixels first .. first+rows-1 of one image.
static void gather_patches(const Convolution *convolution, const float *image, size_t first,
                           size_t rows, float *patches)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t channels = shape->in_channels;
    for (size_t row = 0; row < rows; row++) {
        size_t y0 = (first + row) / convolution->out_width * shape->stride;
        size_t x0 = (first + row) % convolution->out_width * shape->stride;
        for (size_t ky = 0; ky < shape->kernel; ky++)
            for (size_t kx = 0; kx < shape->kernel; kx++, patches += channels) {
                // Coordinates before the image wrap to huge values and fail the comparison.
                size_t y = y0 + ky - shape->padding;
                size_t x = x0 + kx - shape->padding;
                if (y < shape->height && x < shape->width)
                    memcpy(patches, image + (y * shape->width + x) * channels,
                           channels * sizeof(float));
                else
                    memset(patches, 0, channels * sizeof(float));
            }
    }
}

// The transpose of gather_patches: adds the patches to the image.
static void scatter_patches(const Convolution *convolution, const float *patches, size_t first,
                            size_t rows, float *image)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t channels = shape->in_channels;
    for (size_t row = 0; row < rows; row++) {
        size_t y0 = (first + row) / convolution->out_width * shape->stride;
        size_t x0 = (first + row) % convolution->out_width * shape->stride;
        for (size_t ky = 0; ky < shape->kernel; ky++)
            for (size_t kx = 0; kx < shape->kernel; kx++, patches += channels) {
                size_t y = y0 + ky - shape->padding;
                size_t x = x0 + kx - shape->padding;
                if (y >= shape->height || x >= shape->width)
                    continue;
                float *pixel = image + (y * shape->width + x) * channels;
                for (size_t c = 0; c < channels; c++)
                    pixel[c] += patches[c];
            }
    }
}

static size_t block_rows(size_t pixels, size_t first)
{
    return pixels - first < BLOCK_ROWS ? pixels - first : BLOCK_ROWS;
}

void convolution_forward(const Convolution *convolution, const float *input, size_t n,
                         float *output, float *scratch)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t out_channels = shape->out_channels;
    size_t pixels = convolution->out_height * convolution->out_width;
    float *patches = scratch;
    float *products = scratch + BLOCK_ROWS * convolution->patch;
    for (size_t image = 0; image < n; image++) {
        for (size_t first = 0; first < pixels; first += BLOCK_ROWS) {
            size_t rows = block_rows(pixels, first);
            gather_patches(convolution, input, first, rows, patches);
            memset(patches + rows * convolution->patch, 0,
                   (BLOCK_ROWS - rows) * convolution->patch * sizeof(float));
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, BLOCK_ROWS, (int)out_channels,
                        (int)convolution->patch, 1.0f, patches, (int)convolution->patch,
                        convolution->weight, (int)out_channels, 0.0f, products, (int)out_channels);
            for (size_t row = 0; row < rows; row++)
                for (size_t c = 0; c < out_channels; c++)
                    output[(first + row) * out_channels + c] =
                        products[row * out_channels + c] + convolution->bias[c];
        }
        input += shape->height * shape->width * shape->in_channels;
        output += pixels * out_channels;
    }
}

void convolution_backward_data(const Convolution *convolution, const float *grad_output, size_t n,
                               float *grad_input, float *scratch)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t out_channels = shape->out_channels;
    size_t pixels = convolution->out_height * convolution->out_width;
    size_t image_size = shape->height * shape->width * shape->in_channels;
    for (size_t image = 0; image < n; image++) {
        memset(grad_input, 0, image_size * sizeof(float));
        for (size_t first = 0; first < pixels; first += BLOCK_ROWS) {
            size_t rows = block_rows(pixels, first);
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)convolution->patch,
                        (int)out_channels, 1.0f, grad_output + first * out_channels,
                        (int)out_channels, convolution->weight, (int)out_channels, 0.0f, scratch,
                        (int)convolution->patch);
            scatter_patches(convolution, scratch, first, rows, grad_input);
        }
        grad_output += pixels * out_channels;
        grad_input += image_size;
    }
}

size_t convolution_gradient_size(const Convolution *convolution)
{
    return (convolution->patch + 1) * convolution->shape.out_channels;
}

void convolution_backward_weight(const Convolution *convolution, const float *input,
                                 const float *grad_output, size_t n, float *accumulator,
                                 float *scratch)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t out_channels = shape->out_channels;
    size_t pixels = convolution->out_height * convolution->out_width;
    float *grad_bias = accumulator + convolution->patch * out_channels;
    for (size_t image = 0; image < n; image++) {
        for (size_t first = 0; first < pixels; first += BLOCK_ROWS) {
            size_t rows = block_rows(pixels, first);
            gather_patches(convolution, input, first, rows, scratch);
            cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)convolution->patch,
                        (int)out_channels, (int)rows, 1.0f, scratch, (int)convolution->patch,
                        grad_output + first * out_channels, (int)out_channels, 1.0f, accumulator,
                        (int)out_channels);
        }
        for (size_t pixel = 0; pixel < pixels; pixel++)
            for (size_t c = 0; c < out_channels; c++)
                grad_bias[c] += grad_output[pixel * out_channels + c];
        input += shape->height * shape->width * shape->in_channels;
        grad_output += pixels * out_channels;
    }
}

void convolution_gradient_finish(const Convolution *convolution, const float *accumulator,
                                 float *grad_weight, float *grad_bias)
{
    const ConvolutionShape *shape = &convolution->shape;
    size_t taps = shape->kernel * shape->kernel;
    for (size_t out = 0; out < shape->out_channels; out++)
        for (size_t in = 0; in < shape->in_channels; in++)
            for (size_t tap = 0; tap < taps; tap++)
                grad_weight[(out * shape->in_channels + in) * taps + tap] =
                    accumulator[(tap * shape->in_channels + in) * shape->out_channels + out];
    if (grad_bias != NULL)
        memcpy(grad_bias, accumulator + convolution->patch * shape->out_channels,
               shape->out_channels * sizeof(float));
}
