// One layer of a network, as data: its kind and the numbers that the kind asks for.
#ifndef SKYCLASS_NN_LAYER_H
#define SKYCLASS_NN_LAYER_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/window.h"

enum { LAYER_NAME_SIZE = 48, LAYER_INPUTS_MAX = 8 };

typedef enum LayerKind {
    LAYER_INPUT,        // height, width, channels
    LAYER_CONVOLUTION,  // window, dilation, groups, channels (out), bias; weight [out][in / groups]
                        // [kernel rows][kernel columns]
    LAYER_LINEAR,       // channels (out), bias; weight [out][in]
    LAYER_GROUP_NORM,   // groups, epsilon; weight [c], bias [c]
    LAYER_BATCH_NORM,   // epsilon, momentum; weight, bias, running_mean, running_var [c]
    LAYER_RELU,         //
    LAYER_LEAKY_RELU,   // slope
    LAYER_MAX_POOL,     // window
    LAYER_AVERAGE_POOL, // window (its padding counted, as PyTorch's default)
    LAYER_ADAPTIVE_AVERAGE, // height, width of the output
    LAYER_ADD,              // two inputs of one shape
    LAYER_CONCATENATE,      // up to LAYER_INPUTS_MAX inputs, along channels
    LAYER_FLATTEN,          // to [n][1][1][c*h*w], in channel, row, column order (as PyTorch)
    LAYER_DROPOUT,          // rate; identity outside training
    LAYER_CROP_ENLARGE,     // rows/columns crop_start .. +crop_size-1, nearest neighbour to
                            // height x width: source = floor(dest * crop_size / size)
    LAYER_KIND_COUNT
} LayerKind;

// What a layer is. Fields a kind does not use stay 0.
typedef struct Layer {
    LayerKind kind;
    char name[LAYER_NAME_SIZE]; // unique; begins the names of its parameters
    size_t n_inputs;
    size_t inputs[LAYER_INPUTS_MAX]; // indices of earlier layers
    size_t height, width, channels;
    // The window: of rows and columns alike unless `rectangular`, when `across` has the columns'.
    size_t kernel, stride, padding;
    size_t dilation; // from one tap of the kernel to the next; 0 counts as 1
    bool rectangular;
    Window across;
    size_t groups;                // of convolutions 0 counts as 1
    size_t crop_start, crop_size; // 0-based, the same for rows and columns
    double epsilon, slope, momentum, rate;
    bool bias;
} Layer;

typedef struct Shape {
    size_t height, width, channels;
} Shape;

// "convolution", ... as in model files; the kind of that name.
const char *layer_kind_name(LayerKind kind);
bool layer_kind_find(const char *name, LayerKind *kind);

// The window along the rows' axis, and along the columns'.
Window layer_down(const Layer *layer);
Window layer_across(const Layer *layer);

#endif
