// StarcNet (Perez et al. 2021, ApJ 907, 100): star clusters in five HST bands, four classes.
// Names of layers and the mean of each band are those of the published weights.
#include <stdio.h>

#include "systems/system.h"

enum {
    N_PATHWAYS = 3,
    N_FEATURES = 128,
    N_GROUPS = 8,
    N_MODULES = 7,  // convolution, normalisation, activation
    POOL_AFTER = 4, // the max-pool follows the fourth module
    PUBLISHED_SIZE = 32,
    SIZE_MIN = 8,
    SIZE_MOST = 256,
};

// The numbers in the published layers' names: conv1, conv3, ...; the normalisation's is the same.
static const int module_numbers[N_MODULES] = {1, 3, 4, 7, 8, 11, 12};

static const SystemChoice choices[] = {
    {"pathways", {"3", "2", "1"}},
    {"norm", {"group", "batch"}},
};
enum { CHOICE_PATHWAYS, CHOICE_NORM, N_CHOICES };

// Appends layers one behind the other.
typedef struct Chain {
    Network *network;
    size_t last; // the layer that the next one reads
    const char *prefix;
    bool batch_norm;
    Error *error;
} Chain;

// Appends `layer`, named PREFIX + `name` + `number` (no number when 0), behind the last one.
static Status chain_add(Chain *chain, Layer layer, const char *name, int number)
{
    if (number > 0)
        snprintf(layer.name, sizeof layer.name, "%s%s%d", chain->prefix, name, number);
    else
        snprintf(layer.name, sizeof layer.name, "%s%s", chain->prefix, name);
    layer.n_inputs = 1;
    layer.inputs[0] = chain->last;
    return network_add(chain->network, &layer, &chain->last, chain->error);
}

// `weighted`, normalisation, LeakyReLU.
static Status chain_add_module(Chain *chain, Layer weighted, const char *name, int number,
                               int norm_number)
{
    const Layer group_norm = {.kind = LAYER_GROUP_NORM, .groups = N_GROUPS, .epsilon = 1e-5};
    const Layer batch_norm = {.kind = LAYER_BATCH_NORM, .epsilon = 1e-5, .momentum = 0.1};
    const Layer activation = {.kind = LAYER_LEAKY_RELU, .slope = 0.01};
    Status status = chain_add(chain, weighted, name, number);
    if (status == STATUS_OK)
        status = chain_add(chain, chain->batch_norm ? batch_norm : group_norm, "bn", norm_number);
    if (status == STATUS_OK)
        status = chain_add(chain, activation, "leaky", norm_number);
    return status;
}

// One pathway from the input to its 128 features.
static Status add_pathway(Chain *chain, size_t size, size_t crop_size)
{
    const Layer convolution = {.kind = LAYER_CONVOLUTION,
                               .kernel = 3,
                               .stride = 1,
                               .padding = 1,
                               .channels = N_FEATURES,
                               .bias = true};
    const Layer linear = {.kind = LAYER_LINEAR, .channels = N_FEATURES, .bias = true};
    const Layer pool = {.kind = LAYER_MAX_POOL, .kernel = 2, .stride = 2};
    Status status = STATUS_OK;
    if (crop_size < size) {
        // Rounded up: the published crops begin at (32-20)/2 = 6 and at (32-11)/2 -> 11.
        const Layer crop = {.kind = LAYER_CROP_ENLARGE,
                            .crop_start = (size - crop_size + 1) / 2,
                            .crop_size = crop_size,
                            .height = size,
                            .width = size};
        status = chain_add(chain, crop, "crop", 0);
    }
    for (size_t i = 0; i < N_MODULES && status == STATUS_OK; i++) {
        int number = module_numbers[i];
        status = chain_add_module(chain, convolution, "conv", number, number);
        if (status == STATUS_OK && i + 1 == POOL_AFTER)
            status = chain_add(chain, pool, "pool", 0);
    }
    if (status == STATUS_OK)
        status = chain_add(chain, (Layer){.kind = LAYER_FLATTEN}, "flatten", 0);
    if (status == STATUS_OK)
        status = chain_add_module(chain, linear, "fc", 1, 13);
    if (status == STATUS_OK)
        status = chain_add(chain, (Layer){.kind = LAYER_DROPOUT, .rate = 0.5}, "dropout", 0);
    return status;
}

// `size` / 32 * `published`, to the nearest pixel.
static size_t scaled_crop(size_t size, size_t published)
{
    return (size * published + PUBLISHED_SIZE / 2) / PUBLISHED_SIZE;
}

static Status add_layers(const Recipe *recipe, size_t n_pathways, bool batch_norm, Network *network,
                         Error *error)
{
    static const char *const prefixes[N_PATHWAYS] = {"", "a", "aa"};
    InputShape shape = recipe_input_shape(recipe);
    size_t size = shape.size;
    const size_t crops[N_PATHWAYS] = {size, scaled_crop(size, 20), scaled_crop(size, 11)};
    const Layer input = {.kind = LAYER_INPUT,
                         .name = "input",
                         .height = size,
                         .width = size,
                         .channels = shape.channels};
    Layer join = {.kind = LAYER_CONCATENATE, .name = "concatenate", .n_inputs = n_pathways};
    Chain chain = {.network = network, .prefix = "", .batch_norm = batch_norm, .error = error};
    size_t input_index;
    Status status = network_add(network, &input, &input_index, error);
    for (size_t i = 0; i < n_pathways && status == STATUS_OK; i++) {
        chain.last = input_index;
        chain.prefix = prefixes[i];
        status = add_pathway(&chain, size, crops[i]);
        join.inputs[i] = chain.last;
    }
    if (status == STATUS_OK && n_pathways > 1)
        status = network_add(network, &join, &chain.last, error);
    chain.prefix = "";
    const Layer output = {.kind = LAYER_LINEAR, .channels = recipe->n_classes, .bias = true};
    if (status == STATUS_OK)
        status = chain_add(&chain, output, "fc", 2);
    return status;
}

// Section 3.2; the crops 20 of 32 and 11 of 32 (the paper's 1.6x and 3.2x) scale with the input.
static Status starcnet_build(const Recipe *recipe, const char *options, Network **result,
                             Error *error)
{
    *result = NULL;
    size_t picked[N_CHOICES];
    Status status = system_options_read("starcnet", options, choices, N_CHOICES, picked, error);
    if (status != STATUS_OK)
        return status;
    size_t size = recipe_input_shape(recipe).size;
    if (size < SIZE_MIN || size > SIZE_MOST)
        return error_set(error, STATUS_USAGE,
                         "starcnet cannot take inputs of %zu pixels; choose %d to %d", size,
                         SIZE_MIN, SIZE_MOST);
    Network *network;
    status = network_new(&network, error);
    if (status != STATUS_OK)
        return status;
    status = add_layers(recipe, N_PATHWAYS - picked[CHOICE_PATHWAYS], picked[CHOICE_NORM] == 1,
                        network, error);
    if (status != STATUS_OK) {
        network_free(network);
        return status;
    }
    *result = network;
    return STATUS_OK;
}

const System system_starcnet = {
    .name = "starcnet",
    .summary = "star clusters in nearby galaxies, five HST bands, four classes (Perez et al. 2021)",
    .recipe =
        {
            .system = "starcnet",
            .n_bands = 5,
            // WFC3/UVIS, infinite aperture (ISR WFC3 2017-14, 2021-04, to 0.03 mag), in F435W too,
            // which only ACS has: there F438W's, as the factor 0.474 of the published RGB pictures
            // means.
            .bands = {{"NUV", "F275W", "24.15"},
                      {"U", "F336W", "24.67"},
                      {"B", "F438W F435W", "24.84 24.84"},
                      {"V", "F555W F606W", "25.81 26.08"},
                      {"I", "F814W", "25.12"}},
            .n_classes = 4,
            .classes = {{"symmetric compact cluster", {"red", "#d55e00", "circle"}},
                        {"elongated or asymmetric cluster", {"green", "#009e73", "diamond"}},
                        {"multi-peaked compact association", {"blue", "#56b4e9", "box"}},
                        {"not a cluster", {"yellow", "#f0e442", "cross"}}},
            .pixel_scale = 0.04,
            .cutout_size = PUBLISHED_SIZE,
            .cutout_border = PUBLISHED_SIZE / 2 + 1,
            .zero_block = CUTOUT_ZERO_BLOCK,
            .unit = "electrons/s",
            .n_steps = 1,
            .steps = {{STEP_BAND_MEAN,
                       5,
                       {0.02376737085711172, 0.13796898991372922, 0.14457472840383698,
                        0.25429259936146564, 0.3901880480545905}}},
            .n_views = 3,
            .views = {{"12|34", {1, 1, 2, 2}}, {"123|4", {1, 1, 1, 2}}, {"12|3|4", {1, 1, 2, 3}}},
        },
    .build = starcnet_build,
};
