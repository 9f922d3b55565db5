#include "work/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "dataset/dataset_split.h"
#include "work/score.h"

typedef struct Scored {
    const DatasetView *view;
    size_t n_classes;
    float *scores;
    size_t *classes; // or NULL
    const Progress *progress;
} Scored;

static Status read_cutouts(void *context, size_t first, size_t n, float *cutouts, unsigned *flags,
                           Error *error)
{
    (void)error;
    const DatasetView *view = ((Scored *)context)->view;
    size_t values = dataset_cutout_values(view->dataset);
    for (size_t i = 0; i < n; i++) {
        memcpy(cutouts + i * values, view->dataset->cutouts + view->indices[first + i] * values,
               values * sizeof *cutouts);
        flags[i] = 0;
    }
    return STATUS_OK;
}

static void store_row(void *context, size_t source, const ScoreRow *row)
{
    Scored *run = context;
    for (size_t i = 0; i < run->n_classes; i++)
        run->scores[source * run->n_classes + i] = row->scores != NULL ? row->scores[i] : NAN;
    if (run->classes != NULL)
        run->classes[source] = row->verdict.class;
}

static bool report(void *context, size_t first, size_t n, size_t n_done)
{
    (void)first;
    (void)n;
    const Scored *run = context;
    return progress_report(run->progress, n_done, run->view->n);
}

static Status check_shape(const Model *model, const Dataset *dataset, Error *error)
{
    const Recipe *recipe = &model->recipe;
    if (dataset->n_bands == recipe->n_bands && dataset->size == recipe->cutout_size)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_INPUT,
                     "the dataset's cutouts have %zu bands and %zu pixels, the model takes %zu "
                     "bands and %zu pixels; make the dataset for this model",
                     dataset->n_bands, dataset->size, recipe->n_bands, recipe->cutout_size);
}

Status evaluate_dataset(const Model *model, const DatasetView *view, size_t n_threads,
                        const Progress *progress, float *scores, size_t *classes, Error *error)
{
    Status status = check_shape(model, view->dataset, error);
    if (status != STATUS_OK)
        return status;
    Scored run = {view, model->recipe.n_classes, scores, classes, progress};
    return score_run(&(Scoring){.model = model,
                                .n = view->n,
                                .n_threads = n_threads,
                                .context = &run,
                                .read = read_cutouts,
                                .store = store_row,
                                .report = report},
                     error);
}

// The whole dataset, or only the sources that training with this seed kept for its test.
static Status choose_sources(const Dataset *dataset, const EvaluateOptions *options,
                             Evaluation *evaluation, Error *error)
{
    DatasetSplit parts = {0};
    Status status = STATUS_OK;
    if (options->test_part)
        status = dataset_split(dataset, options->seed, &parts, error);
    if (status != STATUS_OK)
        return status;
    evaluation->n = options->test_part ? parts.test.n : dataset->n;
    evaluation->sources = memory_new(evaluation->n, sizeof *evaluation->sources);
    if (evaluation->sources == NULL)
        status = error_memory(error, "the dataset's sources");
    for (size_t i = 0; i < evaluation->n && status == STATUS_OK; i++)
        evaluation->sources[i] = options->test_part ? parts.test.indices[i] : i;
    dataset_split_free(&parts);
    return status;
}

static Status score_sources(const Model *model, const Dataset *dataset, size_t n_threads,
                            const Progress *progress, Evaluation *evaluation, Error *error)
{
    const DatasetView view = {dataset, evaluation->sources, evaluation->n};
    evaluation->n_classes = model->recipe.n_classes;
    evaluation->scores = memory_new(view.n, evaluation->n_classes * sizeof *evaluation->scores);
    evaluation->truth = memory_new(view.n, sizeof *evaluation->truth);
    evaluation->predicted = memory_new(view.n, sizeof *evaluation->predicted);
    if (evaluation->scores == NULL || evaluation->truth == NULL || evaluation->predicted == NULL)
        return error_memory(error, "the scores");
    for (size_t i = 0; i < view.n; i++)
        evaluation->truth[i] = dataset->labels[view.indices[i]];
    return evaluate_dataset(model, &view, n_threads, progress, evaluation->scores,
                            evaluation->predicted, error);
}

static Status make_report(const Model *model, Evaluation *evaluation, Error *error)
{
    const Recipe *recipe = &model->recipe;
    ReportGrouping groupings[RECIPE_VIEWS_MAX];
    for (size_t i = 0; i < recipe->n_views; i++)
        groupings[i] = (ReportGrouping){recipe->views[i].name, recipe->views[i].groups,
                                        view_group_count(&recipe->views[i], recipe->n_classes)};
    const ReportInput input = {.n = evaluation->n,
                               .n_classes = recipe->n_classes,
                               .truth = evaluation->truth,
                               .predicted = evaluation->predicted,
                               .scores = evaluation->scores,
                               .n_groupings = recipe->n_views,
                               .groupings = groupings};
    return report_new(&input, &evaluation->report, error);
}

Status evaluate(const Model *model, const Dataset *dataset, const EvaluateOptions *options,
                const Progress *progress, Evaluation **result, Error *error)
{
    Evaluation *evaluation = memory_new(1, sizeof *evaluation);
    *result = NULL;
    if (evaluation == NULL)
        return error_memory(error, "an evaluation");
    Status status = choose_sources(dataset, options, evaluation, error);
    if (status == STATUS_OK)
        status = score_sources(model, dataset, options->n_threads, progress, evaluation, error);
    if (status == STATUS_OK)
        status = make_report(model, evaluation, error);
    if (status != STATUS_OK) {
        evaluation_free(evaluation);
        return status;
    }
    *result = evaluation;
    return STATUS_OK;
}

void evaluation_free(Evaluation *evaluation)
{
    if (evaluation == NULL)
        return;
    report_free(evaluation->report);
    free(evaluation->sources);
    free(evaluation->truth);
    free(evaluation->predicted);
    free(evaluation->scores);
    free(evaluation);
}
