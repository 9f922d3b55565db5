#include "classifier/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// The recipe must describe what the network takes and gives.
static Status check_recipe(const Recipe *recipe, const Network *network, Error *error)
{
    if (recipe->n_bands < 1 || recipe->n_bands > MODEL_BANDS_MAX)
        return error_set(error, STATUS_BAD_INPUT, "a model has 1 to %d bands, not %zu",
                         MODEL_BANDS_MAX, recipe->n_bands);
    if (recipe->n_classes < 2 || recipe->n_classes > MODEL_CLASSES_MAX)
        return error_set(error, STATUS_BAD_INPUT, "a model has 2 to %d classes, not %zu",
                         MODEL_CLASSES_MAX, recipe->n_classes);
    if (network_layer_count(network) == 0)
        return error_set(error, STATUS_BAD_INPUT, "the model's network has no layers");
    Shape input = network_input_shape(network);
    size_t channels = recipe->n_bands + recipe->has_constant_channel;
    if (input.height != recipe->input_size || input.width != recipe->input_size ||
        input.channels != channels)
        return error_set(error, STATUS_BAD_INPUT,
                         "the recipe makes inputs of %zu x %zu x %zu, the network takes %zu x %zu "
                         "x %zu (rows, columns, bands)",
                         recipe->input_size, recipe->input_size, channels, input.height,
                         input.width, input.channels);
    Shape output = network_layer_shape(network, network_layer_count(network) - 1);
    if (output.height != 1 || output.width != 1 || output.channels != recipe->n_classes)
        return error_set(error, STATUS_BAD_INPUT,
                         "the network gives %zu x %zu x %zu numbers, the recipe names %zu classes",
                         output.height, output.width, output.channels, recipe->n_classes);
    return STATUS_OK;
}

Status model_new(const Recipe *recipe, Network *network, Model **result, Error *error)
{
    *result = NULL;
    Status status = check_recipe(recipe, network, error);
    if (status != STATUS_OK)
        return status;
    Model *model = memory_new(1, sizeof *model);
    if (model == NULL)
        return error_memory(error, "a model");
    model->recipe = *recipe;
    model->network = network;
    memcpy(model->name, recipe->system, sizeof model->name);
    *result = model;
    return STATUS_OK;
}

void model_free(Model *model)
{
    if (model == NULL)
        return;
    network_free(model->network);
    free(model->notes);
    free(model);
}

Status model_note(Model *model, const char *key, const char *value, Error *error)
{
    void *notes = memory_resize(model->notes, model->n_notes + 1, sizeof *model->notes);
    if (notes == NULL)
        return error_memory(error, "a model's notes");
    model->notes = notes;
    snprintf(model->notes[model->n_notes++], MODEL_TEXT_SIZE, "%s = %s", key, value);
    return STATUS_OK;
}
