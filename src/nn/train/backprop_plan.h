// What backpropagation keeps, where, and for how long.
#ifndef SKYCLASS_NN_TRAIN_BACKPROP_PLAN_H
#define SKYCLASS_NN_TRAIN_BACKPROP_PLAN_H

#include "nn/run/operation.h"
#include "nn/train/backprop_options.h"

typedef struct StepPlan {
    size_t stage;
    bool trained;                // its parameters' gradients are wanted
    bool reaches_output;         // the logits depend on it
    bool runs_back;              // the gradient of its output is wanted
    bool batch_statistics;       // batch norm over this batch's mean and variance
    bool feeds_statistics;       // read by a step with batch statistics
    bool batch_value;            // its output is kept for the whole batch
    bool batch_gradient;         // the gradient of its output is
    bool recomputed;             // going back, its output is computed again
    size_t recomputed_for;       // the step that asks for it first
    bool recomputed_in_parts;    // for that step alone, a part of a block at a time
    bool gradient_in_place;      // the gradient of its output overwrites that of its reader's
    size_t part;                 // sources that the step takes at once, going back
    bool joins_input;            // is done with the step before, part by part
    bool adds[LAYER_INPUTS_MAX]; // its contribution to the input's gradient is not the first
    // Offsets of what is not kept for the whole batch, floats in a thread's arena.
    size_t value_offset, recomputed_offset, gradient_offset, spare_offset;
    size_t batch_gradient_offset; // floats a source, in the arena for the batch
    size_t accumulator_offset;    // floats, in a lane's accumulators
} StepPlan;

typedef struct BackpropPlan {
    StepList list;
    StepPlan *steps;
    size_t n_stages;
    size_t *stage_block; // [n_stages] sources that a lane takes at once
    size_t n_lanes;
    size_t arena_size;          // floats, of a thread
    size_t scratch_size;        // floats, of a thread
    size_t batch_gradient_size; // floats a source
    size_t accumulator_size;    // floats, of a lane
} BackpropPlan;

Status backprop_plan_new(const PackedNetwork *packed, const BackpropOptions *options,
                         BackpropPlan *plan, Error *error);
void backprop_plan_clear(BackpropPlan *plan);

size_t backprop_plan_values(const Network *network, const BackpropPlan *plan, size_t step);

#endif
