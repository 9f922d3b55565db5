#include "work/classify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "work/score.h"

typedef struct Classification {
    Bands *bands;
    const SourceList *list;
    const CutoutRule rule;
    const ClassifyOptions *options;
    Result *result;
    size_t *order; // [list->n] sources in the order in which the files are read, known ones last
    size_t n_left; // the others
} Classification;

static Status read_cutouts(void *context, size_t first, size_t n, float *cutouts, unsigned *flags,
                           Error *error)
{
    const Classification *run = context;
    return cutout_read(run->bands, &run->rule, run->list->sources, run->order + first, n, cutouts,
                       flags, error);
}

static void store_row(void *context, size_t place, const ScoreRow *row)
{
    const Classification *run = context;
    Result *result = run->result;
    size_t source = run->order[place];
    float *scores = result->scores + source * result->n_classes;
    for (size_t i = 0; i < result->n_classes; i++)
        scores[i] = row->scores != NULL ? row->scores[i] : NAN;
    result->classes[source] = row->verdict.class;
    size_t n_values = result->n_members * result->n_classes;
    if (result->members != NULL && row->members != NULL)
        memcpy(result->members + source * n_values, row->members, n_values * sizeof *row->members);
    bool undecided = row->scores != NULL && row->verdict.class == 0;
    result->flags[source] = row->flags | (undecided ? SOURCE_FLAG_UNDECIDED : 0);
}

static bool report(void *context, size_t first, size_t n, size_t n_done)
{
    const Classification *run = context;
    return progress_tell(run->options->progress,
                         &(ProgressNews){.done = run->list->n - run->n_left + n_done,
                                         .total = run->list->n,
                                         .items = run->order + first,
                                         .n_items = n});
}

static Status check_arguments(const Model *model, const Bands *bands, const SourceList *list,
                              const Result *result, Error *error)
{
    const Recipe *recipe = &model->recipe;
    if (bands_count(bands) != recipe->n_bands) {
        char roles[RECIPE_BANDS_MAX * (RECIPE_NAME_SIZE + 1)] = "";
        size_t length = 0;
        for (size_t i = 0; i < recipe->n_bands; i++)
            length += (size_t)snprintf(roles + length, sizeof roles - length, "%s%s",
                                       i > 0 ? " " : "", recipe->bands[i].role);
        return error_set(error, STATUS_BAD_INPUT,
                         "model %s takes %zu bands (%s), but %zu images were given", model->name,
                         recipe->n_bands, roles, bands_count(bands));
    }
    if (result->list->n != list->n || result->n_classes != recipe->n_classes)
        return error_set(error, STATUS_USAGE,
                         "the result was made for other sources or for %zu classes, the model has "
                         "%zu",
                         result->n_classes, recipe->n_classes);
    if (result->members != NULL && result->n_members != classifier_member_count(model->classifier))
        return error_set(error, STATUS_USAGE, "the result was made for %zu members, not %zu",
                         result->n_members, classifier_member_count(model->classifier));
    return STATUS_OK;
}

// Puts the known sources behind the others, both in their order.
static Status set_known_apart(Classification *run, Error *error)
{
    const unsigned char *known = run->options->known;
    size_t n = run->list->n, n_known = 0;
    run->n_left = n;
    if (known == NULL)
        return STATUS_OK;
    size_t *behind = memory_new(n, sizeof *behind);
    if (behind == NULL)
        return error_memory(error, "classifying");
    run->n_left = 0;
    for (size_t i = 0; i < n; i++)
        if (known[run->order[i]])
            behind[n_known++] = run->order[i];
        else
            run->order[run->n_left++] = run->order[i];
    memcpy(run->order + run->n_left, behind, n_known * sizeof *behind);
    free(behind);
    return STATUS_OK;
}

static bool tell_known(const Classification *run)
{
    size_t n_known = run->list->n - run->n_left;
    return n_known > 0 &&
           progress_tell(run->options->progress, &(ProgressNews){.done = n_known,
                                                                 .total = run->list->n,
                                                                 .items = run->order + run->n_left,
                                                                 .n_items = n_known});
}

Status classify(const Model *model, Bands *bands, const SourceList *list,
                const ClassifyOptions *options, Result *result, Error *error)
{
    Status status = check_arguments(model, bands, list, result, error);
    if (status != STATUS_OK)
        return status;
    Classification run = {.bands = bands,
                          .list = list,
                          .rule = recipe_cutout_rule(&model->recipe),
                          .options = options,
                          .result = result,
                          .order = memory_new(list->n, sizeof *run.order)};
    if (run.order == NULL)
        return error_memory(error, "classifying");
    for (size_t i = 0; i < list->n; i++)
        if (options->known == NULL || !options->known[i])
            result->flags[i] = SOURCE_FLAG_NOT_DONE;
    cutout_order(list->sources, list->n, run.order);
    status = set_known_apart(&run, error);
    if (status == STATUS_OK && tell_known(&run) && run.n_left > 0)
        status = error_set(error, STATUS_CANCELLED, "classification was cancelled");
    else if (status == STATUS_OK && run.n_left > 0)
        status = score_run(&(Scoring){.model = model,
                                      .n = run.n_left,
                                      .n_threads = options->n_threads,
                                      .first_batch = options->first_batch,
                                      .context = &run,
                                      .read = read_cutouts,
                                      .store = store_row,
                                      .report = report},
                           error);
    free(run.order);
    return status;
}
