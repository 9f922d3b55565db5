// Recipes: resizing as scikit-image does, normalising as each system asks.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/recipe.h"
#include "golden_resize.h"
#include "systems/system.h"

// The image of tests/parity/resize.py: [size][size][2].
static void make_image(size_t size, float *image)
{
    for (size_t y = 0; y < size; y++)
        for (size_t x = 0; x < size; x++)
            for (size_t c = 0; c < 2; c++)
                image[(y * size + x) * 2 + c] = (float)((x * 37 + y * 59 + c * 83) % 101) - 20.0f;
}

static void resizing_gives_scikit_images_pixels(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_resize / sizeof *golden_resize; i++) {
        const GoldenResize *golden = &golden_resize[i];
        float image[7 * 7 * 2], resized[9 * 9 * 2];
        Error error;
        make_image(golden->size_in, image);
        assert_int_equal(
            resize_bilinear(image, golden->size_in, 2, golden->size_out, resized, &error),
            STATUS_OK);
        for (size_t k = 0; k < golden->size_out * golden->size_out * 2; k++)
            assert_float_equal(resized[k], golden->resized[k], 2e-5);
    }
}

static void starcnets_recipe_subtracts_the_published_means(void **state)
{
    (void)state;
    Recipe recipe;
    Error error;
    system_find("starcnet")->recipe(&recipe);
    enum { N = 2, VALUES = 32 * 32 * 5 };
    float *cutouts = malloc(N * VALUES * sizeof *cutouts);
    float *input = malloc(N * VALUES * sizeof *input);
    for (size_t i = 0; i < N * VALUES; i++)
        cutouts[i] = (float)i * 0.25f;
    assert_int_equal(recipe_apply(&recipe, cutouts, N, input, &error), STATUS_OK);
    const float means[] = {0.02376737085711172f, 0.13796898991372922f, 0.14457472840383698f,
                           0.25429259936146564f, 0.3901880480545905f};
    for (size_t i = 0; i < N * VALUES; i++)
        assert_true(input[i] == cutouts[i] - means[i % 5]);
    free(cutouts);
    free(input);
}

// Paper 002: two bands, each of mean 0 and deviation 1, and a third channel of 255.
static void z_scores_are_per_band_and_cutout_and_leave_the_constant_channel(void **state)
{
    (void)state;
    const Recipe recipe = {.n_bands = 2,
                           .cutout_size = 7,
                           .input_size = 14,
                           .normalisation = NORMALISE_ZSCORE,
                           .has_constant_channel = true,
                           .constant_channel = 255.0};
    enum { N = 2, AREA_IN = 49, AREA = 196 };
    float cutouts[N * AREA_IN * 2], input[N * AREA * 3];
    Error error;
    make_image(7, cutouts);
    for (size_t i = 0; i < AREA_IN * 2; i++)
        cutouts[AREA_IN * 2 + i] = 1000.0f * cutouts[i] + 1e4f;
    assert_int_equal(recipe_channel_count(&recipe), 3);
    assert_int_equal(recipe_apply(&recipe, cutouts, N, input, &error), STATUS_OK);
    for (size_t n = 0; n < N; n++)
        for (size_t band = 0; band < 2; band++) {
            double sum = 0.0, squares = 0.0;
            for (size_t i = 0; i < AREA; i++) {
                double value = (double)input[(n * AREA + i) * 3 + band];
                sum += value;
                squares += value * value;
            }
            assert_float_equal(sum / AREA, 0.0, 1e-6);
            assert_float_equal(squares / AREA, 1.0, 1e-5);
        }
    for (size_t i = 0; i < N * AREA; i++)
        assert_true(input[i * 3 + 2] == 255.0f);
    // The second cutout is the first on another scale.
    for (size_t i = 0; i < AREA * 3; i++)
        assert_float_equal(input[i], input[AREA * 3 + i], 1e-4);
}

static void a_flat_band_becomes_zero(void **state)
{
    (void)state;
    const Recipe recipe = {
        .n_bands = 1, .cutout_size = 3, .input_size = 3, .normalisation = NORMALISE_ZSCORE};
    float cutout[9], input[9];
    Error error;
    for (size_t i = 0; i < 9; i++)
        cutout[i] = 4.0f;
    assert_int_equal(recipe_apply(&recipe, cutout, 1, input, &error), STATUS_OK);
    for (size_t i = 0; i < 9; i++)
        assert_true(input[i] == 0.0f);
}

static void a_cutouts_input_does_not_depend_on_its_batch(void **state)
{
    (void)state;
    const Recipe recipe = {.n_bands = 2,
                           .cutout_size = 7,
                           .input_size = 9,
                           .normalisation = NORMALISE_ZSCORE,
                           .has_constant_channel = true,
                           .constant_channel = 1.0};
    enum { N = 3, IN = 98, OUT = 243 };
    float cutouts[N * IN], together[N * OUT], alone[OUT];
    Error error;
    for (size_t i = 0; i < N * IN; i++)
        cutouts[i] = (float)((i * 7919) % 1000) / 7.0f;
    assert_int_equal(recipe_apply(&recipe, cutouts, N, together, &error), STATUS_OK);
    for (size_t n = 0; n < N; n++) {
        assert_int_equal(recipe_apply(&recipe, cutouts + n * IN, 1, alone, &error), STATUS_OK);
        assert_memory_equal(alone, together + n * OUT, sizeof alone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resizing_gives_scikit_images_pixels),
        cmocka_unit_test(starcnets_recipe_subtracts_the_published_means),
        cmocka_unit_test(z_scores_are_per_band_and_cutout_and_leave_the_constant_channel),
        cmocka_unit_test(a_flat_band_becomes_zero),
        cmocka_unit_test(a_cutouts_input_does_not_depend_on_its_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
