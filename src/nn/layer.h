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
    LAYER_MAX_POOL,     // window, dilation; height, width of the output or 0
    LAYER_AVERAGE_POOL, // window (its padding counted, as PyTorch's default); height, width or 0
    LAYER_ADAPTIVE_AVERAGE, // height, width of the output
    LAYER_ADD,              // two inputs of one shape
    LAYER_CONCATENATE,      // up to LAYER_INPUTS_MAX inputs, along channels
    LAYER_FLATTEN,          // to [n][1][1][c*h*w], in channel, row, column order (as PyTorch)
    LAYER_DROPOUT,          // rate; identity outside training
    LAYER_CROP_ENLARGE,     // rows/columns crop_start .. +crop_size-1, nearest neighbour to
                            // height x width: source = floor(dest * crop_size / size)
    LAYER_SIGMOID,          // 1 / (1 + exp(-x))
    LAYER_TANH,             //
    LAYER_ERF,              // the error function, of GELU
    LAYER_SOFTPLUS,         // log(1 + exp(x))
    LAYER_ELU,              // alpha: x where positive, alpha (exp(x) - 1) elsewhere
    LAYER_HARD_SIGMOID,     // alpha, beta: alpha x + beta between 0 and 1
    LAYER_CLIP,             // alpha, beta: x not below alpha and not above beta
    LAYER_PRELU,            // weight [c]: x where positive, weight x elsewhere
    LAYER_SCALE,            // weight [c], bias [c]: weight x + bias
    LAYER_MULTIPLY,         // two inputs, of one shape or the second one value a channel
    LAYER_AVERAGE_INSIDE,   // window; as average pool, of the values inside the input alone
    LAYER_LOCAL_NORM,       // span, alpha, beta, offset: x / (offset + alpha / span sum x^2)^beta,
                            // the sum over the `span` channels about each (AlexNet's)
    LAYER_PAD,              // height, width; the input from row `padding`, column `across.padding`
                            // on, `offset` elsewhere
    LAYER_REARRANGE,        // height, width, channels; its input's values as [outer][rows][columns]
                            // [inner], rows and columns changing places
    LAYER_CHANNEL_SLICE,    // channels from crop_start on
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
    double alpha, beta, offset;
    size_t span, rows, columns, inner;
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
