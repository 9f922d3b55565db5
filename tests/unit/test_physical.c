// Physical coordinates. What is expected is what DS9 8.4.1 shows for an image with these keywords.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sky/image/physical.h"
#include "unit/fits_file.h"

static Physical physical_of(const char *name, const double *ltm, const double *ltv)
{
    static const char *const keywords[] = {"LTM1_1", "LTM1_2", "LTM2_1", "LTM2_2"};
    const char *path = test_path(name);
    fitsfile *file = test_create(path);
    float pixels[16] = {0};
    long axes[2] = {4, 4};
    int code = 0;
    fits_create_img(file, FLOAT_IMG, 2, axes, &code);
    fits_write_img(file, TFLOAT, 1, 16, pixels, &code);
    test_check(code);
    for (int i = 0; ltm != NULL && i < 4; i++)
        test_key_number(file, keywords[i], ltm[i]);
    for (int i = 0; ltv != NULL && i < 2; i++)
        test_key_number(file, i == 0 ? "LTV1" : "LTV2", ltv[i]);
    test_close(file);
    Image *image;
    Error error = {0};
    if (image_open(path, 0, &image, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    Physical physical = physical_of_image(image);
    image_close(image);
    return physical;
}

static void expect_pair(const Physical *physical, double image_x, double image_y, double x,
                        double y)
{
    double u = image_x, v = image_y;
    physical_from_image(physical, &u, &v);
    assert_float_equal(u, x, 1e-5);
    assert_float_equal(v, y, 1e-5);
    physical_to_image(physical, &u, &v);
    assert_float_equal(u, image_x, 1e-9);
    assert_float_equal(v, image_y, 1e-9);
}

static void follows_the_header_as_ds9_does(void **state)
{
    (void)state;
    const double ltv[] = {3.0, 7.0};
    const double blocked[] = {0.5, 0.0, 0.0, 0.25}, turned[] = {0.5, 0.1, 0.2, 0.5};
    Physical physical = physical_of("blocked.fits", blocked, ltv);
    expect_pair(&physical, 100.0, 50.0, 194.0, 172.0);
    physical = physical_of("turned.fits", turned, ltv);
    expect_pair(&physical, 100.0, 50.0, 173.47826, 51.304348);
    physical = physical_of("shifted.fits", NULL, ltv);
    expect_pair(&physical, 100.0, 50.0, 97.0, 43.0);
}

static void is_the_image_itself_without_keywords_or_with_useless_ones(void **state)
{
    (void)state;
    const double flat[] = {0.0, 0.0, 0.0, 0.0};
    Physical physical = physical_of("plain.fits", NULL, NULL);
    expect_pair(&physical, 100.0, 50.0, 100.0, 50.0);
    physical = physical_of("flat.fits", flat, NULL);
    expect_pair(&physical, 100.0, 50.0, 100.0, 50.0);
    const double broken[] = {NAN, 0.0, 0.0, 1.0, 0.0, 0.0};
    assert_false(physical_make(broken, &physical));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_header_as_ds9_does),
        cmocka_unit_test(is_the_image_itself_without_keywords_or_with_useless_ones),
    };
    return cmocka_run_group_tests_name("physical", tests, NULL, test_directory_remove);
}
