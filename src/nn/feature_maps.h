// Where a network still sees: the last layers with rows and columns before its decision, and the
// part of the input that each of them looks at. Grad-CAM (Selvaraju et al. 2017) weighs their maps.
#ifndef SKYCLASS_NN_FEATURE_MAPS_H
#define SKYCLASS_NN_FEATURE_MAPS_H

#include "nn/network.h"

enum { FEATURE_MAPS_MAX = LAYER_INPUTS_MAX };

typedef struct FeatureMap {
    size_t layer;
    size_t height, width, channels;
    // The rectangle of the input, in its pixels from 0, that the layer's maps cover: all of it, or
    // what a LAYER_CROP_ENLARGE before the layer keeps.
    size_t row, column, rows, columns;
} FeatureMap;

// Backwards from the logits, the first layers that have more than one pixel and are no pool: the
// activations after the last convolutions, one for each pathway. Returns how many; 0 where the
// network has none.
size_t feature_maps_last(const Network *network, FeatureMap maps[FEATURE_MAPS_MAX]);

// The maps of the layer called `name`. STATUS_USAGE where there is none, or where it has no pixels.
Status feature_map_of(const Network *network, const char *name, FeatureMap *map, Error *error);

#endif
