#include "work/evaluate.h"

#include <math.h>
#include <string.h>

#include "work/score.h"

typedef struct Evaluation {
    const DatasetView *view;
    size_t n_classes;
    float *scores;
    size_t *classes; // or NULL
    const Progress *progress;
} Evaluation;

static Status read_cutouts(void *context, size_t first, size_t n, float *cutouts, unsigned *flags,
                           Error *error)
{
    (void)error;
    const DatasetView *view = ((Evaluation *)context)->view;
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
    Evaluation *run = context;
    for (size_t i = 0; i < run->n_classes; i++)
        run->scores[source * run->n_classes + i] = row->scores != NULL ? row->scores[i] : NAN;
    if (run->classes != NULL)
        run->classes[source] = row->verdict.class;
}

static bool report(void *context, size_t first, size_t n, size_t n_done)
{
    (void)first;
    (void)n;
    const Evaluation *run = context;
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
    Evaluation run = {view, model->recipe.n_classes, scores, classes, progress};
    return score_run(&(Scoring){.model = model,
                                .n = view->n,
                                .n_threads = n_threads,
                                .context = &run,
                                .read = read_cutouts,
                                .store = store_row,
                                .report = report},
                     error);
}
