// Measures of tables of scores and labels, for the verbs evaluate and agree. Lists are of one cell
// a source; classes are numbered from 1, 0 or anything that is no such number is none.
//   skyclass::table FILE                          dict: column -> its cells as text
//   skyclass::report CLASSES TRUTH PREDICTED SCORES VIEWS
//                                                 dict views classes, as "job evaluate" gives them;
//                                                 SCORES is flat, CLASSES numbers a source
//   skyclass::calibration BINS RIGHT WINNERS      dict error n bins {{low high n score right} ...}
//   skyclass::temperature CLASSES TRUTH LOGITS    number
//   skyclass::softmax CLASSES LOGITS TEMPERATURE  flat scores
//   skyclass::agreement CLASSES {LABELS ...} VIEWS
//                                                 dict fleiss mode mean views pairs
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "bind/bind.h"
#include "bind/bind_report.h"
#include "eval/agreement.h"
#include "eval/calibration.h"
#include "nn/run/softmax.h"
#include "sky/table/table.h"

// ---- Reading lists -----------------------------------------------------------------------------

// A list's numbers; what is none is NaN. NULL with a message when memory runs out or it is no list.
static double *get_numbers(Tcl_Interp *interp, Tcl_Obj *list, size_t *n)
{
    Tcl_Size length;
    Tcl_Obj **cells;
    if (Tcl_ListObjGetElements(interp, list, &length, &cells) != TCL_OK)
        return NULL;
    double *numbers = memory_new((size_t)length + 1, sizeof *numbers);
    if (numbers == NULL) {
        bind_no_memory(interp, "a table");
        return NULL;
    }
    for (Tcl_Size i = 0; i < length; i++)
        if (Tcl_GetDoubleFromObj(NULL, cells[i], &numbers[i]) != TCL_OK)
            numbers[i] = NAN;
    *n = (size_t)length;
    return numbers;
}

static float *get_floats(Tcl_Interp *interp, Tcl_Obj *list, size_t n)
{
    size_t length;
    double *numbers = get_numbers(interp, list, &length);
    float *floats = numbers != NULL ? memory_new(n + 1, sizeof *floats) : NULL;
    if (numbers != NULL && length != n)
        bind_usage(interp, "%zu numbers where %zu are wanted", length, n);
    else if (numbers != NULL && floats == NULL)
        bind_no_memory(interp, "a table");
    for (size_t i = 0; floats != NULL && i < n && length == n; i++)
        floats[i] = (float)numbers[i];
    const bool good = floats != NULL && length == n;
    free(numbers);
    if (good)
        return floats;
    free(floats);
    return NULL;
}

static size_t class_of(double number, size_t n_classes)
{
    return number >= 1.0 && number <= (double)n_classes && number == floor(number) ? (size_t)number
                                                                                   : 0;
}

static size_t *get_classes(Tcl_Interp *interp, Tcl_Obj *list, size_t n_classes, size_t *n)
{
    double *numbers = get_numbers(interp, list, n);
    size_t *classes = numbers != NULL ? memory_new(*n + 1, sizeof *classes) : NULL;
    if (numbers != NULL && classes == NULL)
        bind_no_memory(interp, "a table");
    for (size_t i = 0; classes != NULL && i < *n; i++)
        classes[i] = class_of(numbers[i], n_classes);
    free(numbers);
    return classes;
}

static int get_class_count(Tcl_Interp *interp, Tcl_Obj *value, size_t *n_classes)
{
    if (bind_count(interp, value, "the number of classes", n_classes) != TCL_OK)
        return TCL_ERROR;
    if (*n_classes >= 1 && *n_classes <= CONFUSION_CLASSES_MAX)
        return TCL_OK;
    return bind_usage(interp, "%zu classes; there may be 1 to %d", *n_classes,
                      CONFUSION_CLASSES_MAX);
}

// Groupings from a dict: name -> group of each class.
typedef struct Views {
    size_t n;
    ReportGrouping groupings[REPORT_VIEWS_MAX - 1];
    size_t groups[REPORT_VIEWS_MAX - 1][CONFUSION_CLASSES_MAX];
} Views;

static int get_view(Tcl_Interp *interp, Tcl_Obj *name, Tcl_Obj *groups, size_t n_classes,
                    Views *views)
{
    Tcl_Size length;
    Tcl_Obj **cells;
    ReportGrouping *grouping = &views->groupings[views->n];
    if (Tcl_ListObjGetElements(interp, groups, &length, &cells) != TCL_OK)
        return TCL_ERROR;
    if ((size_t)length != n_classes || views->n + 1 == REPORT_VIEWS_MAX)
        return bind_usage(interp, "view %s does not fit %zu classes", Tcl_GetString(name),
                          n_classes);
    *grouping = (ReportGrouping){.name = Tcl_GetString(name), .groups = views->groups[views->n]};
    for (size_t i = 0; i < n_classes; i++) {
        size_t *group = &views->groups[views->n][i];
        if (bind_count(interp, cells[i], "a group", group) != TCL_OK)
            return TCL_ERROR;
        if (*group < 1 || *group > n_classes)
            return bind_usage(interp, "view %s does not fit %zu classes", Tcl_GetString(name),
                              n_classes);
        grouping->n_groups = *group > grouping->n_groups ? *group : grouping->n_groups;
    }
    views->n++;
    return TCL_OK;
}

static int get_views(Tcl_Interp *interp, Tcl_Obj *dict, size_t n_classes, Views *views)
{
    Tcl_DictSearch search;
    Tcl_Obj *name, *groups;
    int done, code;
    views->n = 0;
    code = Tcl_DictObjFirst(interp, dict, &search, &name, &groups, &done);
    if (code != TCL_OK)
        return code;
    for (; code == TCL_OK && !done; Tcl_DictObjNext(&search, &name, &groups, &done))
        code = get_view(interp, name, groups, n_classes, views);
    Tcl_DictObjDone(&search);
    return code;
}

// ---- Commands ----------------------------------------------------------------------------------

static int table_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    if (objc != 2) {
        Tcl_WrongNumArgs(interp, 1, objv, "FILE");
        return TCL_ERROR;
    }
    Error error;
    Table *table;
    Tcl_DString path;
    Status status = table_read(bind_path(objv[1], &path), &table, &error);
    Tcl_DStringFree(&path);
    if (status != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_Obj *dict = Tcl_NewDictObj();
    for (size_t column = 0; column < table_column_count(table); column++) {
        char buffer[TABLE_CELL_SIZE];
        Tcl_Obj *cells = Tcl_NewListObj(0, NULL);
        for (size_t row = 0; row < table_row_count(table); row++)
            Tcl_ListObjAppendElement(NULL, cells,
                                     bind_text(table_text(table, row, column, buffer)));
        bind_put(dict, table_column_name(table, column), cells);
    }
    table_free(table);
    Tcl_SetObjResult(interp, dict);
    return TCL_OK;
}

static int make_report(Tcl_Interp *interp, const ReportInput *input)
{
    Error error;
    Report *report;
    if (report_new(input, &report, &error) != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_SetObjResult(interp, bind_report(report));
    report_free(report);
    return TCL_OK;
}

static int report_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    Views views;
    ReportInput input = {0};
    size_t n_predicted = 0;
    if (objc != 6) {
        Tcl_WrongNumArgs(interp, 1, objv, "CLASSES TRUTH PREDICTED SCORES VIEWS");
        return TCL_ERROR;
    }
    if (get_class_count(interp, objv[1], &input.n_classes) != TCL_OK ||
        get_views(interp, objv[5], input.n_classes, &views) != TCL_OK)
        return TCL_ERROR;
    size_t *truth = get_classes(interp, objv[2], input.n_classes, &input.n);
    size_t *predicted =
        truth != NULL ? get_classes(interp, objv[3], input.n_classes, &n_predicted) : NULL;
    float *scores =
        predicted != NULL ? get_floats(interp, objv[4], input.n * input.n_classes) : NULL;
    int code = TCL_ERROR;
    if (scores != NULL && n_predicted != input.n) {
        code = bind_usage(interp, "%zu true and %zu predicted classes", input.n, n_predicted);
    } else if (scores != NULL) {
        input.truth = truth;
        input.predicted = predicted;
        input.scores = scores;
        input.n_groupings = views.n;
        input.groupings = views.groupings;
        code = make_report(interp, &input);
    }
    free(truth);
    free(predicted);
    free(scores);
    return code;
}

static void put_calibration(Tcl_Interp *interp, const Calibration *calibration)
{
    Tcl_Obj *dict = Tcl_NewDictObj(), *bins = Tcl_NewListObj(0, NULL);
    bind_put(dict, "error",
             isnan(calibration->error) ? Tcl_NewObj() : Tcl_NewDoubleObj(calibration->error));
    bind_put_count(dict, "n", calibration->n);
    for (size_t i = 0; i < calibration->n_bins; i++) {
        const CalibrationBin *bin = &calibration->bins[i];
        Tcl_Obj *cells[] = {Tcl_NewDoubleObj(bin->low), Tcl_NewDoubleObj(bin->high),
                            Tcl_NewWideIntObj((Tcl_WideInt)bin->n),
                            bin->n > 0 ? Tcl_NewDoubleObj(bin->mean_score) : Tcl_NewObj(),
                            bin->n > 0 ? Tcl_NewDoubleObj(bin->right) : Tcl_NewObj()};
        Tcl_ListObjAppendElement(NULL, bins, Tcl_NewListObj(5, cells));
    }
    bind_put(dict, "bins", bins);
    Tcl_SetObjResult(interp, dict);
}

static int calibration_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    size_t n_bins, n = 0, n_right = 0;
    if (objc != 4) {
        Tcl_WrongNumArgs(interp, 1, objv, "BINS RIGHT WINNERS");
        return TCL_ERROR;
    }
    if (bind_count(interp, objv[1], "the number of bins", &n_bins) != TCL_OK)
        return TCL_ERROR;
    double *right = get_numbers(interp, objv[2], &n_right);
    double *scores = right != NULL ? get_numbers(interp, objv[3], &n) : NULL;
    bool *hits = scores != NULL ? memory_new(n + 1, sizeof *hits) : NULL;
    int code = TCL_ERROR;
    if (scores != NULL && n != n_right)
        code = bind_usage(interp, "%zu scores, but %zu are right or wrong", n, n_right);
    else if (scores != NULL && hits == NULL)
        code = bind_no_memory(interp, "a table");
    else if (scores != NULL) {
        Error error;
        Calibration calibration;
        for (size_t i = 0; i < n; i++)
            hits[i] = right[i] == 1.0;
        if (calibration_of(scores, hits, n, n_bins, &calibration, &error) == STATUS_OK) {
            put_calibration(interp, &calibration);
            code = TCL_OK;
        } else {
            code = bind_error(interp, &error);
        }
    }
    free(right);
    free(scores);
    free(hits);
    return code;
}

static int temperature_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    size_t n_classes, n = 0;
    if (objc != 4) {
        Tcl_WrongNumArgs(interp, 1, objv, "CLASSES TRUTH LOGITS");
        return TCL_ERROR;
    }
    if (get_class_count(interp, objv[1], &n_classes) != TCL_OK)
        return TCL_ERROR;
    size_t *truth = get_classes(interp, objv[2], n_classes, &n);
    float *logits = truth != NULL ? get_floats(interp, objv[3], n * n_classes) : NULL;
    int code = TCL_ERROR;
    if (logits != NULL) {
        Error error;
        double temperature;
        if (temperature_fit(logits, truth, n, n_classes, &temperature, &error) == STATUS_OK) {
            Tcl_SetObjResult(interp, Tcl_NewDoubleObj(temperature));
            code = TCL_OK;
        } else {
            code = bind_error(interp, &error);
        }
    }
    free(truth);
    free(logits);
    return code;
}

static int softmax_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    size_t n_classes;
    Tcl_Size length;
    double temperature;
    if (objc != 4) {
        Tcl_WrongNumArgs(interp, 1, objv, "CLASSES LOGITS TEMPERATURE");
        return TCL_ERROR;
    }
    if (get_class_count(interp, objv[1], &n_classes) != TCL_OK ||
        Tcl_ListObjLength(interp, objv[2], &length) != TCL_OK ||
        Tcl_GetDoubleFromObj(interp, objv[3], &temperature) != TCL_OK)
        return TCL_ERROR;
    const size_t n = (size_t)length;
    if (!(temperature > 0.0) || n % n_classes != 0)
        return bind_usage(interp, "a temperature above 0 and %zu logits a source are wanted",
                          n_classes);
    float *logits = get_floats(interp, objv[2], n);
    if (logits == NULL)
        return TCL_ERROR;
    for (size_t i = 0; i < n; i++)
        logits[i] = (float)((double)logits[i] / temperature);
    network_softmax(logits, n / n_classes, n_classes, logits);
    Tcl_Obj *scores = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < n; i++)
        Tcl_ListObjAppendElement(
            NULL, scores, isnan(logits[i]) ? Tcl_NewObj() : Tcl_NewDoubleObj((double)logits[i]));
    free(logits);
    Tcl_SetObjResult(interp, scores);
    return TCL_OK;
}

// ---- Agreement ---------------------------------------------------------------------------------

static Tcl_Obj *number_or_nothing(double value)
{
    return isnan(value) ? Tcl_NewObj() : Tcl_NewDoubleObj(value);
}

// {first second n agreement kappa confusion} of two raters, from 0, or of a rater and the mode.
static Tcl_Obj *pair_of(size_t first, const char *second, const Confusion *confusion)
{
    Tcl_Obj *pair = Tcl_NewDictObj();
    bind_put_count(pair, "first", first);
    bind_put_text(pair, "second", second);
    bind_put_count(pair, "n", confusion->n);
    bind_put(pair, "agreement", number_or_nothing(confusion_accuracy(confusion)));
    bind_put(pair, "kappa", number_or_nothing(confusion_kappa(confusion)));
    bind_put(pair, "confusion", bind_confusion(confusion));
    return pair;
}

static int put_pairs(Tcl_Interp *interp, const Labels *labels, const size_t *mode, Tcl_Obj *dict)
{
    Tcl_Obj *pairs = Tcl_NewListObj(0, NULL);
    Error error;
    Confusion confusion;
    for (size_t a = 0; a < labels->n_raters; a++) {
        for (size_t b = a + 1; b < labels->n_raters; b++) {
            char second[32];
            snprintf(second, sizeof second, "%zu", b);
            if (agreement_pair(labels, a, b, &confusion, &error) != STATUS_OK)
                return bind_error(interp, &error);
            Tcl_ListObjAppendElement(NULL, pairs, pair_of(a, second, &confusion));
        }
        if (confusion_count(mode, labels->labels + a * labels->n, labels->n, labels->n_classes,
                            &confusion, &error) != STATUS_OK)
            return bind_error(interp, &error);
        Tcl_ListObjAppendElement(NULL, pairs, pair_of(a, "mode", &confusion));
    }
    bind_put(dict, "pairs", pairs);
    return TCL_OK;
}

static int put_agreement(Tcl_Interp *interp, const Labels *labels, const Views *views)
{
    size_t *mode = memory_new(labels->n + 1, sizeof *mode);
    double *mean = memory_new(labels->n + 1, sizeof *mean);
    if (mode == NULL || mean == NULL) {
        free(mode);
        free(mean);
        return bind_no_memory(interp, "the agreement");
    }
    agreement_mode(labels, mode, mean);
    Tcl_Obj *dict = Tcl_NewDictObj(), *modes = Tcl_NewListObj(0, NULL);
    Tcl_Obj *means = Tcl_NewListObj(0, NULL), *groupings = Tcl_NewDictObj();
    for (size_t i = 0; i < labels->n; i++) {
        Tcl_ListObjAppendElement(NULL, modes, Tcl_NewWideIntObj((Tcl_WideInt)mode[i]));
        Tcl_ListObjAppendElement(NULL, means, number_or_nothing(mean[i]));
    }
    bind_put(dict, "fleiss", number_or_nothing(agreement_fleiss(labels)));
    bind_put(dict, "mode", modes);
    bind_put(dict, "mean", means);
    bind_put(groupings, "all", number_or_nothing(agreement_mean(labels, NULL, 0)));
    for (size_t i = 0; i < views->n; i++)
        bind_put(groupings, views->groupings[i].name,
                 number_or_nothing(agreement_mean(labels, views->groupings[i].groups,
                                                  views->groupings[i].n_groups)));
    bind_put(dict, "views", groupings);
    int code = put_pairs(interp, labels, mode, dict);
    free(mode);
    free(mean);
    if (code == TCL_OK)
        Tcl_SetObjResult(interp, dict);
    else
        Tcl_DecrRefCount(dict);
    return code;
}

static int agreement_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    Views views;
    Tcl_Size n_raters;
    Tcl_Obj **lists;
    size_t n_classes, n = 0;
    if (objc != 4) {
        Tcl_WrongNumArgs(interp, 1, objv, "CLASSES {LABELS ...} VIEWS");
        return TCL_ERROR;
    }
    if (get_class_count(interp, objv[1], &n_classes) != TCL_OK ||
        Tcl_ListObjGetElements(interp, objv[2], &n_raters, &lists) != TCL_OK ||
        get_views(interp, objv[3], n_classes, &views) != TCL_OK)
        return TCL_ERROR;
    size_t *labels = NULL;
    int code = n_raters > 1 ? TCL_OK : bind_usage(interp, "two sets of labels or more are wanted");
    for (Tcl_Size i = 0; i < n_raters && code == TCL_OK; i++) {
        size_t length;
        size_t *row = get_classes(interp, lists[i], n_classes, &length);
        if (row == NULL)
            code = TCL_ERROR;
        else if (i > 0 && length != n)
            code = bind_usage(interp, "sets of %zu and %zu labels", n, length);
        else if (i == 0 &&
                 (labels = memory_new(length * (size_t)n_raters + 1, sizeof *labels)) == NULL)
            code = bind_no_memory(interp, "labels");
        n = i == 0 ? length : n;
        for (size_t k = 0; k < n && code == TCL_OK; k++)
            labels[(size_t)i * n + k] = row[k];
        free(row);
    }
    if (code == TCL_OK)
        code = put_agreement(interp, &(Labels){labels, (size_t)n_raters, n, n_classes}, &views);
    free(labels);
    return code;
}

void bind_eval_init(Tcl_Interp *interp)
{
    static const struct {
        const char *name;
        Tcl_ObjCmdProc *command;
    } commands[] = {
        {"::skyclass::table", table_command},
        {"::skyclass::report", report_command},
        {"::skyclass::calibration", calibration_command},
        {"::skyclass::temperature", temperature_command},
        {"::skyclass::softmax", softmax_command},
        {"::skyclass::agreement", agreement_command},
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        Tcl_CreateObjCommand(interp, commands[i].name, commands[i].command, NULL, NULL);
}
