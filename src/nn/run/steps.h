// The steps that compute a network's layers: a layer and the activation fused with it, or a layer
// alone; layers that do nothing (dropout outside training) have no step.
#ifndef SKYCLASS_NN_RUN_STEPS_H
#define SKYCLASS_NN_RUN_STEPS_H

#include "nn/network_internal.h"

enum { STEPS_FUSE_ALL = -1 }; // a `kept_layer` that is no layer

typedef struct Step {
    size_t layer;  // whose kind and parameters; a fused activation is not `layer` but `output`
    size_t output; // the layer whose output the step computes
    float slope;   // of the fused activation, 1 when there is none
    size_t n_inputs;
    size_t inputs[LAYER_INPUTS_MAX]; // steps
    size_t n_consumers;              // steps that read it
} Step;

// In the network's order, so every step comes after its inputs. Step 0 is the network's input, the
// last step computes its output.
typedef struct StepList {
    size_t n;
    Step *steps;
    size_t *of_layer; // [layers] the step that has the layer's output
} StepList;

// `dropout`: give dropout layers steps. `kept_layer` is fused neither with an activation nor
// as one, so that its own output and gradient exist; STEPS_FUSE_ALL when none is wanted.
Status steps_new(const Network *network, bool dropout, int kept_layer, StepList *list,
                 Error *error);
void steps_clear(StepList *list);

#endif
