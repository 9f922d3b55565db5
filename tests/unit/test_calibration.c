#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sky/image/calibration.h"
#include "unit/fits_file.h"

static const CalibrationTarget rate = {"electrons/s", 25.81};

// An image with BUNIT `unit` (NULL: none), then keywords with numbers ..., NULL.
static Image *image_in(const char *unit, va_list arguments)
{
    const char *path = test_path("image.fits");
    fitsfile *file = test_create(path);
    test_append_image(file, 4, 4, 1, 0.0f);
    if (unit != NULL)
        test_key_text(file, "BUNIT", unit);
    const char *key;
    while ((key = va_arg(arguments, const char *)) != NULL)
        test_key_number(file, key, va_arg(arguments, double));
    test_close(file);
    Image *image = NULL;
    Error error = {0};
    if (image_open(path, 0, &image, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return image;
}

static Calibration convert(const CalibrationTarget *target, const char *unit, ...)
{
    va_list arguments;
    va_start(arguments, unit);
    Image *image = image_in(unit, arguments);
    va_end(arguments);
    Calibration calibration;
    calibration_of_image(image, target, calibration_pixel_area(image), &calibration);
    image_close(image);
    return calibration;
}

static ZeroPoint zero_point(const char *unit, ...)
{
    va_list arguments;
    va_start(arguments, unit);
    Image *image = image_in(unit, arguments);
    va_end(arguments);
    ZeroPoint found;
    calibration_zero_point(image, &found);
    image_close(image);
    return found;
}

static void assert_converts(Calibration calibration, double factor, const char *note)
{
    if (!(fabs(calibration.factor / factor - 1.0) < 1e-9))
        fail_msg("factor %.12g, not %.12g (%s)", calibration.factor, factor, calibration.note);
    if (strstr(calibration.note, note) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", calibration.note, note);
    assert_false(calibration.warns);
    assert_int_equal(calibration.converts, factor != 1.0);
}

static void assert_doubts(Calibration calibration, const char *note)
{
    assert_true(calibration.warns);
    if (strstr(calibration.note, note) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", calibration.note, note);
}

static void electrons_a_second_are_left_to_the_bit(void **state)
{
    (void)state;
    static const char *const names[] = {"ELECTRONS/S", "electrons/s", "e-/s", "Electrons / sec"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        Calibration found = convert(&rate, names[i], "EXPTIME", 1100.0, NULL);
        assert_true(found.factor == 1.0);
        assert_string_equal(found.note, "");
    }
    // WFC3's F555W: 25.805 of the wanted 25.81.
    Calibration found =
        convert(&rate, "ELECTRONS/S", "PHOTFLAM", 1.8401e-19, "PHOTPLAM", 5308.0, NULL);
    assert_true(found.factor == 1.0);
    assert_string_equal(found.note, "");
}

static void sums_are_divided_by_the_exposure(void **state)
{
    (void)state;
    assert_converts(convert(&rate, "ELECTRONS", "EXPTIME", 500.0, NULL), 1.0 / 500.0,
                    "ELECTRONS divided by the exposure of 500 s");
    assert_converts(convert(&rate, "COUNTS", "EXPTIME", 500.0, "CCDGAIN", 1.5, NULL), 1.5 / 500.0,
                    "multiplied by the gain of 1.5");
    assert_converts(convert(&rate, "DN/s", "GAIN", 7.0, NULL), 7.0, "gain of 7");
    assert_doubts(convert(&rate, "ELECTRONS", NULL), "no EXPTIME");
    assert_doubts(convert(&rate, "ELECTRONS", "EXPTIME", 0.0, NULL), "no EXPTIME");
    assert_doubts(convert(&rate, "ADU", "EXPTIME", 10.0, NULL), "no gain");
}

static void another_instruments_zero_point_scales_the_pixels(void **state)
{
    (void)state;
    // ACS/WFC F814W is 25.94 by its PHOTFLAM, WFC3's 25.12: the published factor is 0.471.
    const CalibrationTarget wfc3 = {"electrons/s", 25.12};
    Calibration found =
        convert(&wfc3, "ELECTRONS/S", "PHOTFLAM", 7.07236e-20, "PHOTPLAM", 8045.53, NULL);
    assert_float_equal(found.factor, 0.471, 0.005);
    assert_true(found.converts);
    assert_false(found.warns);
    // A zero point without a system is not compared with one of AB.
    found = convert(&wfc3, "ELECTRONS/S", "PHOTZPT", 24.67, NULL);
    assert_true(found.factor == 1.0);
    // HST's PHOTZPT is no zero point.
    found = convert(&wfc3, "ELECTRONS/S", "PHOTZPT", -21.1, NULL);
    assert_true(found.factor == 1.0);
}

static void an_acs_image_without_keywords_has_the_handbooks_zero_point(void **state)
{
    (void)state;
    static const struct {
        const char *filter;
        double wfc3, factor; // of the published pictures
    } cases[] = {{"F435W", 24.84, 0.474},
                 {"F555W", 25.81, 1.083},
                 {"F606W", 26.08, 0.689},
                 {"F814W", 25.12, 0.471}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = test_path("acs.fits");
        fitsfile *file = test_create(path);
        test_append_image(file, 4, 4, 1, 0.0f);
        test_key_text(file, "INSTRUME", "ACS");
        test_key_text(file, "BUNIT", "ELECTRONS/S");
        test_key_text(file, "FILTER1", "CLEAR1L");
        test_key_text(file, "FILTER2", cases[i].filter);
        test_close(file);
        Image *image = NULL;
        Error error = {0};
        Calibration found;
        const CalibrationTarget wfc3 = {"electrons/s", cases[i].wfc3};
        assert_int_equal(image_open(path, 0, &image, &error), STATUS_OK);
        calibration_of_image(image, &wfc3, NAN, &found);
        image_close(image);
        assert_float_equal(found.factor / cases[i].factor, 1.0, 0.01);
        assert_true(found.converts);
    }
}

static void fluxes_lead_through_magnitudes(void **state)
{
    (void)state;
    const double zero = 25.81;
    // 1 nanomaggy is AB 22.5: 10^(0.4 (25.81 - 22.5)) electrons/s.
    assert_converts(convert(&rate, "nanomaggy", NULL), pow(10.0, 0.4 * (zero - 22.5)), "nanomaggy");
    assert_converts(convert(&rate, "uJy", NULL), pow(10.0, 0.4 * (zero - 23.9)), "uJy");
    // 1 MJy/sr over 2.11e-14 sr, NIRCam's pixel, is 21.1 nJy: AB 28.09.
    const double area = 2.11e-14;
    const double magnitude = 8.90 - 2.5 * log10(1e6 * area);
    assert_float_equal(magnitude, 28.089, 0.001);
    assert_converts(convert(&rate, "MJy/sr", "PIXAR_SR", area, "PHOTMJSR", 2.0, NULL),
                    pow(10.0, 0.4 * (zero - magnitude)), "MJy/sr");
    assert_doubts(convert(&rate, "MJy/sr", NULL), "PIXAR_SR");
    const CalibrationTarget unknown = {"electrons/s", NAN};
    assert_doubts(convert(&unknown, "nanomaggy", NULL), "no zero point is known");
    // A model of nanomaggies.
    const CalibrationTarget sdss = {"nanomaggy", NAN};
    assert_converts(convert(&sdss, "nJy", NULL), pow(10.0, 0.4 * (22.5 - 31.4)), "nJy");
    assert_doubts(convert(&sdss, "ELECTRONS/S", NULL), "cannot be converted");
}

static void what_is_not_known_is_said(void **state)
{
    (void)state;
    assert_doubts(convert(&rate, "furlongs", NULL), "furlongs");
    Calibration found = convert(&rate, NULL, NULL);
    assert_false(found.warns);
    assert_string_equal(found.note, "no BUNIT: taken for electrons/s");
    const CalibrationTarget any = {"", NAN};
    found = convert(&any, "ELECTRONS", "EXPTIME", 500.0, NULL);
    assert_true(found.factor == 1.0);
    assert_string_equal(found.note, "");
}

static void magnitudes_say_their_system(void **state)
{
    (void)state;
    ZeroPoint found =
        zero_point("ELECTRONS", "EXPTIME", 100.0, "PHOTFLAM", 1.8401e-19, "PHOTPLAM", 5308.0, NULL);
    assert_float_equal(found.magnitude, 25.805, 0.005);
    assert_string_equal(found.system, "AB");
    assert_float_equal(found.factor, 0.01, 1e-12);
    found = zero_point("nanomaggy", "EXPTIME", 53.9, NULL);
    assert_float_equal(found.magnitude, 22.5, 1e-12);
    assert_float_equal(found.factor, 1.0, 0.0);
    found = zero_point("DN/s", "PHOTMJSR", 2.0, "PIXAR_SR", 2.11e-14, NULL);
    assert_float_equal(found.magnitude, 28.089 - 2.5 * log10(2.0), 0.001);
    found = zero_point(NULL, "FLUXMAG0", 63095734448.0194, NULL);
    assert_float_equal(found.magnitude, 27.0, 1e-9);
    found = zero_point("ELECTRONS/S", "MAGZPT", 25.5, NULL);
    assert_float_equal(found.magnitude, 25.5, 0.0);
    assert_string_equal(found.system, "");
    assert_true(isnan(zero_point("ELECTRONS/S", NULL).magnitude));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(electrons_a_second_are_left_to_the_bit),
        cmocka_unit_test(sums_are_divided_by_the_exposure),
        cmocka_unit_test(another_instruments_zero_point_scales_the_pixels),
        cmocka_unit_test(an_acs_image_without_keywords_has_the_handbooks_zero_point),
        cmocka_unit_test(fluxes_lead_through_magnitudes),
        cmocka_unit_test(what_is_not_known_is_said),
        cmocka_unit_test(magnitudes_say_their_system),
    };
    return cmocka_run_group_tests(tests, NULL, test_directory_remove);
}
