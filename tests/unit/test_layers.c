// Every layer's functions by themselves: values that can be worked out by hand, and the way back
// against finite differences. (Whole networks against PyTorch: test_network.c, test_trainer.c.)
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/layers/activation.h"
#include "nn/layers/norm.h"
#include "nn/layers/pool.h"
#include "nn/layers/reshape.h"
#include "nn/run/arena.h"
#include "nn/run/executor.h"
#include "nn/train/gradient.h"
#include "nn/train/loss.h"

// ---- Values worked out by hand -----------------------------------------------------------------

static void assert_floats(const float *values, const float *expected, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        assert_float_equal(values[i], expected[i], tolerance);
}

static void activations_bend_at_zero(void **state)
{
    (void)state;
    float x[] = {-2, 0, 3};
    activation_forward(x, 3, 0.1f, x);
    assert_floats(x, (float[]){-0.2f, 0, 3}, 3, 1e-7);
    float grad[] = {5, 5, 5};
    activation_backward(x, grad, 3, 0.1f, false, grad);
    assert_floats(grad, (float[]){0.5f, 0.5f, 5}, 3, 1e-7);
    float guided[] = {5, 5, 5, -5};
    activation_backward((float[]){-1, 1, 2, 3}, guided, 4, 0.1f, true, guided);
    assert_floats(guided, (float[]){0, 5, 5, 0}, 4, 0);
}

static void max_pool_takes_the_first_of_equals(void **state)
{
    (void)state;
    // 3 x 3, one channel; windows of 2 with stride 1.
    const float x[] = {1, 4, 4, 0, 4, 2, -1, -2, -3};
    const PoolShape shape = {{3, 3, 1}, {2, 2, 1}, .down = {2, 1, 0, 1}, .across = {2, 1, 0, 1}};
    float y[4], grad[9], scratch[2];
    max_pool_forward(&shape, x, 1, y);
    assert_floats(y, (float[]){4, 4, 4, 4}, 4, 0);
    max_pool_backward(&shape, x, (float[]){1, 10, 100, 1000}, 1, grad, scratch);
    assert_floats(grad, (float[]){0, 11, 0, 0, 1100, 0, 0, 0, 0}, 9, 0);
}

static void padding_never_wins_a_max_pool(void **state)
{
    (void)state;
    const float x[] = {-5, -6, -7, -8};
    const PoolShape shape = {{2, 2, 1}, {1, 1, 1}, .down = {3, 2, 1, 1}, .across = {3, 2, 1, 1}};
    float y;
    max_pool_forward(&shape, x, 1, &y);
    assert_true(y == -5);
}

static void padding_counts_in_an_average(void **state)
{
    (void)state;
    const float x[] = {9, 18, 27, 36};
    const PoolShape shape = {{2, 2, 1}, {1, 1, 1}, .down = {3, 2, 1, 1}, .across = {3, 2, 1, 1}};
    float y;
    average_pool_forward(&shape, x, 1, &y);
    assert_float_equal(y, 10, 1e-6);
}

static void adaptive_windows_overlap_where_they_must(void **state)
{
    (void)state;
    // 5 columns to 3: columns 0-1, 1-3, 3-4.
    const float x[] = {1, 2, 3, 4, 5};
    const PoolShape shape = {.input = {1, 5, 1}, .output = {1, 3, 1}};
    float y[3];
    adaptive_average_forward(&shape, x, 1, y);
    assert_floats(y, (float[]){1.5f, 3, 4.5f}, 3, 1e-6);
}

static void flattening_goes_channel_by_channel(void **state)
{
    (void)state;
    const float x[] = {1, 10, 2, 20, 3, 30}; // 3 pixels, 2 channels
    float y[6], back[6];
    flatten_forward(x, 1, 3, 2, y);
    assert_floats(y, (float[]){1, 2, 3, 10, 20, 30}, 6, 0);
    flatten_backward(y, 1, 3, 2, back);
    assert_memory_equal(back, x, sizeof x);
}

static void softmax_of_huge_logits_adds_up_to_one(void **state)
{
    (void)state;
    float scores[3];
    network_softmax((float[]){1e21f, 1e21f, -1e21f}, 1, 3, scores);
    assert_floats(scores, (float[]){0.5f, 0.5f, 0}, 3, 1e-7);
}

// Rows/columns 6..25 and 11..21 of StarcNet's 32: source = start + floor(destination size / 32).
static void crops_enlarge_to_the_nearest_neighbour(void **state)
{
    (void)state;
    float x[32 * 32], y[32 * 32];
    for (size_t i = 0; i < 32 * 32; i++)
        x[i] = (float)i;
    const Shape shape = {32, 32, 1};
    crop_enlarge_forward(x, 1, shape, 6, 20, shape, y);
    for (size_t row = 0; row < 32; row++)
        for (size_t column = 0; column < 32; column++)
            assert_true(y[row * 32 + column] ==
                        (float)((6 + row * 20 / 32) * 32 + 6 + column * 20 / 32));
    crop_enlarge_forward(x, 1, shape, 11, 11, shape, y);
    assert_true(y[0] == 11 * 32 + 11);
    assert_true(y[32 * 32 - 1] == 21 * 32 + 21);
}

static void group_norm_gives_each_group_zero_mean(void **state)
{
    (void)state;
    // 2 pixels, 4 channels in 2 groups: (1, 2, 3, 4) and (10, 10, 30, 30).
    const float x[] = {1, 2, 10, 10, 3, 4, 30, 30};
    const float weight[] = {1, 1, 2, 1}, bias[] = {0, 0, 0, 5};
    const NormShape shape = {.pixels = 2, .channels = 4, .groups = 2, .epsilon = 1e-8f, .slope = 1};
    float y[8], scratch[64];
    assert_true(norm_scratch_size(4) <= 64);
    Moments moments[2];
    group_norm_forward(&shape, x, 1, weight, bias, y, moments, scratch);
    float s = (float)sqrt(1.25);
    assert_floats(y, (float[]){-1.5f / s, -0.5f / s, -2, 4, 0.5f / s, 1.5f / s, 2, 6}, 8, 1e-6);
    assert_float_equal(moments[0].mean, 2.5, 1e-6);
    assert_float_equal(moments[1].inverse_deviation, 0.1, 1e-7);
}

// Values far from zero must not drown the variance.
static void norms_stand_a_large_offset(void **state)
{
    (void)state;
    enum { PIXELS = 1024 };
    const NormShape shape = {
        .pixels = PIXELS, .channels = 1, .groups = 1, .epsilon = 1e-5f, .slope = 1};
    float x[PIXELS], y[PIXELS], scratch[64];
    Random random = random_start(2, 0);
    double sum = 0, square = 0;
    for (size_t i = 0; i < PIXELS; i++) {
        x[i] = (float)(30 + random_normal(&random));
        sum += x[i];
        square += (double)x[i] * x[i];
    }
    double mean = sum / PIXELS, deviation = sqrt(square / PIXELS - mean * mean + 1e-5);
    group_norm_forward(&shape, x, 1, (float[]){1}, (float[]){0}, y, NULL, scratch);
    for (size_t i = 0; i < PIXELS; i++)
        assert_float_equal(y[i], (x[i] - mean) / deviation, 1e-4);
}

static void batch_norm_keeps_unbiased_running_variances(void **state)
{
    (void)state;
    const float x[] = {1, 3, 5, 7}; // mean 4, biased variance 5, unbiased 20/3
    const NormShape shape = {.pixels = 2, .channels = 1, .epsilon = 1e-5f, .slope = 1};
    double sums[2] = {0};
    float mean = 2, variance = 1, scratch[64];
    Moments moments;
    batch_norm_accumulate(&shape, x, 2, sums, scratch);
    batch_norm_moments(&shape, sums, 4, 0.1, &moments, &mean, &variance);
    assert_float_equal(moments.mean, 4, 1e-6);
    assert_float_equal(moments.inverse_deviation, 1 / sqrt(5), 1e-5);
    assert_float_equal(mean, 0.9 * 2 + 0.1 * 4, 1e-6);
    assert_float_equal(variance, 0.9 * 1 + 0.1 * 20 / 3, 1e-6);
}

static void cross_entropy_is_minus_the_log_score(void **state)
{
    (void)state;
    const float logits[] = {0, 0, logf(2), 1, 2, 900};
    const size_t labels[] = {2, 1};
    float grad[6];
    size_t hits;
    double loss = cross_entropy(logits, labels, 2, 3, grad, &hits);
    assert_float_equal(loss, (log(2) + 898) / 2, 1e-4);
    assert_int_equal(hits, 1);
    assert_floats(grad, (float[]){0.125f, 0.125f, -0.25f, 0, -0.5f, 0.5f}, 6, 1e-6);
}

static void dropout_keeps_the_mean_and_follows_the_seed(void **state)
{
    (void)state;
    enum { N = 20000 };
    float *x = malloc(2 * N * sizeof *x), *y = malloc(2 * N * sizeof *y);
    float *again = malloc(N * sizeof *again);
    for (size_t i = 0; i < 2 * N; i++)
        x[i] = 1;
    dropout_apply(x, 2, N, 0.3, 42, 10, y);
    double sum = 0, zeros = 0;
    for (size_t i = 0; i < 2 * N; i++) {
        assert_true(y[i] == 0 || fabs(y[i] - 1 / 0.7) < 1e-6);
        sum += y[i];
        zeros += y[i] == 0;
    }
    assert_float_equal(zeros / (2 * N), 0.3, 0.01);
    assert_float_equal(sum / (2 * N), 1, 0.02);
    dropout_apply(x, 1, N, 0.3, 42, 11, again); // source 11 alone
    assert_memory_equal(again, y + N, N * sizeof *again);
    assert_memory_not_equal(y, y + N, N * sizeof *y);
    free(x);
    free(y);
    free(again);
}

// ---- The way back against finite differences ---------------------------------------------------

// input -> layer(s) -> flatten -> linear, in 2 classes, with random weights.
static Network *network_around(Shape input, const Layer *layers, size_t n_layers)
{
    Network *network;
    Error error;
    const Layer first = {.kind = LAYER_INPUT,
                         .name = "input",
                         .height = input.height,
                         .width = input.width,
                         .channels = input.channels};
    assert_int_equal(network_new(&network, &error), STATUS_OK);
    assert_int_equal(network_add(network, &first, NULL, &error), STATUS_OK);
    for (size_t i = 0; i < n_layers; i++) {
        Layer layer = layers[i];
        snprintf(layer.name, sizeof layer.name, "layer%zu", i);
        if (layer.n_inputs == 0) {
            layer.n_inputs = 1;
            layer.inputs[0] = i;
        }
        if (network_add(network, &layer, NULL, &error) != STATUS_OK)
            fail_msg("%s", error.text);
    }
    const Layer flatten = {
        .kind = LAYER_FLATTEN, .name = "flatten", .n_inputs = 1, .inputs = {n_layers}};
    const Layer linear = {.kind = LAYER_LINEAR,
                          .name = "linear",
                          .n_inputs = 1,
                          .inputs = {n_layers + 1},
                          .channels = 2,
                          .bias = true};
    assert_int_equal(network_add(network, &flatten, NULL, &error), STATUS_OK);
    assert_int_equal(network_add(network, &linear, NULL, &error), STATUS_OK);
    Random random = random_start(11, 0);
    for (size_t i = 0; i < network_parameter_count(network); i++) {
        Parameter *parameter = network_parameter(network, i);
        bool variance = strstr(parameter->name, "running_var") != NULL;
        for (size_t k = 0; k < parameter->n_values; k++)
            parameter->values[k] = variance ? 0.5f + (float)random_uniform(&random)
                                            : 0.5f * (float)random_normal(&random);
    }
    return network;
}

static double logit(const Network *network, const float *input)
{
    PackedNetwork *packed;
    Executor *executor;
    Error error;
    float logits[2];
    assert_int_equal(packed_network_new(network, false, NULL, &packed, &error), STATUS_OK);
    assert_int_equal(executor_new(packed, &executor, &error), STATUS_OK);
    assert_int_equal(executor_forward(executor, input, 1, logits, &error), STATUS_OK);
    executor_free(executor);
    packed_network_free(packed);
    return logits[1];
}

// The gradient of a logit with respect to every input value, against (f(x+h) - f(x-h)) / 2h.
static void check_gradient(Shape shape, const Layer *layers, size_t n_layers)
{
    const float h = 1.0f / 256;
    Network *network = network_around(shape, layers, n_layers);
    size_t n = shape.height * shape.width * shape.channels;
    float *input = malloc(n * sizeof *input), *grad = malloc(n * sizeof *grad);
    size_t order[256];
    assert_true(n <= 256);
    // All values differ by more than 2h and keep away from 0, so that no max-pool and no ReLU of
    // the input changes its mind.
    Random random = random_start(12, 0);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    random_shuffle(&random, order, n);
    for (size_t i = 0; i < n; i++)
        input[i] = 0.02f * ((float)order[i] - 0.5f * (float)n + 0.5f);
    Parallel *parallel;
    ClassGradient *gradient;
    Error error;
    assert_int_equal(parallel_new(1, &parallel, &error), STATUS_OK);
    assert_int_equal(class_gradient_new(network, 0, false, parallel, &gradient, &error), STATUS_OK);
    const size_t class = 1;
    assert_int_equal(class_gradient_run(gradient, input, &class, 1, grad, NULL, NULL, &error),
                     STATUS_OK);
    double worst = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        float kept = input[i];
        input[i] = kept + h;
        double above = logit(network, input);
        input[i] = kept - h;
        double below = logit(network, input);
        input[i] = kept;
        worst = fmax(worst, fabs((above - below) / (2 * h) - grad[i]));
        largest = fmax(largest, fabs(grad[i]));
    }
    assert_true(largest > 0.01);
    if (worst > 2e-3 * largest)
        fail_msg("the gradient is off by %.1e of %.1e", worst, largest);
    class_gradient_free(gradient);
    parallel_free(parallel);
    network_free(network);
    free(input);
    free(grad);
}

static void convolution_gradient(void **state)
{
    (void)state;
    const Layer same = {
        .kind = LAYER_CONVOLUTION, .kernel = 3, .stride = 1, .padding = 1, .channels = 3};
    const Layer strided = {
        .kind = LAYER_CONVOLUTION, .kernel = 5, .stride = 2, .padding = 2, .channels = 3};
    check_gradient((Shape){6, 5, 2}, &same, 1);
    check_gradient((Shape){7, 6, 2}, &strided, 1);
    const Layer general = {.kind = LAYER_CONVOLUTION,
                           .kernel = 3,
                           .stride = 1,
                           .padding = 2,
                           .dilation = 2,
                           .rectangular = true,
                           .across = {1, 2, 0, 1},
                           .groups = 2,
                           .channels = 6,
                           .bias = true};
    check_gradient((Shape){7, 6, 4}, &general, 1);
}

static void norm_gradient(void **state)
{
    (void)state;
    const Layer group = {.kind = LAYER_GROUP_NORM, .groups = 2, .epsilon = 1e-5};
    const Layer batch = {.kind = LAYER_BATCH_NORM, .epsilon = 1e-5, .momentum = 0.1};
    check_gradient((Shape){3, 4, 6}, &group, 1);
    check_gradient((Shape){3, 4, 6}, &batch, 1);
}

static void activation_gradient(void **state)
{
    (void)state;
    const Layer relu = {.kind = LAYER_RELU}, leaky = {.kind = LAYER_LEAKY_RELU, .slope = 0.3};
    check_gradient((Shape){3, 4, 2}, &relu, 1);
    check_gradient((Shape){3, 4, 2}, &leaky, 1);
}

static void pool_gradient(void **state)
{
    (void)state;
    const Layer layers[] = {
        {.kind = LAYER_MAX_POOL, .kernel = 2, .stride = 2},
        {.kind = LAYER_MAX_POOL, .kernel = 3, .stride = 2, .padding = 1},
        {.kind = LAYER_AVERAGE_POOL, .kernel = 2, .stride = 2},
        {.kind = LAYER_AVERAGE_POOL, .kernel = 3, .stride = 2, .padding = 1},
        {.kind = LAYER_MAX_POOL,
         .kernel = 3,
         .stride = 1,
         .padding = 1,
         .rectangular = true,
         .across = {2, 2, 0, 1}},
        {.kind = LAYER_AVERAGE_POOL,
         .kernel = 1,
         .stride = 1,
         .rectangular = true,
         .across = {5, 3, 2, 1}},
        {.kind = LAYER_ADAPTIVE_AVERAGE, .height = 1, .width = 1},
        {.kind = LAYER_ADAPTIVE_AVERAGE, .height = 3, .width = 2},
    };
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        check_gradient((Shape){7, 6, 3}, &layers[i], 1);
}

static void crop_gradient(void **state)
{
    (void)state;
    const Layer crop = {
        .kind = LAYER_CROP_ENLARGE, .crop_start = 1, .crop_size = 4, .height = 7, .width = 9};
    check_gradient((Shape){6, 6, 2}, &crop, 1);
}

// A layer read several times gathers all its readers' gradients.
static void branch_gradient(void **state)
{
    (void)state;
    const Layer branches[] = {
        {.kind = LAYER_CONVOLUTION, .kernel = 1, .stride = 1, .channels = 2},
        {.kind = LAYER_LEAKY_RELU, .slope = 0.2, .n_inputs = 1, .inputs = {0}},
        {.kind = LAYER_ADD, .n_inputs = 2, .inputs = {1, 2}},
        {.kind = LAYER_CONCATENATE, .n_inputs = 4, .inputs = {3, 1, 0, 3}},
        {.kind = LAYER_ADD, .n_inputs = 2, .inputs = {4, 4}},
    };
    check_gradient((Shape){3, 3, 2}, branches, sizeof branches / sizeof *branches);
}

// ---- Placing buffers ---------------------------------------------------------------------------

static void buffers_in_use_together_do_not_overlap(void **state)
{
    (void)state;
    enum { N = 60 };
    ArenaItem items[N];
    Random random = random_start(1, 0);
    size_t sum = 0;
    for (size_t i = 0; i < N; i++) {
        size_t first = random_index(&random, 50);
        items[i] =
            (ArenaItem){random_index(&random, 1000), first, first + random_index(&random, 10), 0};
        sum += items[i].size + 15;
    }
    size_t total = arena_plan(items, N);
    assert_true(total < sum / 2); // room is used again
    for (size_t i = 0; i < N; i++) {
        assert_true(items[i].offset + items[i].size <= total);
        assert_int_equal(items[i].offset % 16, 0);
        for (size_t k = 0; k < i; k++)
            if (items[i].first <= items[k].last && items[k].first <= items[i].last)
                assert_true(items[i].offset + items[i].size <= items[k].offset ||
                            items[k].offset + items[k].size <= items[i].offset);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_bend_at_zero),
        cmocka_unit_test(max_pool_takes_the_first_of_equals),
        cmocka_unit_test(padding_never_wins_a_max_pool),
        cmocka_unit_test(padding_counts_in_an_average),
        cmocka_unit_test(adaptive_windows_overlap_where_they_must),
        cmocka_unit_test(softmax_of_huge_logits_adds_up_to_one),
        cmocka_unit_test(flattening_goes_channel_by_channel),
        cmocka_unit_test(crops_enlarge_to_the_nearest_neighbour),
        cmocka_unit_test(group_norm_gives_each_group_zero_mean),
        cmocka_unit_test(norms_stand_a_large_offset),
        cmocka_unit_test(batch_norm_keeps_unbiased_running_variances),
        cmocka_unit_test(cross_entropy_is_minus_the_log_score),
        cmocka_unit_test(dropout_keeps_the_mean_and_follows_the_seed),
        cmocka_unit_test(convolution_gradient),
        cmocka_unit_test(norm_gradient),
        cmocka_unit_test(activation_gradient),
        cmocka_unit_test(pool_gradient),
        cmocka_unit_test(crop_gradient),
        cmocka_unit_test(branch_gradient),
        cmocka_unit_test(buffers_in_use_together_do_not_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
