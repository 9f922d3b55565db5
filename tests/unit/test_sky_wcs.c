#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sky/image/sky_wcs.h"

#ifndef __SANITIZE_ADDRESS__ // which has its own
// While set, the C library's memory is at an end for everyone in this process.
static bool memory_is_out;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);

// Seen by wcslib only where it is exported.
#define PUBLIC __attribute__((visibility("default")))

PUBLIC void *malloc(size_t size)
{
    return memory_is_out ? NULL : __libc_malloc(size);
}

PUBLIC void *calloc(size_t n, size_t size)
{
    return memory_is_out ? NULL : __libc_calloc(n, size);
}
#endif

static const char *const golden_path = "tests/parity/wcs_golden.txt";
static const double arcsec = 1.0 / 3600.0;

typedef struct Golden {
    char name[32];
    size_t n_cards;
    char cards[64 * 80];
    size_t n_points;
    double points[16][4]; // x, y, ra, dec
} Golden;

static FILE *open_golden(void)
{
    FILE *stream = fopen(golden_path, "r");
    if (stream == NULL)
        fail_msg("%s is missing; run the tests from the top directory", golden_path);
    return stream;
}

// Reads the next header with its points; false at the end of the headers.
static bool read_header(FILE *stream, Golden *golden)
{
    char line[256];
    memset(golden, 0, sizeof *golden);
    if (fscanf(stream, " header %31s %zu", golden->name, &golden->n_cards) != 2)
        return false;
    assert_true(golden->n_cards <= 64);
    assert_non_null(fgets(line, sizeof line, stream));
    for (size_t i = 0; i < golden->n_cards; i++) {
        assert_non_null(fgets(line, sizeof line, stream));
        assert_int_equal(strcspn(line, "\n"), 80);
        memcpy(golden->cards + i * 80, line, 80);
    }
    double *p = golden->points[0];
    while (golden->n_points < 16 &&
           fscanf(stream, " point %lf %lf %lf %lf", p, p + 1, p + 2, p + 3) == 4) {
        golden->n_points++;
        p += 4;
    }
    assert_true(golden->n_points > 0);
    return true;
}

static SkyWcs *parse(const char *cards, size_t n_cards)
{
    SkyWcs *wcs = NULL;
    Error error = {0};
    if (sky_wcs_parse(cards, n_cards, &wcs, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return wcs;
}

static void agrees_with_astropy_both_ways(void **state)
{
    (void)state;
    FILE *stream = open_golden();
    Golden golden;
    size_t n = 0;
    while (read_header(stream, &golden)) {
        SkyWcs *wcs = parse(golden.cards, golden.n_cards);
        assert_non_null(wcs);
        for (size_t i = 0; i < golden.n_points; i++) {
            const double *p = golden.points[i];
            double ra, dec, x, y;
            bool known;
            assert_true(sky_wcs_to_sky(wcs, p[0], p[1], &ra, &dec, &known, NULL) == STATUS_OK &&
                        known);
            double distance = sky_distance(ra, dec, p[2], p[3]);
            if (!(distance < 2e-4 * arcsec))
                fail_msg("%s point %zu is %.3g arcsec off", golden.name, i, distance / arcsec);
            assert_true(sky_wcs_to_pixel(wcs, ra, dec, &x, &y, &known, NULL) == STATUS_OK && known);
            if (!(hypot(x - p[0], y - p[1]) < 1e-4))
                fail_msg("%s point %zu comes back as %.6f %.6f", golden.name, i, x, y);
        }
        sky_wcs_free(wcs);
        n++;
    }
    assert_true(n >= 14);
    fclose(stream);
}

static SkySystem system_named(const char *name)
{
    if (strcmp(name, "fk5") == 0)
        return SKY_FK5;
    if (strcmp(name, "fk4") == 0)
        return SKY_FK4;
    if (strcmp(name, "galactic") == 0)
        return SKY_GALACTIC;
    assert_string_equal(name, "ecliptic");
    return SKY_ECLIPTIC;
}

// Checks every line of the golden file that begins with `word`; how many there were.
static size_t check_systems(const char *word, double tolerance)
{
    FILE *stream = open_golden();
    char line[256], kind[32], name[32];
    double p[4];
    size_t n = 0;
    while (fgets(line, sizeof line, stream) != NULL) {
        if (sscanf(line, "%31s %31s %lf %lf %lf %lf", kind, name, p, p + 1, p + 2, p + 3) != 6 ||
            strcmp(kind, word) != 0)
            continue;
        SkySystem system = system_named(name);
        double ra, dec, longitude, latitude;
        assert_true(sky_system_to_icrs(system, p[0], p[1], &ra, &dec));
        double distance = sky_distance(ra, dec, p[2], p[3]);
        // AST takes FK4 from ICRS by way of a proper motion, which moves it by 0.011 arcsec.
        bool through_ast = system == SKY_FK4 && strcmp(word, "ds9") == 0;
        if (!(distance < (through_ast ? 0.012 * arcsec : tolerance)))
            fail_msg("%s %g %g is %.3g arcsec off", name, p[0], p[1], distance / arcsec);
        assert_true(sky_system_from_icrs(system, ra, dec, &longitude, &latitude));
        assert_true(sky_distance(longitude, latitude, p[0], p[1]) < 1e-5 * arcsec);
        n++;
    }
    fclose(stream);
    return n;
}

static void converts_sky_systems_as_astropy(void **state)
{
    (void)state;
    assert_int_equal(check_systems("system", 5e-4 * arcsec), 28);
}

static void takes_back_what_ds9_saves(void **state)
{
    (void)state;
    // A twentieth of an HST pixel.
    assert_int_equal(check_systems("ds9", 2e-3 * arcsec), 4);
}

static void refuses_impossible_positions(void **state)
{
    (void)state;
    double ra, dec;
    assert_false(sky_system_to_icrs(SKY_GALACTIC, 10.0, 90.5, &ra, &dec));
    assert_false(sky_system_to_icrs(SKY_ICRS, NAN, 0.0, &ra, &dec));
    assert_false(sky_system_from_icrs(SKY_FK4, INFINITY, 0.0, &ra, &dec));
    assert_true(sky_system_to_icrs(SKY_ICRS, -30.0, 5.0, &ra, &dec));
    assert_float_equal(ra, 330.0, 1e-12);
    assert_true(sky_system_to_icrs(SKY_ICRS, 725.0, 5.0, &ra, &dec));
    assert_float_equal(ra, 5.0, 1e-12);
}

static void add_card(char *cards, size_t *n, const char *text)
{
    char card[81];
    snprintf(card, sizeof card, "%-80s", text);
    memcpy(cards + 80 * (*n)++, card, 80);
}

static void gives_no_wcs_where_there_is_none(void **state)
{
    (void)state;
    char cards[80 * 16];
    size_t n = 0;
    add_card(cards, &n, "SIMPLE  =                    T");
    add_card(cards, &n, "NAXIS   =                    2");
    add_card(cards, &n, "END");
    assert_null(parse(cards, n));
    assert_null(parse(cards, 0));
    n = 2;
    add_card(cards, &n, "CTYPE1  = 'LINEAR  '");
    add_card(cards, &n, "CTYPE2  = 'LINEAR  '");
    add_card(cards, &n, "CRVAL1  =                  1.0");
    add_card(cards, &n, "END");
    assert_null(parse(cards, n));
    n = 2;
    add_card(cards, &n, "CTYPE1  = 'RA---TAN'");
    add_card(cards, &n, "CTYPE2  = 'FREQ    '");
    add_card(cards, &n, "END");
    Error error;
    SkyWcs *wcs;
    assert_int_equal(sky_wcs_parse(cards, n, &wcs, &error), STATUS_BAD_INPUT);
    assert_null(wcs);
}

static void takes_the_first_two_axes_of_a_cube(void **state)
{
    (void)state;
    char cards[80 * 16];
    size_t n = 0;
    double ra, dec;
    bool known;
    add_card(cards, &n, "NAXIS   =                    3");
    add_card(cards, &n, "CTYPE1  = 'RA---TAN'");
    add_card(cards, &n, "CTYPE2  = 'DEC--TAN'");
    add_card(cards, &n, "CTYPE3  = 'WAVE    '");
    add_card(cards, &n, "CRVAL1  =                 10.0");
    add_card(cards, &n, "CRVAL2  =                 20.0");
    add_card(cards, &n, "CRPIX1  =                  5.0");
    add_card(cards, &n, "CRPIX2  =                  6.0");
    add_card(cards, &n, "CDELT1  =               -0.001");
    add_card(cards, &n, "CDELT2  =                0.001");
    add_card(cards, &n, "END");
    SkyWcs *wcs = parse(cards, n);
    assert_non_null(wcs);
    assert_true(sky_wcs_to_sky(wcs, 5.0, 6.0, &ra, &dec, &known, NULL) == STATUS_OK && known);
    assert_float_equal(ra, 10.0, 1e-10);
    assert_float_equal(dec, 20.0, 1e-10);
    assert_float_equal(sky_wcs_pixel_scale(wcs), 3.6, 1e-6);
    sky_wcs_free(wcs);
}

static void has_no_answer_behind_a_tangent_plane(void **state)
{
    (void)state;
    FILE *stream = open_golden();
    Golden golden;
    double x, y;
    bool known;
    assert_true(read_header(stream, &golden));
    assert_string_equal(golden.name, "tan_cd");
    SkyWcs *wcs = parse(golden.cards, golden.n_cards);
    assert_float_equal(sky_wcs_pixel_scale(wcs), 0.0396, 1e-7);
    assert_int_equal(sky_wcs_to_pixel(wcs, 245.0, 54.9, &x, &y, &known, NULL), STATUS_OK);
    assert_false(known);
    assert_int_equal(sky_wcs_to_pixel(wcs, NAN, 54.9, &x, &y, &known, NULL), STATUS_OK);
    assert_false(known);
    // In an array only those without an answer are NaN.
    double sky[130][2], pixel[130][2];
    for (int i = 0; i < 130; i++) {
        sky[i][0] = i == 70 ? 245.0 : 65.0;
        sky[i][1] = i == 70 ? 54.9 : -54.938;
    }
    sky_wcs_to_pixel_array(wcs, (const double(*)[2])sky, 130, pixel, NULL);
    for (int i = 0; i < 130; i++)
        assert_int_equal(isfinite(pixel[i][0]) && isfinite(pixel[i][1]), i != 70);
    sky_wcs_free(wcs);
    fclose(stream);
}

typedef struct Round {
    const SkyWcs *wcs;
    double start;
    bool good;
} Round;

static void *go_round(void *argument)
{
    Round *round = argument;
    round->good = true;
    for (int i = 0; i < 2000; i++) {
        double x = round->start + 0.1 * i, y = 300.0, ra, dec, back_x, back_y;
        bool known;
        round->good =
            round->good && sky_wcs_to_sky(round->wcs, x, y, &ra, &dec, &known, NULL) == STATUS_OK &&
            known &&
            sky_wcs_to_pixel(round->wcs, ra, dec, &back_x, &back_y, &known, NULL) == STATUS_OK &&
            known && fabs(back_x - x) < 1e-4 && fabs(back_y - y) < 1e-4;
    }
    return NULL;
}

static void serves_several_threads(void **state)
{
    (void)state;
    FILE *stream = open_golden();
    Golden golden;
    while (read_header(stream, &golden) && strcmp(golden.name, "sip") != 0)
        continue;
    fclose(stream);
    SkyWcs *wcs = parse(golden.cards, golden.n_cards);
    pthread_t threads[4];
    Round rounds[4];
    for (int i = 0; i < 4; i++) {
        rounds[i] = (Round){wcs, 200.0 * i, false};
        assert_int_equal(pthread_create(&threads[i], NULL, go_round, &rounds[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_true(rounds[i].good);
    }
    sky_wcs_free(wcs);
}

static void takes_no_lack_of_memory_for_an_answer(void **state)
{
    (void)state;
#ifndef __SANITIZE_ADDRESS__
    FILE *stream = open_golden();
    Golden golden;
    size_t n_to_sky = 0, n_to_pixel = 0;
    while (read_header(stream, &golden)) {
        SkyWcs *wcs = parse(golden.cards, golden.n_cards);
        const double *p = golden.points[0];
        double ra, dec, x, y;
        bool known;
        Error error;
        memory_is_out = true;
        Status to_sky = sky_wcs_to_sky(wcs, p[0], p[1], &ra, &dec, &known, &error);
        memory_is_out = false;
        assert_int_equal(known, to_sky == STATUS_OK);
        assert_true(to_sky == STATUS_OK || to_sky == STATUS_MEMORY);
        memory_is_out = true;
        Status to_pixel = sky_wcs_to_pixel(wcs, p[2], p[3], &x, &y, &known, &error);
        memory_is_out = false;
        assert_int_equal(known, to_pixel == STATUS_OK);
        assert_true(to_pixel == STATUS_OK || to_pixel == STATUS_MEMORY);
        n_to_sky += to_sky == STATUS_MEMORY;
        n_to_pixel += to_pixel == STATUS_MEMORY;
        sky_wcs_free(wcs);
    }
    fclose(stream);
    assert_true(n_to_sky > 0 && n_to_pixel > 0);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_astropy_both_ways),
        cmocka_unit_test(converts_sky_systems_as_astropy),
        cmocka_unit_test(takes_back_what_ds9_saves),
        cmocka_unit_test(refuses_impossible_positions),
        cmocka_unit_test(gives_no_wcs_where_there_is_none),
        cmocka_unit_test(takes_the_first_two_axes_of_a_cube),
        cmocka_unit_test(has_no_answer_behind_a_tangent_plane),
        cmocka_unit_test(serves_several_threads),
        cmocka_unit_test(takes_no_lack_of_memory_for_an_answer),
    };
    return cmocka_run_group_tests_name("sky_wcs", tests, NULL, NULL);
}
