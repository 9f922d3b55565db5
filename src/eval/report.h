// What an evaluation says: views with confusion and accuracy, each class's purity, completeness,
// curve and winning scores.
#ifndef SKYCLASS_EVAL_REPORT_H
#define SKYCLASS_EVAL_REPORT_H

#include <stddef.h>

#include "base/error.h"
#include "eval/confusion.h"
#include "eval/curve.h"

enum { REPORT_VIEWS_MAX = 16 };

// Classes merged into groups, as recipes name them.
typedef struct ReportGrouping {
    const char *name;
    const size_t *groups; // of each class, from 1
    size_t n_groups;
} ReportGrouping;

// What is to be reported on; row i has truth[i], predicted[i] (from 1; 0: none) and
// scores[i][n_classes].
typedef struct ReportInput {
    size_t n, n_classes;
    const size_t *truth, *predicted;
    const float *scores;
    size_t n_groupings;
    const ReportGrouping *groupings; // at most REPORT_VIEWS_MAX - 1
} ReportInput;

typedef struct ReportView {
    const char *name; // "all", then those of the groupings
    Confusion confusion;
    AccuracyInterval interval; // of 1000 resamples of the sources, the central 68 %
} ReportView;

typedef struct ReportClass {
    size_t n_sources;             // truly of the class
    double precision, recall, f1; // NaN where undefined
    Curve *curve;    // its score against the others; NULL without a scored source of it
    double *winners; // [n_winners] sorted winning scores of the sources called so
    size_t n_winners;
    double median_winner; // NaN without any
} ReportClass;

typedef struct Report {
    size_t n_views, n_classes;
    ReportView views[REPORT_VIEWS_MAX];
    ReportClass classes[CONFUSION_CLASSES_MAX];
} Report;

// Free with report_free; the names are the groupings'.
Status report_new(const ReportInput *input, Report **report, Error *error);
void report_free(Report *report);

#endif
