// Contours of small maps against what they must surround.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "work/contour.h"

static Contours trace(const float *map, size_t height, size_t width, double level)
{
    Contours contours;
    Error error;
    if (contours_trace(map, height, width, level, &contours, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return contours;
}

// Positive: counter-clockwise, with what is bright on the left.
static double area(const Contours *contours, size_t loop)
{
    double sum = 0;
    size_t first = contours->starts[loop], end = contours->starts[loop + 1];
    for (size_t i = first; i < end; i++) {
        const double *a = contours->points[i], *b = contours->points[i + 1 < end ? i + 1 : first];
        sum += 0.5 * (a[0] * b[1] - a[1] * b[0]);
    }
    return sum;
}

static void one_bright_pixel_is_surrounded_half_way(void **state)
{
    (void)state;
    static const float map[9] = {0, 0, 0, 0, 1, 0, 0, 0, 0};
    Contours contours = trace(map, 3, 3, 0.5);
    assert_int_equal(contours.n_loops, 1);
    assert_int_equal(contours.starts[1], 4);
    for (size_t i = 0; i < 4; i++)
        assert_float_equal(fabs(contours.points[i][0] - 2) + fabs(contours.points[i][1] - 2), 0.5,
                           1e-12);
    assert_float_equal(area(&contours, 0), 0.5, 1e-12);
    contours_clear(&contours);
}

static void a_bright_map_is_surrounded_along_its_edge(void **state)
{
    (void)state;
    static const float map[6] = {1, 1, 1, 1, 1, 1};
    Contours contours = trace(map, 2, 3, 0.5);
    assert_int_equal(contours.n_loops, 1);
    // 3 x 2 pixels, half a pixel beyond their centres, without the corners.
    assert_float_equal(area(&contours, 0), 3 * 2 - 4 * 0.125, 1e-12);
    contours_clear(&contours);
}

static void a_hole_has_a_line_of_its_own_the_other_way_round(void **state)
{
    (void)state;
    float map[25];
    for (int i = 0; i < 25; i++)
        map[i] = i == 12 ? 0 : 1;
    Contours contours = trace(map, 5, 5, 0.5);
    assert_int_equal(contours.n_loops, 2);
    double one = area(&contours, 0), other = area(&contours, 1);
    assert_float_equal(fmin(one, other), -0.5, 1e-12);
    assert_float_equal(fmax(one, other), 25 - 0.5, 1e-12);
    contours_clear(&contours);
}

// Two pixels that touch at a corner are one where their mean is above the level.
static void the_mean_decides_over_a_saddle(void **state)
{
    (void)state;
    static const float map[4] = {1, 0, 0, 1};
    Contours one = trace(map, 2, 2, 0.4), two = trace(map, 2, 2, 0.6);
    assert_int_equal(one.n_loops, 1);
    assert_int_equal(two.n_loops, 2);
    contours_clear(&one);
    contours_clear(&two);
}

static void a_map_below_the_level_has_no_line(void **state)
{
    (void)state;
    static const float map[4] = {0.1F, 0.2F, 0.3F, NAN};
    Contours contours = trace(map, 2, 2, 0.5);
    assert_int_equal(contours.n_loops, 0);
    contours_clear(&contours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_bright_pixel_is_surrounded_half_way),
        cmocka_unit_test(a_bright_map_is_surrounded_along_its_edge),
        cmocka_unit_test(a_hole_has_a_line_of_its_own_the_other_way_round),
        cmocka_unit_test(the_mean_decides_over_a_saddle),
        cmocka_unit_test(a_map_below_the_level_has_no_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
