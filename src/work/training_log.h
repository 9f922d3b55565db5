// The metrics of a training run as a CSV table with a header line. Empty fields are values that a
// row does not have (gnuplot: set datafile separator comma).
#ifndef SKYCLASS_WORK_TRAINING_LOG_H
#define SKYCLASS_WORK_TRAINING_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct TrainingLogRow {
    double epoch; // epochs done, with their fraction
    size_t step;
    double loss, accuracy; // over the samples since the row before
    bool validated;        // the next three are known
    double validation_loss, validation_accuracy, validation_accuracy_2;
    double learning_rate, samples_per_second, seconds;
} TrainingLogRow;

// Begins the table at `path`, or keeps an earlier one up to and including `step` (0: nothing).
Status training_log_start(const char *path, size_t step, Error *error);
Status training_log_append(const char *path, const TrainingLogRow *row, Error *error);

#endif
