// Every kind of layer, forward and back, against its defining loops (nn/reference), with every
// backend that multiplies.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/product/product.h"
#include "nn/reference/reference.h"
#include "nn/types/norm.h"

enum { N = 3 };

typedef struct Example {
    Layer layer;
    Shape inputs[3];
} Example;

#define CONVOLVE .kind = LAYER_CONVOLUTION, .bias = true

static const Example examples[] = {
    {{CONVOLVE, .kernel = 3, .stride = 1, .padding = 1, .channels = 32}, {{9, 11, 16}}},
    {{CONVOLVE, .kernel = 3, .stride = 1, .padding = 1, .channels = 64}, {{8, 8, 64}}},
    {{CONVOLVE, .kernel = 3, .stride = 2, .padding = 1, .channels = 70}, {{13, 12, 64}}},
    {{CONVOLVE, .kernel = 7, .stride = 2, .padding = 3, .channels = 20}, {{15, 16, 3}}},
    {{CONVOLVE, .kernel = 1, .stride = 1, .channels = 96}, {{14, 13, 128}}},
    {{CONVOLVE, .kernel = 1, .stride = 2, .channels = 64}, {{7, 7, 192}}},
    {{CONVOLVE, .kernel = 3, .stride = 2, .padding = 1, .rectangular = true, .across = {5, 1, 2, 1},
      .channels = 24},
     {{9, 7, 18}}},
    {{CONVOLVE, .kernel = 3, .stride = 1, .padding = 2, .dilation = 2, .channels = 17},
     {{8, 9, 16}}},
    {{CONVOLVE, .kernel = 3, .stride = 1, .padding = 1, .groups = 4, .channels = 24}, {{6, 7, 16}}},
    {{CONVOLVE, .kernel = 3, .stride = 1, .padding = 1, .groups = 20, .channels = 20},
     {{6, 7, 20}}},
    {{.kind = LAYER_CONVOLUTION, .kernel = 2, .stride = 1, .channels = 5}, {{4, 5, 4}}},
    {{.kind = LAYER_LINEAR, .bias = true, .channels = 33}, {{1, 1, 700}}},
    {{.kind = LAYER_LINEAR, .channels = 4}, {{1, 1, 384}}},
    {{.kind = LAYER_GROUP_NORM, .groups = 3, .epsilon = 1e-3}, {{5, 4, 12}}},
    {{.kind = LAYER_BATCH_NORM, .epsilon = 1e-3, .momentum = 0.1}, {{5, 4, 70}}},
    {{.kind = LAYER_RELU}, {{3, 5, 7}}},
    {{.kind = LAYER_LEAKY_RELU, .slope = 0.2}, {{3, 5, 7}}},
    {{.kind = LAYER_MAX_POOL, .kernel = 3, .stride = 2, .padding = 1}, {{9, 8, 17}}},
    {{.kind = LAYER_MAX_POOL,
      .kernel = 2,
      .stride = 2,
      .rectangular = true,
      .across = {5, 1, 2, 1}},
     {{8, 7, 3}}},
    {{.kind = LAYER_AVERAGE_POOL, .kernel = 3, .stride = 2, .padding = 1}, {{9, 8, 17}}},
    {{.kind = LAYER_AVERAGE_POOL,
      .kernel = 1,
      .stride = 2,
      .rectangular = true,
      .across = {4, 3, 2, 1}},
     {{8, 7, 3}}},
    {{.kind = LAYER_ADAPTIVE_AVERAGE, .height = 3, .width = 2}, {{7, 5, 6}}},
    {{.kind = LAYER_ADD, .n_inputs = 2}, {{3, 4, 5}, {3, 4, 5}}},
    {{.kind = LAYER_CONCATENATE, .n_inputs = 3}, {{3, 4, 5}, {3, 4, 1}, {3, 4, 16}}},
    {{.kind = LAYER_FLATTEN}, {{4, 3, 40}}},
    {{.kind = LAYER_DROPOUT, .rate = 0}, {{4, 3, 5}}},
    {{.kind = LAYER_CROP_ENLARGE, .crop_start = 1, .crop_size = 4, .height = 7, .width = 9},
     {{6, 7, 5}}},
    {{.kind = LAYER_MAX_POOL,
      .kernel = 3,
      .stride = 2,
      .padding = 2,
      .dilation = 2,
      .height = 5,
      .width = 4},
     {{9, 8, 3}}},
    {{.kind = LAYER_AVERAGE_POOL, .kernel = 3, .stride = 2, .height = 5, .width = 4}, {{9, 8, 3}}},
    {{.kind = LAYER_AVERAGE_INSIDE, .kernel = 3, .stride = 2, .padding = 1}, {{9, 8, 17}}},
    {{.kind = LAYER_SIGMOID}, {{3, 5, 7}}},
    {{.kind = LAYER_TANH}, {{3, 5, 7}}},
    {{.kind = LAYER_ERF}, {{3, 5, 7}}},
    {{.kind = LAYER_SOFTPLUS}, {{3, 5, 7}}},
    {{.kind = LAYER_ELU, .alpha = 0.7}, {{3, 5, 7}}},
    {{.kind = LAYER_HARD_SIGMOID, .alpha = 0.3, .beta = 0.4}, {{3, 5, 7}}},
    {{.kind = LAYER_CLIP, .alpha = -0.5, .beta = 0.8}, {{3, 5, 7}}},
    {{.kind = LAYER_PRELU}, {{3, 5, 7}}},
    {{.kind = LAYER_SCALE}, {{3, 5, 7}}},
    {{.kind = LAYER_MULTIPLY, .n_inputs = 2}, {{3, 4, 5}, {3, 4, 5}}},
    {{.kind = LAYER_MULTIPLY, .n_inputs = 2}, {{3, 4, 5}, {1, 1, 5}}},
    {{.kind = LAYER_LOCAL_NORM, .span = 5, .alpha = 0.3, .beta = 0.75, .offset = 2}, {{3, 4, 9}}},
    {{.kind = LAYER_LOCAL_NORM, .span = 4, .alpha = 0.3, .beta = 0.75, .offset = 1}, {{3, 4, 2}}},
    {{.kind = LAYER_PAD,
      .height = 6,
      .width = 9,
      .padding = 2,
      .rectangular = true,
      .across = {.padding = 1},
      .offset = -3},
     {{3, 5, 4}}},
    {{.kind = LAYER_REARRANGE,
      .height = 4,
      .width = 3,
      .channels = 40,
      .rows = 5,
      .columns = 8,
      .inner = 1},
     {{3, 4, 40}}},
    {{.kind = LAYER_REARRANGE,
      .height = 1,
      .width = 1,
      .channels = 480,
      .rows = 3,
      .columns = 4,
      .inner = 40},
     {{3, 4, 40}}},
    {{.kind = LAYER_CHANNEL_SLICE, .crop_start = 3, .channels = 4}, {{3, 4, 9}}},
};
enum { N_EXAMPLES = sizeof examples / sizeof *examples };

// A layer that stands alone, with random values, and what its reference makes of them.
typedef struct Bench {
    Layer layer;
    const LayerType *type;
    LayerView view;
    size_t n_values[LAYER_PARAMETERS_MAX], n_inputs[3], n_output;
    float *values[LAYER_PARAMETERS_MAX], *inputs[3], *grad_output;
    ReferenceCall reference;
} Bench;

static void *room(size_t n, size_t size)
{
    void *block = memory_new(n > 0 ? n : 1, size);
    assert_non_null(block);
    return block;
}

static float *random_values(Random *random, size_t n)
{
    float *values = room(n, sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)random_normal(random);
    return values;
}

static double *doubles(const float *values, size_t n)
{
    double *copy = room(n, sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = values[i];
    return copy;
}

static void add_parameters(Bench *b, Random *random)
{
    ParameterPlan plans[LAYER_PARAMETERS_MAX];
    size_t n =
        b->type->parameters != NULL ? b->type->parameters(&b->layer, b->view.inputs, plans) : 0;
    for (size_t p = 0; p < n; p++) {
        b->n_values[p] = 1;
        for (size_t d = 0; d < plans[p].n_dimensions; d++)
            b->n_values[p] *= plans[p].dimensions[d];
        b->values[p] = random_values(random, b->n_values[p]);
        for (size_t i = 0; i < b->n_values[p] && strcmp(plans[p].suffix, "running_var") == 0; i++)
            b->values[p][i] = 0.5f + fabsf(b->values[p][i]);
        b->view.values[p] = b->values[p];
        b->reference.grad_values[p] = room(b->n_values[p], sizeof(double));
    }
}

static void bench_open(Bench *b, const Example *example, bool batch_statistics)
{
    Random random = random_start(9, 0);
    Error error = {0};
    *b = (Bench){.layer = example->layer};
    if (b->layer.n_inputs == 0)
        b->layer.n_inputs = 1;
    b->type = layer_type(b->layer.kind);
    b->view = (LayerView){.layer = &b->layer, .slope = (float)b->layer.slope};
    if (b->layer.kind != LAYER_RELU && b->layer.kind != LAYER_LEAKY_RELU)
        b->view.slope = 1;
    b->reference = (ReferenceCall){.view = &b->view, .n = N, .batch_statistics = batch_statistics};
    for (size_t i = 0; i < b->layer.n_inputs; i++) {
        b->view.inputs[i] = example->inputs[i];
        b->n_inputs[i] = N * shape_values(example->inputs[i]);
        b->inputs[i] = random_values(&random, b->n_inputs[i]);
        b->reference.inputs[i] = doubles(b->inputs[i], b->n_inputs[i]);
        b->reference.grad_inputs[i] = room(b->n_inputs[i], sizeof(double));
    }
    if (layer_output_shape(&b->layer, b->view.inputs, &b->view.output, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    add_parameters(b, &random);
    b->n_output = N * shape_values(b->view.output);
    b->grad_output = random_values(&random, b->n_output);
    b->reference.grad_output = doubles(b->grad_output, b->n_output);
    b->reference.output = room(b->n_output, sizeof(double));
    reference_forward(&b->reference);
    reference_backward(&b->reference);
    if (b->type->pack != NULL &&
        b->type->pack(&b->view, true, &b->view.packed, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static void bench_close(Bench *b)
{
    if (b->type->unpack != NULL)
        b->type->unpack(b->view.packed);
    for (size_t i = 0; i < LAYER_PARAMETERS_MAX; i++) {
        free(b->values[i]);
        free(b->reference.grad_values[i]);
    }
    for (size_t i = 0; i < b->layer.n_inputs; i++) {
        free(b->inputs[i]);
        free((void *)b->reference.inputs[i]);
        free(b->reference.grad_inputs[i]);
    }
    free(b->grad_output);
    free((void *)b->reference.grad_output);
    free(b->reference.output);
}

// Root mean square of the difference against that of the reference.
static void assert_close(const Bench *b, const char *what, const float *values,
                         const double *expected, size_t n)
{
    double difference = 0.0, size = 0.0;
    for (size_t i = 0; i < n; i++) {
        difference += pow(values[i] - expected[i], 2);
        size += pow(expected[i], 2);
    }
    if (!(sqrt(difference) <= 3e-6 * sqrt(size)))
        fail_msg("%s of a %s layer %d pixels wide is off by %.1e", what, b->type->name,
                 (int)b->view.inputs[0].width, sqrt(difference / size));
}

static float *scratch_for(const Bench *b)
{
    float *scratch = memory_new_aligned(
        b->type->scratch_size != NULL ? b->type->scratch_size(&b->view) + 1 : 1, sizeof *scratch);
    assert_non_null(scratch);
    return scratch;
}

static void check_forward(const Bench *b, Moments *moments, float *scratch)
{
    float *output = room(b->n_output, sizeof *output);
    ForwardCall call = {.view = b->view,
                        .n = N,
                        .output = output,
                        .moments = moments,
                        .share = SHARE_ALL,
                        .scratch = scratch};
    for (size_t i = 0; i < b->layer.n_inputs; i++)
        call.inputs[i] = b->inputs[i];
    b->type->forward(&call);
    assert_close(b, "the output", output, b->reference.output, b->n_output);
    free(output);
}

// The input's gradient; and what the kind gathers of its parameters' in `sums`.
static void check_backward(const Bench *b, const Moments *moments, const double *batch_sums,
                           float *sums, float *scratch)
{
    float *grad_output = room(b->n_output, sizeof *grad_output);
    memcpy(grad_output, b->grad_output, b->n_output * sizeof *grad_output);
    BackwardCall call = {.view = b->view,
                         .n = N,
                         .grad_output = grad_output,
                         .grad_parameters = sums,
                         .moments = moments,
                         .batch_sums = batch_sums,
                         .batch_count =
                             N * (double)b->view.output.height * (double)b->view.output.width,
                         .scratch = scratch};
    for (size_t i = 0; i < b->layer.n_inputs; i++) {
        call.inputs[i] = b->inputs[i];
        call.grad_inputs[i] = room(b->n_inputs[i], sizeof(float));
    }
    b->type->backward(&call);
    for (size_t i = 0; i < b->layer.n_inputs; i++) {
        assert_close(b, "the input's gradient", call.grad_inputs[i], b->reference.grad_inputs[i],
                     b->n_inputs[i]);
        free(call.grad_inputs[i]);
    }
    free(grad_output);
}

static void check_parameters(const Bench *b, const float *sums, const double *batch_sums,
                             float *scratch)
{
    float *grads[2] = {room(b->n_values[0], sizeof(float)), room(b->n_values[1], sizeof(float))};
    b->type->finish(&(FinishCall){.view = b->view,
                                  .sums = sums,
                                  .batch_sums = batch_sums,
                                  .n = N,
                                  .input = b->inputs[0],
                                  .grad_output = b->grad_output,
                                  .grad_weight = grads[0],
                                  .grad_bias = b->n_values[1] > 0 ? grads[1] : NULL,
                                  .scratch = scratch});
    assert_close(b, "the weight's gradient", grads[0], b->reference.grad_values[0], b->n_values[0]);
    assert_close(b, "the bias's gradient", grads[1], b->reference.grad_values[1], b->n_values[1]);
    free(grads[0]);
    free(grads[1]);
}

static void check_example(const Example *example)
{
    Bench b;
    bench_open(&b, example, false);
    bool batch = b.layer.kind == LAYER_BATCH_NORM;
    float *scratch = scratch_for(&b);
    float *sums =
        room(b.type->gradient_size != NULL ? b.type->gradient_size(&b.view) : 0, sizeof *sums);
    Moments *moments = batch ? NULL : room(N * (b.layer.groups + 1), sizeof *moments);
    double *batch_sums = room(2 * b.view.output.channels, sizeof *batch_sums);
    check_forward(&b, moments, scratch);
    check_backward(&b, moments, NULL, sums, scratch);
    if (batch) {
        NormShape shape = norm_shape(&b.view);
        batch_norm_backward_sums(&shape, b.inputs[0], N, b.values[0], b.values[1], b.view.packed,
                                 b.grad_output, false, batch_sums, scratch);
    }
    if (b.type->finish != NULL)
        check_parameters(&b, sums, batch_sums, scratch);
    free(batch_sums);
    free(moments);
    free(sums);
    free(scratch);
    bench_close(&b);
}

static void check_all(ProductChoice choice)
{
    product_choose(choice);
    for (size_t i = 0; i < N_EXAMPLES; i++)
        check_example(&examples[i]);
    product_choose(PRODUCTS_BEST);
}

static void layers_are_their_definitions_as_a_rule(void **state)
{
    (void)state;
    check_all(PRODUCTS_BEST);
}

static void layers_are_their_definitions_with_our_own_kernels(void **state)
{
    (void)state;
    check_all(PRODUCTS_OWN);
}

static void layers_are_their_definitions_with_openblas(void **state)
{
    (void)state;
    check_all(PRODUCTS_BLAS);
}

static void layers_are_their_definitions_with_plain_products(void **state)
{
    (void)state;
    check_all(PRODUCTS_REFERENCE);
}

static void batch_norm_over_a_batch_is_its_definition(void **state)
{
    (void)state;
    const Example example = {{.kind = LAYER_BATCH_NORM, .epsilon = 1e-3, .momentum = 0.1},
                             {{5, 4, 70}}};
    Bench b;
    bench_open(&b, &example, true);
    float *scratch = scratch_for(&b);
    double sums[140] = {0.0}, back[140] = {0.0};
    Moments moments[70];
    NormShape shape = norm_shape(&b.view);
    batch_norm_accumulate(&shape, b.inputs[0], N, sums, scratch);
    batch_norm_moments(&shape, sums, N * 20, 0.1, moments, NULL, NULL);
    check_forward(&b, moments, scratch);
    batch_norm_backward_sums(&shape, b.inputs[0], N, b.values[0], b.values[1], moments,
                             b.grad_output, false, back, scratch);
    check_backward(&b, moments, back, NULL, scratch);
    check_parameters(&b, NULL, back, scratch);
    free(scratch);
    bench_close(&b);
}

static void every_kind_has_an_example(void **state)
{
    (void)state;
    bool found[LAYER_KIND_COUNT] = {[LAYER_INPUT] = true};
    for (size_t i = 0; i < N_EXAMPLES; i++)
        found[examples[i].layer.kind] = true;
    for (size_t kind = 0; kind < LAYER_KIND_COUNT; kind++)
        assert_true(found[kind]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_an_example),
        cmocka_unit_test(layers_are_their_definitions_as_a_rule),
        cmocka_unit_test(layers_are_their_definitions_with_our_own_kernels),
        cmocka_unit_test(layers_are_their_definitions_with_openblas),
        cmocka_unit_test(layers_are_their_definitions_with_plain_products),
        cmocka_unit_test(batch_norm_over_a_batch_is_its_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
