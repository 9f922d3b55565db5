#include "systems/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "classifier/model_join.h"

#define SYSTEM(name) extern const System system_##name;
#include "systems/registry.def"
#undef SYSTEM

static const System *const systems[] = {
#define SYSTEM(name) &system_##name,
#include "systems/registry.def"
#undef SYSTEM
};

size_t system_count(void)
{
    return sizeof systems / sizeof systems[0];
}

const System *system_at(size_t index)
{
    return index < system_count() ? systems[index] : NULL;
}

const System *system_find(const char *name)
{
    for (size_t i = 0; i < system_count(); i++)
        if (strcmp(systems[i]->name, name) == 0)
            return systems[i];
    return NULL;
}

// "starcnet, phangs, ..."
static void list_names(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < system_count() && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", systems[i]->name);
}

Status system_get(const char *name, const System **system, Error *error)
{
    char known[512];
    *system = system_find(name);
    if (*system != NULL)
        return STATUS_OK;
    list_names(known, sizeof known);
    return error_set(error, STATUS_USAGE, "there is no system \"%s\"; skyclass knows %s", name,
                     known);
}

// What files of version 1 lack, from the system's own recipe where it has the band too.
static void fill_zero_points(const System *system, Recipe *recipe)
{
    const Recipe *own = &system->recipe;
    for (size_t i = 0; i < recipe->n_bands; i++)
        for (size_t k = 0; k < own->n_bands; k++)
            if (recipe->bands[i].zero_points[0] == '\0' &&
                strcmp(recipe->bands[i].filters, own->bands[k].filters) == 0)
                memcpy(recipe->bands[i].zero_points, own->bands[k].zero_points,
                       sizeof own->bands[k].zero_points);
}

Status system_model_read(const char *path, Model **model, Error *error)
{
    Status status = model_read(path, model, error);
    if (status != STATUS_OK)
        return status;
    const System *system = system_find((*model)->recipe.system);
    if (system != NULL)
        fill_zero_points(system, &(*model)->recipe);
    if (system != NULL || strcmp((*model)->recipe.system, SYSTEM_IMPORTED) == 0)
        return STATUS_OK;
    char known[512];
    list_names(known, sizeof known);
    status = error_set(error, STATUS_BAD_INPUT,
                       "%s: a model of the system \"%s\", which this skyclass does not know (it "
                       "knows %s); use a newer skyclass or another model",
                       path, (*model)->recipe.system, known);
    model_free(*model);
    *model = NULL;
    return status;
}

Status system_models_read(const char *const *paths, size_t n, Model **model, Error *error)
{
    size_t n_read = 0;
    Status status = STATUS_OK;
    Model **models = memory_new(n, sizeof *models);
    *model = NULL;
    if (models == NULL)
        return error_memory(error, "the models");
    while (n_read < n && status == STATUS_OK) {
        status = system_model_read(paths[n_read], &models[n_read], error);
        n_read += status == STATUS_OK;
    }
    if (status == STATUS_OK)
        status = model_join(models, n, model, error);
    else
        for (size_t i = 0; i < n_read; i++)
            model_free(models[i]);
    free(models);
    return status;
}
