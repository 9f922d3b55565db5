#include "work/import.h"

#include "classifier/import/weights.h"
#include "systems/system.h"

static Status find_recipe(const ImportSettings *settings, const System **system, Recipe *recipe,
                          Error *error)
{
    Status status = system_get(settings->system, system, error);
    if (status != STATUS_OK)
        return status;
    *recipe = (*system)->recipe;
    status = system_choose(*system, settings->options, recipe, error);
    if (status != STATUS_OK || settings->n_means == 0)
        return status;
    if (settings->n_means != recipe->n_bands)
        return error_set(error, STATUS_USAGE, "%zu means were given; %s has %zu bands",
                         settings->n_means, settings->system, recipe->n_bands);
    if (!recipe_set_band_means(recipe, settings->means))
        return error_set(error, STATUS_USAGE, "%s subtracts no mean of a band; leave the means out",
                         settings->system);
    return STATUS_OK;
}

Status model_import(const char *path, const ImportSettings *settings, Model **model, Error *error)
{
    *model = NULL;
    const System *system;
    Recipe recipe;
    Network *network = NULL;
    Weights *weights = NULL;
    Status status = find_recipe(settings, &system, &recipe, error);
    if (status == STATUS_OK)
        status = weights_read(path, &weights, error);
    if (status == STATUS_OK)
        status = system_build(system, &recipe, settings->options, &network, error);
    if (status == STATUS_OK && (status = weights_apply(weights, network, error)) != STATUS_OK)
        error_prefix(error, "%s", path);
    if (status == STATUS_OK && (status = model_new(&recipe, network, model, error)) == STATUS_OK) {
        network = NULL; // the model's now
        status = model_note(*model, "imported from", path, error);
    }
    if (status != STATUS_OK) {
        model_free(*model);
        *model = NULL;
    }
    network_free(network);
    weights_free(weights);
    return status;
}
