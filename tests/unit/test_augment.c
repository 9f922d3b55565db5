// Augmentation: what moves pixels moves them exactly, the rest keeps shape and place.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset/augment.h"

enum { SIZE = 32, CHANNELS = 2, VALUES = SIZE * SIZE * CHANNELS };

// A Gaussian blob off the middle in the first channel, place numbers in the second.
static void make_image(float *image)
{
    for (size_t y = 0; y < SIZE; y++)
        for (size_t x = 0; x < SIZE; x++) {
            double dx = (double)x - 20.0, dy = (double)y - 12.0;
            image[(y * SIZE + x) * CHANNELS] = (float)exp(-(dx * dx + dy * dy) / 8.0);
            image[(y * SIZE + x) * CHANNELS + 1] = (float)(y * SIZE + x);
        }
}

static float pixel(const float *image, size_t x, size_t y, size_t channel)
{
    return image[(y * SIZE + x) * CHANNELS + channel];
}

// Flux-weighted mean place of the first channel.
static void centroid(const float *image, double *x, double *y)
{
    double sum = 0.0, sum_x = 0.0, sum_y = 0.0;
    for (size_t j = 0; j < SIZE; j++)
        for (size_t i = 0; i < SIZE; i++) {
            double value = (double)pixel(image, i, j, 0);
            sum += value;
            sum_x += value * (double)i;
            sum_y += value * (double)j;
        }
    *x = sum_x / sum;
    *y = sum_y / sum;
}

static void apply(Transform transform, float *changed)
{
    float image[VALUES];
    Random random = random_start(1, 1);
    make_image(image);
    transform_apply(&transform, image, SIZE, CHANNELS, CHANNELS, &random, changed);
}

static void nothing_asked_changes_nothing(void **state)
{
    (void)state;
    float image[VALUES], changed[VALUES];
    make_image(image);
    apply(transform_none, changed);
    assert_memory_equal(image, changed, sizeof image);
    Random random = random_start(7, 7);
    Transform drawn = augmentation_draw(&(Augmentation){0}, 5, &random);
    apply(drawn, changed);
    assert_memory_equal(image, changed, sizeof image);
}

static void flips_and_quarter_turns_move_pixels_exactly(void **state)
{
    (void)state;
    float image[VALUES], changed[VALUES];
    make_image(image);
    apply((Transform){.flip_x = true, .scale = 1.0}, changed);
    for (size_t y = 0; y < SIZE; y++)
        for (size_t x = 0; x < SIZE; x++)
            assert_true(pixel(changed, SIZE - 1 - x, y, 1) == pixel(image, x, y, 1));
    apply((Transform){.flip_y = true, .scale = 1.0}, changed);
    for (size_t y = 0; y < SIZE; y++)
        for (size_t x = 0; x < SIZE; x++)
            assert_true(pixel(changed, x, SIZE - 1 - y, 1) == pixel(image, x, y, 1));
    // From x to y: what was to the right of the middle is above it.
    apply((Transform){.quarter_turns = 1, .scale = 1.0}, changed);
    for (size_t y = 0; y < SIZE; y++)
        for (size_t x = 0; x < SIZE; x++)
            assert_true(pixel(changed, SIZE - 1 - y, x, 1) == pixel(image, x, y, 1));
}

static void half_a_turn_is_both_reflections(void **state)
{
    (void)state;
    float turned[VALUES], mirrored[VALUES];
    apply((Transform){.quarter_turns = 2, .scale = 1.0}, turned);
    apply((Transform){.flip_x = true, .flip_y = true, .scale = 1.0}, mirrored);
    assert_memory_equal(turned, mirrored, sizeof turned);
}

static void an_angle_of_90_degrees_is_a_quarter_turn(void **state)
{
    (void)state;
    float quarter[VALUES], angle[VALUES];
    apply((Transform){.quarter_turns = 1, .scale = 1.0}, quarter);
    apply((Transform){.angle = M_PI / 2.0, .scale = 1.0}, angle);
    for (size_t i = 0; i < VALUES; i++)
        assert_float_equal(quarter[i], angle[i], 1e-3);
    // Flips come before either.
    apply((Transform){.flip_x = true, .quarter_turns = 1, .scale = 1.0}, quarter);
    apply((Transform){.flip_x = true, .angle = M_PI / 2.0, .scale = 1.0}, angle);
    for (size_t i = 0; i < VALUES; i++)
        assert_float_equal(quarter[i], angle[i], 1e-3);
}

static void enlarging_moves_things_away_from_the_middle(void **state)
{
    (void)state;
    float image[VALUES], enlarged[VALUES];
    double x, y, enlarged_x, enlarged_y;
    make_image(image);
    apply((Transform){.scale = 1.07}, enlarged);
    centroid(image, &x, &y);
    centroid(enlarged, &enlarged_x, &enlarged_y);
    assert_float_equal(enlarged_x - 15.5, 1.07 * (x - 15.5), 0.02);
    assert_float_equal(enlarged_y - 15.5, 1.07 * (y - 15.5), 0.02);
}

static void shifting_moves_things_along(void **state)
{
    (void)state;
    float image[VALUES], shifted[VALUES];
    double x, y, shifted_x, shifted_y;
    make_image(image);
    apply((Transform){.scale = 1.0, .shift_x = -2.5, .shift_y = 1.25}, shifted);
    centroid(image, &x, &y);
    centroid(shifted, &shifted_x, &shifted_y);
    assert_float_equal(shifted_x, x - 2.5, 0.02);
    assert_float_equal(shifted_y, y + 1.25, 0.02);
}

// scikit-image's rotate(mode="constant"): beyond the image is 0. Not in a constant channel.
static void corners_are_mirrored_or_zero(void **state)
{
    (void)state;
    float image[VALUES], turned[VALUES];
    Random random = random_start(3, 1);
    for (size_t i = 0; i < VALUES; i++)
        image[i] = 7.0f;
    Transform transform = {.scale = 1.0, .angle = M_PI / 4};
    transform_apply(&transform, image, SIZE, CHANNELS, 1, &random, turned);
    for (size_t i = 0; i < VALUES; i++)
        assert_float_equal(turned[i], 7.0f, 1e-5);
    transform.corners = CORNERS_ZERO;
    transform_apply(&transform, image, SIZE, CHANNELS, 1, &random, turned);
    assert_true(pixel(turned, 0, 0, 0) == 0.0f);
    assert_true(pixel(turned, SIZE - 1, 0, 0) == 0.0f);
    assert_float_equal(pixel(turned, SIZE / 2, 0, 0), 7.0f, 1e-5);
    assert_float_equal(pixel(turned, SIZE / 2, SIZE / 2, 0), 7.0f, 1e-5);
    assert_float_equal(pixel(turned, 0, 0, 1), 7.0f, 1e-5);
}

static void noise_spares_the_channels_behind_the_bands(void **state)
{
    (void)state;
    float image[VALUES], changed[VALUES];
    make_image(image);
    Random random = random_start(3, 1);
    const Transform transform = {.scale = 1.0, .noise = 0.5};
    transform_apply(&transform, image, SIZE, CHANNELS, 1, &random, changed);
    double squares = 0.0;
    for (size_t i = 0; i < SIZE * SIZE; i++) {
        double difference = (double)(changed[2 * i] - image[2 * i]);
        squares += difference * difference;
        assert_true(changed[2 * i + 1] == image[2 * i + 1]);
    }
    // 1,024 draws: the deviation is known to 2.2 %.
    assert_float_equal(sqrt(squares / (SIZE * SIZE)), 0.5, 0.05);
}

static void right_angles_come_in_turn_and_scale_half_the_time(void **state)
{
    (void)state;
    const Augmentation paper = {.right_angles = true, .scale = 1.07, .scale_probability = 0.5};
    const unsigned turns[] = {0, 1, 3};
    size_t n_scaled = 0;
    for (size_t i = 0; i < 3000; i++) {
        Random random = random_start(11, i);
        Transform transform = augmentation_draw(&paper, i, &random);
        assert_int_equal(transform.quarter_turns, turns[i % 3]);
        assert_false(transform.flip_x || transform.flip_y);
        assert_true(transform.scale == 1.0 || transform.scale == 1.07);
        assert_true(transform.angle == 0.0 && transform.shift_x == 0.0 && transform.noise == 0.0);
        n_scaled += transform.scale != 1.0;
    }
    assert_in_range(n_scaled, 1400, 1600); // 3.6 standard deviations
}

static void angles_and_shifts_stay_within_what_was_asked(void **state)
{
    (void)state;
    const Augmentation any = {.reflections = true, .rotation = 360.0, .shift = 3.0};
    size_t n_flipped = 0;
    double least = 7.0, most = 0.0, least_shift = 0.0, most_shift = 0.0;
    for (size_t i = 0; i < 3000; i++) {
        Random random = random_start(12, i);
        Transform transform = augmentation_draw(&any, i, &random);
        n_flipped += transform.flip_x;
        least = fmin(least, transform.angle);
        most = fmax(most, transform.angle);
        least_shift = fmin(least_shift, transform.shift_y);
        most_shift = fmax(most_shift, transform.shift_y);
    }
    assert_in_range(n_flipped, 1400, 1600);
    assert_true(least >= 0.0 && least < 0.05 && most > 6.23 && most < 2.0 * M_PI);
    assert_true(least_shift >= -3.0 && least_shift < -2.9);
    assert_true(most_shift <= 3.0 && most_shift > 2.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_asked_changes_nothing),
        cmocka_unit_test(flips_and_quarter_turns_move_pixels_exactly),
        cmocka_unit_test(half_a_turn_is_both_reflections),
        cmocka_unit_test(an_angle_of_90_degrees_is_a_quarter_turn),
        cmocka_unit_test(enlarging_moves_things_away_from_the_middle),
        cmocka_unit_test(shifting_moves_things_along),
        cmocka_unit_test(corners_are_mirrored_or_zero),
        cmocka_unit_test(noise_spares_the_channels_behind_the_bands),
        cmocka_unit_test(right_angles_come_in_turn_and_scale_half_the_time),
        cmocka_unit_test(angles_and_shifts_stay_within_what_was_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
