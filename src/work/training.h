// Training a model on labelled cutouts: the recipe of paper 000 (sections 3.2 and 4), its
// ablations, and what a short run needs (schedules, a time budget).
#ifndef SKYCLASS_WORK_TRAINING_H
#define SKYCLASS_WORK_TRAINING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/progress.h"
#include "classifier/model.h"
#include "dataset/dataset.h"
#include "dataset/sampler.h"
#include "nn/train/trainer.h"
#include "systems/system.h"

typedef enum Schedule {
    SCHEDULE_CONSTANT,
    SCHEDULE_COSINE, // half a cosine from the optimiser's learning rate to 0 over the run
                     // (Loshchilov & Hutter 2017, arXiv:1608.03983, without restarts)
    SCHEDULE_STEPS,  // times step_factor after every step_epochs epochs (paper 002: 0.1, 30)
    SCHEDULE_PLATEAU // times step_factor after every step_epochs epochs in which the validation
                     // loss has not become less (paper 004)
} Schedule;

// By what on the validation set the epoch is chosen whose weights are kept.
typedef enum BestBy { BEST_ACCURACY, BEST_LOSS } BestBy;

// How a run stands. Accuracies are fractions; validation figures are NaN before the first epoch's
// end.
typedef struct TrainingProgress {
    size_t epoch, n_epochs; // epoch from 1
    size_t step, n_steps;   // optimiser steps done, of the whole run
    double loss, accuracy;  // over this epoch's samples so far, in training mode
    double validation_loss, validation_accuracy;
    double validation_accuracy_2; // in the recipe's first view
    double learning_rate;
    double samples_per_second; // in this call
    double seconds;            // since the run began, earlier calls included
    double seconds_left;       // estimate
} TrainingProgress;

typedef struct TrainingSettings {
    size_t epochs;
    size_t batches;     // in place of epochs: the run ends after this many steps; 0: not
    size_t stop_epochs; // the run ends after this many epochs in which the validation loss has not
                        // become less; 0: not
    BestBy best;
    size_t batch; // samples a step; an epoch's remainder waits for another epoch's shuffle
    OptimiserSettings optimiser;
    Schedule schedule;
    size_t step_epochs; // of SCHEDULE_STEPS and SCHEDULE_PLATEAU
    double step_factor;
    double warm_up; // fraction of the run over which the learning rate rises linearly from 0
    // 0: no limit. Otherwise the run ends after this many seconds at the latest, and schedules
    // follow the clock when it runs out before the epochs do; such a run cannot be repeated
    // exactly.
    double max_seconds;
    SamplerSettings sampler; // its seed is taken from `seed`
    uint64_t seed;           // of sampling and dropout
    size_t n_threads;        // 0: one a core
    size_t first_trainable_layer;
    const char *checkpoint;    // path, or NULL
    double checkpoint_seconds; // also within an epoch, this often; 0: only after epochs
    bool resume;               // go on from the checkpoint where there is one
    const char *log;           // path of the metrics table (CSV), or NULL
    size_t log_steps;          // a row every so many steps, besides one an epoch; 0: none
    const char *data_name;     // for the model's notes: where the data came from,
    const char *command;       // and what was asked for; or NULL
    const char *from;          // path of the model that the weights are from; "" or NULL: none
    // After every step and every validation, in steps; figures are a TrainingProgress. When it says
    // stop the run writes a checkpoint and ends with STATUS_CANCELLED. Or NULL.
    const Progress *progress;
} TrainingSettings;

// Paper 000: 15 epochs, batch 128, Adam at 1e-4, balanced by reflection, six augmented copies
// (1.07x with probability 0.5; rotations by 90 and 270 degrees).
TrainingSettings training_defaults(void);

typedef struct TrainingSummary {
    size_t epochs, steps; // done
    size_t best_epoch;    // from 1: the epoch whose weights were kept
    double best_accuracy; // on the validation set, as fractions
    double best_accuracy_2;
    double best_loss;
    double seconds;
} TrainingSummary;

// A model of `system` for the dataset's bands, size and number of classes, with random weights.
// `options` as System.build takes them.
Status training_model_new(const System *system, const char *options, const Dataset *dataset,
                          InitialWeights initial, uint64_t seed, Model **model, Error *error);

// Trains `model` from the weights it has; at the end it has those of the epoch with the best
// validation accuracy, its recipe the training set's band means, its notes the run. `summary` may
// be NULL. The same model, views and settings give the same weights bit for bit, on any number of
// threads, interrupted or not.
Status training_run(Model *model, const DatasetView *training, const DatasetView *validation,
                    const TrainingSettings *settings, TrainingSummary *summary, Error *error);

// Per-band means over all pixels of the view's cutouts.
void training_band_means(const DatasetView *view, double *means);

#endif
