#include "classifier/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// The recipe must describe what the classifier takes and gives.
static Status check_fit(const Recipe *recipe, const Classifier *classifier, Error *error)
{
    Status status = recipe_check(recipe, error);
    if (status != STATUS_OK)
        return status;
    InputShape makes = recipe_input_shape(recipe), takes = classifier_input_shape(classifier);
    if (makes.size != takes.size || makes.channels != takes.channels)
        return error_set(error, STATUS_BAD_INPUT,
                         "the recipe makes inputs of %zu x %zu x %zu, the network takes %zu x %zu "
                         "x %zu (rows, columns, bands)",
                         makes.size, makes.size, makes.channels, takes.size, takes.size,
                         takes.channels);
    if (classifier_class_count(classifier) != recipe->n_classes)
        return error_set(error, STATUS_BAD_INPUT,
                         "the network gives %zu scores, the recipe names %zu classes",
                         classifier_class_count(classifier), recipe->n_classes);
    return STATUS_OK;
}

Status model_new_of(const Recipe *recipe, Classifier *classifier, Model **result, Error *error)
{
    *result = NULL;
    Status status = check_fit(recipe, classifier, error);
    if (status != STATUS_OK)
        return status;
    Model *model = memory_new(1, sizeof *model);
    if (model == NULL)
        return error_memory(error, "a model");
    model->recipe = *recipe;
    model->classifier = classifier;
    memcpy(model->name, recipe->system, sizeof model->name);
    *result = model;
    return STATUS_OK;
}

Status model_new(const Recipe *recipe, Network *network, Model **result, Error *error)
{
    *result = NULL;
    Classifier *classifier;
    Status status = classifier_of_network(network, &classifier, error);
    if (status == STATUS_OK)
        status = model_new_of(recipe, classifier, result, error);
    if (status != STATUS_OK && classifier != NULL)
        classifier_release(classifier);
    return status;
}

void model_free(Model *model)
{
    if (model == NULL)
        return;
    classifier_free(model->classifier);
    free(model->notes);
    free(model->cards);
    free(model);
}

Network *model_network(const Model *model)
{
    return classifier_network(model->classifier, 0);
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
