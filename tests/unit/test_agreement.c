// Agreement and calibration against published examples and values computed by hand.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "eval/agreement.h"
#include "eval/calibration.h"

// The example of Fleiss 1971 as it is often printed: 14 raters, 10 subjects, 5 categories; 0.210.
static void fleiss_kappa_is_that_of_the_published_example(void **state)
{
    (void)state;
    enum { RATERS = 14, SUBJECTS = 10, CATEGORIES = 5 };
    static const size_t counts[SUBJECTS][CATEGORIES] = {
        {0, 0, 0, 0, 14}, {0, 2, 6, 4, 2}, {0, 0, 3, 5, 6}, {0, 3, 9, 2, 0}, {2, 2, 8, 1, 1},
        {7, 7, 0, 0, 0},  {3, 2, 6, 3, 0}, {2, 5, 3, 2, 2}, {6, 5, 2, 1, 0}, {0, 2, 2, 3, 7}};
    size_t labels[RATERS * SUBJECTS];
    for (size_t i = 0; i < SUBJECTS; i++) {
        size_t rater = 0;
        for (size_t k = 0; k < CATEGORIES; k++)
            for (size_t c = 0; c < counts[i][k]; c++)
                labels[rater++ * SUBJECTS + i] = k + 1;
        assert_int_equal(rater, RATERS);
    }
    const Labels all = {labels, RATERS, SUBJECTS, CATEGORIES};
    assert_float_equal(agreement_fleiss(&all), 0.20993070442195522, 1e-12);
}

// Two readers, 50 proposals: both yes 20, both no 15, yes-no 5, no-yes 10: p 0.7, e 0.5, 0.4.
static void cohens_kappa_is_that_of_the_textbook(void **state)
{
    (void)state;
    static const Confusion confusion = {.n_classes = 2, .counts = {{20, 5}, {10, 15}}, .n = 50};
    assert_float_equal(confusion_kappa(&confusion), 0.4, 1e-12);
}

static void kappa_of_one_class_or_none_is_not_defined(void **state)
{
    (void)state;
    static const Confusion one = {.n_classes = 2, .counts = {{7, 0}, {0, 0}}, .n = 7};
    static const Confusion none = {.n_classes = 2};
    static const size_t nobody[6] = {0};
    const Labels empty = {nobody, 2, 3, 4};
    assert_true(isnan(confusion_kappa(&one)));
    assert_true(isnan(confusion_kappa(&none)));
    assert_true(isnan(agreement_fleiss(&empty)));
    assert_true(isnan(agreement_mean(&empty, NULL, 0)));
}

static void the_mode_is_the_first_of_equals_and_nobody_has_none(void **state)
{
    (void)state;
    static const size_t labels[3 * 4] = {1, 2, 0, 4, 1, 3, 0, 3, 2, 0, 0, 4};
    const Labels all = {labels, 3, 4, 4};
    size_t mode[4];
    double mean[4];
    agreement_mode(&all, mode, mean);
    static const size_t expected[4] = {1, 2, 0, 4};
    assert_memory_equal(mode, expected, sizeof mode);
    assert_float_equal(mean[0], 4.0 / 3, 1e-12);
    assert_float_equal(mean[1], 2.5, 1e-12);
    assert_true(isnan(mean[2]));
}

// Pairs: 1-2 agree on 1 of 2 sources, 1-3 on 1 of 1, 2-3 on 0 of 1: 2 of 4. In two groups 3 of 4.
static void the_mean_over_pairs_weighs_each_by_its_sources(void **state)
{
    (void)state;
    static const size_t labels[3 * 3] = {1, 2, 3, 1, 1, 0, 0, 0, 3};
    static const size_t labels_2[3 * 3] = {1, 2, 3, 1, 1, 0, 0, 2, 0};
    static const size_t group[4] = {1, 1, 2, 2};
    const Labels three = {labels, 3, 3, 4}, others = {labels_2, 3, 3, 4};
    assert_float_equal(agreement_mean(&three, NULL, 0), 2.0 / 3, 1e-12);
    assert_float_equal(agreement_mean(&others, NULL, 0), 2.0 / 4, 1e-12);
    assert_float_equal(agreement_mean(&others, group, 2), 1.0, 1e-12);
}

// Bins of 0.5: {0.4: wrong, 0.5: right}, {0.9: right, 0.7: wrong, 1: right}.
static void the_calibration_error_weighs_bins_by_their_sources(void **state)
{
    (void)state;
    static const double scores[] = {0.4, 0.9, 0.5, 0.7, 1.0, NAN};
    static const bool right[] = {false, true, true, false, true, true};
    Calibration calibration;
    Error error;
    assert_int_equal(calibration_of(scores, right, 6, 2, &calibration, &error), STATUS_OK);
    assert_int_equal(calibration.n, 5);
    assert_int_equal(calibration.bins[0].n, 2);
    assert_float_equal(calibration.bins[0].mean_score, 0.45, 1e-12);
    assert_float_equal(calibration.bins[1].right, 2.0 / 3, 1e-12);
    const double expected = (fabs(1 - 0.9) + fabs(2 - 2.6)) / 5;
    assert_float_equal(calibration.error, expected, 1e-12);
    assert_int_equal(calibration_of(scores, right, 6, 0, &calibration, &error), STATUS_USAGE);
}

// Of two classes with logits (l, 0), l = log 3 always, truth 1 in 9 of 10: p = 0.9 = 1 / (1 +
// 3^-beta), so beta = log 9 / log 3 = 2.
static void the_temperature_is_that_of_the_highest_likelihood(void **state)
{
    (void)state;
    float logits[12 * 2];
    size_t truth[12];
    for (size_t i = 0; i < 10; i++) {
        logits[2 * i] = logf(3);
        logits[2 * i + 1] = 0;
        truth[i] = i == 4 ? 2 : 1;
    }
    logits[20] = NAN, logits[21] = 0, truth[10] = 1; // left out
    logits[22] = 1, logits[23] = 5, truth[11] = 0;
    double temperature;
    Error error;
    assert_int_equal(temperature_fit(logits, truth, 12, 2, &temperature, &error), STATUS_OK);
    assert_float_equal(temperature, 0.5, 1e-6);
    assert_int_equal(temperature_fit(logits, truth + 11, 1, 2, &temperature, &error),
                     STATUS_BAD_INPUT);
    truth[4] = 1;
    assert_int_equal(temperature_fit(logits, truth, 10, 2, &temperature, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "nothing wrong"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fleiss_kappa_is_that_of_the_published_example),
        cmocka_unit_test(cohens_kappa_is_that_of_the_textbook),
        cmocka_unit_test(kappa_of_one_class_or_none_is_not_defined),
        cmocka_unit_test(the_mode_is_the_first_of_equals_and_nobody_has_none),
        cmocka_unit_test(the_mean_over_pairs_weighs_each_by_its_sources),
        cmocka_unit_test(the_calibration_error_weighs_bins_by_their_sources),
        cmocka_unit_test(the_temperature_is_that_of_the_highest_likelihood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
