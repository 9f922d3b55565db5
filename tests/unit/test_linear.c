// Fully connected layers against sums in double precision.
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
#include "nn/layers/linear.h"

static const size_t SHAPES[][2] = {{3, 2}, {384, 4}, {700, 33}, {2048, 128}, {1030, 70}};
enum { N_SHAPES = sizeof SHAPES / sizeof *SHAPES, N = 19 };

// One layer with random values.
typedef struct Case {
    size_t in, out;
    Linear *linear;
    float *weight, *bias, *input, *grad_output, *scratch;
} Case;

static float *new_values(Random *random, size_t n)
{
    float *values = memory_new_aligned(n, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)random_normal(random);
    return values;
}

static Case case_new(size_t in, size_t out)
{
    Random random = random_start(2, 0);
    Error error;
    Case c = {.in = in, .out = out};
    c.weight = new_values(&random, in * out);
    c.bias = new_values(&random, out);
    c.input = new_values(&random, N * in);
    c.grad_output = new_values(&random, N * out);
    assert_int_equal(linear_new(in, out, &c.linear, &error), STATUS_OK);
    assert_int_equal(linear_set_weights(c.linear, c.weight, c.bias, true, &error), STATUS_OK);
    c.scratch = memory_new_aligned(linear_scratch_size(c.linear), sizeof(float));
    assert_non_null(c.scratch);
    return c;
}

static void case_free(Case *c)
{
    linear_free(c->linear);
    free(c->weight);
    free(c->bias);
    free(c->input);
    free(c->grad_output);
    free(c->scratch);
}

// |difference| against the root of the number of terms, the size of a sum of unit normal values.
static void assert_close(double value, double expected, size_t terms)
{
    assert_true(fabs(value - expected) < 4e-6 * sqrt((double)terms));
}

static void matches_sums_in_double_precision(void **state)
{
    (void)state;
    for (size_t shape = 0; shape < N_SHAPES; shape++) {
        Case c = case_new(SHAPES[shape][0], SHAPES[shape][1]);
        size_t in = c.in, out = c.out;
        float *output = memory_new(N * out, sizeof(float));
        float *grad_input = memory_new(N * in, sizeof(float));
        float *grad_weight = memory_new(in * out, sizeof(float));
        float *grad_bias = memory_new(out, sizeof(float));
        grad_weight[0] = 10.0f; // gradients are added to what is there
        linear_forward(c.linear, c.input, N, SHARE_ALL, output, c.scratch);
        linear_backward_data(c.linear, c.grad_output, N, grad_input, c.scratch);
        linear_backward_weight(c.linear, c.input, c.grad_output, N, grad_weight, grad_bias,
                               c.scratch);
        for (size_t i = 0; i < N * out; i++) {
            double sum = c.bias[i % out];
            for (size_t k = 0; k < in; k++)
                sum += (double)c.input[i / out * in + k] * c.weight[i % out * in + k];
            assert_close(output[i], sum, in);
        }
        for (size_t i = 0; i < N * in; i += 7) {
            double sum = 0.0;
            for (size_t k = 0; k < out; k++)
                sum += (double)c.grad_output[i / in * out + k] * c.weight[k * in + i % in];
            assert_close(grad_input[i], sum, out);
        }
        for (size_t i = 0; i < in * out; i++) {
            double sum = i == 0 ? 10.0 : 0.0;
            for (size_t k = 0; k < N; k++)
                sum += (double)c.grad_output[k * out + i / in] * c.input[k * in + i % in];
            assert_close(grad_weight[i], sum, N);
        }
        for (size_t i = 0; i < out; i++) {
            double sum = 0.0;
            for (size_t k = 0; k < N; k++)
                sum += c.grad_output[k * out + i];
            assert_close(grad_bias[i], sum, N);
        }
        free(output);
        free(grad_input);
        free(grad_weight);
        free(grad_bias);
        case_free(&c);
    }
}

static void a_row_is_the_same_bits_alone_and_in_company(void **state)
{
    (void)state;
    for (size_t shape = 0; shape < N_SHAPES; shape++) {
        Case c = case_new(SHAPES[shape][0], SHAPES[shape][1]);
        float *together = memory_new(N * c.out, sizeof(float));
        float *alone = memory_new(c.out, sizeof(float));
        linear_forward(c.linear, c.input, N, SHARE_ALL, together, c.scratch);
        for (size_t row = 0; row < N; row++) {
            linear_forward(c.linear, c.input + row * c.in, 1, SHARE_ALL, alone, c.scratch);
            assert_memory_equal(alone, together + row * c.out, c.out * sizeof(float));
        }
        free(together);
        free(alone);
        case_free(&c);
    }
}

static void shares_make_up_the_whole(void **state)
{
    (void)state;
    enum { SHARES = 3 };
    for (size_t shape = 0; shape < N_SHAPES; shape++) {
        Case c = case_new(SHAPES[shape][0], SHAPES[shape][1]);
        float *whole = memory_new(N * c.out, sizeof(float));
        float *parts = memory_new(N * c.out, sizeof(float));
        linear_forward(c.linear, c.input, N, SHARE_ALL, whole, c.scratch);
        for (size_t share = SHARES; share-- > 0;)
            linear_forward(c.linear, c.input, N, (Share){share, SHARES}, parts, c.scratch);
        assert_memory_equal(parts, whole, N * c.out * sizeof(float));
        free(whole);
        free(parts);
        case_free(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_sums_in_double_precision),
        cmocka_unit_test(a_row_is_the_same_bits_alone_and_in_company),
        cmocka_unit_test(shares_make_up_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
