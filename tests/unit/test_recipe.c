// Recipes: resizing as scikit-image does, normalising as each system asks.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/recipe.h"
#include "classifier/resize.h"
#include "golden_recipe.h"
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
        float image[7 * 7 * 2], rows[9 * 9 * 2], resized[9 * 9 * 2];
        make_image(golden->size_in, image);
        resize_bilinear(image, golden->size_in, 2, golden->size_out, rows, resized);
        for (size_t k = 0; k < golden->size_out * golden->size_out * 2; k++)
            assert_float_equal(resized[k], golden->resized[k], 2e-5);
    }
}

// Within 1e-6 of the numbers' scale.
static void each_systems_input_is_scikit_images_and_numpys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_recipes / sizeof *golden_recipes; i++) {
        const GoldenRecipe *golden = &golden_recipes[i];
        const Recipe *recipe = &system_find(golden->system)->recipe;
        const InputShape shape = recipe_input_shape(recipe);
        Error error;
        assert_int_equal(recipe->cutout_size, golden->size);
        assert_int_equal(recipe->n_bands, golden->n_bands);
        assert_int_equal(shape.size * shape.size * shape.channels, golden->n_values);
        float *cutout = malloc(golden->size * golden->size * golden->n_bands * sizeof *cutout);
        float *input = malloc(golden->n_values * sizeof *input);
        size_t k = 0;
        for (size_t y = 0; y < golden->size; y++)
            for (size_t x = 0; x < golden->size; x++)
                for (size_t c = 0; c < golden->n_bands; c++)
                    cutout[k++] = (float)(((double)((x * 37 + y * 59 + c * 83) % 101) - 20.0) /
                                          101.0 * golden->scale);
        assert_int_equal(recipe_apply(recipe, cutout, 1, input, &error), STATUS_OK);
        for (size_t v = 0; v < golden->n_values; v += golden->step)
            assert_float_equal(input[v], golden->values[v / golden->step],
                               1e-6 * fmax(golden->scale, fabs(golden->values[v / golden->step])));
        free(cutout);
        free(input);
    }
}

static void starcnets_recipe_subtracts_the_published_means(void **state)
{
    (void)state;
    const Recipe recipe = system_find("starcnet")->recipe;
    Error error;
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
    const Recipe recipe = {
        .n_bands = 2,
        .cutout_size = 7,
        .n_steps = 3,
        .steps = {{STEP_RESIZE, 1, {14}}, {STEP_ZSCORE, 0, {0}}, {STEP_CONSTANT, 1, {255}}}};
    enum { N = 2, AREA_IN = 49, AREA = 196 };
    float cutouts[N * AREA_IN * 2], input[N * AREA * 3];
    Error error;
    make_image(7, cutouts);
    for (size_t i = 0; i < AREA_IN * 2; i++)
        cutouts[AREA_IN * 2 + i] = 1000.0f * cutouts[i] + 1e4f;
    assert_int_equal(recipe_input_shape(&recipe).channels, 3);
    assert_int_equal(recipe_input_shape(&recipe).size, 14);
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
        .n_bands = 1, .cutout_size = 3, .n_steps = 1, .steps = {{STEP_ZSCORE, 0, {0}}}};
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
    const Recipe recipe = {
        .n_bands = 2,
        .cutout_size = 7,
        .n_steps = 3,
        .steps = {{STEP_RESIZE, 1, {9}}, {STEP_ZSCORE, 0, {0}}, {STEP_CONSTANT, 1, {1}}}};
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

// One pixel of three channels through the steps.
static void apply_to_pixel(const char *const *steps, size_t n, const float *pixel, float *input)
{
    Error error;
    Recipe recipe = {.n_bands = 3, .n_classes = 2, .cutout_size = 1, .n_steps = n};
    for (size_t i = 0; i < n; i++)
        assert_int_equal(input_step_read(steps[i], &recipe.steps[i], &error), STATUS_OK);
    if (recipe_check(&recipe, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(recipe_apply(&recipe, pixel, 1, input, &error), STATUS_OK);
}

// Keras' rule for VGG16: 8-bit RGB to BGR, the colours' means subtracted.
static void keras_caffe_rule_is_two_steps_after_a_stretch(void **state)
{
    (void)state;
    static const char *const steps[] = {"stretch 0 2 0 2 0 2", "channels 3 2 1",
                                        "colour_mean 103.939 116.779 123.68"};
    float input[3];
    apply_to_pixel(steps, 3, (const float[]){-1, 1, 7}, input);
    assert_float_equal(input[0], 255 - 103.939, 1e-5);
    assert_float_equal(input[1], 127.5 - 116.779, 1e-5);
    assert_float_equal(input[2], 0 - 123.68, 1e-5);
}

static void imagenets_rule_subtracts_and_divides(void **state)
{
    (void)state;
    static const char *const steps[] = {"colour_mean 0.485 0.456 0.406",
                                        "divide 0.229 0.224 0.225"};
    float input[3];
    apply_to_pixel(steps, 2, (const float[]){1, 0.456f, 0}, input);
    assert_float_equal(input[0], (1 - 0.485) / 0.229, 1e-6);
    assert_float_equal(input[1], 0, 1e-6);
    assert_float_equal(input[2], -0.406 / 0.225, 1e-6);
}

static void channels_are_repeated_and_added(void **state)
{
    (void)state;
    static const char *const steps[] = {"repeat 2", "constant 0", "channels 5 4 1"};
    float input[3];
    apply_to_pixel(steps, 3, (const float[]){1, 2, 3}, input);
    assert_true(input[0] == 0 && input[1] == 2 && input[2] == 1);
}

static void the_asinh_stretch_keeps_its_ends(void **state)
{
    (void)state;
    static const char *const steps[] = {"asinh 0 1 0 1 0 1"};
    float input[3];
    apply_to_pixel(steps, 1, (const float[]){0, 0.5f, 1}, input);
    assert_true(input[0] == 0);
    assert_float_equal(input[1], 255 * asinh(5) / asinh(10), 1e-4);
    assert_float_equal(input[2], 255, 1e-4);
}

static void steps_are_text_and_back(void **state)
{
    (void)state;
    Error error;
    InputStep step;
    char text[STEP_TEXT_SIZE];
    const char *line = "band_mean 0.02376737085711172 0.1 -1e-30";
    assert_int_equal(input_step_read(line, &step, &error), STATUS_OK);
    assert_true(step.values[0] == 0.02376737085711172 && step.values[2] == -1e-30);
    input_step_text(&step, text);
    assert_string_equal(text, line);
    for (StepKind kind = STEP_RESIZE; kind < STEP_KIND_COUNT; kind++) {
        assert_int_equal(input_step_read(step_kind_name(kind), &step, &error), STATUS_OK);
        assert_int_equal(step.kind, kind);
    }
    assert_int_equal(input_step_read("transmute 1", &step, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "\"transmute\""));
    assert_int_equal(input_step_read("constant x", &step, &error), STATUS_BAD_INPUT);
    assert_int_equal(input_step_read("constant inf", &step, &error), STATUS_BAD_INPUT);
    assert_int_equal(input_step_read("", &step, &error), STATUS_BAD_INPUT);
}

static void assert_recipe_refused(const char *step, const char *words)
{
    Error error;
    Recipe recipe = {.n_bands = 3, .n_classes = 2, .cutout_size = 4, .n_steps = 1};
    assert_int_equal(input_step_read(step, &recipe.steps[0], &error), STATUS_OK);
    assert_int_equal(recipe_check(&recipe, &error), STATUS_BAD_INPUT);
    if (strstr(error.text, words) == NULL)
        fail_msg("says \"%s\", not \"%s\"", error.text, words);
}

static void steps_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    assert_recipe_refused("band_mean 1 2", "do not fit 3 channels");
    assert_recipe_refused("constant", "do not fit 3 channels");
    assert_recipe_refused("channels 4", "no channel 4");
    assert_recipe_refused("repeat 0", "no channel 0");
    assert_recipe_refused("resize 0.5", "not 0.5");
    assert_recipe_refused("resize 1e9", "not 1e+09");
    assert_recipe_refused("divide 1 0 1", "the number 0");
    assert_recipe_refused("stretch 0 1 0 1 1 1", "the number 1");
}

static void all_steps_are_read_from_one_text(void **state)
{
    (void)state;
    Error error;
    Recipe recipe = {.n_bands = 3, .n_classes = 2, .cutout_size = 8};
    assert_int_equal(recipe_read_steps(&recipe, "band_mean; resize 16;constant 0", &error),
                     STATUS_OK);
    assert_int_equal(recipe.n_steps, 3);
    assert_int_equal(recipe.steps[0].n_values, 3);
    assert_int_equal(recipe_input_shape(&recipe).channels, 4);
    assert_int_equal(recipe_read_steps(&recipe, "", &error), STATUS_OK);
    assert_int_equal(recipe.n_steps, 0);
    assert_int_equal(recipe_read_steps(&recipe, "constant 0; blur 2", &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "blur"));
    assert_int_equal(recipe_read_steps(&recipe,
                                       "zscore;;zscore;zscore;zscore;zscore;zscore;zscore;"
                                       "zscore;zscore",
                                       &error),
                     STATUS_USAGE);
}

static void views_and_decisions_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    Error error;
    Recipe recipe = {.n_bands = 1, .n_classes = 3, .cutout_size = 4};
    assert_int_equal(recipe_check(&recipe, &error), STATUS_OK);
    recipe.n_views = 1;
    recipe.views[0] = (View){"1|2", {1, 2, 0}};
    assert_int_equal(recipe_check(&recipe, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "the view 1|2 puts class 3 into no group"));
    recipe.views[0] = (View){"a b", {1, 2, 2}};
    assert_int_equal(recipe_check(&recipe, &error), STATUS_BAD_INPUT);
    recipe.n_views = 0;
    recipe.decision = (Decision){.kind = DECISION_THRESHOLD, .threshold = 0.5, .class = 4};
    assert_int_equal(recipe_check(&recipe, &error), STATUS_BAD_INPUT);
    recipe.decision = (Decision){.kind = DECISION_REJECT, .threshold = 1.5};
    assert_int_equal(recipe_check(&recipe, &error), STATUS_BAD_INPUT);
}

static void starcnets_colours_and_views_are_in_its_recipe(void **state)
{
    (void)state;
    static const char *const colours[] = {"white", "red", "green", "blue", "yellow"};
    const Recipe *recipe = &system_find("starcnet")->recipe;
    for (size_t class = 0; class <= 4; class ++)
        assert_string_equal(recipe_class_look(recipe, class).colour, colours[class]);
    const View *view = recipe_view(recipe, "12|3|4");
    assert_non_null(view);
    assert_int_equal(view_group_count(view, 4), 3);
    assert_int_equal(view->groups[3], 3);
    assert_null(recipe_view(recipe, "1|234"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resizing_gives_scikit_images_pixels),
        cmocka_unit_test(each_systems_input_is_scikit_images_and_numpys),
        cmocka_unit_test(starcnets_recipe_subtracts_the_published_means),
        cmocka_unit_test(z_scores_are_per_band_and_cutout_and_leave_the_constant_channel),
        cmocka_unit_test(a_flat_band_becomes_zero),
        cmocka_unit_test(a_cutouts_input_does_not_depend_on_its_batch),
        cmocka_unit_test(keras_caffe_rule_is_two_steps_after_a_stretch),
        cmocka_unit_test(imagenets_rule_subtracts_and_divides),
        cmocka_unit_test(channels_are_repeated_and_added),
        cmocka_unit_test(the_asinh_stretch_keeps_its_ends),
        cmocka_unit_test(steps_are_text_and_back),
        cmocka_unit_test(steps_that_do_not_fit_are_refused),
        cmocka_unit_test(all_steps_are_read_from_one_text),
        cmocka_unit_test(views_and_decisions_that_do_not_fit_are_refused),
        cmocka_unit_test(starcnets_colours_and_views_are_in_its_recipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
