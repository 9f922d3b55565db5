#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "sky/detect/detect.h"
#include "sky/source/source_write.h"
#include "sky/table/table.h"
#include "unit/fits_file.h"

// SEP 1.2.1 allocates two columns of its catalogue twice and loses the first: 8 bytes a source that
// no caller can free.
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libsep.so";
}

static const double sky = 0.05, noise = 0.002;
static const DetectOptions one_thread = {.n_threads = 1};

// A field under construction: noise on a flat sky, Gaussian stars on top.
typedef struct Field {
    long width, height;
    float *pixels;
} Field;

static Field field_new(long width, long height)
{
    Field field = {width, height, malloc((size_t)(width * height) * sizeof(float))};
    Random random = random_start(7, 0);
    for (long i = 0; i < width * height; i++)
        field.pixels[i] = (float)(sky + noise * random_normal(&random));
    return field;
}

// A Gaussian of `flux` at the 1-based (x, y), integrated over pixels.
static void add_star(Field *field, double x, double y, double flux, double fwhm)
{
    double s = fwhm / 2.354820045 * sqrt(2.0);
    for (long j = 0; j < field->height; j++)
        for (long i = 0; i < field->width; i++) {
            double dx = (double)i + 1.0 - x, dy = (double)j + 1.0 - y;
            if (fabs(dx) > 6 * fwhm || fabs(dy) > 6 * fwhm)
                continue;
            double share = 0.25 * (erf((dx + 0.5) / s) - erf((dx - 0.5) / s)) *
                           (erf((dy + 0.5) / s) - erf((dy - 0.5) / s));
            field->pixels[j * field->width + i] += (float)(flux * share);
        }
}

// Writes the field, frees it, and opens the file.
static Image *field_open(Field *field, const char *name)
{
    const char *path = test_path(name);
    fitsfile *file = test_create(path);
    int code = 0;
    long axes[2] = {field->width, field->height};
    fits_create_img(file, FLOAT_IMG, 2, axes, &code);
    fits_write_img(file, TFLOAT, 1, field->width * field->height, field->pixels, &code);
    test_check(code);
    test_wcs(file, 65.0, -54.9, 50, 50, 0.04, 0);
    test_key_number(file, "PHOTZPT", 25.5);
    test_key_number(file, "SATURATE", 100.0);
    test_close(file);
    free(field->pixels);
    Image *image = NULL;
    Error error = {0};
    if (image_open(path, 0, &image, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return image;
}

static DetectionList *detect(Image *image, const DetectSettings *settings, size_t n_threads)
{
    DetectionList *list = NULL;
    Error error = {0};
    if (detect_sources(image, settings, &(DetectOptions){.n_threads = n_threads}, &list, &error) !=
        STATUS_OK)
        fail_msg("%s", error.text);
    return list;
}

// The default without cuts on shape.
static DetectSettings all_shapes(void)
{
    DetectSettings settings = detect_settings_default();
    settings.ci_min = -INFINITY;
    settings.fwhm_min = 0.0;
    settings.fwhm_max = INFINITY;
    return settings;
}

static const Detection *find(const DetectionList *list, double x, double y)
{
    const Detection *found = NULL;
    for (size_t i = 0; i < list->n; i++)
        if (hypot(list->items[i].x - x, list->items[i].y - y) < 1.0) {
            if (found != NULL)
                fail_msg("two sources at %g %g", x, y);
            found = &list->items[i];
        }
    return found;
}

static void measures_what_it_finds(void **state)
{
    (void)state;
    static const double stars[][4] = {// x, y, flux, FWHM
                                      {40.3, 35.7, 2.0, 3.0},
                                      {100.0, 40.5, 5.0, 4.0},
                                      {60.8, 90.2, 10.0, 5.0},
                                      {120.5, 110.5, 1.0, 2.5}};
    Field field = field_new(160, 150);
    for (size_t i = 0; i < 4; i++)
        add_star(&field, stars[i][0], stars[i][1], stars[i][2], stars[i][3]);
    Image *image = field_open(&field, "stars.fits");
    DetectSettings settings = all_shapes();
    DetectionList *list = detect(image, &settings, 1);
    assert_int_equal(list->n, 4);
    assert_float_equal(list->zero_point, 25.5, 0.0);
    for (size_t i = 0; i < 4; i++) {
        double fwhm = stars[i][3];
        const Detection *d = find(list, stars[i][0], stars[i][1]);
        assert_non_null(d);
        assert_float_equal(d->x, stars[i][0], 0.1);
        assert_float_equal(d->y, stars[i][1], 0.1);
        assert_float_equal(d->fwhm, fwhm, 0.12 * fwhm);
        assert_true(d->ellipticity < 0.2);
        // Flux of a Gaussian within 4 pixels.
        double flux = stars[i][2] * (1.0 - exp(-4.0 * log(2.0) * 16.0 / (fwhm * fwhm)));
        assert_float_equal(d->flux, flux, 0.06 * flux);
        assert_float_equal(d->magnitude, 25.5 - 2.5 * log10(d->flux), 1e-6);
        double within[2];
        for (int r = 0; r < 2; r++)
            within[r] = 1.0 - exp(-4.0 * log(2.0) * (r == 0 ? 1.0 : 9.0) / (fwhm * fwhm));
        assert_float_equal(d->ci, 2.5 * log10(within[1] / within[0]), 0.12);
    }
    // By row, from below.
    for (size_t i = 1; i < list->n; i++)
        assert_true(list->items[i].y >= list->items[i - 1].y);
    detection_list_free(list);
    image_close(image);
}

static void separates_neighbours(void **state)
{
    (void)state;
    Field field = field_new(100, 100);
    add_star(&field, 50, 50, 5.0, 3.0);
    add_star(&field, 55, 51, 2.0, 3.0);
    Image *image = field_open(&field, "pair.fits");
    DetectSettings settings = all_shapes();
    DetectionList *list = detect(image, &settings, 1);
    assert_int_equal(list->n, 2);
    detection_list_free(list);
    settings.deblend_contrast = 1.0; // no branch is ever a source of its own
    list = detect(image, &settings, 1);
    assert_int_equal(list->n, 1);
    detection_list_free(list);
    image_close(image);
}

static void cuts_and_counts_what_it_cut(void **state)
{
    (void)state;
    Field field = field_new(300, 100);
    add_star(&field, 50, 50, 3.0, 1.2);    // as sharp as a cosmic ray
    add_star(&field, 100, 50, 3.0, 2.2);   // a star
    add_star(&field, 150, 50, 5.0, 4.0);   // a cluster
    add_star(&field, 9, 50, 5.0, 4.0);     // at the edge
    add_star(&field, 200, 50, 9e3, 4.0);   // saturated
    add_star(&field, 250, 50, 60.0, 25.0); // a galaxy
    Image *image = field_open(&field, "cuts.fits");
    DetectSettings settings = detect_settings_default();
    settings.mesh = 100; // wider than the galaxy
    DetectionList *list = detect(image, &settings, 1);
    assert_int_equal(list->n, 1);
    assert_non_null(find(list, 150, 50));
    assert_int_equal(list->cuts.n_edge, 1);
    assert_true(list->cuts.n_saturated >= 1);
    assert_true(list->cuts.n_fwhm >= 2);
    assert_int_equal(list->cuts.n_ci, 1);
    detection_list_free(list);
    settings.ci_min = 0.5;
    settings.edge = 5.0;
    settings.saturation = 1e9;
    list = detect(image, &settings, 1);
    assert_non_null(find(list, 100, 50));
    assert_non_null(find(list, 9, 50));
    assert_non_null(find(list, 200, 50));
    detection_list_free(list);
    image_close(image);
}

static void missing_data_is_no_source(void **state)
{
    (void)state;
    Field field = field_new(200, 150);
    add_star(&field, 60, 70, 5.0, 4.0);
    add_star(&field, 128, 70, 5.0, 4.0); // ten pixels from where the exposure ends
    for (long i = 0; i < 200 * 150; i++) {
        if (i % 200 >= 138)
            field.pixels[i] = 0.0f;
        if (i / 200 >= 120)
            field.pixels[i] = NAN;
    }
    field.pixels[75 * 200 + 64] = NAN; // a dead pixel does not matter
    Image *image = field_open(&field, "missing.fits");
    DetectSettings settings = all_shapes();
    DetectionList *list = detect(image, &settings, 1);
    assert_int_equal(list->n, 1);
    assert_non_null(find(list, 60, 70));
    assert_int_equal(list->cuts.n_edge, 1);
    detection_list_free(list);
    image_close(image);
}

static void an_image_without_data_gives_no_source(void **state)
{
    (void)state;
    Field field = field_new(80, 60);
    for (long i = 0; i < 80 * 60; i++)
        field.pixels[i] = NAN;
    Image *image = field_open(&field, "nothing.fits");
    DetectSettings settings = detect_settings_default();
    DetectionList *list = detect(image, &settings, 1);
    assert_int_equal(list->n, 0);
    Error error;
    SourceList *sources = NULL;
    assert_int_equal(detection_sources(list, image, &sources, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "no source was found"));
    assert_null(sources);
    detection_list_free(list);
    image_close(image);
}

static void strips_join_without_a_seam(void **state)
{
    (void)state;
    Field field = field_new(130, 2300);
    // On the lines between strips (after rows 1024 and 2048), and elsewhere.
    static const double rows[] = {300.0,  1020.0, 1024.0, 1024.5, 1025.0,
                                  1500.0, 2047.6, 2048.5, 2049.4, 2200.0};
    for (size_t i = 0; i < 10; i++)
        add_star(&field, 22.3 + 9.0 * (double)i, rows[i], 4.0, 3.0);
    Image *image = field_open(&field, "tall.fits");
    DetectSettings settings = all_shapes();
    DetectionList *list = detect(image, &settings, 1);
    assert_int_equal(list->n, 10);
    DetectionList *again = detect(image, &settings, 3);
    assert_int_equal(again->n, 10);
    assert_memory_equal(list->items, again->items, 10 * sizeof *list->items);
    detection_list_free(list);
    detection_list_free(again);
    image_close(image);
}

static void searches_a_part(void **state)
{
    (void)state;
    Field field = field_new(200, 150);
    add_star(&field, 60, 70, 5.0, 4.0);
    add_star(&field, 140, 70, 5.0, 4.0);
    Image *image = field_open(&field, "part.fits");
    DetectSettings settings = all_shapes();
    settings.part = (Box){100, -20, 500, 500};
    DetectionList *list = detect(image, &settings, 1);
    assert_int_equal(list->n, 1);
    assert_float_equal(list->items[0].x, 140.0, 0.1);
    assert_float_equal(list->items[0].y, 70.0, 0.1);
    detection_list_free(list);
    settings.part = (Box){300, 0, 10, 10};
    Error error;
    assert_int_equal(detect_sources(image, &settings, &one_thread, &list, &error),
                     STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "outside"));
    image_close(image);
}

// What a search has reported; stops it after `limit` strips.
typedef struct Watch {
    size_t n, n_strips, limit;
    bool seen[8];
} Watch;

static bool watch(void *context, const ProgressNews *news)
{
    Watch *seen = context;
    assert_int_equal(news->done, ++seen->n);
    seen->n_strips = news->total;
    assert_int_equal(news->n_items, 1);
    seen->seen[news->items[0]] = true;
    return seen->n == seen->limit;
}

static void reports_its_strips_and_stops_when_asked(void **state)
{
    (void)state;
    Field field = field_new(60, 2500);
    add_star(&field, 30, 70, 5.0, 4.0);
    Image *image = field_open(&field, "tall.fits");
    DetectSettings settings = all_shapes();
    assert_int_equal(detect_strip_count(image, &settings), 3);
    Watch all = {.limit = 99}, some = {.limit = 1};
    DetectOptions options = {.n_threads = 2, .progress = &(Progress){watch, &all}};
    DetectionList *list;
    Error error;
    assert_int_equal(detect_sources(image, &settings, &options, &list, &error), STATUS_OK);
    detection_list_free(list);
    assert_int_equal(all.n, 3);
    assert_int_equal(all.n_strips, 3);
    assert_true(all.seen[0] && all.seen[1] && all.seen[2]);

    options = (DetectOptions){.n_threads = 1, .progress = &(Progress){watch, &some}};
    assert_int_equal(detect_sources(image, &settings, &options, &list, &error), STATUS_CANCELLED);
    assert_null(list);
    assert_int_equal(some.n, 1);
    settings.part = (Box){100, 0, 10, 10};
    assert_int_equal(detect_strip_count(image, &settings), 0);
    image_close(image);
}

static void refuses_settings_that_make_no_sense(void **state)
{
    (void)state;
    Field field = field_new(50, 50);
    Image *image = field_open(&field, "plain.fits");
    DetectSettings wrong[6];
    for (int i = 0; i < 6; i++)
        wrong[i] = detect_settings_default();
    wrong[0].mesh = 0;
    wrong[1].mesh_filter = 2;
    wrong[2].threshold = 0.0;
    wrong[3].min_area = 0;
    wrong[4].deblend_contrast = NAN;
    wrong[5].aperture = -1.0;
    for (int i = 0; i < 6; i++) {
        DetectionList *list;
        Error error;
        assert_int_equal(detect_sources(image, &wrong[i], &one_thread, &list, &error),
                         STATUS_USAGE);
        assert_null(list);
    }
    image_close(image);
}

static void becomes_a_source_list_that_every_format_keeps(void **state)
{
    (void)state;
    Field field = field_new(160, 150);
    add_star(&field, 40.3, 35.7, 2.0, 3.5);
    add_star(&field, 100.0, 90.5, 5.0, 4.0);
    Image *image = field_open(&field, "stars.fits");
    DetectSettings settings = detect_settings_default();
    DetectionList *list = detect(image, &settings, 1);
    Error error = {0};
    SourceList *sources = NULL, *back = NULL;
    assert_int_equal(detection_sources(list, image, &sources, &error), STATUS_OK);
    assert_int_equal(sources->n, 2);
    assert_string_equal(sources->sources[1].id, "2");
    assert_true(sources->sources[0].has_sky);
    assert_float_equal(sources->sources[0].dec, -54.9 - 14.3 * 0.04 / 3600, 0.1 / 3600);
    size_t column;
    double value;
    assert_true(table_find_column(sources->table, "ci", &column));
    assert_true(table_number(sources->table, 1, column, &value));
    assert_float_equal(value, list->items[1].ci, 1e-4);
    static const char *const names[] = {"out.csv", "out.fits", "out.tab", "out.reg"};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(source_list_write(sources, test_path(names[i]), COORDS_GIVEN, &error),
                         STATUS_OK);
        if (source_list_read(test_path(names[i]), &back, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_int_equal(back->n, 2);
        for (size_t k = 0; k < 2; k++) {
            assert_true(back->sources[k].has_xy);
            assert_float_equal(back->sources[k].x, sources->sources[k].x, 1e-9);
            assert_float_equal(back->sources[k].y, sources->sources[k].y, 1e-9);
        }
        if (i < 2) {
            assert_true(table_find_column(back->table, "fwhm", &column));
            assert_true(table_number(back->table, 0, column, &value));
            assert_float_equal(value, list->items[0].fwhm, 1e-3);
        }
        source_list_free(back);
    }
    assert_int_equal(source_list_write(sources, test_path("out.xyz"), COORDS_GIVEN, &error),
                     STATUS_USAGE);
    assert_int_equal(source_list_write(sources, test_path("absent/out.csv"), COORDS_GIVEN, &error),
                     STATUS_OUTPUT);
    source_list_free(sources);
    detection_list_free(list);
    image_close(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_what_it_finds),
        cmocka_unit_test(separates_neighbours),
        cmocka_unit_test(cuts_and_counts_what_it_cut),
        cmocka_unit_test(missing_data_is_no_source),
        cmocka_unit_test(an_image_without_data_gives_no_source),
        cmocka_unit_test(strips_join_without_a_seam),
        cmocka_unit_test(searches_a_part),
        cmocka_unit_test(reports_its_strips_and_stops_when_asked),
        cmocka_unit_test(refuses_settings_that_make_no_sense),
        cmocka_unit_test(becomes_a_source_list_that_every_format_keeps),
    };
    return cmocka_run_group_tests_name("detect", tests, NULL, test_directory_remove);
}
