// Confusion matrices and what follows from them. Classes are numbered from 1, as everywhere in
// skyclass; 0 means not classified.
#ifndef SKYCLASS_EVAL_CONFUSION_H
#define SKYCLASS_EVAL_CONFUSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { CONFUSION_CLASSES_MAX = 16 };

typedef struct Confusion {
    size_t n_classes;
    size_t counts[CONFUSION_CLASSES_MAX][CONFUSION_CLASSES_MAX]; // [true - 1][predicted - 1]
    size_t n;                                                    // sources counted
    size_t n_skipped; // sources without a true or a predicted class
} Confusion;

// Counts truth[n] against predicted[n]. STATUS_USAGE when a class is above n_classes.
Status confusion_count(const size_t *truth, const size_t *predicted, size_t n, size_t n_classes,
                       Confusion *confusion, Error *error);

// The matrix in a coarser view: class c becomes group[c - 1] (from 1 to n_groups). StarcNet's
// views of four classes are {1,1,2,2}, {1,1,1,2} and {1,1,2,3}.
Confusion confusion_merge(const Confusion *confusion, const size_t *group, size_t n_groups);

// Fractions; NaN where nothing was counted (no source of the class, none predicted to be).
double confusion_accuracy(const Confusion *confusion);
double confusion_fraction(const Confusion *confusion, size_t truth, size_t predicted); // of its row
double confusion_precision(const Confusion *confusion, size_t class); // also called purity
double confusion_recall(const Confusion *confusion, size_t class);    // also completeness
double confusion_f1(const Confusion *confusion, size_t class);        // 0 where nothing was found
size_t confusion_support(const Confusion *confusion, size_t class);   // sources truly of the class

// How far an accuracy may be trusted: percentiles of the accuracy over `n_resamples` samples of n
// sources drawn with replacement (Efron 1979, Ann. Statist. 7, 1).
typedef struct AccuracyInterval {
    double accuracy;
    double deviation; // standard deviation of the resampled accuracies
    double low, high; // the central `level` of them
} AccuracyInterval;

// The same seed gives the same interval. `level` is 0.68, 0.95, ...
Status confusion_interval(const Confusion *confusion, size_t n_resamples, double level,
                          uint64_t seed, AccuracyInterval *interval, Error *error);

#endif
