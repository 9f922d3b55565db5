#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sky/cutout.h"
#include "unit/fits_file.h"

static const CutoutRule starcnet = {.size = 32, .border = 17};

static Source at(double x, double y)
{
    return (Source){.has_xy = true, .x = x, .y = y};
}

static Bands *open_bands(const char *const *paths, size_t n)
{
    Bands *bands = NULL;
    Error error = {0};
    if (bands_open(paths, NULL, n, &bands, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return bands;
}

static void read_one(Bands *bands, const CutoutRule *rule, Source source, float *cutout,
                     unsigned *flags)
{
    Error error = {0};
    size_t order = 0;
    if (cutout_read(bands, rule, &source, &order, 1, cutout, flags, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static void truncates_the_position_as_starcnet_does(void **state)
{
    (void)state;
    const char *path = test_image("plain.fits", 100, 80, "F555W");
    Bands *bands = open_bands(&path, 1);
    float cutout[32 * 32];
    unsigned flags;
    read_one(bands, &starcnet, at(50.9, 40.2), cutout, &flags);
    assert_int_equal(flags, 0);
    // Rows int(y)-16 .. int(y)+15 and columns int(x)-16 .. int(x)+15, 0-based.
    for (long row = 0; row < 32; row++)
        for (long column = 0; column < 32; column++)
            assert_float_equal(cutout[row * 32 + column],
                               test_pixel(50 - 16 + column, 40 - 16 + row, 0.0f), 0.0);
    bands_close(bands);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truncates_the_position_as_starcnet_does),
    };
    return cmocka_run_group_tests_name("cutout", tests, NULL, test_directory_remove);
}
