// What a network sees in training: balanced, augmented, in an order that can be taken up again.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataset/sampler.h"

enum { N = 40, VALUES = 9 };

// 3 x 3 pixels in one band. The pixels name their source and place; classes 1-3 have 24, 12 and 4
// sources.
typedef struct Fixture {
    Dataset *dataset;
    size_t indices[N];
    DatasetView view;
    Recipe recipe;
    Parallel *parallel;
} Fixture;

static int set_up(void **state)
{
    Fixture *fixture = calloc(1, sizeof *fixture);
    Error error;
    dataset_new(N, 1, 3, 3, &fixture->dataset, &error);
    for (size_t i = 0; i < N; i++) {
        fixture->indices[i] = i;
        fixture->dataset->labels[i] = i < 24 ? 1 : i < 36 ? 2 : 3;
        for (size_t k = 0; k < VALUES; k++)
            fixture->dataset->cutouts[i * VALUES + k] = (float)(i * 10 + k);
    }
    fixture->view = (DatasetView){fixture->dataset, fixture->indices, N};
    fixture->recipe = (Recipe){.n_bands = 1, .cutout_size = 3, .n_classes = 3};
    parallel_new(2, &fixture->parallel, &error);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    dataset_free(fixture->dataset);
    parallel_free(fixture->parallel);
    free(fixture);
    return 0;
}

static Sampler *start(Fixture *fixture, SamplerSettings settings)
{
    Sampler *sampler;
    Error error;
    assert_int_equal(sampler_new(&fixture->view, &fixture->recipe, &settings, &sampler, &error),
                     STATUS_OK);
    return sampler;
}

// A whole epoch; input[size][VALUES] and labels[size] are the caller's to free.
static size_t read_epoch(Fixture *fixture, Sampler *sampler, size_t epoch, float **input,
                         size_t **labels)
{
    Error error;
    size_t n = sampler_epoch_size(sampler);
    *input = calloc(n, VALUES * sizeof **input);
    *labels = calloc(n, sizeof **labels);
    sampler_start_epoch(sampler, epoch);
    assert_int_equal(sampler_batch(sampler, 0, n, fixture->parallel, *input, *labels, &error),
                     STATUS_OK);
    return n;
}

// The source of a sample, from the middle pixel, which no flip or turn moves.
static size_t source_of(const float *image)
{
    return (size_t)(image[4] - 4.0f) / 10;
}

static void without_balance_every_source_comes_once(void **state)
{
    Fixture *fixture = *state;
    Sampler *sampler = start(fixture, (SamplerSettings){.seed = 1});
    float *input;
    size_t *labels, seen[N] = {0};
    assert_int_equal(read_epoch(fixture, sampler, 0, &input, &labels), N);
    for (size_t i = 0; i < N; i++) {
        size_t source = source_of(input + i * VALUES);
        seen[source]++;
        assert_int_equal(labels[i] + 1, fixture->dataset->labels[source]);
        assert_memory_equal(input + i * VALUES, fixture->dataset->cutouts + source * VALUES,
                            VALUES * sizeof *input);
    }
    for (size_t i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);
    free(input);
    free(labels);
    sampler_free(sampler);
}

// Paper 004: 15 % of the sources come five times more, turned and mirrored.
static void a_part_of_the_sources_comes_with_five_copies(void **state)
{
    Fixture *fixture = *state;
    Sampler *sampler = start(fixture, (SamplerSettings){.partial = 0.15, .seed = 1});
    float *input;
    size_t *labels, seen[N] = {0}, n_whole = 0, n_many = 0;
    unsigned corners[N] = {0}; // which pixel is first
    size_t n_chosen = (size_t)(0.15 * N + 0.5);
    assert_int_equal(read_epoch(fixture, sampler, 0, &input, &labels), N + 5 * n_chosen);
    for (size_t i = 0; i < N + 5 * n_chosen; i++) {
        const float *image = input + i * VALUES;
        size_t source = source_of(image);
        seen[source]++;
        // Of 0 1 2 / 3 4 5 / 6 7 8 the first two pixels tell the six apart.
        float first = image[0] - 10.0f * (float)source, second = image[1] - 10.0f * (float)source;
        corners[source] |= 1u << (unsigned)(first + (second > first + 1.5f ? 9 : 0));
    }
    for (size_t i = 0; i < N; i++) {
        n_whole += seen[i] == 1;
        n_many += seen[i] == 6 && __builtin_popcount(corners[i]) >= 4;
    }
    assert_int_equal(n_whole, N - n_chosen);
    assert_int_equal(n_many, n_chosen);
    free(input);
    free(labels);
    sampler_free(sampler);
}

static void reflections_fill_small_classes_up_to_four_times_their_size(void **state)
{
    Fixture *fixture = *state;
    Sampler *sampler = start(fixture, (SamplerSettings){.balance = BALANCE_REFLECT});
    float *input;
    size_t *labels, counts[3] = {0}, flips[4] = {0};
    size_t n = read_epoch(fixture, sampler, 0, &input, &labels);
    assert_int_equal(n, 24 + 24 + 16);
    for (size_t i = 0; i < n; i++) {
        counts[labels[i]]++;
        const float *image = input + i * VALUES;
        if (labels[i] == 2) {
            float corner = image[0] - 10.0f * (float)source_of(image);
            assert_true(corner == 0.0f || corner == 2.0f || corner == 6.0f || corner == 8.0f);
            flips[corner == 0.0f ? 0 : corner == 2.0f ? 1 : corner == 6.0f ? 2 : 3]++;
        }
    }
    assert_int_equal(counts[0], 24);
    assert_int_equal(counts[1], 24);
    assert_int_equal(counts[2], 16);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(flips[i], 4);
    free(input);
    free(labels);
    sampler_free(sampler);
}

static void copies_show_a_source_at_every_right_angle(void **state)
{
    Fixture *fixture = *state;
    const SamplerSettings settings = {.copies = 3, .augmentation = {.right_angles = true}};
    Sampler *sampler = start(fixture, settings);
    float *input;
    size_t *labels, seen[N][9] = {{0}};
    for (size_t epoch = 0; epoch < 2; epoch++) {
        size_t n = read_epoch(fixture, sampler, epoch, &input, &labels);
        assert_int_equal(n, 3 * N);
        for (size_t i = 0; i < n; i++) {
            size_t source = source_of(input + i * VALUES);
            seen[source][(size_t)input[i * VALUES] - 10 * source]++;
        }
        free(input);
        free(labels);
    }
    for (size_t i = 0; i < N; i++) {
        // The first pixel is a corner: as it is, turned by 90, turned by 270; never by 180.
        assert_int_equal(seen[i][0], 2);
        assert_int_equal(seen[i][2], 2);
        assert_int_equal(seen[i][6], 2);
        assert_int_equal(seen[i][8], 0);
    }
    sampler_free(sampler);
}

static void drawing_makes_classes_equally_frequent(void **state)
{
    Fixture *fixture = *state;
    const SamplerSettings settings = {.balance = BALANCE_DRAW, .seed = 4};
    Sampler *sampler = start(fixture, settings);
    size_t counts[3] = {0};
    for (size_t epoch = 0; epoch < 20; epoch++) {
        float *input;
        size_t *labels;
        size_t n = read_epoch(fixture, sampler, epoch, &input, &labels);
        assert_int_equal(n, N);
        for (size_t i = 0; i < n; i++)
            counts[labels[i]]++;
        free(input);
        free(labels);
    }
    for (size_t class = 0; class < 3; class ++)
        assert_in_range(counts[class], 267 - 55, 267 + 55); // 800 draws: 4 standard deviations
    sampler_free(sampler);
}

static void epochs_differ_and_come_back_the_same(void **state)
{
    Fixture *fixture = *state;
    const SamplerSettings settings = {
        .balance = BALANCE_REFLECT,
        .copies = 2,
        .seed = 9,
        .augmentation = {
            .right_angles = true, .scale = 1.07, .scale_probability = 0.5, .noise = 0.1}};
    Sampler *sampler = start(fixture, settings), *other = start(fixture, settings);
    float *first, *second, *again, part[5 * VALUES];
    size_t *first_labels, *second_labels, *again_labels, labels[5];
    size_t n = read_epoch(fixture, sampler, 3, &first, &first_labels);
    read_epoch(fixture, sampler, 4, &second, &second_labels);
    assert_memory_not_equal(first, second, n * VALUES * sizeof *first);
    // Another sampler, on one thread, from the middle of the epoch.
    Parallel *alone;
    Error error;
    assert_int_equal(parallel_new(1, &alone, &error), STATUS_OK);
    sampler_start_epoch(other, 3);
    assert_int_equal(sampler_batch(other, 50, 5, alone, part, labels, &error), STATUS_OK);
    assert_memory_equal(part, first + 50 * VALUES, sizeof part);
    assert_memory_equal(labels, first_labels + 50, sizeof labels);
    read_epoch(fixture, sampler, 3, &again, &again_labels);
    assert_memory_equal(first, again, n * VALUES * sizeof *first);
    parallel_free(alone);
    free(first);
    free(second);
    free(again);
    free(first_labels);
    free(second_labels);
    free(again_labels);
    sampler_free(sampler);
    sampler_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_balance_every_source_comes_once),
        cmocka_unit_test(a_part_of_the_sources_comes_with_five_copies),
        cmocka_unit_test(reflections_fill_small_classes_up_to_four_times_their_size),
        cmocka_unit_test(copies_show_a_source_at_every_right_angle),
        cmocka_unit_test(drawing_makes_classes_equally_frequent),
        cmocka_unit_test(epochs_differ_and_come_back_the_same),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
