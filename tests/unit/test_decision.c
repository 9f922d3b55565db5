// Decisions: scores of one or several members into a class.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/decision.h"

static Verdict decide(const char *text, const float *scores, size_t n_members, size_t n_classes)
{
    Decision decision;
    Error error;
    float mean[8];
    if (decision_read(text, &decision, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return decision_apply(&decision, scores, n_members, n_classes, mean);
}

static void argmax_takes_the_first_of_equals(void **state)
{
    (void)state;
    const float scores[] = {0.1f, 0.4f, 0.4f, 0.1f};
    assert_int_equal(decision_argmax(scores, 4), 1);
    assert_int_equal(decide("argmax", scores, 1, 4).class, 2);
}

static void a_threshold_chooses_its_class_or_the_best_of_the_others(void **state)
{
    (void)state;
    const float scores[] = {0.3f, 0.5f, 0.2f};
    assert_int_equal(decide("threshold 1 0.25", scores, 1, 3).class, 1);
    assert_int_equal(decide("threshold 1 0.4", scores, 1, 3).class, 2);
    assert_int_equal(decide("threshold 2 0.6", scores, 1, 3).class, 1);
}

// Paper 002: a source whose winning score is below the threshold is undecided.
static void a_rejection_leaves_the_unsure_undecided(void **state)
{
    (void)state;
    const float unsure[] = {0.6f, 0.4f}, sure[] = {0.3f, 0.7f};
    assert_int_equal(decide("reject 0.669", unsure, 1, 2).class, 0);
    assert_int_equal(decide("reject 0.669", sure, 1, 2).class, 2);
}

static void members_scores_are_averaged(void **state)
{
    (void)state;
    const float scores[] = {0.9f, 0.1f, 0.4f, 0.6f, 0.4f, 0.6f};
    Decision decision = {DECISION_ARGMAX, 0, 0};
    float mean[2];
    Verdict verdict = decision_apply(&decision, scores, 3, 2, mean);
    assert_int_equal(verdict.class, 1);
    assert_float_equal(verdict.vote, 1.0 / 3, 1e-6);
    assert_float_equal(mean[0], 1.7 / 3, 1e-6);
    assert_float_equal(mean[1], 1.3 / 3, 1e-6);
}

// Paper 001: the mode over the members, and how many of them are of it.
static void a_vote_takes_what_most_members_say(void **state)
{
    (void)state;
    const float scores[] = {0.9f, 0.1f, 0.4f, 0.6f, 0.4f, 0.6f};
    Verdict verdict = decide("vote", scores, 3, 2);
    assert_int_equal(verdict.class, 2);
    assert_float_equal(verdict.vote, 2.0 / 3, 1e-6);
}

static void tied_votes_go_to_the_higher_mean_score_then_to_the_first(void **state)
{
    (void)state;
    const float higher[] = {0.55f, 0.45f, 0.1f, 0.9f};
    const float equal[] = {0.75f, 0.25f, 0.25f, 0.75f};
    assert_int_equal(decide("vote", higher, 2, 2).class, 2);
    assert_int_equal(decide("vote", equal, 2, 2).class, 1);
}

static void decisions_are_text_and_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"argmax", "threshold 2 0.5", "reject 0.669", "vote"};
    for (size_t i = 0; i < 4; i++) {
        Decision decision;
        Error error;
        char text[DECISION_TEXT_SIZE];
        assert_int_equal(decision_read(texts[i], &decision, &error), STATUS_OK);
        decision_text(&decision, text);
        assert_string_equal(text, texts[i]);
    }
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",         "guess",       "reject",
                                        "argmax 1", "threshold 1", "reject x"};
    Decision decision;
    Error error;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(decision_read(texts[i], &decision, &error), STATUS_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(argmax_takes_the_first_of_equals),
        cmocka_unit_test(a_threshold_chooses_its_class_or_the_best_of_the_others),
        cmocka_unit_test(a_rejection_leaves_the_unsure_undecided),
        cmocka_unit_test(members_scores_are_averaged),
        cmocka_unit_test(a_vote_takes_what_most_members_say),
        cmocka_unit_test(tied_votes_go_to_the_higher_mean_score_then_to_the_first),
        cmocka_unit_test(decisions_are_text_and_back),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
