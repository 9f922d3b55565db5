// Evaluation statistics against scikit-learn and scipy (tests/parity/make_metrics_golden.py).
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "eval/confusion.h"
#include "eval/correlation.h"
#include "eval/curve.h"
#include "eval/distribution.h"
#include "parity/metrics_golden.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void assert_close(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-12 + 1e-10 * fabs(expected)))
        fail_msg("%.17g is not %.17g", value, expected);
}

static Confusion golden_matrix(void)
{
    Confusion confusion;
    Error error = {0};
    assert_int_equal(
        confusion_count(golden_truth, golden_predicted, COUNT(golden_truth), 4, &confusion, &error),
        STATUS_OK);
    return confusion;
}

static void counts_as_scikit_learn(void **state)
{
    (void)state;
    Confusion confusion = golden_matrix();
    assert_close(confusion_accuracy(&confusion), golden_accuracy);
    for (size_t class = 1; class <= 4; class ++) {
        for (size_t predicted = 1; predicted <= 4; predicted++)
            assert_int_equal(confusion.counts[class - 1][predicted - 1],
                             golden_confusion[4 * (class - 1) + predicted - 1]);
        assert_close(confusion_precision(&confusion, class), golden_precision[class - 1]);
        assert_close(confusion_recall(&confusion, class), golden_recall[class - 1]);
        assert_close(confusion_f1(&confusion, class), golden_f1[class - 1]);
        assert_int_equal(confusion_support(&confusion, class), golden_support[class - 1]);
    }
}

static void rows_are_fractions_of_the_true_class(void **state)
{
    (void)state;
    Confusion confusion = golden_matrix();
    for (size_t truth = 1; truth <= 4; truth++) {
        double sum = 0.0;
        for (size_t predicted = 1; predicted <= 4; predicted++)
            sum += confusion_fraction(&confusion, truth, predicted);
        assert_close(sum, 1.0);
    }
}

static void merges_classes_into_coarser_views(void **state)
{
    (void)state;
    static const size_t two[] = {1, 1, 2, 2};
    static const size_t three[] = {1, 1, 2, 3};
    Confusion confusion = golden_matrix();
    Confusion binary = confusion_merge(&confusion, two, 2);
    assert_close(confusion_accuracy(&binary), golden_two_class_accuracy);
    Confusion ternary = confusion_merge(&confusion, three, 3);
    assert_int_equal(ternary.n, confusion.n);
    assert_int_equal(confusion_support(&ternary, 1),
                     confusion_support(&confusion, 1) + confusion_support(&confusion, 2));
    assert_int_equal(ternary.counts[2][2], confusion.counts[3][3]);
}

static void leaves_out_sources_without_a_class(void **state)
{
    (void)state;
    static const size_t truth[] = {1, 0, 2, 2};
    static const size_t predicted[] = {1, 1, 0, 1};
    Confusion confusion;
    Error error = {0};
    assert_int_equal(confusion_count(truth, predicted, 4, 2, &confusion, &error), STATUS_OK);
    assert_int_equal(confusion.n, 2);
    assert_int_equal(confusion.n_skipped, 2);
    assert_close(confusion_accuracy(&confusion), 0.5);
    assert_true(isnan(confusion_precision(&confusion, 2)));
    assert_int_equal(confusion_count(truth, predicted, 4, 1, &confusion, &error), STATUS_USAGE);
    assert_string_equal(error.text, "source 3 has class 2, the model knows 1 classes");
}

// For a binomial the deviation is sqrt(p (1 - p) / n); 4,000 resamples know it to about 1 %.
static void bootstrap_gives_the_binomial_deviation(void **state)
{
    (void)state;
    Confusion confusion = {.n_classes = 2, .counts = {{350, 50}, {50, 50}}, .n = 500};
    AccuracyInterval interval;
    AccuracyInterval again;
    Error error = {0};
    double deviation = sqrt(0.8 * 0.2 / 500);
    assert_int_equal(confusion_interval(&confusion, 4000, 0.95, 1, &interval, &error), STATUS_OK);
    assert_close(interval.accuracy, 0.8);
    assert_true(fabs(interval.deviation / deviation - 1.0) < 0.05);
    assert_true(fabs(interval.low - (0.8 - 1.96 * deviation)) < 0.003);
    assert_true(fabs(interval.high - (0.8 + 1.96 * deviation)) < 0.003);
    assert_int_equal(confusion_interval(&confusion, 4000, 0.95, 1, &again, &error), STATUS_OK);
    assert_memory_equal(&interval, &again, sizeof again);
    confusion.n = 0;
    assert_int_equal(confusion_interval(&confusion, 4000, 0.95, 1, &again, &error), STATUS_USAGE);
}

static void curve_follows_scikit_learn(void **state)
{
    (void)state;
    Curve *curve;
    Error error = {0};
    assert_int_equal(
        curve_new(golden_scores, golden_positive, COUNT(golden_scores), &curve, &error), STATUS_OK);
    assert_int_equal(curve->n, COUNT(golden_thresholds));
    for (size_t i = 0; i < curve->n; i++) {
        assert_close(curve->points[i].threshold, golden_thresholds[i]);
        assert_close(curve->points[i].precision, golden_curve_precision[i]);
        assert_close(curve->points[i].recall, golden_curve_recall[i]);
    }
    assert_close(curve_average_precision(curve), golden_average_precision);
    assert_close(curve_roc_area(curve), golden_roc_area);
    curve_free(curve);
}

static void curve_finds_the_crossing_and_the_best_f1(void **state)
{
    (void)state;
    // Falling: + + - + - +: precision 1, 1, 2/3, 3/4, 3/5, 4/6; recall 1/4, 2/4, 2/4, 3/4, 3/4, 1.
    static const double scores[] = {0.1, 0.9, 0.3, 0.8, 0.5, 0.7};
    static const bool positive[] = {true, true, false, true, true, false};
    Curve *curve;
    CurvePoint point;
    Error error = {0};
    assert_int_equal(curve_new(scores, positive, 6, &curve, &error), STATUS_OK);
    curve_crossing(curve, &point);
    assert_close(point.threshold, 0.5);
    assert_close(point.precision, 0.75);
    assert_close(point.recall, 0.75);
    curve_best_f1(curve, &point);
    assert_close(point.threshold, 0.1);
    curve_free(curve);
}

static void curve_needs_a_positive_source(void **state)
{
    (void)state;
    static const double scores[] = {0.1, 0.9};
    static const bool none[] = {false, false};
    static const bool all[] = {true, true};
    Curve *curve;
    Error error = {0};
    assert_int_equal(curve_new(scores, none, 2, &curve, &error), STATUS_BAD_INPUT);
    assert_null(curve);
    assert_int_equal(curve_new(scores, all, 2, &curve, &error), STATUS_OK);
    assert_close(curve_average_precision(curve), 1.0);
    assert_true(isnan(curve_roc_area(curve)));
    curve_free(curve);
}

static void assert_correlation(const double *x, const double *y, size_t n, const double *golden)
{
    Correlation correlation;
    Error error = {0};
    assert_int_equal(correlation_spearman(x, y, n, &correlation, &error), STATUS_OK);
    assert_close(correlation.coefficient, golden[0]);
    assert_close(correlation.p, golden[1]);
    assert_int_equal(correlation_pearson(x, y, n, &correlation, &error), STATUS_OK);
    assert_close(correlation.coefficient, golden[2]);
    assert_close(correlation.p, golden[3]);
}

static void correlates_as_scipy(void **state)
{
    (void)state;
    assert_correlation(golden_weak_x, golden_weak_y, COUNT(golden_weak_x), golden_weak_correlation);
    assert_correlation(golden_strong_x, golden_strong_y, COUNT(golden_strong_x),
                       golden_strong_correlation);
    assert_correlation(golden_smallest_x, golden_smallest_y, COUNT(golden_smallest_x),
                       golden_smallest_correlation);
}

static void correlation_knows_its_limits(void **state)
{
    (void)state;
    static const double rising[] = {1, 2, 3, 4};
    static const double flat[] = {5, 5, 5, 5};
    Correlation correlation;
    Error error = {0};
    assert_int_equal(correlation_spearman(rising, rising, 4, &correlation, &error), STATUS_OK);
    assert_close(correlation.coefficient, 1.0);
    assert_close(correlation.p, 0.0);
    assert_int_equal(correlation_pearson(rising, flat, 4, &correlation, &error), STATUS_OK);
    assert_true(isnan(correlation.coefficient) && isnan(correlation.p));
    assert_int_equal(correlation_spearman(rising, rising, 2, &correlation, &error),
                     STATUS_BAD_INPUT);
}

static void quantiles_follow_numpy(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(golden_q); i++)
        assert_close(distribution_quantile(golden_sorted, COUNT(golden_sorted), golden_q[i]),
                     golden_quantiles[i]);
    assert_true(isnan(distribution_quantile(golden_sorted, 0, 0.5)));
}

static void cumulative_counts_values_up_to(void **state)
{
    (void)state;
    static const double sorted[] = {0.1, 0.2, 0.2, 0.7};
    assert_close(distribution_cumulative(sorted, 4, 0.05), 0.0);
    assert_close(distribution_cumulative(sorted, 4, 0.2), 0.75);
    assert_close(distribution_cumulative(sorted, 4, 0.69), 0.75);
    assert_close(distribution_cumulative(sorted, 4, 1.0), 1.0);
}

static void collects_the_winning_scores_of_a_class(void **state)
{
    (void)state;
    static const float scores[] = {0.5f, 0.25f, 0.25f, 0.25f, 0.75f, 0.0f,
                                   NAN,  NAN,   NAN,   0.25f, 0.5f,  0.25f};
    double *winners;
    size_t n;
    Error error = {0};
    assert_int_equal(distribution_winning_scores(scores, 4, 3, 2, &winners, &n, &error), STATUS_OK);
    assert_int_equal(n, 2);
    assert_close(winners[0], 0.5);
    assert_close(winners[1], 0.75);
    assert_close(distribution_quantile(winners, n, 0.5), 0.625);
    free(winners);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_as_scikit_learn),
        cmocka_unit_test(rows_are_fractions_of_the_true_class),
        cmocka_unit_test(merges_classes_into_coarser_views),
        cmocka_unit_test(leaves_out_sources_without_a_class),
        cmocka_unit_test(bootstrap_gives_the_binomial_deviation),
        cmocka_unit_test(curve_follows_scikit_learn),
        cmocka_unit_test(curve_finds_the_crossing_and_the_best_f1),
        cmocka_unit_test(curve_needs_a_positive_source),
        cmocka_unit_test(correlates_as_scipy),
        cmocka_unit_test(correlation_knows_its_limits),
        cmocka_unit_test(quantiles_follow_numpy),
        cmocka_unit_test(cumulative_counts_values_up_to),
        cmocka_unit_test(collects_the_winning_scores_of_a_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
