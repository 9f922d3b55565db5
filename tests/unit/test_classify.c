// The pipeline: every source gets its row, whatever the threads, the batches and the troubles.
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "blobs.h"
#include "fits_file.h"
#include "nn/run/executor.h"
#include "nn/run/softmax.h"
#include "work/classify.h"

enum { WIDTH = 120, HEIGHT = 90, N = 203 };

typedef struct Fixture {
    Model *model;
    Bands *bands;
    char ids[N][8];
    Source sources[N];
    SourceList list;
    const char *class_names[BLOB_CLASSES];
} Fixture;

// The sources with something wrong about them.
enum {
    AT_BORDER = 3,
    OFF_IMAGE = 50,
    EXCLUDED = 51,
    NO_POSITION = 120,
    EMPTY = 130,
    HOLE = 131,
    OVERFLOW = 150
};

static bool is_troubled(size_t i)
{
    return i == AT_BORDER || i == OFF_IMAGE || i == EXCLUDED || i == NO_POSITION || i == EMPTY ||
           i == OVERFLOW;
}

static void fill(float *pixels, long x, long y, long size, float value)
{
    for (long j = y; j < y + size; j++)
        for (long i = x; i < x + size; i++)
            pixels[j * WIDTH + i] = value;
}

// Noise with three spoiled places.
static const char *write_band(const char *name, uint64_t seed)
{
    float *pixels = malloc(WIDTH * HEIGHT * sizeof *pixels);
    Random random = random_start(seed, 0);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        pixels[i] = (float)random_normal(&random);
    fill(pixels, 100, 40, 16, NAN);
    fill(pixels, 100, 20, 2, NAN);
    fill(pixels, 98, 68, 6, 3e38f); // sums of these overflow
    long shape[] = {WIDTH, HEIGHT};
    int status = 0;
    const char *path = test_path(name);
    fitsfile *file = test_create(path);
    fits_create_img(file, FLOAT_IMG, 2, shape, &status);
    fits_write_img(file, TFLOAT, 1, WIDTH * HEIGHT, pixels, &status);
    test_check(status);
    test_close(file);
    free(pixels);
    return path;
}

static int set_up(void **state)
{
    Fixture *fixture = calloc(1, sizeof *fixture);
    Error error;
    fixture->model = blob_model(3);
    const char *paths[] = {write_band("v.fits", 1), write_band("i.fits", 2)};
    blob_check(bands_open(paths, NULL, 2, &fixture->bands, &error), &error);
    Random random = random_start(4, 0);
    for (size_t i = 0; i < N; i++) {
        snprintf(fixture->ids[i], sizeof fixture->ids[i], "%zu", i);
        fixture->sources[i] = (Source){.id = fixture->ids[i],
                                       .has_xy = true,
                                       .x = 10.0 + 80.0 * random_uniform(&random),
                                       .y = 10.0 + 70.0 * random_uniform(&random)};
    }
    Source *sources = fixture->sources;
    sources[AT_BORDER].x = 4.0;
    sources[OFF_IMAGE].x = 1e30;
    sources[EXCLUDED].excluded = true;
    sources[NO_POSITION].has_xy = false;
    sources[EMPTY].x = 108.0, sources[EMPTY].y = 48.0;
    sources[HOLE].x = 101.0, sources[HOLE].y = 21.0;
    sources[OVERFLOW].x = 101.0, sources[OVERFLOW].y = 71.0;
    fixture->list = (SourceList){.n = N, .sources = sources, .path = "sources.tab"};
    for (size_t i = 0; i < BLOB_CLASSES; i++)
        fixture->class_names[i] = fixture->model->recipe.classes[i].name;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    bands_close(fixture->bands);
    model_free(fixture->model);
    free(fixture);
    return test_directory_remove(state);
}

static Result *empty_result(Fixture *fixture)
{
    Result *result;
    Error error;
    blob_check(result_new(&fixture->list, BLOB_CLASSES, fixture->class_names, &result, &error),
               &error);
    return result;
}

static Result *run(Fixture *fixture, const ClassifyOptions *options)
{
    Result *result = empty_result(fixture);
    Error error;
    blob_check(classify(fixture->model, fixture->bands, &fixture->list, options, result, &error),
               &error);
    return result;
}

static void rows_are_what_the_network_says_of_each_cutout(void **state)
{
    Fixture *fixture = *state;
    Result *result = run(fixture, &(ClassifyOptions){.n_threads = 2});
    const CutoutRule rule = recipe_cutout_rule(&fixture->model->recipe);
    PackedNetwork *packed;
    Executor *executor;
    Error error;
    assert_int_equal(
        packed_network_new(model_network(fixture->model), false, NULL, &packed, &error), STATUS_OK);
    assert_int_equal(executor_new(packed, &executor, &error), STATUS_OK);
    size_t counts[BLOB_CLASSES + 1] = {0};
    for (size_t i = 0; i < N; i++) {
        if (is_troubled(i))
            continue;
        float cutout[BLOB_SIZE * BLOB_SIZE * BLOB_BANDS], scores[BLOB_CLASSES];
        unsigned flags;
        assert_int_equal(
            cutout_read(fixture->bands, &rule, fixture->sources, &i, 1, cutout, &flags, &error),
            STATUS_OK);
        assert_int_equal(recipe_apply(&fixture->model->recipe, cutout, 1, cutout, &error),
                         STATUS_OK);
        assert_int_equal(executor_forward(executor, cutout, 1, scores, &error), STATUS_OK);
        network_softmax(scores, 1, BLOB_CLASSES, scores);
        assert_memory_equal(scores, result->scores + i * BLOB_CLASSES, sizeof scores);
        size_t best = 0;
        for (size_t k = 1; k < BLOB_CLASSES; k++)
            best = scores[k] > scores[best] ? k : best;
        assert_int_equal(result->classes[i], best + 1);
        assert_int_equal(result->flags[i], flags);
        counts[result->classes[i]]++;
    }
    for (size_t class = 1; class <= BLOB_CLASSES; class ++)
        assert_true(counts[class] > 0);
    executor_free(executor);
    packed_network_free(packed);
    result_free(result);
}

static void a_row_is_the_same_bits_whatever_threads_and_batches(void **state)
{
    Fixture *fixture = *state;
    Result *first = run(fixture, &(ClassifyOptions){.n_threads = 1});
    const ClassifyOptions others[] = {{.n_threads = 2},
                                      {.n_threads = 5, .first_batch = 1},
                                      {.n_threads = 3, .first_batch = 500},
                                      {.n_threads = 0, .first_batch = 7}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        Result *result = run(fixture, &others[i]);
        assert_memory_equal(first->scores, result->scores,
                            N * BLOB_CLASSES * sizeof *result->scores);
        assert_memory_equal(first->classes, result->classes, N * sizeof *result->classes);
        assert_memory_equal(first->flags, result->flags, N * sizeof *result->flags);
        result_free(result);
    }
    result_free(first);
}

// Few sources are classified by all threads together, many by each thread for itself.
static void a_row_is_the_same_bits_among_few_and_many(void **state)
{
    enum { FEW = 3 };
    Fixture *fixture = *state;
    Result *many = run(fixture, &(ClassifyOptions){.n_threads = 2});
    size_t n_all = fixture->list.n;
    fixture->list.n = FEW;
    for (size_t n_threads = 1; n_threads <= 3; n_threads++) {
        Result *few = run(fixture, &(ClassifyOptions){.n_threads = n_threads});
        assert_memory_equal(few->scores, many->scores, FEW * BLOB_CLASSES * sizeof *few->scores);
        assert_memory_equal(few->classes, many->classes, FEW * sizeof *few->classes);
        result_free(few);
    }
    fixture->list.n = n_all;
    result_free(many);
}

static void what_cannot_be_classified_has_a_row_that_says_why(void **state)
{
    Fixture *fixture = *state;
    Result *result = run(fixture, &(ClassifyOptions){.n_threads = 2});
    const struct {
        size_t row;
        unsigned flag;
    } expected[] = {{AT_BORDER, SOURCE_FLAG_BORDER},  {OFF_IMAGE, SOURCE_FLAG_BORDER},
                    {EXCLUDED, SOURCE_FLAG_EXCLUDED}, {NO_POSITION, SOURCE_FLAG_NO_POSITION},
                    {EMPTY, SOURCE_FLAG_NO_DATA},     {OVERFLOW, SOURCE_FLAG_NO_DATA}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        size_t row = expected[i].row;
        assert_int_equal(result->flags[row], expected[i].flag);
        assert_int_equal(result->classes[row], 0);
        for (size_t k = 0; k < BLOB_CLASSES; k++)
            assert_true(isnan(result->scores[row * BLOB_CLASSES + k]));
    }
    assert_int_equal(result->flags[HOLE], SOURCE_FLAG_MISSING_FILLED);
    assert_in_range(result->classes[HOLE], 1, BLOB_CLASSES);
    for (size_t i = 0; i < N; i++)
        if (!is_troubled(i) && i != HOLE)
            assert_int_equal(result->flags[i], 0);
    result_free(result);
}

// ---- Progress ------------------------------------------------------------------------------

typedef struct Watch {
    const Result *result;
    size_t cancel_after; // reports; 0: never
    size_t n_reports, n_done, first_n;
    size_t seen[N];
    float scores[N * BLOB_CLASSES]; // as they were when reported
} Watch;

static bool watch_progress(void *context, const ProgressNews *news)
{
    Watch *watch = context;
    const size_t *finished = news->items, n = news->n_items;
    if (watch->n_reports++ == 0)
        watch->first_n = n;
    for (size_t i = 0; i < n; i++) {
        watch->seen[finished[i]]++;
        memcpy(watch->scores + finished[i] * BLOB_CLASSES,
               watch->result->scores + finished[i] * BLOB_CLASSES, BLOB_CLASSES * sizeof(float));
    }
    watch->n_done += n;
    assert_int_equal(news->done, watch->n_done);
    assert_int_equal(news->total, N);
    return watch->n_reports == watch->cancel_after;
}

static void every_source_is_reported_once_with_its_final_row(void **state)
{
    Fixture *fixture = *state;
    Result *result = empty_result(fixture);
    Watch watch = {.result = result};
    const ClassifyOptions options = {
        .n_threads = 1, .first_batch = 5, .progress = &(Progress){watch_progress, &watch}};
    Error error;
    assert_int_equal(
        classify(fixture->model, fixture->bands, &fixture->list, &options, result, &error),
        STATUS_OK);
    assert_int_equal(watch.n_done, N);
    assert_int_equal(watch.first_n, 5);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(watch.seen[i], 1);
    assert_memory_equal(watch.scores, result->scores, sizeof watch.scores);
    result_free(result);
}

static void a_cancelled_run_keeps_what_was_done(void **state)
{
    Fixture *fixture = *state;
    Result *whole = run(fixture, &(ClassifyOptions){.n_threads = 1});
    Result *result = empty_result(fixture);
    Watch watch = {.result = result, .cancel_after = 2};
    const ClassifyOptions options = {
        .n_threads = 2, .first_batch = 4, .progress = &(Progress){watch_progress, &watch}};
    Error error;
    assert_int_equal(
        classify(fixture->model, fixture->bands, &fixture->list, &options, result, &error),
        STATUS_CANCELLED);
    size_t n_reported = 0;
    for (size_t i = 0; i < N; i++) {
        if (watch.seen[i] == 0)
            continue;
        n_reported++;
        assert_memory_equal(result->scores + i * BLOB_CLASSES, whole->scores + i * BLOB_CLASSES,
                            BLOB_CLASSES * sizeof(float));
        assert_int_equal(result->classes[i], whole->classes[i]);
    }
    assert_true(n_reported >= 8 && n_reported < N);
    result_free(result);
    result_free(whole);
}

static void a_cancellation_after_the_last_source_comes_too_late(void **state)
{
    Fixture *fixture = *state;
    Result *result = empty_result(fixture);
    Watch watch = {.result = result};
    const ClassifyOptions options = {.n_threads = 1,
                                     .progress = &(Progress){watch_progress, &watch}};
    Error error;
    assert_int_equal(
        classify(fixture->model, fixture->bands, &fixture->list, &options, result, &error),
        STATUS_OK);
    Watch late = {.result = result, .cancel_after = watch.n_reports};
    const ClassifyOptions late_options = {.n_threads = 1,
                                          .progress = &(Progress){watch_progress, &late}};
    assert_int_equal(
        classify(fixture->model, fixture->bands, &fixture->list, &late_options, result, &error),
        STATUS_OK);
    result_free(result);
}

// Paper 002: below the threshold the winning class is none, but the scores stay.
static void a_rejected_source_is_undecided_and_keeps_its_scores(void **state)
{
    Fixture *fixture = *state;
    Result *whole = run(fixture, &(ClassifyOptions){.n_threads = 1});
    fixture->model->recipe.decision = (Decision){.kind = DECISION_REJECT, .threshold = 0.45};
    Result *result = run(fixture, &(ClassifyOptions){.n_threads = 1});
    fixture->model->recipe.decision = (Decision){.kind = DECISION_ARGMAX};
    size_t n_undecided = 0;
    for (size_t i = 0; i < N; i++) {
        size_t class = whole->classes[i];
        if (class == 0)
            continue;
        bool sure = (double)whole->scores[i * BLOB_CLASSES + class - 1] >= 0.45;
        n_undecided += !sure;
        assert_int_equal(result->classes[i], sure ? class : 0);
        assert_int_equal(result->flags[i], whole->flags[i] | (sure ? 0 : SOURCE_FLAG_UNDECIDED));
        assert_memory_equal(result->scores + i * BLOB_CLASSES, whole->scores + i * BLOB_CLASSES,
                            BLOB_CLASSES * sizeof(float));
    }
    assert_true(n_undecided > 0);
    result_free(result);
    result_free(whole);
}

static void no_sources_are_classified_at_once(void **state)
{
    Fixture *fixture = *state;
    SourceList none = {.sources = fixture->sources, .path = ""};
    Result *result;
    Error error;
    assert_int_equal(result_new(&none, BLOB_CLASSES, fixture->class_names, &result, &error),
                     STATUS_OK);
    assert_int_equal(
        classify(fixture->model, fixture->bands, &none, &(ClassifyOptions){0}, result, &error),
        STATUS_OK);
    result_free(result);
}

static void an_image_that_ends_while_it_is_read_ends_the_run(void **state)
{
    Fixture *fixture = *state;
    enum { SIDE = 600 };
    const char *path = test_image("cut.fits", SIDE, SIDE, NULL), *paths[] = {path, path};
    Bands *bands;
    Error error;
    assert_int_equal(bands_open(paths, NULL, 2, &bands, &error), STATUS_OK);
    assert_int_equal(truncate(path, 2880 + SIDE * SIDE * 2), 0);
    Source sources[N];
    for (size_t i = 0; i < N; i++)
        sources[i] = (Source){.id = fixture->ids[i],
                              .has_xy = true,
                              .x = 300.0,
                              .y = 10.0 + 580.0 * (double)i / (double)N};
    SourceList list = {.n = N, .sources = sources, .path = ""};
    Result *result;
    assert_int_equal(result_new(&list, BLOB_CLASSES, fixture->class_names, &result, &error),
                     STATUS_OK);
    const ClassifyOptions options = {.n_threads = 3, .first_batch = 4};
    assert_int_equal(classify(fixture->model, bands, &list, &options, result, &error),
                     STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(result->classes[N - 1], 0);
    result_free(result);
    bands_close(bands);
}

static size_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void a_thousand_runs_leave_no_memory_behind(void **state)
{
    Fixture *fixture = *state;
    SourceList few = fixture->list;
    few.n = 20;
    const ClassifyOptions options = {.n_threads = 2, .first_batch = 4};
    size_t before = 0;
    for (size_t i = 0; i < 1000; i++) {
        Result *result;
        Error error;
        assert_int_equal(result_new(&few, BLOB_CLASSES, fixture->class_names, &result, &error),
                         STATUS_OK);
        assert_int_equal(classify(fixture->model, fixture->bands, &few, &options, result, &error),
                         STATUS_OK);
        result_free(result);
        if (i == 9)
            before = bytes_in_use();
    }
    // A leak of one byte a run would be 990; what libraries keep once is smaller than a page.
    assert_true(bytes_in_use() < before + 990);
}

// ---- Arguments -----------------------------------------------------------------------------

static void the_wrong_number_of_bands_is_told_with_their_names(void **state)
{
    Fixture *fixture = *state;
    const char *path = image_path(bands_image(fixture->bands, 0));
    Bands *one;
    Error error;
    assert_int_equal(bands_open(&path, NULL, 1, &one, &error), STATUS_OK);
    Result *result = empty_result(fixture);
    const ClassifyOptions options = {.n_threads = 1};
    assert_int_equal(classify(fixture->model, one, &fixture->list, &options, result, &error),
                     STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "2 bands (V I)"));
    result_free(result);
    bands_close(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_what_the_network_says_of_each_cutout),
        cmocka_unit_test(a_row_is_the_same_bits_whatever_threads_and_batches),
        cmocka_unit_test(a_row_is_the_same_bits_among_few_and_many),
        cmocka_unit_test(what_cannot_be_classified_has_a_row_that_says_why),
        cmocka_unit_test(every_source_is_reported_once_with_its_final_row),
        cmocka_unit_test(a_cancelled_run_keeps_what_was_done),
        cmocka_unit_test(a_cancellation_after_the_last_source_comes_too_late),
        cmocka_unit_test(a_rejected_source_is_undecided_and_keeps_its_scores),
        cmocka_unit_test(no_sources_are_classified_at_once),
        cmocka_unit_test(an_image_that_ends_while_it_is_read_ends_the_run),
        cmocka_unit_test(a_thousand_runs_leave_no_memory_behind),
        cmocka_unit_test(the_wrong_number_of_bands_is_told_with_their_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
