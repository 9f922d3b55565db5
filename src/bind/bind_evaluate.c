// skyclass::evaluate $model $dataset ?-jobs N? ?-test_part SEED? -> dict
//
// The scores of every source and what follows from them: views (4 classes, 2 classes ...) with
// confusion and accuracy, each class's precision, recall, curves and winning scores.
#include "bind/bind.h"

#include <stdlib.h>

#include "base/memory.h"
#include "bind/bind_dataset.h"
#include "dataset/dataset_split.h"
#include "eval/confusion.h"
#include "eval/curve.h"
#include "eval/distribution.h"
#include "work/evaluate.h"

enum { N_RESAMPLES = 1000, RESAMPLE_SEED = 1 };

// Coarser views of four star-cluster classes (Perez et al. 2021, section 5.2).
static const struct {
    const char *name;
    size_t n_groups;
    size_t group[4];
} cluster_views[] = {
    {"12|34", 2, {1, 1, 2, 2}},
    {"123|4", 2, {1, 1, 1, 2}},
    {"12|3|4", 3, {1, 1, 2, 3}},
};

// What is evaluated, and the outcome; row i is source view->indices[i].
typedef struct Evaluation {
    const DatasetView *view;
    size_t n_classes;
    float *scores;     // [n][n_classes]
    size_t *truth;     // [n], from 1
    size_t *predicted; // [n], from 1
} Evaluation;

static Status evaluation_run(const Model *model, size_t n_threads, Evaluation *evaluation,
                             Error *error)
{
    const DatasetView *view = evaluation->view;
    const size_t n_classes = model->recipe.n_classes;
    evaluation->n_classes = n_classes;
    evaluation->scores = memory_new(view->n, n_classes * sizeof *evaluation->scores);
    evaluation->truth = memory_new(view->n, sizeof *evaluation->truth);
    evaluation->predicted = memory_new(view->n, sizeof *evaluation->predicted);
    if (evaluation->scores == NULL || evaluation->truth == NULL || evaluation->predicted == NULL)
        return error_memory(error, "the scores");
    for (size_t i = 0; i < view->n; i++)
        evaluation->truth[i] = view->dataset->labels[view->indices[i]];
    return evaluate_dataset(model, view, n_threads, NULL, evaluation->scores, evaluation->predicted,
                            error);
}

static void evaluation_clear(Evaluation *evaluation)
{
    free(evaluation->scores);
    free(evaluation->truth);
    free(evaluation->predicted);
}

// A number, or nothing where it is not defined.
static void put_fraction(Tcl_Obj *dict, const char *key, double value)
{
    bind_put(dict, key, value == value ? Tcl_NewDoubleObj(value) : Tcl_NewObj());
}

static Status put_view(Tcl_Obj *views, const char *name, const Confusion *confusion, Error *error)
{
    AccuracyInterval interval;
    Status status =
        confusion_interval(confusion, N_RESAMPLES, 0.68, RESAMPLE_SEED, &interval, error);
    if (status != STATUS_OK)
        return status;
    Tcl_Obj *view = Tcl_NewDictObj();
    put_fraction(view, "accuracy", interval.accuracy);
    put_fraction(view, "deviation", interval.deviation);
    Tcl_Obj *rows = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < confusion->n_classes; i++) {
        Tcl_Obj *row = Tcl_NewListObj(0, NULL);
        for (size_t k = 0; k < confusion->n_classes; k++)
            Tcl_ListObjAppendElement(NULL, row,
                                     Tcl_NewWideIntObj((Tcl_WideInt)confusion->counts[i][k]));
        Tcl_ListObjAppendElement(NULL, rows, row);
    }
    bind_put(view, "confusion", rows);
    bind_put(views, name, view);
    return STATUS_OK;
}

static Status put_views(Tcl_Obj *result, const Confusion *confusion, Error *error)
{
    Tcl_Obj *views = Tcl_NewDictObj();
    bind_put(result, "views", views);
    Status status = put_view(views, "all", confusion, error);
    const size_t n_views = sizeof cluster_views / sizeof cluster_views[0];
    for (size_t i = 0; i < n_views && confusion->n_classes == 4 && status == STATUS_OK; i++) {
        const Confusion merged =
            confusion_merge(confusion, cluster_views[i].group, cluster_views[i].n_groups);
        status = put_view(views, cluster_views[i].name, &merged, error);
    }
    return status;
}

// Precision-recall points of one class against the rest: {threshold precision recall
// false_positives ...}, flat.
static Status put_curve(Tcl_Obj *dict, const Evaluation *evaluation, size_t class, Error *error)
{
    const size_t n = evaluation->view->n;
    double *scores = memory_new(n, sizeof *scores);
    bool *positive = memory_new(n, sizeof *positive);
    Curve *curve = NULL;
    Status status = STATUS_OK;
    if (scores == NULL || positive == NULL)
        status = error_memory(error, "a curve");
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        scores[i] = evaluation->scores[i * evaluation->n_classes + class - 1];
        positive[i] = evaluation->truth[i] == class;
    }
    if (status == STATUS_OK)
        status = curve_new(scores, positive, n, &curve, error);
    if (status == STATUS_OK) {
        put_fraction(dict, "average_precision", curve_average_precision(curve));
        put_fraction(dict, "roc_area", curve_roc_area(curve));
        Tcl_Obj *points = Tcl_NewListObj(0, NULL);
        for (size_t i = 0; i < curve->n; i++) {
            const CurvePoint *point = &curve->points[i];
            const double values[] = {point->threshold, point->precision, point->recall};
            for (size_t k = 0; k < 3; k++)
                Tcl_ListObjAppendElement(NULL, points, Tcl_NewDoubleObj(values[k]));
        }
        bind_put(dict, "curve", points);
    }
    curve_free(curve);
    free(scores);
    free(positive);
    return status;
}

static Status put_winners(Tcl_Obj *dict, const Evaluation *evaluation, size_t class, Error *error)
{
    double *winners;
    size_t n;
    Status status = distribution_winning_scores(evaluation->scores, evaluation->view->n,
                                                evaluation->n_classes, class, &winners, &n, error);
    if (status != STATUS_OK)
        return status;
    Tcl_Obj *list = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < n; i++)
        Tcl_ListObjAppendElement(NULL, list, Tcl_NewDoubleObj(winners[i]));
    bind_put(dict, "winning_scores", list);
    put_fraction(dict, "median_score", distribution_quantile(winners, n, 0.5));
    free(winners);
    return STATUS_OK;
}

static Status put_classes(Tcl_Obj *result, const Evaluation *evaluation, const Confusion *confusion,
                          Error *error)
{
    Tcl_Obj *classes = Tcl_NewListObj(0, NULL);
    bind_put(result, "classes", classes);
    Status status = STATUS_OK;
    for (size_t class = 1; class <= evaluation->n_classes && status == STATUS_OK; class ++) {
        Tcl_Obj *dict = Tcl_NewDictObj();
        Tcl_ListObjAppendElement(NULL, classes, dict);
        bind_put_count(dict, "sources", confusion_support(confusion, class));
        put_fraction(dict, "precision", confusion_precision(confusion, class));
        put_fraction(dict, "recall", confusion_recall(confusion, class));
        put_fraction(dict, "f1", confusion_f1(confusion, class));
        if (confusion_support(confusion, class) > 0)
            status = put_curve(dict, evaluation, class, error);
        if (status == STATUS_OK)
            status = put_winners(dict, evaluation, class, error);
    }
    return status;
}

// Rows {id field truth class score_1 ...}.
static void put_rows(Tcl_Obj *result, const Evaluation *evaluation)
{
    const Dataset *dataset = evaluation->view->dataset;
    Tcl_Obj *rows = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < evaluation->view->n; i++) {
        const size_t source = evaluation->view->indices[i];
        Tcl_Obj *row = Tcl_NewListObj(0, NULL);
        Tcl_ListObjAppendElement(NULL, row, bind_text(dataset->ids[source]));
        Tcl_ListObjAppendElement(NULL, row,
                                 bind_text(dataset->field_names[dataset->fields[source]]));
        Tcl_ListObjAppendElement(NULL, row, Tcl_NewWideIntObj((Tcl_WideInt)evaluation->truth[i]));
        Tcl_ListObjAppendElement(NULL, row,
                                 Tcl_NewWideIntObj((Tcl_WideInt)evaluation->predicted[i]));
        for (size_t k = 0; k < evaluation->n_classes; k++)
            Tcl_ListObjAppendElement(
                NULL, row, Tcl_NewDoubleObj(evaluation->scores[i * evaluation->n_classes + k]));
        Tcl_ListObjAppendElement(NULL, rows, row);
    }
    bind_put(result, "rows", rows);
}

static Status evaluation_dict(const Evaluation *evaluation, Tcl_Obj *result, Error *error)
{
    Confusion confusion;
    Status status = confusion_count(evaluation->truth, evaluation->predicted, evaluation->view->n,
                                    evaluation->n_classes, &confusion, error);
    if (status == STATUS_OK)
        status = put_views(result, &confusion, error);
    if (status == STATUS_OK)
        status = put_classes(result, evaluation, &confusion, error);
    if (status == STATUS_OK)
        put_rows(result, evaluation);
    return status;
}

// The whole dataset, or only the sources that training with this seed kept for its test.
static Status choose_view(const Dataset *dataset, bool test_part, size_t seed, DatasetSplit *parts,
                          size_t **all, DatasetView *view, Error *error)
{
    if (test_part) {
        Status status = dataset_split(dataset, seed, parts, error);
        *view = parts->test;
        return status;
    }
    *all = memory_new(dataset->n, sizeof **all);
    if (*all == NULL)
        return error_memory(error, "the dataset's sources");
    for (size_t i = 0; i < dataset->n; i++)
        (*all)[i] = i;
    *view = (DatasetView){.dataset = dataset, .indices = *all, .n = dataset->n};
    return STATUS_OK;
}

static int evaluate_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    static const char *const names[] = {"-jobs", "-test_part", NULL};
    enum { JOBS, TEST_PART };
    size_t n_threads = 0, seed = 0;
    bool test_part = false;
    int argument = 3;
    int index;
    Tcl_Obj *value;
    if (objc < 3) {
        Tcl_WrongNumArgs(interp, 1, objv, "MODEL DATASET ?-jobs N? ?-test_part SEED?");
        return TCL_ERROR;
    }
    do {
        if (bind_option(interp, objc, objv, &argument, names, &index, &value) != TCL_OK ||
            (index >= 0 &&
             bind_count(interp, value, names[index], index == JOBS ? &n_threads : &seed) != TCL_OK))
            return TCL_ERROR;
        test_part = test_part || index == TEST_PART;
    } while (index >= 0);
    const Handle *model = bind_find(interp, objv[1], bind_model_command, "model");
    const Handle *dataset =
        model != NULL ? bind_find(interp, objv[2], bind_dataset_command, "dataset") : NULL;
    if (dataset == NULL)
        return TCL_ERROR;
    Error error;
    DatasetSplit parts = {0};
    DatasetView view;
    size_t *all = NULL;
    Evaluation evaluation = {.view = &view};
    Tcl_Obj *result = Tcl_NewDictObj();
    Tcl_IncrRefCount(result);
    Status status = choose_view(dataset->object, test_part, seed, &parts, &all, &view, &error);
    if (status == STATUS_OK)
        status = evaluation_run(model->object, n_threads, &evaluation, &error);
    if (status == STATUS_OK)
        status = evaluation_dict(&evaluation, result, &error);
    if (status == STATUS_OK)
        Tcl_SetObjResult(interp, result);
    Tcl_DecrRefCount(result);
    evaluation_clear(&evaluation);
    dataset_split_free(&parts);
    free(all);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

void bind_evaluate_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::evaluate", evaluate_command, NULL, NULL);
}
