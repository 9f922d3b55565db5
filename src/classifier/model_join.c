#include "classifier/model_join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// What of two recipes that must be the same is not; NULL where nothing is.
static const char *difference(const Recipe *one, const Recipe *other)
{
    if (one->n_classes != other->n_classes)
        return "classes";
    for (size_t i = 0; i < one->n_classes; i++)
        if (strcmp(one->classes[i].name, other->classes[i].name) != 0)
            return "classes";
    if (one->n_bands != other->n_bands)
        return "bands";
    for (size_t i = 0; i < one->n_bands; i++)
        if (strcmp(one->bands[i].role, other->bands[i].role) != 0 ||
            strcmp(one->bands[i].filters, other->bands[i].filters) != 0)
            return "bands";
    if (strcmp(one->unit, other->unit) != 0)
        return "unit of the pixels";
    bool same_cutouts =
        one->cutout_size == other->cutout_size && one->cutout_border == other->cutout_border &&
        one->cutout_nearest == other->cutout_nearest && one->cutout_pad == other->cutout_pad &&
        one->middle_needed == other->middle_needed && one->zero_block == other->zero_block;
    return same_cutouts ? NULL : "cutouts";
}

static bool same_steps(const Recipe *one, const Recipe *other)
{
    char text[STEP_TEXT_SIZE], second[STEP_TEXT_SIZE];
    bool same = one->n_steps == other->n_steps;
    for (size_t i = 0; same && i < one->n_steps; i++) {
        input_step_text(&one->steps[i], text);
        input_step_text(&other->steps[i], second);
        same = strcmp(text, second) == 0;
    }
    return same;
}

static Status check(Model *const *models, size_t n, bool *same, Error *error)
{
    *same = true;
    for (size_t i = 1; i < n; i++) {
        const char *what = difference(&models[0]->recipe, &models[i]->recipe);
        if (what != NULL)
            return error_set(error, STATUS_BAD_INPUT,
                             "the models %s and %s cannot vote together: their %s differ",
                             models[0]->name, models[i]->name, what);
        *same = *same && same_steps(&models[0]->recipe, &models[i]->recipe);
    }
    return STATUS_OK;
}

// Puts each model's classifier behind its own steps.
static Status take_steps_along(Model *const *models, size_t n, Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        Classifier *prepared;
        status = classifier_of_steps(&models[i]->recipe, models[i]->classifier, &prepared, error);
        if (status == STATUS_OK)
            models[i]->classifier = prepared;
    }
    return status;
}

// The models' classifiers move into the ensemble.
static Status gather(Model *const *models, size_t n, Classifier **ensemble, Error *error)
{
    Classifier **members = memory_new(n, sizeof *members);
    if (members == NULL)
        return error_memory(error, "an ensemble");
    for (size_t i = 0; i < n; i++)
        members[i] = models[i]->classifier;
    Status status = classifier_of_members(members, n, ensemble, error);
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        models[i]->classifier = NULL;
    free(members);
    return status;
}

static Status copy_notes(Model *model, const Model *from, Error *error)
{
    model->notes = memory_new(from->n_notes, sizeof *model->notes);
    if (model->notes == NULL && from->n_notes > 0)
        return error_memory(error, "a model's notes");
    if (from->n_notes > 0)
        memcpy(model->notes, from->notes, from->n_notes * sizeof *model->notes);
    model->n_notes = from->n_notes;
    return STATUS_OK;
}

// The first's notes, then a line for each member.
static Status describe(Model *model, Model *const *models, size_t n, Error *error)
{
    unsigned sum = 0;
    size_t used = 0;
    Status status = copy_notes(model, models[0], error);
    char name[MODEL_NAME_SIZE] = "", text[MODEL_TEXT_SIZE];
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        unsigned one = 0;
        sscanf(models[i]->checksum, "crc32:%x", &one);
        sum = sum * 31 + one;
        if (used < sizeof name)
            used += (size_t)snprintf(name + used, sizeof name - used, "%s%s", i > 0 ? "+" : "",
                                     models[i]->name);
        snprintf(text, sizeof text, "%s %s", models[i]->name, models[i]->checksum);
        status = model_note(model, "member", text, error);
    }
    memcpy(model->name, name, sizeof name);
    snprintf(model->checksum, sizeof model->checksum, "crc32:%08x", sum);
    return status;
}

static Status join(Model *const *models, size_t n, Model **joined, Error *error)
{
    bool same;
    Classifier *ensemble = NULL;
    Status status = check(models, n, &same, error);
    Recipe recipe = models[0]->recipe;
    if (recipe.decision.kind == DECISION_ARGMAX)
        recipe.decision.kind = DECISION_VOTE;
    if (status == STATUS_OK && !same) {
        recipe.n_steps = 0;
        status = take_steps_along(models, n, error);
    }
    if (status == STATUS_OK)
        status = gather(models, n, &ensemble, error);
    if (status == STATUS_OK)
        status = model_new_of(&recipe, ensemble, joined, error);
    if (status != STATUS_OK)
        classifier_free(ensemble);
    return status == STATUS_OK ? describe(*joined, models, n, error) : status;
}

Status model_join(Model *const *models, size_t n, Model **joined, Error *error)
{
    *joined = NULL;
    if (n == 1) {
        *joined = models[0];
        return STATUS_OK;
    }
    Status status = join(models, n, joined, error);
    if (status != STATUS_OK) {
        model_free(*joined);
        *joined = NULL;
    }
    for (size_t i = 0; i < n; i++)
        model_free(models[i]);
    return status;
}
