// A network in the making: layers that an importer appends while it reads another program's file,
// with the constants that are to be their parameters. What turns out not to lead to the output is
// left out when the network is made.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_LAYER_PLAN_H
#define SKYCLASS_CLASSIFIER_IMPORT_LAYER_PLAN_H

#include "classifier/import/constant.h"
#include "nn/layer_type.h"
#include "nn/network.h"

typedef struct PlannedLayer {
    Layer layer;
    Shape shape;      // of its output
    size_t n_readers; // layers that read it
    Constant values[LAYER_PARAMETERS_MAX];
    double factors[LAYER_PARAMETERS_MAX]; // that the values are multiplied by
    size_t n_values;                      // parameters that have values; others keep their start
} PlannedLayer;

typedef struct LayerPlan {
    PlannedLayer *layers;
    size_t n;
    BlockPool pool; // of the constants
} LayerPlan;

void layer_plan_clear(LayerPlan *plan);

// Appends a layer behind those that layer->inputs names (places in the plan). Its name is made
// printable, short enough and unique. `values` are the first n_values parameters, each of the
// parameter's shape; they are borrowed.
Status layer_plan_add(LayerPlan *plan, const Layer *layer, const Constant *values, size_t n_values,
                      size_t *index, Error *error);
// The same for one layer behind `input` without parameters.
Status layer_plan_follow(LayerPlan *plan, Layer layer, size_t input, size_t *index, Error *error);

// Layers in front of `output` and that itself, as a network; a `flatten` is appended where the
// output is more than one pixel.
Status layer_plan_build(const LayerPlan *plan, size_t output, Network **network, Error *error);

#endif
