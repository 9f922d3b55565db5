// Convolutions against their defining sums (nn/reference).
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/layers/convolution.h"
#include "nn/reference/reference.h"

// height, width, in, out, then kernel, stride, padding along both axes
#define SQUARE(h, w, in, out, k, s, p)                                                             \
    {                                                                                              \
        .height = h, .width = w, .in_channels = in, .out_channels = out, .down = {k, s, p, 1},     \
        .across = {                                                                                \
            k,                                                                                     \
            s,                                                                                     \
            p,                                                                                     \
            1                                                                                      \
        }                                                                                          \
    }

static const ConvolutionShape SHAPES[] = {
    SQUARE(8, 8, 16, 32, 3, 1, 1),
    SQUARE(32, 32, 5, 128, 3, 1, 1),
    SQUARE(16, 16, 128, 128, 3, 1, 1),
    SQUARE(7, 9, 19, 21, 3, 1, 1),
    SQUARE(5, 6, 3, 1, 3, 1, 0),
    SQUARE(1, 1, 16, 16, 3, 1, 1),
    SQUARE(2, 3, 16, 17, 3, 1, 1),
    SQUARE(13, 11, 24, 40, 3, 2, 1),
    SQUARE(15, 15, 6, 20, 7, 2, 3),
    SQUARE(9, 9, 64, 48, 1, 1, 0),
    SQUARE(9, 8, 33, 18, 1, 2, 0),
    SQUARE(10, 10, 4, 8, 5, 1, 2),
    SQUARE(19, 19, 64, 64, 3, 1, 1),
    SQUARE(4, 4, 256, 272, 3, 1, 1),
    SQUARE(6, 6, 2, 16, 2, 2, 0),
    SQUARE(9, 9, 64, 96, 1, 1, 0),
    SQUARE(9, 8, 128, 64, 1, 2, 0),
    SQUARE(6, 5, 192, 160, 3, 1, 2),
    // Rectangular kernels, strides and paddings, dilation, groups.
    {9, 11, 6, 10, {3, 1, 1, 1}, {5, 2, 2, 1}, 1},
    {12, 7, 16, 24, {1, 1, 0, 1}, {7, 1, 3, 1}, 1},
    {13, 12, 8, 12, {3, 1, 2, 2}, {3, 2, 3, 3}, 1},
    {10, 10, 24, 36, {3, 1, 1, 1}, {3, 1, 1, 1}, 3},
    {11, 9, 20, 20, {3, 2, 1, 1}, {3, 2, 1, 1}, 20},
    {8, 9, 32, 48, {1, 1, 0, 1}, {1, 1, 0, 1}, 2},
};
enum { N_SHAPES = sizeof SHAPES / sizeof *SHAPES, N_IMAGES = 3 };

// One layer with random values, its results, and room for them.
typedef struct Case {
    ConvolutionShape shape;
    Convolution *convolution;
    size_t input_size, output_size, weight_size; // of one image; of all weights
    float *weight, *bias, *input, *grad_output, *scratch;
} Case;

static float *random_values(Random *random, size_t n)
{
    float *values = memory_new_aligned(n, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)random_normal(random);
    return values;
}

static float *zeros(size_t n)
{
    float *values = memory_new(n, sizeof *values);
    assert_non_null(values);
    return values;
}

static Case case_new(const ConvolutionShape *shape)
{
    Random random = random_start(4, 0);
    Error error;
    Case c = {.shape = *shape};
    c.input_size = shape->height * shape->width * shape->in_channels;
    c.output_size =
        convolution_output_height(shape) * convolution_output_width(shape) * shape->out_channels;
    c.weight_size = shape->out_channels * convolution_patch(shape);
    c.weight = random_values(&random, c.weight_size);
    c.bias = random_values(&random, shape->out_channels);
    c.input = random_values(&random, N_IMAGES * c.input_size);
    c.grad_output = random_values(&random, N_IMAGES * c.output_size);
    assert_int_equal(convolution_new(shape, &c.convolution, &error), STATUS_OK);
    assert_int_equal(convolution_set_weights(c.convolution, c.weight, c.bias, true, &error),
                     STATUS_OK);
    c.scratch = memory_new_aligned(convolution_scratch_size(c.convolution), sizeof(float));
    assert_non_null(c.scratch);
    return c;
}

static void case_free(Case *c)
{
    convolution_free(c->convolution);
    free(c->weight);
    free(c->bias);
    free(c->input);
    free(c->grad_output);
    free(c->scratch);
}

// The outputs and gradients of one image, in double precision; gradients of weights accumulate.
typedef struct Reference {
    double *output, *grad_input, *grad_weight, *grad_bias;
} Reference;

static double *doubles(const float *values, size_t n)
{
    double *copy = memory_new(n, sizeof *copy);
    assert_non_null(copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = values[i];
    return copy;
}

static void reference_add(const Case *c, const float *input, const float *grad_output,
                          Reference *reference)
{
    const ConvolutionShape *s = &c->shape;
    const Layer layer = {.kind = LAYER_CONVOLUTION,
                         .kernel = s->down.kernel,
                         .stride = s->down.stride,
                         .padding = s->down.padding,
                         .dilation = s->down.dilation,
                         .rectangular = true,
                         .across = s->across,
                         .groups = s->groups,
                         .channels = s->out_channels};
    const LayerView view = {
        .layer = &layer,
        .inputs = {{s->height, s->width, s->in_channels}},
        .output = {convolution_output_height(s), convolution_output_width(s), s->out_channels},
        .values = {c->weight, c->bias}};
    double *values = doubles(input, c->input_size), *grads = doubles(grad_output, c->output_size);
    const ReferenceCall call = {.view = &view,
                                .n = 1,
                                .inputs = {values},
                                .output = reference->output,
                                .grad_output = grads,
                                .grad_inputs = {reference->grad_input},
                                .grad_values = {reference->grad_weight, reference->grad_bias}};
    reference_forward(&call);
    reference_backward(&call);
    free(values);
    free(grads);
}

// Root mean square of the difference, relative to that of the reference.
static double relative_error(const float *values, const double *reference, size_t n)
{
    double difference = 0.0, norm = 0.0;
    for (size_t i = 0; i < n; i++) {
        difference += (values[i] - reference[i]) * (values[i] - reference[i]);
        norm += reference[i] * reference[i];
    }
    return sqrt(difference / norm);
}

static void matches_the_direct_sum(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SHAPES; i++) {
        Case c = case_new(&SHAPES[i]);
        size_t out_channels = c.shape.out_channels;
        float *output = zeros(N_IMAGES * c.output_size);
        float *grad_input = zeros(N_IMAGES * c.input_size);
        float *accumulator = zeros(convolution_gradient_size(c.convolution));
        float *grad_weight = zeros(c.weight_size), *grad_bias = zeros(out_channels);
        convolution_forward(c.convolution, c.input, N_IMAGES, SHARE_ALL, output, c.scratch);
        convolution_backward_data(c.convolution, c.grad_output, N_IMAGES, grad_input, c.scratch);
        convolution_backward_weight(c.convolution, c.input, c.grad_output, 1, accumulator,
                                    c.scratch);
        convolution_backward_weight(c.convolution, c.input + c.input_size,
                                    c.grad_output + c.output_size, N_IMAGES - 1, accumulator,
                                    c.scratch);
        convolution_gradient_finish(c.convolution, accumulator, grad_weight, grad_bias);

        Reference reference = {.output = memory_new(c.output_size, sizeof(double)),
                               .grad_input = memory_new(c.input_size, sizeof(double)),
                               .grad_weight = memory_new(c.weight_size, sizeof(double)),
                               .grad_bias = memory_new(out_channels, sizeof(double))};
        for (size_t image = 0; image < N_IMAGES; image++) {
            memset(reference.grad_input, 0, c.input_size * sizeof(double));
            reference_add(&c, c.input + image * c.input_size, c.grad_output + image * c.output_size,
                          &reference);
            assert_true(relative_error(output + image * c.output_size, reference.output,
                                       c.output_size) < 3e-6);
            assert_true(relative_error(grad_input + image * c.input_size, reference.grad_input,
                                       c.input_size) < 3e-6);
        }
        assert_true(relative_error(grad_weight, reference.grad_weight, c.weight_size) < 3e-6);
        assert_true(relative_error(grad_bias, reference.grad_bias, out_channels) < 3e-6);

        free(reference.output);
        free(reference.grad_input);
        free(reference.grad_weight);
        free(reference.grad_bias);
        free(output);
        free(grad_input);
        free(accumulator);
        free(grad_weight);
        free(grad_bias);
        case_free(&c);
    }
}

static void an_image_gives_the_same_bits_alone_and_in_company(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SHAPES; i++) {
        Case c = case_new(&SHAPES[i]);
        float *together = zeros(N_IMAGES * c.output_size), *alone = zeros(c.output_size);
        float *grad_together = zeros(N_IMAGES * c.input_size), *grad_alone = zeros(c.input_size);
        convolution_forward(c.convolution, c.input, N_IMAGES, SHARE_ALL, together, c.scratch);
        convolution_backward_data(c.convolution, c.grad_output, N_IMAGES, grad_together, c.scratch);
        for (size_t image = 0; image < N_IMAGES; image++) {
            convolution_forward(c.convolution, c.input + image * c.input_size, 1, SHARE_ALL, alone,
                                c.scratch);
            assert_memory_equal(alone, together + image * c.output_size,
                                c.output_size * sizeof(float));
            convolution_backward_data(c.convolution, c.grad_output + image * c.output_size, 1,
                                      grad_alone, c.scratch);
            assert_memory_equal(grad_alone, grad_together + image * c.input_size,
                                c.input_size * sizeof(float));
        }
        free(together);
        free(alone);
        free(grad_together);
        free(grad_alone);
        case_free(&c);
    }
}

static void shares_make_up_the_whole(void **state)
{
    (void)state;
    enum { SHARES = 3 };
    for (size_t i = 0; i < N_SHAPES; i++) {
        Case c = case_new(&SHAPES[i]);
        for (size_t n = 1; n <= N_IMAGES; n++) {
            float *whole = zeros(n * c.output_size), *parts = zeros(n * c.output_size);
            convolution_forward(c.convolution, c.input, n, SHARE_ALL, whole, c.scratch);
            for (size_t share = SHARES; share-- > 0;)
                convolution_forward(c.convolution, c.input, n, (Share){share, SHARES}, parts,
                                    c.scratch);
            assert_memory_equal(parts, whole, n * c.output_size * sizeof(float));
            free(whole);
            free(parts);
        }
        case_free(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_the_direct_sum),
        cmocka_unit_test(an_image_gives_the_same_bits_alone_and_in_company),
        cmocka_unit_test(shares_make_up_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
