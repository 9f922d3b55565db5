// Matching on the sky against every pair's distance, and where the sphere has its corners.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "sky/image/sky_wcs.h"
#include "sky/source/sky_match.h"

enum { N = 600 };

static SourceList list_of(Source *sources, size_t n)
{
    return (SourceList){.n = n, .sources = sources, .path = (char *)"test"};
}

static Source source_at(double ra, double dec)
{
    return (Source){.has_sky = true, .ra = fmod(ra + 360.0, 360.0), .dec = dec};
}

// Clumps at the poles, at the seam of right ascension, on the axes of space and elsewhere.
static void draw(Random *random, double spread, Source sources[N])
{
    static const double middles[][2] = {{0, 0},   {90, 0},  {180, 0},      {270, 0},
                                        {10, 90}, {0, -90}, {359.999, 30}, {150, 2}};
    enum { N_MIDDLES = sizeof middles / sizeof *middles };
    for (size_t i = 0; i < N; i++) {
        const double *middle = middles[i % N_MIDDLES];
        double dec = middle[1] + spread * random_normal(random);
        dec = dec > 90 ? 180 - dec : dec < -90 ? -180 - dec : dec;
        double ra = fabs(middle[1]) == 90 ? 360.0 * random_uniform(random)
                                          : middle[0] + spread * random_normal(random);
        sources[i] = source_at(ra, dec);
    }
}

static void matches_are_those_of_all_pairs(void **state)
{
    (void)state;
    static Source first[N], second[N];
    static const double radii[] = {0.01, 1.0, 30.0, 3600.0};
    for (size_t r = 0; r < sizeof radii / sizeof *radii; r++) {
        Random random = random_start(7, r);
        draw(&random, radii[r] / 3600.0 * 3, first);
        draw(&random, radii[r] / 3600.0 * 3, second);
        const SourceList a = list_of(first, N), b = list_of(second, N);
        SkyMatch match;
        Error error;
        size_t n_matched = 0;
        assert_int_equal(sky_match(&a, &b, radii[r], &match, &error), STATUS_OK);
        for (size_t i = 0; i < N; i++) {
            double nearest = INFINITY;
            size_t n_within = 0;
            for (size_t k = 0; k < N; k++) {
                double apart =
                    3600.0 * sky_distance(first[i].ra, first[i].dec, second[k].ra, second[k].dec);
                n_within += apart <= radii[r];
                nearest = fmin(nearest, apart);
            }
            assert_int_equal(match.n_within[i], n_within);
            assert_true((match.partner[i] != NO_MATCH) == (n_within > 0));
            if (n_within > 0)
                assert_true(fabs(match.separation[i] - nearest) < 1e-8);
            n_matched += n_within > 0;
        }
        assert_true(n_matched > N / 20 && n_matched < N);
        sky_match_clear(&match);
    }
}

static void the_first_of_a_clump_stays_and_the_others_point_to_it(void **state)
{
    (void)state;
    const double arcsec = 1 / 3600.0;
    // 0, 0.8 and 1.6 arcsec: the third is near the second, which does not stay, and so stays
    // itself.
    Source sources[] = {source_at(10, 5),
                        source_at(10, 5 + 0.8 * arcsec),
                        source_at(200, 5),
                        source_at(10, 5 + 1.6 * arcsec),
                        source_at(10, 5 + 0.1 * arcsec),
                        {.has_sky = false}};
    const SourceList list = list_of(sources, 6);
    static const size_t expected[6] = {SIZE_MAX, 0, SIZE_MAX, SIZE_MAX, 0, SIZE_MAX};
    SkyMatch match;
    Error error;
    assert_int_equal(sky_duplicates(&list, 1.0, &match, &error), STATUS_OK);
    for (size_t i = 0; i < 6; i++)
        assert_true(match.partner[i] == expected[i]);
    sky_match_clear(&match);
}

static void what_cannot_be_matched_is_refused_in_words(void **state)
{
    (void)state;
    Source there = source_at(1, 2), nowhere = {.has_xy = true, .x = 3, .y = 4};
    const SourceList list = list_of(&there, 1), pixels = list_of(&nowhere, 1);
    static const double radii[] = {0.0, -1.0, 4000.0, NAN};
    SkyMatch match;
    Error error;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(sky_match(&list, &list, radii[i], &match, &error), STATUS_USAGE);
    assert_int_equal(sky_match(&list, &pixels, 1, &match, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "no positions on the sky"));
    assert_int_equal(sky_duplicates(&pixels, 1, &match, &error), STATUS_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_are_those_of_all_pairs),
        cmocka_unit_test(the_first_of_a_clump_stays_and_the_others_point_to_it),
        cmocka_unit_test(what_cannot_be_matched_is_refused_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
