#include "work/explain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "classifier/class_map.h"
#include "sky/cutout/cutout.h"
#include "work/occlusion.h"

static const char *const method_names[EXPLAIN_METHOD_COUNT] = {
    "gradcam", "guided", "guided-gradcam", "gradient", "occlusion"};

// Of the methods that follow gradients.
static const ClassMapKind map_kinds[EXPLAIN_METHOD_COUNT] = {
    [EXPLAIN_GRADCAM] = CLASS_MAP_GRADCAM,
    [EXPLAIN_GUIDED] = CLASS_MAP_GUIDED,
    [EXPLAIN_GUIDED_GRADCAM] = CLASS_MAP_GUIDED_GRADCAM,
    [EXPLAIN_GRADIENT] = CLASS_MAP_GRADIENT,
};

const char *explain_method_name(ExplainMethod method)
{
    return method_names[method];
}

bool explain_method_find(const char *name, ExplainMethod *method)
{
    for (size_t i = 0; i < EXPLAIN_METHOD_COUNT; i++)
        if (strcmp(name, method_names[i]) == 0) {
            *method = (ExplainMethod)i;
            return true;
        }
    return false;
}

// What explaining needs besides what comes out.
typedef struct Explaining {
    const Model *model;
    Bands *bands;
    const SourceList *list;
    Explanation *out;
    CutoutRule rule;
    InputShape input_shape;
    size_t n_members;
    Parallel *parallel;
    Scorer *scorer;
    ClassMapper **mappers; // [n_members]; NULL for occlusion
    Occlusion *occlusion;  // NULL for the others
    size_t *order;         // [list->n]
    float *cutout;         // [size][size][bands]
    float *input;          // [input size][input size][channels]
    float *scores;         // [members][classes]
    float *map;            // [planes][input size][input size]
} Explaining;

// ---- Making and freeing ------------------------------------------------------------------------

void explanation_free(Explanation *explanation)
{
    if (explanation == NULL)
        return;
    for (size_t i = 0; explanation->ids != NULL && i < explanation->n; i++)
        free(explanation->ids[i]);
    free(explanation->ids);
    free(explanation->planes);
    free(explanation->maps);
    free(explanation->scores);
    free(explanation->classes);
    free(explanation->explained);
    free(explanation->flags);
    free(explanation->corners);
    free(explanation->planes_of_sky);
    free(explanation->has_sky);
    free(explanation);
}

static void explaining_clear(Explaining *run)
{
    for (size_t i = 0; run->mappers != NULL && i < run->n_members; i++)
        class_mapper_free(run->mappers[i]);
    free(run->mappers);
    occlusion_free(run->occlusion);
    scorer_free(run->scorer);
    parallel_free(run->parallel);
    free(run->order);
    free(run->cutout);
    free(run->input);
    free(run->scores);
    free(run->map);
}

// Channels that are bands as they came carry the band's name, others their number.
static void name_planes(const Recipe *recipe, size_t n_channels, Explanation *out)
{
    const bool whole = out->n_planes == 1;
    for (size_t i = 0; i < out->n_planes; i++)
        if (whole)
            snprintf(out->planes[i], EXPLAIN_PLANE_SIZE, "map");
        else if (i < recipe->n_bands && n_channels >= recipe->n_bands &&
                 recipe_step(recipe, STEP_CHANNELS) == NULL)
            snprintf(out->planes[i], EXPLAIN_PLANE_SIZE, "%.*s", EXPLAIN_PLANE_SIZE - 1,
                     recipe->bands[i].role);
        else
            snprintf(out->planes[i], EXPLAIN_PLANE_SIZE, "channel %zu", i + 1);
}

static size_t plane_count(const Explaining *run, const ExplainOptions *options)
{
    if (options->method == EXPLAIN_OCCLUSION)
        return options->each_band ? run->model->recipe.n_bands : 1;
    return options->method == EXPLAIN_GRADCAM ? 1 : run->input_shape.channels;
}

static Status explanation_new(const Explaining *run, const ExplainOptions *options,
                              Explanation **result, Error *error)
{
    const size_t n = run->list->n;
    Explanation *out = memory_new(1, sizeof *out);
    *result = out;
    if (out == NULL)
        return error_memory(error, "explanations");
    out->options = *options;
    out->options.progress = NULL;
    out->n = n;
    out->n_classes = run->model->recipe.n_classes;
    out->size = run->model->recipe.cutout_size;
    out->n_planes = plane_count(run, options);
    snprintf(out->model_name, sizeof out->model_name, "%s", run->model->name);
    snprintf(out->model_checksum, sizeof out->model_checksum, "%s", run->model->checksum);
    size_t values;
    out->planes = memory_new(out->n_planes, sizeof *out->planes);
    out->maps = memory_multiply(n, out->n_planes * out->size * out->size, &values)
                    ? memory_new(values, sizeof *out->maps)
                    : NULL;
    out->scores = memory_new(n, out->n_classes * sizeof *out->scores);
    out->classes = memory_new(n, sizeof *out->classes);
    out->explained = memory_new(n, sizeof *out->explained);
    out->flags = memory_new(n, sizeof *out->flags);
    out->corners = memory_new(n, sizeof *out->corners);
    out->planes_of_sky = memory_new(n, sizeof *out->planes_of_sky);
    out->has_sky = memory_new(n, sizeof *out->has_sky);
    out->ids = memory_new(n, sizeof *out->ids);
    if (out->planes == NULL || out->maps == NULL || out->scores == NULL || out->classes == NULL ||
        out->explained == NULL || out->flags == NULL || out->corners == NULL ||
        out->planes_of_sky == NULL || out->has_sky == NULL || out->ids == NULL)
        return error_memory(error, "explanations; explain fewer sources at a time");
    name_planes(&run->model->recipe, run->input_shape.channels, out);
    for (size_t i = 0; i < n; i++)
        if ((out->ids[i] = memory_copy_text(run->list->sources[i].id)) == NULL)
            return error_memory(error, "explanations");
    return STATUS_OK;
}

static Status make_mappers(Explaining *run, const ExplainOptions *options, Error *error)
{
    run->mappers = memory_new(run->n_members, sizeof *run->mappers);
    if (run->mappers == NULL)
        return error_memory(error, "explaining");
    for (size_t i = 0; i < run->n_members; i++) {
        const Network *network = classifier_network(run->model->classifier, i);
        if (network == NULL)
            return error_set(error, STATUS_USAGE,
                             "a model of the kind %s has no network to look into; use occlusion",
                             classifier_kind_name(run->model->classifier));
        Status status = class_mapper_new(network, map_kinds[options->method], options->layer,
                                         run->parallel, &run->mappers[i], error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static Status make_room(Explaining *run, const ExplainOptions *options, Error *error)
{
    const Recipe *recipe = &run->model->recipe;
    const size_t pixels = run->input_shape.size * run->input_shape.size;
    Status status = parallel_new(options->n_threads, &run->parallel, error);
    if (status == STATUS_OK)
        status = scorer_new(run->model->classifier, run->parallel, &run->scorer, error);
    if (status == STATUS_OK)
        status = options->method == EXPLAIN_OCCLUSION
                     ? occlusion_new(run->model, options->patch, options->stride,
                                     options->each_band, run->scorer, &run->occlusion, error)
                     : make_mappers(run, options, error);
    if (status != STATUS_OK)
        return status;
    run->order = memory_new(run->list->n, sizeof *run->order);
    run->cutout = memory_new(recipe->cutout_size * recipe->cutout_size,
                             recipe->n_bands * sizeof *run->cutout);
    run->input = memory_new_aligned(pixels, run->input_shape.channels * sizeof *run->input);
    run->scores = memory_new(run->n_members, recipe->n_classes * sizeof *run->scores);
    run->map = memory_new(pixels, run->input_shape.channels * sizeof *run->map);
    if (run->order == NULL || run->cutout == NULL || run->input == NULL || run->scores == NULL ||
        run->map == NULL)
        return error_memory(error, "explaining");
    return STATUS_OK;
}

// ---- One source --------------------------------------------------------------------------------

static void divide_by_largest(float *map, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(map[i]));
    for (size_t i = 0; i < n && most > 0; i++)
        map[i] /= most;
}

// Adds one member's map to the source's, in the cutout's pixels.
static Status add_map(const Explaining *run, float *planes, float *resized)
{
    const size_t side = run->input_shape.size, size = run->out->size;
    const size_t n_planes = run->out->n_planes;
    if (run->n_members > 1)
        divide_by_largest(run->map, n_planes * side * side);
    for (size_t p = 0; p < n_planes; p++) {
        map_fit(run->map + p * side * side, side, side, size, size, resized);
        for (size_t i = 0; i < size * size; i++)
            planes[p * size * size + i] += resized[i] / (float)run->n_members;
    }
    return STATUS_OK;
}

static Status map_members(const Explaining *run, size_t class, float *planes, Error *error)
{
    Status status = STATUS_OK;
    float *resized = memory_new(run->out->size * run->out->size, sizeof *resized);
    if (resized == NULL)
        return error_memory(error, "a heat map");
    for (size_t i = 0; i < run->n_members && status == STATUS_OK; i++) {
        const size_t from_0 = class - 1;
        status = class_mapper_run(run->mappers[i], run->input, &from_0, 1, run->map, error);
        if (status == STATUS_OK)
            status = add_map(run, planes, resized);
    }
    free(resized);
    return status;
}

static Status score_source(const Explaining *run, size_t source, Error *error)
{
    Explanation *out = run->out;
    float *mean = out->scores + source * out->n_classes;
    Status status = recipe_apply(&run->model->recipe, run->cutout, 1, run->input, error);
    if (status == STATUS_OK)
        status = scorer_run(run->scorer, run->input, 1, run->scores, error);
    if (status != STATUS_OK)
        return status;
    const Verdict verdict = decision_apply(&run->model->recipe.decision, run->scores,
                                           run->n_members, out->n_classes, mean);
    out->classes[source] = verdict.class;
    if (verdict.class == 0)
        out->flags[source] |= SOURCE_FLAG_UNDECIDED;
    // Of what is undecided the likeliest class is the one to ask about.
    size_t likeliest =
        verdict.class > 0 ? verdict.class : decision_argmax(mean, out->n_classes) + 1;
    out->explained[source] = out->options.class > 0 ? out->options.class : likeliest;
    return STATUS_OK;
}

static Status set_place(const Explaining *run, size_t source, Error *error)
{
    Explanation *out = run->out;
    const Source *at = &run->list->sources[source];
    const Image *image = bands_image(run->bands, 0);
    double x = at->x, y = at->y;
    long *corner = out->corners[source];
    bool known = false;
    Status status = at->has_xy ? bands_to_first(run->bands, &x, &y, &known, error) : STATUS_OK;
    if (!known)
        return status;
    cutout_place(&run->rule, x, y, image_width(image), image_height(image), &corner[0], &corner[1]);
    const double middle = 0.5 * (double)(out->size + 1);
    LocalPlane *plane = &out->planes_of_sky[source];
    if (image_wcs(image) != NULL)
        status =
            local_plane_at(image_wcs(image), (double)corner[0] + middle, (double)corner[1] + middle,
                           0.5 * (double)out->size, plane, &known, error);
    out->has_sky[source] = image_wcs(image) != NULL && known;
    plane->pixel[0] = plane->pixel[1] = middle;
    return status;
}

static Status explain_source(const Explaining *run, size_t source, Error *error)
{
    Explanation *out = run->out;
    const size_t values = out->n_planes * out->size * out->size;
    float *planes = out->maps + source * values;
    Status status = cutout_read(run->bands, &run->rule, run->list->sources, &source, 1, run->cutout,
                                &out->flags[source], error);
    if (status != STATUS_OK)
        return status;
    if (out->flags[source] & SOURCE_FLAG_NOT_CLASSIFIED) {
        for (size_t i = 0; i < values; i++)
            planes[i] = NAN;
        for (size_t i = 0; i < out->n_classes; i++)
            out->scores[source * out->n_classes + i] = NAN;
        return STATUS_OK;
    }
    status = set_place(run, source, error);
    if (status != STATUS_OK)
        return status;
    status = score_source(run, source, error);
    if (status != STATUS_OK)
        return status;
    if (run->occlusion != NULL)
        return occlusion_run(run->occlusion, run->cutout, out->explained[source] - 1,
                             out->scores[source * out->n_classes + out->explained[source] - 1],
                             planes, error);
    return map_members(run, out->explained[source], planes, error);
}

// ---- All of them -------------------------------------------------------------------------------

static Status check(const Explaining *run, const ExplainOptions *options, Error *error)
{
    const Recipe *recipe = &run->model->recipe;
    if (bands_count(run->bands) != recipe->n_bands)
        return error_set(error, STATUS_BAD_INPUT, "model %s takes %zu bands, %zu images were given",
                         run->model->name, recipe->n_bands, bands_count(run->bands));
    if (options->class > recipe->n_classes)
        return error_set(error, STATUS_USAGE, "there is no class %zu; model %s has %zu",
                         options->class, run->model->name, recipe->n_classes);
    return STATUS_OK;
}

static Status explain_all(const Explaining *run, const Progress *progress, Error *error)
{
    Status status = STATUS_OK;
    cutout_order(run->list->sources, run->list->n, run->order);
    for (size_t i = 0; i < run->list->n && status == STATUS_OK; i++) {
        status = explain_source(run, run->order[i], error);
        if (status == STATUS_OK && progress_report(progress, i + 1, run->list->n) &&
            i + 1 < run->list->n)
            status = error_set(error, STATUS_CANCELLED, "explaining was cancelled");
    }
    return status;
}

Status explain(const Model *model, Bands *bands, const SourceList *list,
               const ExplainOptions *options, Explanation **result, Error *error)
{
    Explaining run = {.model = model,
                      .bands = bands,
                      .list = list,
                      .rule = recipe_cutout_rule(&model->recipe),
                      .input_shape = recipe_input_shape(&model->recipe),
                      .n_members = classifier_member_count(model->classifier)};
    *result = NULL;
    Status status = check(&run, options, error);
    if (status == STATUS_OK)
        status = explanation_new(&run, options, &run.out, error);
    if (status == STATUS_OK)
        status = make_room(&run, options, error);
    if (status == STATUS_OK)
        status = explain_all(&run, options->progress, error);
    explaining_clear(&run);
    if (status != STATUS_OK) {
        explanation_free(run.out);
        return status;
    }
    *result = run.out;
    return STATUS_OK;
}
