#include "eval/report.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "eval/distribution.h"

enum { N_RESAMPLES = 1000, RESAMPLE_SEED = 1 };

static Status add_view(Report *report, const char *name, const Confusion *confusion, Error *error)
{
    ReportView *view = &report->views[report->n_views++];
    view->name = name;
    view->confusion = *confusion;
    return confusion_interval(confusion, N_RESAMPLES, 0.68, RESAMPLE_SEED, &view->interval, error);
}

static Status add_views(Report *report, const ReportInput *input, Error *error)
{
    Confusion confusion;
    if (input->n_groupings >= REPORT_VIEWS_MAX)
        return error_set(error, STATUS_USAGE, "a report has at most %d views", REPORT_VIEWS_MAX);
    Status status = confusion_count(input->truth, input->predicted, input->n, input->n_classes,
                                    &confusion, error);
    if (status == STATUS_OK)
        status = add_view(report, "all", &confusion, error);
    for (size_t i = 0; i < input->n_groupings && status == STATUS_OK; i++) {
        const ReportGrouping *grouping = &input->groupings[i];
        const Confusion merged = confusion_merge(&confusion, grouping->groups, grouping->n_groups);
        status = add_view(report, grouping->name, &merged, error);
    }
    return status;
}

// The class's score against all others; sources without scores are left out.
static Status make_curve(const ReportInput *input, size_t class, Curve **curve, Error *error)
{
    double *scores = memory_new(input->n, sizeof *scores);
    bool *positive = memory_new(input->n, sizeof *positive);
    size_t n = 0, n_positive = 0;
    Status status = scores != NULL && positive != NULL ? STATUS_OK : error_memory(error, "a curve");
    for (size_t i = 0; i < input->n && status == STATUS_OK; i++) {
        double score = (double)input->scores[i * input->n_classes + class - 1];
        if (score != score)
            continue;
        scores[n] = score;
        positive[n] = input->truth[i] == class;
        n_positive += positive[n++];
    }
    if (status == STATUS_OK && n_positive > 0)
        status = curve_new(scores, positive, n, curve, error);
    free(scores);
    free(positive);
    return status;
}

static Status add_class(Report *report, const ReportInput *input, size_t class, Error *error)
{
    const Confusion *confusion = &report->views[0].confusion;
    ReportClass *about = &report->classes[class - 1];
    about->n_sources = confusion_support(confusion, class);
    about->precision = confusion_precision(confusion, class);
    about->recall = confusion_recall(confusion, class);
    about->f1 = confusion_f1(confusion, class);
    Status status = STATUS_OK;
    if (about->n_sources > 0)
        status = make_curve(input, class, &about->curve, error);
    if (status == STATUS_OK)
        status = distribution_winning_scores(input->scores, input->n, input->n_classes, class,
                                             &about->winners, &about->n_winners, error);
    if (status == STATUS_OK)
        about->median_winner = distribution_quantile(about->winners, about->n_winners, 0.5);
    return status;
}

Status report_new(const ReportInput *input, Report **result, Error *error)
{
    Report *report = memory_new(1, sizeof *report);
    *result = NULL;
    if (report == NULL)
        return error_memory(error, "a report");
    report->n_classes = input->n_classes;
    Status status = add_views(report, input, error);
    for (size_t class = 1; class <= input->n_classes && status == STATUS_OK; class ++)
        status = add_class(report, input, class, error);
    if (status != STATUS_OK) {
        report_free(report);
        return status;
    }
    *result = report;
    return STATUS_OK;
}

void report_free(Report *report)
{
    if (report == NULL)
        return;
    for (size_t i = 0; i < CONFUSION_CLASSES_MAX; i++) {
        curve_free(report->classes[i].curve);
        free(report->classes[i].winners);
    }
    free(report);
}
