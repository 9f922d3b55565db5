// The scoring loop: ensembles, decisions, one model for several jobs at once.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "blobs.h"
#include "classifier/model_join.h"
#include "nn/train/gradient.h"
#include "systems/system.h"
#include "work/evaluate.h"

enum { N = 40 };

typedef struct Fixture {
    Dataset *dataset;
    size_t indices[N];
    DatasetView view;
} Fixture;

static int open_fixture(void **state)
{
    Fixture *fixture = calloc(1, sizeof *fixture);
    fixture->dataset = blob_dataset(N, 3);
    for (size_t i = 0; i < N; i++)
        fixture->indices[i] = i;
    fixture->view = (DatasetView){fixture->dataset, fixture->indices, N};
    *state = fixture;
    return 0;
}

static int close_fixture(void **state)
{
    Fixture *fixture = *state;
    dataset_free(fixture->dataset);
    free(fixture);
    return 0;
}

static void score(const Fixture *fixture, const Model *model, float *scores, size_t *classes)
{
    Error error;
    blob_check(evaluate_dataset(model, &fixture->view, 2, NULL, scores, classes, &error), &error);
}

// An ensemble of the blob models of these seeds.
static Model *blob_ensemble(const uint64_t *seeds, size_t n, DecisionKind kind)
{
    Classifier *members[4], *ensemble;
    Recipe recipe;
    Model *model;
    Error error;
    for (size_t i = 0; i < n; i++) {
        Model *member = blob_model(seeds[i]);
        recipe = member->recipe;
        members[i] = member->classifier;
        member->classifier = NULL;
        model_free(member);
    }
    recipe.decision = (Decision){.kind = kind};
    blob_check(classifier_of_members(members, n, &ensemble, &error), &error);
    blob_check(model_new_of(&recipe, ensemble, &model, &error), &error);
    return model;
}

static void an_ensembles_scores_are_its_members_mean(void **state)
{
    const Fixture *fixture = *state;
    const uint64_t seeds[] = {1, 2, 3};
    float together[N * BLOB_CLASSES], alone[3][N * BLOB_CLASSES];
    Model *ensemble = blob_ensemble(seeds, 3, DECISION_ARGMAX);
    score(fixture, ensemble, together, NULL);
    for (size_t i = 0; i < 3; i++) {
        Model *model = blob_model(seeds[i]);
        score(fixture, model, alone[i], NULL);
        model_free(model);
    }
    for (size_t k = 0; k < N * BLOB_CLASSES; k++)
        assert_float_equal(together[k], (alone[0][k] + alone[1][k] + alone[2][k]) / 3, 1e-6);
    model_free(ensemble);
}

static void a_vote_counts_members(void **state)
{
    const Fixture *fixture = *state;
    const uint64_t seeds[] = {1, 2, 2};
    float scores[N * BLOB_CLASSES];
    size_t voted[N], single[N];
    Model *ensemble = blob_ensemble(seeds, 3, DECISION_VOTE), *model = blob_model(2);
    score(fixture, ensemble, scores, voted);
    score(fixture, model, scores, single);
    // Two of three say what seed 2 says.
    assert_memory_equal(voted, single, sizeof voted);
    model_free(ensemble);
    model_free(model);
}

static void members_must_be_of_one_shape(void **state)
{
    (void)state;
    Model *one = blob_model(1);
    Network *network;
    Error error;
    const System *system = system_find("starcnet");
    blob_check(system_build(system, &system->recipe, "", &network, &error), &error);
    Classifier *other, *made;
    blob_check(classifier_of_network(network, &other, &error), &error);
    Classifier *members[] = {one->classifier, other};
    assert_int_equal(classifier_of_members(members, 2, &made, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "member 2"));
    assert_null(made);
    model_free(one);
    classifier_free(other);
}

// Its band's mean subtracted, which the others leave.
static void blob_shift(Model *model)
{
    Error error;
    blob_check(recipe_read_steps(&model->recipe, "band_mean", &error), &error);
    for (size_t i = 0; i < model->recipe.n_bands; i++)
        model->recipe.steps[0].values[i] = 0.25;
}

// Models whose inputs are made differently, one of them an ensemble already.
static void models_are_joined_each_with_its_own_steps(void **state)
{
    const Fixture *fixture = *state;
    const uint64_t seeds[] = {3, 4};
    float together[N * BLOB_CLASSES], alone[3][N * BLOB_CLASSES];
    for (size_t i = 0; i < 3; i++) {
        Model *model = blob_model(2 + i);
        if (i == 0)
            blob_shift(model);
        score(fixture, model, alone[i], NULL);
        model_free(model);
    }
    Model *models[] = {blob_model(2), blob_ensemble(seeds, 2, DECISION_ARGMAX)}, *joined;
    Error error;
    blob_shift(models[0]);
    blob_check(model_join(models, 2, &joined, &error), &error);
    assert_int_equal(classifier_member_count(joined->classifier), 3);
    assert_int_equal(joined->recipe.decision.kind, DECISION_VOTE);
    blob_check(classifier_prepare(joined->classifier, &error), &error);
    score(fixture, joined, together, NULL);
    for (size_t k = 0; k < N * BLOB_CLASSES; k++)
        assert_float_equal(together[k], (alone[0][k] + alone[1][k] + alone[2][k]) / 3, 1e-6);
    model_free(joined);
}

static void models_of_other_classes_do_not_vote_together(void **state)
{
    (void)state;
    Model *models[] = {blob_model(1), blob_model(2)}, *joined;
    Error error;
    snprintf(models[1]->recipe.classes[0].name, RECIPE_NAME_SIZE, "galaxy");
    assert_int_equal(model_join(models, 2, &joined, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "cannot vote together: their classes differ"));
    assert_null(joined);
}

static bool stop_at_once(void *context, const ProgressNews *news)
{
    *(size_t *)context = news->total;
    return true;
}

static void an_evaluation_can_be_stopped(void **state)
{
    const Fixture *fixture = *state;
    size_t total = 0;
    float scores[N * BLOB_CLASSES];
    Error error;
    Model *model = blob_model(1);
    const Progress progress = {stop_at_once, &total};
    assert_int_equal(evaluate_dataset(model, &fixture->view, 1, &progress, scores, NULL, &error),
                     STATUS_CANCELLED);
    assert_int_equal(total, N);
    model_free(model);
}

typedef struct Explaining {
    const Fixture *fixture;
    const Model *model;
    float gradients[2][BLOB_SIZE * BLOB_SIZE * BLOB_BANDS]; // of the first and the last round
} Explaining;

static void *explain_again_and_again(void *context)
{
    enum { ROUNDS = 30 };
    Explaining *explaining = context;
    const float *cutout = explaining->fixture->dataset->cutouts;
    const size_t class = 0;
    Error error;
    for (size_t round = 0; round < ROUNDS; round++) {
        Parallel *parallel;
        ClassGradient *gradient;
        blob_check(parallel_new(1, &parallel, &error), &error);
        blob_check(class_gradient_new(model_network(explaining->model), 1, false, parallel,
                                      &gradient, &error),
                   &error);
        blob_check(class_gradient_run(gradient, cutout, &class, 1, explaining->gradients[round > 0],
                                      NULL, NULL, &error),
                   &error);
        class_gradient_free(gradient);
        parallel_free(parallel);
    }
    return NULL;
}

// The thread sanitizer looks on: make unit SANITIZE=thread.
static void one_model_is_explained_and_classified_with_at_once(void **state)
{
    const Fixture *fixture = *state;
    float expected[N * BLOB_CLASSES], scores[N * BLOB_CLASSES];
    Model *model = blob_model(5);
    pthread_t thread;
    Explaining explaining = {.fixture = fixture, .model = model};
    score(fixture, model, expected, NULL);
    assert_int_equal(pthread_create(&thread, NULL, explain_again_and_again, &explaining), 0);
    for (size_t round = 0; round < 30; round++) {
        score(fixture, model, scores, NULL);
        assert_memory_equal(scores, expected, sizeof scores);
    }
    pthread_join(thread, NULL);
    assert_memory_equal(explaining.gradients[0], explaining.gradients[1],
                        sizeof explaining.gradients[0]);
    model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_ensembles_scores_are_its_members_mean, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(a_vote_counts_members, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(models_are_joined_each_with_its_own_steps, open_fixture,
                                        close_fixture),
        cmocka_unit_test(models_of_other_classes_do_not_vote_together),
        cmocka_unit_test(members_must_be_of_one_shape),
        cmocka_unit_test_setup_teardown(an_evaluation_can_be_stopped, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(one_model_is_explained_and_classified_with_at_once,
                                        open_fixture, close_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
