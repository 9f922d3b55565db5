#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "sky/detect/centroid.h"
#include "unit/fits_file.h"

enum { SIDE = 100 };

// Noise of 1 on a sky of 10, and a Gaussian of `height` with a sigma of 1.2 pixels on each of n
// 1-based positions {x, y, height}.
static Image *open_sky(const char *name, const double (*stars)[3], size_t n)
{
    static float pixels[SIDE * SIDE];
    Random random = random_start(11, 0);
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        pixels[i] = (float)(10.0 + random_normal(&random));
        for (size_t star = 0; star < n; star++) {
            const double dx = (double)(i % SIDE) + 1.0 - stars[star][0];
            const double dy = (double)(i / SIDE) + 1.0 - stars[star][1];
            pixels[i] += (float)(stars[star][2] * exp(-(dx * dx + dy * dy) / 2.88));
        }
        if (i / SIDE < 10) // no data in the lowest rows
            pixels[i] = NAN;
    }
    const long axes[] = {SIDE, SIDE};
    const char *path = test_path(name);
    fitsfile *file = test_create(path);
    int code = 0;
    fits_create_img(file, FLOAT_IMG, 2, (long *)axes, &code);
    fits_write_img(file, TFLOAT, 1, SIDE * SIDE, pixels, &code);
    test_check(code);
    test_close(file);
    Image *image;
    Error error;
    if (image_open(path, 0, &image, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return image;
}

static Centroid near(Image *image, double x, double y, double reach)
{
    Centroid centroid;
    Error error;
    if (centroid_near(image, x, y, reach, &centroid, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return centroid;
}

static void from_all_sides_the_same_centroid(void **state)
{
    (void)state;
    static const double star[1][3] = {{50.3, 60.7, 200.0}};
    Image *image = open_sky("star.fits", star, 1);
    const Centroid first = near(image, 50, 61, 5.0);
    assert_true(first.found);
    assert_true(hypot(first.x - 50.3, first.y - 60.7) < 0.05);
    for (int i = 0; i < 12; i++) {
        const Centroid other =
            near(image, 50.3 + 4.0 * cos(i * 0.5236), 60.7 + 4.0 * sin(i * 0.5236), 5.0);
        assert_true(other.found && other.x == first.x && other.y == first.y);
    }
    image_close(image);
}

static void the_nearest_source_is_meant(void **state)
{
    (void)state;
    static const double stars[2][3] = {{50.0, 60.0, 100.0}, {55.0, 60.0, 300.0}};
    Image *image = open_sky("pair.fits", stars, 2);
    assert_true(fabs(near(image, 49.5, 60.2, 5.0).x - 50.0) < 0.2);
    assert_true(fabs(near(image, 54.0, 60.5, 5.0).x - 55.0) < 0.1);
    image_close(image);
}

static void nothing_stands_out_where_nothing_is(void **state)
{
    (void)state;
    static const double star[1][3] = {{50.3, 60.7, 200.0}};
    Image *image = open_sky("empty.fits", star, 1);
    const double places[][2] = {{30, 40}, {50, 5}, {-20, 50}, {1e300, 50}, {NAN, 50}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const Centroid centroid = near(image, places[i][0], places[i][1], 5.0);
        assert_false(centroid.found);
        assert_memory_equal(&centroid.x, &places[i][0], sizeof(double));
    }
    size_t n = 0;
    for (int i = 0; i < 100; i++)
        n += near(image, 20.0 + 7.0 * (i % 10), 18.0 + 3.0 * (i / 10), 5.0).found;
    assert_true(n <= 15); // a peak of noise beyond 3 sigma within 80 pixels is no rarity
    image_close(image);
}

static void a_source_at_the_edge_of_the_data_is_found(void **state)
{
    (void)state;
    static const double stars[2][3] = {{40.0, 11.4, 300.0}, {99.0, 50.0, 300.0}};
    Image *image = open_sky("edge.fits", stars, 2);
    assert_true(near(image, 42, 13, 5.0).found);
    const Centroid right = near(image, 98, 52, 5.0);
    assert_true(right.found && hypot(right.x - 99.0, right.y - 50.0) < 0.3);
    image_close(image);
}

static void the_reach_is_kept(void **state)
{
    (void)state;
    static const double star[1][3] = {{50.0, 60.0, 200.0}};
    Image *image = open_sky("reach.fits", star, 1);
    assert_false(near(image, 53.5, 60.0, 3.0).found);
    assert_true(near(image, 53.5, 60.0, 4.0).found);
    Centroid centroid;
    Error error;
    assert_int_equal(centroid_near(image, 50, 60, -1.0, &centroid, &error), STATUS_USAGE);
    assert_int_equal(centroid_near(image, 50, 60, NAN, &centroid, &error), STATUS_USAGE);
    assert_int_equal(centroid_near(image, 50, 60, 1e9, &centroid, &error), STATUS_USAGE);
    image_close(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_all_sides_the_same_centroid),
        cmocka_unit_test(the_nearest_source_is_meant),
        cmocka_unit_test(nothing_stands_out_where_nothing_is),
        cmocka_unit_test(a_source_at_the_edge_of_the_data_is_found),
        cmocka_unit_test(the_reach_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, test_directory_remove);
}
