// Least squares: known solutions, and what does not determine one.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/least_squares.h"

// The line through (0, 1), (1, 3), (2, 4), (3, 4): y = 1.5 + x, by hand.
static void the_line_nearest_to_points_is_found(void **state)
{
    (void)state;
    double a[] = {1, 1, 1, 1, 0, 1, 2, 3}, b[] = {1, 3, 4, 4};
    assert_true(least_squares(4, 2, 1, a, b, 1e-6));
    assert_true(fabs(b[0] - 1.5) < 1e-14 && fabs(b[1] - 1.0) < 1e-14);
}

static void several_right_sides_and_columns_of_any_size_are_solved(void **state)
{
    (void)state;
    // 2 x - 3e-9 y and x + 5e-9 y at five places; y is a thousand million times larger.
    const double x[] = {0.1, -1.0, 0.7, 2.0, -1.9}, y[] = {3e9, 1e9, -2e9, 4e8, -6e9};
    double a[10], b[10];
    for (int i = 0; i < 5; i++) {
        a[i] = x[i];
        a[5 + i] = y[i];
        b[i] = 2 * x[i] - 3e-9 * y[i];
        b[5 + i] = x[i] + 5e-9 * y[i];
    }
    assert_true(least_squares(5, 2, 2, a, b, 1e-6));
    assert_true(fabs(b[0] - 2) < 1e-13 && fabs(b[1] + 3e-9) < 1e-22);
    assert_true(fabs(b[5] - 1) < 1e-13 && fabs(b[6] - 5e-9) < 1e-22);
}

static void columns_that_say_the_same_are_refused(void **state)
{
    (void)state;
    double a[] = {1, 2, 3, 2, 4, 6.001}, b[] = {1, 1, 1};
    assert_false(least_squares(3, 2, 1, a, b, 1e-3));
    double zero[] = {1, 2, 3, 0, 0, 0};
    assert_false(least_squares(3, 2, 1, zero, b, 1e-3));
    double nothing[] = {1, NAN, 3, 1, 0, 0};
    assert_false(least_squares(3, 2, 1, nothing, b, 1e-3));
    double one[] = {1, 2};
    assert_false(least_squares(1, 2, 1, one, b, 1e-3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_nearest_to_points_is_found),
        cmocka_unit_test(several_right_sides_and_columns_of_any_size_are_solved),
        cmocka_unit_test(columns_that_say_the_same_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
