// A training run's inside, shared by the files that make it up: training.c begins and ends it,
// training_epoch.c goes through its steps, training_state.c saves and restores it.
#ifndef SKYCLASS_WORK_TRAINING_INTERNAL_H
#define SKYCLASS_WORK_TRAINING_INTERNAL_H

#include "work/training.h"

typedef struct Tally {
    double loss; // summed over samples
    double correct;
    double samples;
} Tally;

// Everything that a checkpoint carries besides arrays and the random state: all of it numbers
// below 2^53, so that doubles hold them exactly.
typedef struct RunState {
    double epoch; // epochs finished
    double place; // samples of the current epoch that are done
    double step;
    double optimiser_step;
    Tally this_epoch, since_row; // since the last row of the log
    double seconds;
    double validation_loss, validation_accuracy, validation_accuracy_2;
    double best_epoch, best_accuracy, best_accuracy_2, best_loss;
    double least_loss;    // on the validation set
    double least_epoch;   // the epoch of the least
    double plateau_epoch; // the least's, or the one after which the learning rate fell last
    double rate_factor;   // of the learning rate, by SCHEDULE_PLATEAU
    double finished;
} RunState;

typedef struct Run {
    Model *model;
    const DatasetView *training, *validation;
    const TrainingSettings *settings;
    Parallel *parallel;
    Sampler *sampler;
    Trainer *trainer;
    size_t batch, steps_per_epoch;
    float *input;
    size_t *labels;
    float *scores; // of the validation set
    float *best;   // values of all parameters at the best epoch, one behind the other
    char *settings_text;
    RunState state;
    double seconds_before; // spent in earlier calls
    double started;        // clock at the start of this call
    double checkpointed;   // clock at the last checkpoint
    double samples_here;   // done in this call
} Run;

// What two calls must have in common for one to continue the other; NULL without memory.
char *training_settings_text(const Run *run);
// Writes the checkpoint, if there is to be one, or reads it.
Status training_save(Run *run, Error *error);
Status training_restore(Run *run, Error *error);

// One epoch, or the rest of the one that was interrupted, and its validation.
Status training_epoch(Run *run, Error *error);
// All parameters' values, one behind the other.
void training_copy_values(Network *network, float *values, bool to_network);

#endif
