// A whole training: from labelled cutouts to a model file. Splits the data, builds the system's
// model, runs (training.h), tests, notes what was done and measured, writes.
#ifndef SKYCLASS_WORK_TRAIN_H
#define SKYCLASS_WORK_TRAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/field.h"
#include "dataset/dataset.h"
#include "work/training.h"

enum { TRAIN_PATH_SIZE = 1024 };

// What a user sets, by name: train_fields.
typedef struct TrainSettings {
    char system[RECIPE_NAME_SIZE];
    char options[MODEL_TEXT_SIZE];                          // of the architecture
    char from[TRAIN_PATH_SIZE];                             // model to begin with; "": random
    char steps[RECIPE_TEXT_SIZE];                           // in place of the recipe's; "": those
    char name[MODEL_NAME_SIZE];                             // of the model; "": the system's
    char checkpoint[TRAIN_PATH_SIZE], log[TRAIN_PATH_SIZE]; // "": none
    char data_name[MODEL_TEXT_SIZE];                        // for the notes
    char command[MODEL_TEXT_SIZE];
    char leave_out[DATASET_NAME_SIZE]; // a field that is the test set; "" splits at random
    bool compress;
    size_t members; // of an ensemble, each trained with its own weights and draws; 0 counts as 1
    InitialWeights initial;
    size_t hold;     // of a model that training begins with: the first convolutions and linear
                     // layers, with what follows them, keep their weights
    int halve_first; // 1: a first convolution that gets more inputs is scaled down with it
    TrainingSettings training;
} TrainSettings;

extern const Field train_fields[]; // of TrainSettings; ends with a NULL name

// Training's defaults (training_defaults), with those of the system's recipe over them.
Status train_defaults(const char *system, TrainSettings *settings, Error *error);

typedef struct TrainOutcome {
    TrainingSummary summary;
    size_t n_training, n_validation, n_test; // sources
    double test_accuracy;                    // fraction, by the recipe's decision
    size_t n_members;
    double member_accuracy, member_deviation; // of the members one by one: mean, and standard
                                              // deviation (0 for one)
} TrainOutcome;

// Writes the model to `path`. `progress` is in steps of all members, its figures a TrainingProgress
// of the member's run; stopped, the run leaves its checkpoint. The members after the first train
// with the next seeds on the same split; their checkpoints and logs have their number in the name.
Status train(const Dataset *dataset, const TrainSettings *settings, const char *path,
             const Progress *progress, TrainOutcome *outcome, Error *error);

#endif
