#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sky/image/band.h"
#include "sky/image/filter.h"
#include "unit/fits_file.h"

static void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

// The band of a file `name` with the keywords key, value, key, value, ..., NULL.
static void assert_band(const char *expected, const char *name, ...)
{
    const char *path = test_path(name);
    fitsfile *file = test_create(path);
    test_append_image(file, 4, 4, 1, 0.0f);
    va_list arguments;
    va_start(arguments, name);
    const char *key;
    while ((key = va_arg(arguments, const char *)) != NULL)
        test_key_text(file, key, va_arg(arguments, const char *));
    va_end(arguments);
    test_close(file);
    Image *image = NULL;
    Error error = {0};
    char band[BAND_NAME_SIZE];
    assert_int_equal(image_open(path, 0, &image, &error), STATUS_OK);
    band_of_image(image, band, sizeof band);
    image_close(image);
    unlink(path);
    assert_string_equal(band, expected);
}

static void finds_the_filter_in_the_header(void **state)
{
    (void)state;
    assert_band("F555W", "a.fits", "FILTER", "F555W", NULL);
    assert_band("F555W", "a.fits", "FILTER", "  f555w ", NULL);
    assert_band("F814W", "a.fits", "FILTER1", "CLEAR1L", "FILTER2", "F814W", NULL);
    assert_band("F435W", "a.fits", "FILTER1", "F435W", "FILTER2", "CLEAR2L", NULL);
    assert_band("F606W", "a.fits", "FILTNAM1", "F606W", NULL);
    assert_band("F814W", "a.fits", "FILTER", "CLEAR1L; F814W", NULL);
    assert_band("F702W", "a.fits", "FILTNAM1", "", "FILTNAM2", "F702W", NULL);
    assert_band("F606W", "a.fits", "FILTER1", "POL0V", "FILTER2", "F606W", NULL);
    assert_band("F850LP", "a.fits", "FILTER", "F850LP", NULL);
    assert_band("F438W", "a.fits", "PHOTMODE", "WFC3 UVIS2 F438W MJD#55000.0", NULL);
    assert_band("G.MP9402", "a.fits", "FILTER", "g.MP9402", NULL);
    assert_band("R", "a.fits", "FILTER", "r", NULL);
    // The header outranks the name.
    assert_band("F275W", "a_f555w.fits", "FILTER", "F275W", NULL);
    assert_band("F555W", "a_f555w.fits", "FILTER", "CLEAR", NULL);
    assert_band("F336W", "a.fits", "EXTNAME", "F336W", NULL);
    assert_band("", "a.fits", "FILTER", "CLEAR1L", "FILTER2", "N/A", NULL);
}

static void finds_the_filter_in_the_name(void **state)
{
    (void)state;
    assert_band("F275W", "hlsp_legus_hst_uvis_ngc1566_f275w_v1_drc.fits", NULL);
    assert_band("F606W", "NGC628-F606W.fits", NULL);
    assert_band("F1042M", "x.f1042m.fits", NULL);
    assert_band("", "f555wide.fits", NULL);
    assert_band("", "frc_af555w.fits", NULL);
    assert_band("", "ngc1566_f55w.fits", NULL);
    char band[BAND_NAME_SIZE];
    band_of_name("/data/f275w/ngc1566_f814w.fits", band, sizeof band);
    assert_string_equal(band, "F814W");
    band_of_name("/data/f275w/ngc1566.fits", band, sizeof band);
    assert_string_equal(band, "");
}

static BandCandidates *candidates_of(const char *const *paths, size_t n)
{
    BandCandidates *candidates = NULL;
    Error error = {0};
    if (band_candidates_read(paths, n, &candidates, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return candidates;
}

static const char *const wanted[] = {"F275W", "F336W", "F438W F435W", "F555W F606W", "F814W"};

static void gives_each_band_its_file(void **state)
{
    (void)state;
    const char *paths[] = {
        test_image("v.fits", 4, 4, "F606W"),    test_image("i.fits", 4, 4, "F814W"),
        test_image("b.fits", 4, 4, "F435W"),    test_image("u.fits", 4, 4, "F336W"),
        test_image("x_f275w.fits", 4, 4, NULL), test_image("other.fits", 4, 4, "F160W")};
    BandCandidates *candidates = candidates_of(paths, 6);
    Error error = {0};
    size_t chosen[5];
    assert_int_equal(band_find(candidates, wanted, 5, chosen, &error), STATUS_OK);
    static const size_t expected[] = {4, 3, 2, 0, 1};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(chosen[i], expected[i]);
    band_candidates_free(candidates);
}

static void prefers_the_first_of_the_alternatives(void **state)
{
    (void)state;
    const char *paths[] = {test_image("a.fits", 4, 4, "F435W"),
                           test_image("b.fits", 4, 4, "F438W")};
    BandCandidates *candidates = candidates_of(paths, 2);
    Error error = {0};
    size_t chosen = 0;
    assert_int_equal(band_find(candidates, &wanted[2], 1, &chosen, &error), STATUS_OK);
    assert_int_equal(chosen, 1);
    band_candidates_free(candidates);
}

static void knows_the_filters_of_many_cameras(void **state)
{
    (void)state;
    // JWST: the pupil wheel holds the narrower filter, or none.
    assert_band("F162M", "a.fits", "FILTER", "F150W2", "PUPIL", "F162M", NULL);
    assert_band("F200W", "a.fits", "FILTER", "F200W", "PUPIL", "CLEAR", NULL);
    assert_band("F090W", "a.fits", "FILTER", "CLEAR", "PUPIL", "F090W", NULL);
    assert_band("F444W", "a.fits", "FILTER", "F444W", "PUPIL", "MASKRND", NULL);
    assert_band("F150W2", "a.fits", "FILTER", "F150W2", "PUPIL", "CLEAR", NULL);
    assert_band("F1000W", "a.fits", "FILTER", "F1000W", NULL);
    assert_band("VIS", "a.fits", "FILTER", "VIS", NULL);
    assert_band("NIR_H", "a.fits", "FILTER", "NIR_H", NULL);
    assert_band("F158", "a.fits", "FILTER", "F158", NULL);
    assert_band("F158", "r0001_f158_cal.fits", "OBJECT", "x", NULL);
    assert_band("HSC-I2", "a.fits", "FILTER", "HSC-I2", NULL);
    assert_band("Z", "a.fits", "FILTER", "z", NULL);
    assert_band("U.MP9302", "a.fits", "FILTER", "u.MP9302", NULL);
    // A date or a field's number is no filter.
    assert_band("", "f123_f0042.fits", "OBJECT", "F275", NULL);
}

static void knows_their_wavelengths(void **state)
{
    (void)state;
    assert_float_equal(filter_find("f555w")->pivot, 5308.0, 0.0);
    assert_float_equal(filter_find("HSC-G")->pivot, 4754.0, 0.0);
    assert_null(filter_find("F999Q"));
    // HST's names are hundreds of Angstrom, in tens from 1 micrometre on; JWST's are hundredths of
    // a micrometre: the table must say nothing else.
    static const char *const names[] = {"F218W", "F336W",  "F606W",  "F850LP",
                                        "F702W", "F1000W", "F2550W", "F444W"};
    static const double tens[] = {10, 10, 10, 10, 10, 100, 100, 100};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_float_equal(filter_find(names[i])->pivot / (atof(names[i] + 1) * tens[i]), 1.0,
                           0.08);
}

static void names_all_missing_bands_and_what_is_nearest(void **state)
{
    (void)state;
    static const char *const five[] = {"F275W", "F336W", "F438W F435W", "F555W F606W", "F814W"};
    const char *paths[] = {test_image("a.fits", 4, 4, "F275W"), test_image("b.fits", 4, 4, "F475W"),
                           test_image("c.fits", 4, 4, "F814W")};
    Error error = {0};
    size_t chosen[5];
    BandCandidates *candidates = candidates_of(paths, 3);
    assert_int_equal(band_find(candidates, five, 5, chosen, &error), STATUS_BAD_INPUT);
    assert_says(error.text,
                "bands F336W, F438W or F435W, F555W or F606W are missing (found: F275W "
                "in a.fits, F475W in b.fits, F814W in c.fits)");
    assert_says(error.text,
                "nearest there to F336W, 3355 A: F275W, 2710 A; F438W, 4326 A: F475W, "
                "4773 A; F555W, 5308 A: F475W, 4773 A");
    band_candidates_free(candidates);
}

static void names_a_band_missing_or_found_twice(void **state)
{
    (void)state;
    const char *paths[] = {test_image("a.fits", 4, 4, "F275W"),
                           test_image("b.fits", 4, 4, "F275W")};
    Error error = {0};
    size_t chosen[2];
    BandCandidates *candidates = candidates_of(paths, 2);
    assert_int_equal(band_find(candidates, wanted, 2, chosen, &error), STATUS_BAD_INPUT);
    assert_says(error.text, "F275W was found twice");
    assert_says(error.text, "a.fits");
    assert_says(error.text, "b.fits");
    band_candidates_free(candidates);
    candidates = candidates_of(paths, 1);
    assert_int_equal(band_find(candidates, wanted, 2, chosen, &error), STATUS_BAD_INPUT);
    assert_says(error.text,
                "band F336W is missing (found: F275W in a.fits); nearest there to "
                "F336W, 3355 A: F275W, 2710 A; name its file");
    band_candidates_free(candidates);
}

static void matches_ground_based_filters_by_their_first_word(void **state)
{
    (void)state;
    static const char *const gi[] = {"g", "i"};
    const char *paths[] = {test_image("1.fits", 4, 4, "i.MP9702"),
                           test_image("2.fits", 4, 4, "g.MP9402")};
    BandCandidates *candidates = candidates_of(paths, 2);
    Error error = {0};
    size_t chosen[2];
    assert_int_equal(band_find(candidates, gi, 2, chosen, &error), STATUS_OK);
    assert_int_equal(chosen[0], 1);
    assert_int_equal(chosen[1], 0);
    band_candidates_free(candidates);
}

static void takes_planes_and_extensions_for_bands(void **state)
{
    (void)state;
    const char *cube = test_path("cube.fits"), *multi = test_path("multi.fits");
    fitsfile *file = test_create(cube);
    test_append_image(file, 4, 4, 3, 0.0f);
    test_key_text(file, "BAND1", "F275W");
    test_key_text(file, "BAND2", "F336W");
    test_key_text(file, "BAND3", "F438W");
    test_close(file);
    file = test_create(multi);
    for (int i = 0; i < 4; i++) {
        test_append_image(file, 4, 4, 1, 0.0f);
        test_key_text(file, "EXTNAME", i % 2 == 0 ? "SCI" : "WHT");
        test_key_text(file, "FILTER", i < 2 ? "F555W" : "F814W");
    }
    test_close(file);
    const char *paths[] = {multi, cube};
    BandCandidates *candidates = candidates_of(paths, 2);
    Error error = {0};
    size_t chosen[5];
    assert_int_equal(candidates->n, 5);
    assert_int_equal(band_find(candidates, wanted, 5, chosen, &error), STATUS_OK);
    assert_int_equal(candidates->items[chosen[1]].plane, 2);
    assert_string_equal(candidates->items[chosen[1]].path, cube);
    assert_says(candidates->items[chosen[3]].path, "multi.fits[0]");
    assert_says(candidates->items[chosen[4]].path, "multi.fits[2]");
    band_candidates_free(candidates);
}

static void searches_a_directory(void **state)
{
    (void)state;
    const char *directory = test_path("images");
    assert_int_equal(mkdir(directory, 0700), 0);
    test_image("images/n_f275w.fits", 4, 4, "F275W");
    test_image("images/n_f275w_wht.fits", 4, 4, "F275W");
    test_image("images/n_f336w.FIT", 4, 4, "F336W");
    test_image("images/.hidden.fits", 4, 4, "F336W");
    test_image("images/notes.txt", 4, 4, "F336W");
    FILE *stream = fopen(test_path("images/broken_f438w.fits"), "w");
    fputs("not FITS", stream);
    fclose(stream);
    BandCandidates *candidates = NULL;
    Error error = {0};
    size_t chosen[3];
    assert_int_equal(band_candidates_in_directory(directory, &candidates, &error), STATUS_OK);
    assert_int_equal(candidates->n, 2);
    assert_int_equal(band_find(candidates, wanted, 2, chosen, &error), STATUS_OK);
    // What could not be read may be what is missing.
    assert_int_equal(band_find(candidates, wanted, 3, chosen, &error), STATUS_BAD_INPUT);
    assert_says(error.text, "F438W or F435W is missing");
    assert_says(error.text, "broken_f438w.fits is not a FITS file");
    band_candidates_free(candidates);

    assert_int_equal(mkdir(test_path("nothing"), 0700), 0);
    assert_int_equal(band_candidates_in_directory(test_path("nothing"), &candidates, &error),
                     STATUS_BAD_INPUT);
    assert_says(error.text, "no FITS image");
    assert_int_equal(band_candidates_in_directory(test_path("absent"), &candidates, &error),
                     STATUS_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_filter_in_the_header),
        cmocka_unit_test(finds_the_filter_in_the_name),
        cmocka_unit_test(gives_each_band_its_file),
        cmocka_unit_test(prefers_the_first_of_the_alternatives),
        cmocka_unit_test(knows_the_filters_of_many_cameras),
        cmocka_unit_test(knows_their_wavelengths),
        cmocka_unit_test(names_all_missing_bands_and_what_is_nearest),
        cmocka_unit_test(names_a_band_missing_or_found_twice),
        cmocka_unit_test(matches_ground_based_filters_by_their_first_word),
        cmocka_unit_test(takes_planes_and_extensions_for_bands),
        cmocka_unit_test(searches_a_directory),
    };
    return cmocka_run_group_tests_name("band", tests, NULL, test_directory_remove);
}
