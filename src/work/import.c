#include "work/import.h"

#include <stdio.h>
#include <string.h>

#include "classifier/import/network_file.h"
#include "classifier/recipe_text.h"
#include "systems/system.h"

// ---- The recipe --------------------------------------------------------------------------------

static Status set_means(const ImportSettings *settings, Recipe *recipe, Error *error)
{
    if (settings->n_means == 0)
        return STATUS_OK;
    if (settings->n_means != recipe->n_bands)
        return error_set(error, STATUS_USAGE, "%zu means were given; %s has %zu bands",
                         settings->n_means, recipe->system, recipe->n_bands);
    if (!recipe_set_band_means(recipe, settings->means))
        return error_set(error, STATUS_USAGE, "%s subtracts no mean of a band; leave the means out",
                         recipe->system);
    return STATUS_OK;
}

// The system's, or the file's; *system is NULL where none is named.
static Status find_recipe(const ImportSettings *settings, const System **system, Recipe *recipe,
                          Error *error)
{
    Status status = STATUS_OK;
    *system = NULL;
    if (settings->system[0] != '\0')
        status = system_get(settings->system, system, error);
    if (status == STATUS_OK && *system != NULL) {
        *recipe = (*system)->recipe;
        status = system_choose(*system, settings->options, recipe, error);
    }
    if (status == STATUS_OK && settings->recipe != NULL)
        status = recipe_file_read(settings->recipe, recipe, error);
    if (status == STATUS_OK && *system == NULL && system_find(recipe->system) == NULL &&
        strcmp(recipe->system, SYSTEM_IMPORTED) != 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: there is no system \"%s\"; leave its line out", settings->recipe,
                         recipe->system);
    if (status == STATUS_OK && *system != NULL)
        snprintf(recipe->system, sizeof recipe->system, "%s", (*system)->name);
    return status == STATUS_OK ? set_means(settings, recipe, error) : status;
}

// ---- The network -------------------------------------------------------------------------------

static Status fill_system(const char *path, const ImportSettings *settings, const System *system,
                          const Recipe *recipe, Network **network, const char **note, Error *error)
{
    bool widened = false;
    Status status = system_build(system, recipe, settings->options, network, error);
    if (status == STATUS_OK)
        status = network_file_apply(path, *network, settings->halve_first, &widened, error);
    if (widened)
        *note = settings->halve_first ? "first kernel repeated along its inputs and scaled"
                                      : "first kernel repeated along its inputs";
    if (status != STATUS_OK) {
        network_free(*network);
        *network = NULL;
    }
    return status;
}

static Status read_network(const char *path, const Recipe *recipe, Network **network,
                           const char **note, Error *error)
{
    static const char *const endings[] = {"the file's own, its outputs taken for logits",
                                          "the file's own, which ends in a softmax",
                                          "the file's own, which ends in a sigmoid"};
    ImportedNetwork imported;
    Status status = network_file_read(path, recipe_input_shape(recipe), &imported, error);
    if (status != STATUS_OK)
        return status;
    *network = imported.network;
    *note = endings[imported.ending];
    return STATUS_OK;
}

// Weights by name into the system's network; where they have other names, and the file describes
// its network, that.
static Status find_network(const char *path, const ImportSettings *settings, const System *system,
                           const Recipe *recipe, Network **network, const char **note, Error *error)
{
    Error other = {0};
    *note = NULL;
    if (system == NULL)
        return read_network(path, recipe, network, note, error);
    Status status = fill_system(path, settings, system, recipe, network, note, error);
    if (status == STATUS_OK || !network_file_is_one(path))
        return status;
    if (read_network(path, recipe, network, note, &other) == STATUS_OK)
        return STATUS_OK;
    return error_set(error, other.status, "%s", other.text);
}

// ---- The model ---------------------------------------------------------------------------------

static Status note_origin(Model *model, const char *path, const char *note, Error *error)
{
    Status status = model_note(model, "imported from", path, error);
    return status == STATUS_OK && note != NULL ? model_note(model, "network", note, error) : status;
}

Status model_import(const char *path, const ImportSettings *settings, Model **model, Error *error)
{
    *model = NULL;
    const System *system;
    Recipe recipe;
    Network *network = NULL;
    const char *note = NULL;
    Status status = find_recipe(settings, &system, &recipe, error);
    if (status == STATUS_OK)
        status = find_network(path, settings, system, &recipe, &network, &note, error);
    if (status == STATUS_OK && (status = model_new(&recipe, network, model, error)) != STATUS_OK)
        error_prefix(error, "%s", path);
    if (status == STATUS_OK) {
        network = NULL; // the model's now
        status = note_origin(*model, path, note, error);
    }
    if (status != STATUS_OK) {
        model_free(*model);
        *model = NULL;
    }
    network_free(network);
    return status;
}
