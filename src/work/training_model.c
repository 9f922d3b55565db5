// A system's model for a dataset.
#include <stdio.h>
#include <string.h>

#include "work/training.h"

enum { INITIAL_WEIGHTS_STREAM = 2 };

// As the dataset calls them, where it does; views are of the system's own classes.
static void name_classes(const Dataset *dataset, Recipe *recipe)
{
    bool own = dataset->n_classes == recipe->n_classes;
    for (size_t i = 0; i < dataset->n_classes; i++) {
        const char *name = dataset->class_names[i];
        if (name[0] == '\0' || strcmp(recipe->classes[i].name, name) == 0)
            continue;
        own = false;
        recipe->classes[i] = (ClassRecipe){0};
        snprintf(recipe->classes[i].name, RECIPE_NAME_SIZE, "%s", name);
    }
    if (!own)
        recipe->n_views = 0;
}

Status training_model_new(const System *system, const char *options, const Dataset *dataset,
                          InitialWeights initial, uint64_t seed, Model **model, Error *error)
{
    Recipe recipe = system->recipe;
    if (dataset->n_classes > RECIPE_CLASSES_MAX || dataset->n_bands > RECIPE_BANDS_MAX)
        return error_set(error, STATUS_BAD_INPUT,
                         "a model has at most %d classes and %d bands, the dataset has %zu and %zu",
                         RECIPE_CLASSES_MAX, RECIPE_BANDS_MAX, dataset->n_classes,
                         dataset->n_bands);
    if (dataset->size != recipe.cutout_size && recipe.cutout_border > 0)
        recipe.cutout_border = dataset->size / 2 + 1;
    recipe.cutout_size = dataset->size;
    if (dataset->n_bands != recipe.n_bands) {
        recipe.n_bands = dataset->n_bands;
        for (size_t i = 0; i < recipe.n_bands; i++) {
            recipe.bands[i] = (BandRecipe){0};
            snprintf(recipe.bands[i].role, RECIPE_NAME_SIZE, "%s", dataset->bands[i]);
            snprintf(recipe.bands[i].filters, RECIPE_NAME_SIZE, "%s", dataset->bands[i]);
        }
        recipe_set_band_means(&recipe, (const double[RECIPE_BANDS_MAX]){0});
    }
    for (size_t i = recipe.n_classes; i < dataset->n_classes; i++)
        snprintf(recipe.classes[i].name, RECIPE_NAME_SIZE, "class %zu", i + 1);
    name_classes(dataset, &recipe);
    recipe.n_classes = dataset->n_classes;
    if (dataset->pixel_scale > 0.0)
        recipe.pixel_scale = dataset->pixel_scale;
    Network *network = NULL;
    Status status = system_choose(system, options, &recipe, error);
    if (status == STATUS_OK)
        status = recipe_check(&recipe, error);
    if (status == STATUS_OK)
        status = system_build(system, &recipe, options, &network, error);
    if (status != STATUS_OK)
        return status;
    Random random = random_start(seed, INITIAL_WEIGHTS_STREAM);
    network_initialise(network, initial, &random);
    status = model_new(&recipe, network, model, error);
    if (status != STATUS_OK)
        network_free(network);
    return status;
}

void training_band_means(const DatasetView *view, double *means)
{
    const Dataset *dataset = view->dataset;
    size_t values = dataset_cutout_values(dataset), n_bands = dataset->n_bands;
    for (size_t band = 0; band < n_bands; band++)
        means[band] = 0.0;
    for (size_t i = 0; i < view->n; i++) {
        const float *cutout = dataset->cutouts + view->indices[i] * values;
        for (size_t k = 0; k < values; k++)
            means[k % n_bands] += (double)cutout[k];
    }
    double pixels = (double)view->n * (double)(values / n_bands);
    for (size_t band = 0; band < n_bands; band++)
        means[band] /= pixels;
}
