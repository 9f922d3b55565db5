// Scores on a dataset: the network's own, in the view's order, on any number of threads.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "blobs.h"
#include "work/evaluate.h"

enum { N = 150 };

static void scores_come_in_the_views_order_on_any_number_of_threads(void **state)
{
    (void)state;
    Dataset *dataset = blob_dataset(N, 3);
    Model *model = blob_model(4);
    size_t forward[N], backward[N];
    for (size_t i = 0; i < N; i++) {
        forward[i] = i;
        backward[i] = N - 1 - i;
    }
    const DatasetView view = {dataset, forward, N}, reversed = {dataset, backward, N};
    float scores[N * BLOB_CLASSES], others[N * BLOB_CLASSES];
    Error error;
    assert_int_equal(evaluate_dataset(model, &view, 1, NULL, scores, NULL, &error), STATUS_OK);
    for (size_t i = 0; i < N; i++) {
        float sum = 0.0f;
        for (size_t k = 0; k < BLOB_CLASSES; k++)
            sum += scores[i * BLOB_CLASSES + k];
        assert_float_equal(sum, 1.0, 1e-6);
    }
    assert_int_equal(evaluate_dataset(model, &reversed, 3, NULL, others, NULL, &error), STATUS_OK);
    for (size_t i = 0; i < N; i++)
        assert_memory_equal(scores + i * BLOB_CLASSES, others + (N - 1 - i) * BLOB_CLASSES,
                            BLOB_CLASSES * sizeof *scores);
    dataset_free(dataset);
    model_free(model);
}

static void a_dataset_of_another_shape_is_refused(void **state)
{
    (void)state;
    Dataset *dataset;
    Model *model = blob_model(4);
    Error error;
    assert_int_equal(dataset_new(1, BLOB_BANDS, BLOB_SIZE + 1, BLOB_CLASSES, &dataset, &error),
                     STATUS_OK);
    const size_t index = 0;
    const DatasetView view = {dataset, &index, 1};
    float scores[BLOB_CLASSES];
    assert_int_equal(evaluate_dataset(model, &view, 1, NULL, scores, NULL, &error),
                     STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "9 pixels"));
    dataset_free(dataset);
    model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_come_in_the_views_order_on_any_number_of_threads),
        cmocka_unit_test(a_dataset_of_another_shape_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
