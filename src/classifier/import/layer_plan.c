#include "classifier/import/layer_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"

// Above any published classifier (DenseNet-201 has 700); what a model file holds at most.
enum { PLAN_LAYERS_MAX = 4096 };

void layer_plan_clear(LayerPlan *plan)
{
    free(plan->layers);
    block_pool_clear(&plan->pool);
    *plan = (LayerPlan){0};
}

// ---- Appending ---------------------------------------------------------------------------------

static bool name_is_taken(const LayerPlan *plan, const char *name)
{
    for (size_t i = 0; i < plan->n; i++)
        if (strcmp(plan->layers[i].layer.name, name) == 0)
            return true;
    return false;
}

// Printable ASCII without blanks; a name that another layer has gets a number.
static void set_name(const LayerPlan *plan, Layer *layer)
{
    char plain[LAYER_NAME_SIZE];
    snprintf(plain, sizeof plain, "%s",
             layer->name[0] != '\0' ? layer->name : layer_kind_name(layer->kind));
    for (char *c = plain; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~')
            *c = '_';
    memcpy(layer->name, plain, sizeof plain);
    for (size_t i = 2; name_is_taken(plan, layer->name); i++)
        snprintf(layer->name, sizeof layer->name, "%.*s_%zu", LAYER_NAME_SIZE - 8, plain, i);
}

static void shape_text(const size_t *dimensions, size_t n, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, n == 0 ? "one number" : "");
    for (size_t i = 0; i < n && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%zu", i > 0 ? " x " : "", dimensions[i]);
}

static Status check_value(const PlannedLayer *planned, const ParameterPlan *wanted,
                          const Constant *given, Error *error)
{
    char is[128], should[128], words[400];
    const TensorView *view = &given->view;
    if (view->n_dimensions == wanted->n_dimensions &&
        memcmp(view->dimensions, wanted->dimensions,
               view->n_dimensions * sizeof view->dimensions[0]) == 0)
        return STATUS_OK;
    shape_text(view->dimensions, view->n_dimensions, is, sizeof is);
    shape_text(wanted->dimensions, wanted->n_dimensions, should, sizeof should);
    snprintf(words, sizeof words, "its %s is %s where %s is wanted", wanted->suffix, is, should);
    return layer_refuse(&planned->layer, error, words);
}

static Status check_values(const PlannedLayer *planned, const Shape *inputs, Error *error)
{
    const LayerType *type = layer_type(planned->layer.kind);
    ParameterPlan wanted[LAYER_PARAMETERS_MAX];
    size_t n = type->parameters != NULL ? type->parameters(&planned->layer, inputs, wanted) : 0;
    if (planned->n_values > n)
        return layer_refuse(&planned->layer, error, "it has more parameters than its kind");
    Status status = STATUS_OK;
    for (size_t i = 0; i < planned->n_values && status == STATUS_OK; i++)
        status = check_value(planned, &wanted[i], &planned->values[i], error);
    return status;
}

static Status reserve(LayerPlan *plan, Error *error)
{
    if (plan->n == PLAN_LAYERS_MAX)
        return error_set(error, STATUS_BAD_INPUT, "the network has more than %d layers",
                         PLAN_LAYERS_MAX);
    PlannedLayer *layers = memory_resize(plan->layers, plan->n + 1, sizeof *layers);
    if (layers == NULL)
        return error_memory(error, "the network's layers");
    plan->layers = layers;
    return STATUS_OK;
}

Status layer_plan_add(LayerPlan *plan, const Layer *layer, const Constant *values, size_t n_values,
                      size_t *index, Error *error)
{
    Shape inputs[LAYER_INPUTS_MAX];
    PlannedLayer planned = {.layer = *layer, .n_values = n_values};
    Status status = reserve(plan, error);
    if (status != STATUS_OK)
        return status;
    set_name(plan, &planned.layer);
    for (size_t i = 0; i < layer->n_inputs; i++)
        inputs[i] = plan->layers[layer->inputs[i]].shape;
    for (size_t i = 0; i < n_values; i++) {
        planned.values[i] = values[i];
        planned.factors[i] = 1.0;
    }
    status = layer_output_shape(&planned.layer, inputs, &planned.shape, error);
    if (status == STATUS_OK)
        status = check_values(&planned, inputs, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < layer->n_inputs; i++)
        plan->layers[layer->inputs[i]].n_readers++;
    *index = plan->n;
    plan->layers[plan->n++] = planned;
    return STATUS_OK;
}

Status layer_plan_follow(LayerPlan *plan, Layer layer, size_t input, size_t *index, Error *error)
{
    layer.n_inputs = 1;
    layer.inputs[0] = input;
    return layer_plan_add(plan, &layer, NULL, 0, index, error);
}

// ---- The network -------------------------------------------------------------------------------

// Which layers the output needs; the input always.
static void mark_needed(const LayerPlan *plan, size_t output, bool *needed)
{
    needed[0] = needed[output] = true;
    for (size_t i = output + 1; i-- > 0;)
        for (size_t k = 0; needed[i] && k < plan->layers[i].layer.n_inputs; k++)
            needed[plan->layers[i].layer.inputs[k]] = true;
}

// A damaged file may promise more weights than there is memory for.
static Status check_memory(const LayerPlan *plan, const bool *needed, size_t output, Error *error)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i <= output; i++)
        for (size_t k = 0; needed[i] && k < plan->layers[i].n_values; k++)
            bytes += (uint64_t)plan->layers[i].values[k].n * sizeof(float);
    return limits_check(bytes, "the network's weights", error);
}

static void fill(const PlannedLayer *planned, Network *network, size_t first)
{
    for (size_t k = 0; k < planned->n_values; k++) {
        Parameter *parameter = network_parameter(network, first + k);
        constant_copy(&planned->values[k], parameter->values);
        for (size_t i = 0; planned->factors[k] != 1.0 && i < parameter->n_values; i++)
            parameter->values[i] = (float)(parameter->values[i] * planned->factors[k]);
    }
}

static Status add_layer(const PlannedLayer *planned, const size_t *places, Network *network,
                        size_t *place, Error *error)
{
    Layer layer = planned->layer;
    size_t first = network_parameter_count(network);
    for (size_t i = 0; i < layer.n_inputs; i++)
        layer.inputs[i] = places[layer.inputs[i]];
    Status status = network_add(network, &layer, place, error);
    if (status == STATUS_OK)
        fill(planned, network, first);
    return status;
}

// A classifier gives one pixel, by a layer.
static Status end_in_one_pixel(const LayerPlan *plan, size_t output, size_t last, Network *network,
                               Error *error)
{
    Shape shape = plan->layers[output].shape;
    Layer flatten = {.kind = LAYER_FLATTEN, .n_inputs = 1, .inputs = {last}};
    if (shape.height == 1 && shape.width == 1 && output > 0)
        return STATUS_OK;
    snprintf(flatten.name, sizeof flatten.name, "flatten");
    set_name(plan, &flatten);
    return network_add(network, &flatten, NULL, error);
}

Status layer_plan_build(const LayerPlan *plan, size_t output, Network **result, Error *error)
{
    Network *network = NULL;
    bool *needed = memory_new(plan->n, sizeof *needed);
    size_t *places = memory_new(plan->n, sizeof *places);
    Status status = needed != NULL && places != NULL ? network_new(&network, error)
                                                     : error_memory(error, "a network");
    if (status == STATUS_OK) {
        mark_needed(plan, output, needed);
        status = check_memory(plan, needed, output, error);
    }
    for (size_t i = 0; i <= output && status == STATUS_OK; i++)
        if (needed[i])
            status = add_layer(&plan->layers[i], places, network, &places[i], error);
    if (status == STATUS_OK)
        status = end_in_one_pixel(plan, output, places[output], network, error);
    free(needed);
    free(places);
    if (status != STATUS_OK) {
        network_free(network);
        network = NULL;
    }
    *result = network;
    return status;
}
