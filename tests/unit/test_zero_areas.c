#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "sky/cutout/zero_areas.h"

enum { SIZE = 32, BLOCK = 5 };

// How many pixels of the square become NaN.
static size_t mark(float *pixels)
{
    ZeroAreas *areas = NULL;
    Error error;
    assert_int_equal(zero_areas_new(&areas, &error), STATUS_OK);
    assert_int_equal(zero_areas_mark(areas, BLOCK, SIZE, SIZE, pixels, &error), STATUS_OK);
    zero_areas_free(areas);
    size_t n = 0;
    for (size_t i = 0; i < SIZE * SIZE; i++)
        n += isnan(pixels[i]);
    return n;
}

static void fill_noise(float *pixels)
{
    Random random = random_start(5, 0);
    for (size_t i = 0; i < SIZE * SIZE; i++)
        pixels[i] = (float)random_normal(&random);
}

static void fill_photons(float *pixels, double mean, uint64_t seed)
{
    Random random = random_start(seed, 1);
    for (size_t i = 0; i < SIZE * SIZE; i++)
        pixels[i] = (float)random_poisson(&random, mean);
}

static void put_zeros(float *pixels, size_t x0, size_t y0, size_t width, size_t height)
{
    for (size_t y = y0; y < y0 + height; y++)
        for (size_t x = x0; x < x0 + width; x++)
            pixels[y * SIZE + x] = 0.0f;
}

static void zeros_all_over_are_no_data(void **state)
{
    (void)state;
    float pixels[SIZE * SIZE] = {0};
    assert_int_equal(mark(pixels), SIZE * SIZE);
}

static void a_chip_gap_is_no_data(void **state)
{
    (void)state;
    float pixels[SIZE * SIZE];
    fill_noise(pixels);
    put_zeros(pixels, 0, 12, SIZE, 7);
    assert_int_equal(mark(pixels), 7 * SIZE);
    for (size_t i = 0; i < SIZE * SIZE; i++)
        assert_int_equal(isnan(pixels[i]) != 0, i / SIZE >= 12 && i / SIZE < 19);
}

static void a_slanted_edge_is_no_data_to_its_last_pixel(void **state)
{
    (void)state;
    float pixels[SIZE * SIZE];
    fill_noise(pixels);
    size_t n = 0;
    for (size_t y = 0; y < SIZE; y++)
        for (size_t x = 0; 2 * x + y < 40 && x < SIZE; x++, n++)
            pixels[y * SIZE + x] = 0.0f;
    assert_int_equal(mark(pixels), n);
}

static void zero_and_minus_zero_are_one(void **state)
{
    (void)state;
    float pixels[SIZE * SIZE];
    fill_noise(pixels);
    put_zeros(pixels, 0, 0, 10, 10);
    for (size_t x = 0; x < 10; x += 2)
        pixels[x] = -0.0f;
    assert_int_equal(mark(pixels), 100);
}

static void a_lone_zero_is_data(void **state)
{
    (void)state;
    float pixels[SIZE * SIZE];
    fill_noise(pixels);
    pixels[100] = pixels[500] = pixels[501] = 0.0f;
    put_zeros(pixels, 20, 20, 4, 4);
    put_zeros(pixels, 3, 0, 1, SIZE);
    assert_int_equal(mark(pixels), 0);
}

static void what_a_cosmic_ray_left_in_a_gap_is_not_the_sky(void **state)
{
    (void)state;
    float pixels[SIZE * SIZE] = {0};
    pixels[300] = pixels[301] = 40.0f;
    assert_int_equal(mark(pixels), SIZE * SIZE - 2);
}

static void zeros_between_photons_are_data(void **state)
{
    (void)state;
    // From 20 photons a cutout on, whatever their number.
    static const double means[] = {0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 2.0, 5.0};
    float pixels[SIZE * SIZE];
    size_t n_wrong = 0;
    for (size_t i = 0; i < sizeof means / sizeof means[0]; i++)
        for (uint64_t seed = 0; seed < 200; seed++) {
            fill_photons(pixels, means[i], seed);
            n_wrong += mark(pixels) > 0;
        }
    assert_int_equal(n_wrong, 0);
}

static void zeros_around_a_source_of_a_photon_image_are_data(void **state)
{
    (void)state;
    float pixels[SIZE * SIZE];
    Random random = random_start(9, 2);
    fill_photons(pixels, 0.03, 3);
    for (size_t y = 12; y < 20; y++)
        for (size_t x = 12; x < 20; x++)
            pixels[y * SIZE + x] = 1.0f + (float)random_poisson(&random, 9.0);
    assert_int_equal(mark(pixels), 0);
}

static void pixels_are_taken_as_they_stand_if_asked(void **state)
{
    (void)state;
    float pixels[SIZE * SIZE] = {0};
    ZeroAreas *areas = NULL;
    Error error;
    assert_int_equal(zero_areas_new(&areas, &error), STATUS_OK);
    assert_int_equal(zero_areas_mark(areas, 0, SIZE, SIZE, pixels, &error), STATUS_OK);
    zero_areas_free(areas);
    for (size_t i = 0; i < SIZE * SIZE; i++)
        assert_float_equal(pixels[i], 0.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_all_over_are_no_data),
        cmocka_unit_test(a_chip_gap_is_no_data),
        cmocka_unit_test(a_slanted_edge_is_no_data_to_its_last_pixel),
        cmocka_unit_test(zero_and_minus_zero_are_one),
        cmocka_unit_test(a_lone_zero_is_data),
        cmocka_unit_test(what_a_cosmic_ray_left_in_a_gap_is_not_the_sky),
        cmocka_unit_test(zeros_between_photons_are_data),
        cmocka_unit_test(zeros_around_a_source_of_a_photon_image_are_data),
        cmocka_unit_test(pixels_are_taken_as_they_stand_if_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
