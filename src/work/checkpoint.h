// The state of a training run in one FITS file, so that it can go on where it stopped.
#ifndef SKYCLASS_WORK_CHECKPOINT_H
#define SKYCLASS_WORK_CHECKPOINT_H

#include <stddef.h>

#include "base/error.h"
#include "base/random.h"

typedef struct CheckpointArray {
    const char *name; // unique, up to 68 characters
    float *values;
    size_t n;
} CheckpointArray;

typedef struct CheckpointNumber {
    const char *name; // up to 24 characters
    double *value;
} CheckpointNumber;

// Pointers into the run: checkpoint_write reads through them, checkpoint_read writes.
typedef struct Checkpoint {
    const char *settings; // what the run depends on, as text; another run's checkpoint is refused
    size_t n_arrays;
    const CheckpointArray *arrays;
    size_t n_numbers;
    const CheckpointNumber *numbers;
    Random *random;
} Checkpoint;

// Written aside and renamed: a run that is killed while writing leaves the earlier checkpoint.
Status checkpoint_write(const Checkpoint *checkpoint, const char *path, Error *error);

// Fills in what the pointers lead to. On an error part of it may be filled already.
Status checkpoint_read(const Checkpoint *checkpoint, const char *path, Error *error);

#endif
