// Optimisers against PyTorch's, five steps on given gradients (tests/parity/make_golden.py).
#include "golden_network.h"

#include "nn/train/optimiser.h"

enum { N_VALUES = 40, N_STEPS = 5 };

// The settings of make_golden.py.
static OptimiserSettings golden_settings(OptimiserKind kind)
{
    OptimiserSettings settings = optimiser_defaults(kind);
    settings.weight_decay = 0.05;
    settings.learning_rate = kind == OPTIMISER_ADAM ? 0.01 : kind == OPTIMISER_ADADELTA ? 0.5 : 0.1;
    settings.momentum = kind == OPTIMISER_SGD ? 0.9 : 0;
    return settings;
}

static void check_against_golden(OptimiserKind kind, const char *name)
{
    OptimiserSettings settings = golden_settings(kind);
    const Optimiser *optimiser = optimiser_of(kind);
    float *values = golden_array("optimisers", "start", N_VALUES);
    float *gradients = golden_array("optimisers", "gradients", N_STEPS * N_VALUES);
    float *expected = golden_array("optimisers", name, N_STEPS * N_VALUES);
    float memory[OPTIMISER_STATES_MAX][N_VALUES] = {{0}};
    float *states[OPTIMISER_STATES_MAX] = {memory[0], memory[1]};
    for (size_t step = 0; step < N_STEPS; step++) {
        optimiser->update(&settings, step + 1, gradients + step * N_VALUES, N_VALUES, values,
                          states);
        for (size_t i = 0; i < N_VALUES; i++)
            assert_float_equal(values[i], expected[step * N_VALUES + i], 2e-6);
    }
    free(values);
    free(gradients);
    free(expected);
}

static void adam_is_pytorchs(void **state)
{
    (void)state;
    check_against_golden(OPTIMISER_ADAM, "adam");
}

static void adadelta_is_pytorchs(void **state)
{
    (void)state;
    check_against_golden(OPTIMISER_ADADELTA, "adadelta");
}

// Zeiler 2012, algorithm 1, with Keras' epsilon and paper 004's rho, in double.
static void adadelta_takes_keras_epsilon_and_rho(void **state)
{
    (void)state;
    const OptimiserSettings settings = {
        .kind = OPTIMISER_ADADELTA, .learning_rate = 1.0, .rho = 0.95, .epsilon = 1e-7};
    float *values = golden_array("optimisers", "start", N_VALUES);
    float *gradients = golden_array("optimisers", "gradients", N_STEPS * N_VALUES);
    double expected[N_VALUES], square[N_VALUES] = {0}, moved[N_VALUES] = {0};
    float memory[OPTIMISER_STATES_MAX][N_VALUES] = {{0}};
    for (size_t i = 0; i < N_VALUES; i++)
        expected[i] = (double)values[i];
    for (size_t step = 0; step < N_STEPS; step++) {
        optimiser_adadelta.update(&settings, step + 1, gradients + step * N_VALUES, N_VALUES,
                                  values, (float *[]){memory[0], memory[1]});
        for (size_t i = 0; i < N_VALUES; i++) {
            double g = (double)gradients[step * N_VALUES + i];
            square[i] = 0.95 * square[i] + 0.05 * g * g;
            double delta = sqrt(moved[i] + 1e-7) / sqrt(square[i] + 1e-7) * g;
            moved[i] = 0.95 * moved[i] + 0.05 * delta * delta;
            expected[i] -= delta;
            assert_float_equal(values[i], expected[i], 1e-6);
        }
    }
    free(values);
    free(gradients);
}

static void numbers_that_are_0_become_the_optimisers_own(void **state)
{
    (void)state;
    OptimiserSettings settings = {.kind = OPTIMISER_ADADELTA, .learning_rate = 1.0, .rho = 0.95};
    optimiser_fill_defaults(&settings);
    assert_true(settings.rho == 0.95 && settings.epsilon == 1e-6);
}

static void sgd_is_pytorchs(void **state)
{
    (void)state;
    check_against_golden(OPTIMISER_SGD, "sgd");
}

static void defaults_are_pytorchs(void **state)
{
    (void)state;
    OptimiserSettings adam = optimiser_defaults(OPTIMISER_ADAM);
    assert_true(adam.learning_rate == 1e-3 && adam.beta1 == 0.9 && adam.beta2 == 0.999 &&
                adam.epsilon == 1e-8 && adam.weight_decay == 0);
    OptimiserSettings adadelta = optimiser_defaults(OPTIMISER_ADADELTA);
    assert_true(adadelta.learning_rate == 1 && adadelta.rho == 0.9 && adadelta.epsilon == 1e-6);
    OptimiserSettings sgd = optimiser_defaults(OPTIMISER_SGD);
    assert_true(sgd.momentum == 0 && sgd.weight_decay == 0);
}

// The update is cut into pieces; where the cuts fall must not matter.
static void pieces_give_the_same_bits_as_the_whole(void **state)
{
    (void)state;
    for (OptimiserKind kind = OPTIMISER_ADAM; kind <= OPTIMISER_SGD; kind++) {
        OptimiserSettings settings = golden_settings(kind);
        const Optimiser *optimiser = optimiser_of(kind);
        float *gradient = golden_array("optimisers", "gradients", N_STEPS * N_VALUES);
        float *whole = golden_array("optimisers", "start", N_VALUES);
        float *cut = golden_array("optimisers", "start", N_VALUES);
        float memory[2 * OPTIMISER_STATES_MAX][N_VALUES] = {{0}};
        optimiser->update(&settings, 1, gradient, N_VALUES, whole,
                          (float *[]){memory[0], memory[1]});
        for (size_t first = 0; first < N_VALUES; first += 7)
            optimiser->update(&settings, 1, gradient + first,
                              N_VALUES - first < 7 ? N_VALUES - first : 7, cut + first,
                              (float *[]){memory[2] + first, memory[3] + first});
        assert_memory_equal(whole, cut, sizeof *whole * N_VALUES);
        free(gradient);
        free(whole);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adam_is_pytorchs),
        cmocka_unit_test(adadelta_is_pytorchs),
        cmocka_unit_test(adadelta_takes_keras_epsilon_and_rho),
        cmocka_unit_test(numbers_that_are_0_become_the_optimisers_own),
        cmocka_unit_test(sgd_is_pytorchs),
        cmocka_unit_test(defaults_are_pytorchs),
        cmocka_unit_test(pieces_give_the_same_bits_as_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
