#include "nn/run/steps.h"

#include <stdlib.h>

#include "base/memory.h"

static bool is_activation(const Layer *layer)
{
    return layer->kind == LAYER_RELU || layer->kind == LAYER_LEAKY_RELU;
}

static float activation_slope(const Layer *layer)
{
    return layer->kind == LAYER_LEAKY_RELU ? (float)layer->slope : 0;
}

// An activation can be computed with the layer it reads, when nothing else reads that layer. Going
// back, the fused step overwrites the gradient of its output, so a kept activation stands alone.
static bool is_fusable(const Network *network, size_t layer, const size_t *n_readers,
                       int kept_layer)
{
    const Layer *activation = &network->nodes[layer].layer;
    size_t input = activation->inputs[0];
    const Layer *before = &network->nodes[input].layer;
    return is_activation(activation) && n_readers[input] == 1 && (int)input != kept_layer &&
           (int)layer != kept_layer && before->kind != LAYER_INPUT &&
           before->kind != LAYER_DROPOUT && !is_activation(before);
}

static void append_step(const Network *network, size_t layer, StepList *list)
{
    const Layer *description = &network->nodes[layer].layer;
    Step *step = &list->steps[list->n];
    *step = (Step){.layer = layer, .output = layer, .slope = 1, .n_inputs = description->n_inputs};
    if (is_activation(description))
        step->slope = activation_slope(description);
    for (size_t i = 0; i < step->n_inputs; i++) {
        step->inputs[i] = list->of_layer[description->inputs[i]];
        list->steps[step->inputs[i]].n_consumers++;
    }
    list->of_layer[layer] = list->n++;
}

Status steps_new(const Network *network, bool dropout, int kept_layer, StepList *list, Error *error)
{
    size_t n_layers = network->n_nodes;
    size_t *n_readers = memory_new(n_layers, sizeof *n_readers);
    *list = (StepList){.steps = memory_new(n_layers, sizeof(Step)),
                       .of_layer = memory_new(n_layers, sizeof(size_t))};
    if (n_readers == NULL || list->steps == NULL || list->of_layer == NULL) {
        free(n_readers);
        steps_clear(list);
        return error_memory(error, "the network's steps");
    }
    for (size_t i = 0; i < n_layers; i++)
        for (size_t k = 0; k < network->nodes[i].layer.n_inputs; k++)
            n_readers[network->nodes[i].layer.inputs[k]]++;
    for (size_t i = 0; i < n_layers; i++) {
        const Layer *layer = &network->nodes[i].layer;
        if (layer->kind == LAYER_DROPOUT && !dropout) {
            list->of_layer[i] = list->of_layer[layer->inputs[0]];
        } else if (i > 0 && is_fusable(network, i, n_readers, kept_layer)) {
            size_t step = list->of_layer[layer->inputs[0]];
            list->steps[step].output = i;
            list->steps[step].slope = activation_slope(layer);
            list->of_layer[i] = step;
        } else {
            append_step(network, i, list);
        }
    }
    free(n_readers);
    if (list->n < 2 || list->of_layer[n_layers - 1] != list->n - 1) {
        steps_clear(list);
        return error_set(error, STATUS_BAD_INPUT,
                         "the network's last layer %s is not the last that is computed",
                         network->nodes[n_layers - 1].layer.name);
    }
    return STATUS_OK;
}

void steps_clear(StepList *list)
{
    free(list->steps);
    free(list->of_layer);
    *list = (StepList){0};
}
