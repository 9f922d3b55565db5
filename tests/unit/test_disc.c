// Radii in an inclined disc.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "classifier/recipe.h"
#include "sky/source/disc.h"
#include "systems/system.h"

static Disc m31(void)
{
    Disc disc;
    Error error;
    assert_int_equal(disc_read(system_find("m31-resnet50")->recipe.disc, &disc, &error), STATUS_OK);
    return disc;
}

// A place `degrees` from M 31's centre in the direction of a position angle.
static double radius_at(const Disc *disc, double degrees, double position_angle)
{
    const double degree = M_PI / 180.0;
    double distance = degrees * degree, angle = position_angle * degree, d0 = disc->dec * degree;
    double d = asin(sin(d0) * cos(distance) + cos(d0) * sin(distance) * cos(angle));
    double away = atan2(sin(angle) * sin(distance) * cos(d0), cos(distance) - sin(d0) * sin(d));
    return disc_radius(disc, disc->ra + away / degree, d / degree);
}

static void the_centre_is_at_0_and_the_major_axis_as_it_is_seen(void **state)
{
    (void)state;
    const Disc disc = m31();
    assert_float_equal(disc_radius(&disc, disc.ra, disc.dec), 0, 1e-9);
    for (double angle = 38.0; angle < 360.0; angle += 180.0)
        assert_float_equal(radius_at(&disc, 1.0, angle), 769 * tan(M_PI / 180), 1e-6);
}

// At 77 degrees the minor axis is foreshortened by 4.445: candidates seen 12 kpc off are at 54.
static void the_minor_axis_is_stretched_by_the_inclination(void **state)
{
    (void)state;
    const Disc disc = m31();
    double factor = 1 / cos(77 * M_PI / 180);
    assert_float_equal(factor, 4.4454, 1e-4);
    for (double angle = 128.0; angle < 360.0; angle += 180.0)
        assert_float_equal(radius_at(&disc, 0.5, angle), 769 * tan(M_PI / 360) * factor, 1e-6);
    assert_true(isnan(disc_radius(&disc, disc.ra + 180.0, -disc.dec)));
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "1 2 3 4", "1 2 3 90 5", "1 2 3 4 0", "1 2 3 4 5 6"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Disc disc;
        Error error;
        assert_int_equal(disc_read(texts[i], &disc, &error), STATUS_BAD_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_centre_is_at_0_and_the_major_axis_as_it_is_seen),
        cmocka_unit_test(the_minor_axis_is_stretched_by_the_inclination),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
