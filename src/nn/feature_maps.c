#include "nn/feature_maps.h"

#include <stdio.h>
#include <string.h>

static bool is_pool(const Layer *layer)
{
    return layer->kind == LAYER_MAX_POOL || layer->kind == LAYER_AVERAGE_POOL ||
           layer->kind == LAYER_ADAPTIVE_AVERAGE || layer->kind == LAYER_DROPOUT;
}

static bool has_pixels(Shape shape)
{
    return shape.height * shape.width > 1;
}

// Crops are taken of the whole input; the first one on the way back tells which part is seen.
static void set_part_seen(const Network *network, FeatureMap *map)
{
    const Shape input = network_input_shape(network);
    map->rows = input.height;
    map->columns = input.width;
    for (size_t i = map->layer; i > 0; i = network_layer(network, i)->inputs[0]) {
        const Layer *layer = network_layer(network, i);
        if (layer->kind != LAYER_CROP_ENLARGE || layer->inputs[0] != 0)
            continue;
        map->row = map->column = layer->crop_start;
        map->rows = map->columns = layer->crop_size;
    }
}

static FeatureMap map_of(const Network *network, size_t layer)
{
    const Shape shape = network_layer_shape(network, layer);
    FeatureMap map = {
        .layer = layer, .height = shape.height, .width = shape.width, .channels = shape.channels};
    set_part_seen(network, &map);
    return map;
}

size_t feature_maps_last(const Network *network, FeatureMap maps[FEATURE_MAPS_MAX])
{
    size_t n = 0, last = network_layer_count(network) - 1;
    bool asked[last + 1];
    memset(asked, 0, sizeof asked);
    asked[last] = true;
    // Layers come after their inputs, so one pass backwards meets each after all its readers.
    for (size_t i = last; i > 0; i--) {
        const Layer *layer = network_layer(network, i);
        if (!asked[i])
            continue;
        if (has_pixels(network_layer_shape(network, i)) && !is_pool(layer)) {
            if (n < FEATURE_MAPS_MAX)
                maps[n++] = map_of(network, i);
            continue;
        }
        for (size_t k = 0; k < layer->n_inputs; k++)
            asked[layer->inputs[k]] = true;
    }
    return n;
}

// "conv1, bn1, ...": the layers with pixels, as many as there is room for.
static void list_names(const Network *network, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 1; i < network_layer_count(network) && length + LAYER_NAME_SIZE + 8 < size; i++)
        if (has_pixels(network_layer_shape(network, i)))
            length += (size_t)snprintf(text + length, size - length, "%s%s", length > 0 ? ", " : "",
                                       network_layer(network, i)->name);
}

Status feature_map_of(const Network *network, const char *name, FeatureMap *map, Error *error)
{
    char names[ERROR_TEXT_SIZE / 2];
    for (size_t i = 1; i < network_layer_count(network); i++)
        if (strcmp(network_layer(network, i)->name, name) == 0 &&
            has_pixels(network_layer_shape(network, i))) {
            *map = map_of(network, i);
            return STATUS_OK;
        }
    list_names(network, names, sizeof names);
    return error_set(error, STATUS_USAGE,
                     "the network has no layer \"%s\" with pixels to make a map of; it has %s",
                     name, names);
}
