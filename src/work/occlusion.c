#include "work/occlusion.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { BATCH = 32, PATCH_LEAST = 3, PATCHES_A_SIDE = 6 };

struct Occlusion {
    const Recipe *recipe;
    Scorer *scorer;
    size_t n_members, size, patch, stride;
    bool each_band;
    size_t n_positions;   // of the square along a side
    float *cutouts;       // [BATCH][size][size][bands]
    float *input;         // [BATCH][input values]
    float *scores;        // [BATCH][members][classes]
    float *edge;          // [4 (size - 1)] room for a median
    unsigned *n_covering; // [size][size]
    double *sums;         // [size][size]
};

static size_t position(const Occlusion *occlusion, size_t index)
{
    const size_t last = occlusion->size - occlusion->patch, at = index * occlusion->stride;
    return at < last ? at : last;
}

Status occlusion_new(const Model *model, size_t patch, size_t stride, bool each_band,
                     Scorer *scorer, Occlusion **result, Error *error)
{
    const Recipe *recipe = &model->recipe;
    const InputShape input = recipe_input_shape(recipe);
    const size_t size = recipe->cutout_size, members = classifier_member_count(model->classifier);
    *result = NULL;
    if (patch == 0)
        patch = size / PATCHES_A_SIDE > PATCH_LEAST ? size / PATCHES_A_SIDE : PATCH_LEAST;
    if (patch >= size)
        return error_set(
            error, STATUS_USAGE,
            "a patch of %zu pixels covers the whole cutout of %zu; choose a smaller one", patch,
            size);
    if (stride == 0)
        stride = (patch + 1) / 2;
    Occlusion *occlusion = memory_new(1, sizeof *occlusion);
    if (occlusion == NULL)
        return error_memory(error, "an occlusion map");
    *occlusion = (Occlusion){.recipe = recipe,
                             .scorer = scorer,
                             .n_members = members,
                             .size = size,
                             .patch = patch,
                             .stride = stride,
                             .each_band = each_band,
                             .n_positions = (size - patch + stride - 1) / stride + 1};
    occlusion->cutouts = memory_new(BATCH * size * size, recipe->n_bands * sizeof(float));
    occlusion->input =
        memory_new_aligned(BATCH * input.size * input.size, input.channels * sizeof(float));
    occlusion->scores = memory_new(BATCH * members, recipe->n_classes * sizeof(float));
    occlusion->edge = memory_new(4 * size, sizeof(float));
    occlusion->n_covering = memory_new(size * size, sizeof *occlusion->n_covering);
    occlusion->sums = memory_new(size * size, sizeof *occlusion->sums);
    if (occlusion->cutouts == NULL || occlusion->input == NULL || occlusion->scores == NULL ||
        occlusion->edge == NULL || occlusion->n_covering == NULL || occlusion->sums == NULL) {
        occlusion_free(occlusion);
        return error_memory(error, "an occlusion map");
    }
    *result = occlusion;
    return STATUS_OK;
}

void occlusion_free(Occlusion *occlusion)
{
    if (occlusion == NULL)
        return;
    free(occlusion->cutouts);
    free(occlusion->input);
    free(occlusion->scores);
    free(occlusion->edge);
    free(occlusion->n_covering);
    free(occlusion->sums);
    free(occlusion);
}

static int compare(const void *a, const void *b)
{
    const float one = *(const float *)a, other = *(const float *)b;
    return (one > other) - (one < other);
}

// The median of a band's outermost pixels; of an even number the lower of the two in the middle.
static float background(const Occlusion *occlusion, const float *cutout, size_t band)
{
    const size_t size = occlusion->size, n_bands = occlusion->recipe->n_bands;
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        for (size_t k = 0; k < size; k += i == 0 || i + 1 == size ? 1 : size - 1)
            occlusion->edge[n++] = cutout[(i * size + k) * n_bands + band];
    qsort(occlusion->edge, n, sizeof *occlusion->edge, compare);
    return occlusion->edge[(n - 1) / 2];
}

// Covers the square whose first pixel is row, column in the bands first .. first+n-1.
static void cover(const Occlusion *occlusion, const float *values, size_t first, size_t n,
                  size_t row, size_t column, float *cutout)
{
    const size_t n_bands = occlusion->recipe->n_bands;
    for (size_t i = row; i < row + occlusion->patch; i++)
        for (size_t k = column; k < column + occlusion->patch; k++)
            memcpy(cutout + (i * occlusion->size + k) * n_bands + first, values + first,
                   n * sizeof *values);
}

// The mean over the members.
static float score_of(const Occlusion *occlusion, size_t place, size_t class)
{
    const size_t n_classes = occlusion->recipe->n_classes;
    const float *scores = occlusion->scores + place * occlusion->n_members * n_classes;
    double sum = 0;
    for (size_t i = 0; i < occlusion->n_members; i++)
        sum += scores[i * n_classes + class];
    return (float)(sum / (double)occlusion->n_members);
}

static void add_fall(Occlusion *occlusion, size_t row, size_t column, double fall)
{
    for (size_t i = row; i < row + occlusion->patch; i++)
        for (size_t k = column; k < column + occlusion->patch; k++) {
            occlusion->sums[i * occlusion->size + k] += fall;
            occlusion->n_covering[i * occlusion->size + k]++;
        }
}

// Squares first .. first+n-1, counted along rows.
static Status score_squares(Occlusion *occlusion, const float *cutout, const float *values,
                            size_t band, size_t n_covered, size_t first, size_t n, Error *error)
{
    const size_t n_values = occlusion->size * occlusion->size * occlusion->recipe->n_bands;
    for (size_t i = 0; i < n; i++) {
        float *copy = occlusion->cutouts + i * n_values;
        memcpy(copy, cutout, n_values * sizeof *copy);
        cover(occlusion, values, band, n_covered,
              position(occlusion, (first + i) / occlusion->n_positions),
              position(occlusion, (first + i) % occlusion->n_positions), copy);
    }
    Status status = recipe_apply(occlusion->recipe, occlusion->cutouts, n, occlusion->input, error);
    if (status != STATUS_OK)
        return status;
    return scorer_run(occlusion->scorer, occlusion->input, n, occlusion->scores, error);
}

// plane[size][size] with n_covered bands from `band` on covered at once.
static Status run_plane(Occlusion *occlusion, const float *cutout, const float *values, size_t band,
                        size_t n_covered, size_t class, float score, float *plane, Error *error)
{
    const size_t n_pixels = occlusion->size * occlusion->size;
    const size_t n_squares = occlusion->n_positions * occlusion->n_positions;
    memset(occlusion->sums, 0, n_pixels * sizeof *occlusion->sums);
    memset(occlusion->n_covering, 0, n_pixels * sizeof *occlusion->n_covering);
    for (size_t first = 0; first < n_squares; first += BATCH) {
        const size_t n = n_squares - first < BATCH ? n_squares - first : BATCH;
        Status status = score_squares(occlusion, cutout, values, band, n_covered, first, n, error);
        if (status != STATUS_OK)
            return status;
        for (size_t i = 0; i < n; i++)
            add_fall(occlusion, position(occlusion, (first + i) / occlusion->n_positions),
                     position(occlusion, (first + i) % occlusion->n_positions),
                     (double)score - score_of(occlusion, i, class));
    }
    for (size_t i = 0; i < n_pixels; i++)
        plane[i] = occlusion->n_covering[i] > 0
                       ? (float)(occlusion->sums[i] / occlusion->n_covering[i])
                       : 0.0F;
    return STATUS_OK;
}

Status occlusion_run(Occlusion *occlusion, const float *cutout, size_t class, float score,
                     float *planes, Error *error)
{
    const size_t n_bands = occlusion->recipe->n_bands;
    float values[RECIPE_BANDS_MAX];
    for (size_t band = 0; band < n_bands; band++)
        values[band] = background(occlusion, cutout, band);
    if (!occlusion->each_band)
        return run_plane(occlusion, cutout, values, 0, n_bands, class, score, planes, error);
    Status status = STATUS_OK;
    for (size_t band = 0; band < n_bands && status == STATUS_OK; band++)
        status = run_plane(occlusion, cutout, values, band, 1, class, score,
                           planes + band * occlusion->size * occlusion->size, error);
    return status;
}
