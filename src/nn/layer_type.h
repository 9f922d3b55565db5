// What a kind of layer is: one row of a table, in a file of its own (types/). A new kind is a row,
// a file and a value of LayerKind; nothing else in nn/ asks for kinds by name but where it fuses
// activations (run/steps.c) and gathers statistics over a batch (train/).
#ifndef SKYCLASS_NN_LAYER_TYPE_H
#define SKYCLASS_NN_LAYER_TYPE_H

#include <stdint.h>

#include "base/error.h"
#include "base/parallel.h"
#include "nn/layer.h"
#include "nn/layers/norm.h"

enum { LAYER_PARAMETERS_MAX = 4, LAYER_DIMENSIONS_MAX = 4 };

// Fields of a Layer that a kind uses besides its kind, name and inputs; the others must be 0.
enum {
    USES_SIZE = 1 << 0, // height, width
    USES_CHANNELS = 1 << 1,
    USES_WINDOW = 1 << 2, // kernel, stride, padding, rectangular, across
    USES_DILATION = 1 << 3,
    USES_GROUPS = 1 << 4,
    USES_CROP = 1 << 5, // crop_start, crop_size
    USES_EPSILON = 1 << 6,
    USES_SLOPE = 1 << 7,
    USES_MOMENTUM = 1 << 8,
    USES_RATE = 1 << 9,
    USES_BIAS = 1 << 10,
    USES_ALPHA = 1 << 11,
    USES_BETA = 1 << 12,
    USES_OFFSET = 1 << 13,
    USES_SPAN = 1 << 14,
    USES_PLACES = 1 << 15, // rows, columns, inner
};

// A parameter that a layer asks for.
typedef struct ParameterPlan {
    const char *suffix;                                    // of its name: "weight"
    size_t n_dimensions, dimensions[LAYER_DIMENSIONS_MAX]; // slowest first
    float start;
    bool is_statistic; // not trained
} ParameterPlan;

// A layer where it stands in a network.
typedef struct LayerView {
    const Layer *layer;
    Shape inputs[LAYER_INPUTS_MAX], output;
    const float *values[LAYER_PARAMETERS_MAX]; // in the order of its plans; NULL where it has none
    void *packed;                              // what `pack` made of them
    float slope;                               // of the activation fused with it, 1 for none
} LayerView;

// A layer for n sources. Arrays hold these sources alone, [n][values].
typedef struct ForwardCall {
    LayerView view;
    size_t n;
    const float *inputs[LAYER_INPUTS_MAX];
    float *output;
    // Group norm: [n][groups], filled when not NULL (`moments_known`: read instead). Batch norm:
    // [channels], read; NULL for the running statistics.
    Moments *moments;
    bool moments_known;
    uint64_t seed;       // of dropout
    size_t first_source; // number in the batch of the first source, for dropout
    Share share;         // the part to do of a kind that `shares`; SHARE_ALL of others
    float *scratch;      // scratch_size floats
} ForwardCall;

typedef struct BackwardCall {
    LayerView view;
    size_t n;
    const float *inputs[LAYER_INPUTS_MAX]; // where the kind's needs_input says so
    const float *output;                   // where needs_output says so, or an activation is fused
    float *grad_output;                    // may be changed
    float *grad_inputs[LAYER_INPUTS_MAX];  // overwritten; NULL: not wanted
    float *grad_parameters;                // added to, gradient_size floats; or NULL
    const Moments *moments;                // as filled going forward
    const double *batch_sums; // batch norm: sums over the batch (batch_norm_backward), or NULL
    double batch_count;       // values a channel in them
    bool guided;              // guided backpropagation
    uint64_t seed;
    size_t first_source;
    float *scratch;
} BackwardCall;

// The parameters' gradients, once the whole batch has gone back.
typedef struct FinishCall {
    LayerView view;
    const float *sums;        // of all sources' grad_parameters
    const double *batch_sums; // batch norm
    size_t n;                 // the batch: inputs and gradients of the output of all its sources
    const float *input, *grad_output; // for a kind with `finishes_from_batch`
    float *grad_weight, *grad_bias;   // overwritten; grad_bias is NULL where there is none
    float *scratch;
} FinishCall;

// How many sources are best taken at once.
typedef enum LayerBlock {
    BLOCK_ONE,
    BLOCK_NEAR, // as many as stay in a near cache
    BLOCK_MANY, // weights are larger than activations
} LayerBlock;

typedef struct LayerType {
    const char *name; // as in model files
    unsigned fields;
    size_t inputs_min, inputs_max;
    // After the fields that it uses have been checked one by one: do they fit the inputs, and what
    // comes out.
    Status (*shape)(const Layer *layer, const Shape *inputs, Shape *output, Error *error);
    // Returns how many there are; NULL: none.
    size_t (*parameters)(const Layer *layer, const Shape *inputs,
                         ParameterPlan plans[LAYER_PARAMETERS_MAX]);
    bool has_weights; // parameter 0 is used at every pixel of the output, and starts at random
    // Values -> *packed, made where it is NULL; with `training` for going back too. NULL: nothing.
    Status (*pack)(const LayerView *view, bool training, void **packed, Error *error);
    void (*unpack)(void *packed); // frees it; NULL allowed
    void (*forward)(const ForwardCall *call);
    void (*backward)(const BackwardCall *call);
    size_t (*scratch_size)(const LayerView *view);  // floats, whatever n; NULL: none
    size_t (*gradient_size)(const LayerView *view); // floats of grad_parameters; NULL: none
    void (*finish)(const FinishCall *call);         // NULL: no parameters
    LayerBlock block;
    bool in_place;         // output may be inputs[0], grad_inputs[0] (of one input) grad_output
    bool shares;           // can do a part of its output by itself
    bool fuses_activation; // applies the view's slope itself, both ways
    bool needs_input;      // going back needs the inputs' values
    bool needs_output; // ... the output's (also needed where an activation is fused from outside)
    bool cheap;        // computing it again costs less than keeping it
    bool finishes_from_batch; // needs its input and the gradient of its output of the whole batch
} LayerType;

const LayerType *layer_type(LayerKind kind);

// Checks the fields that `layer`'s kind uses, and gives its output's shape for inputs of the given
// shapes. STATUS_BAD_INPUT says which field is wrong.
Status layer_output_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error);

// For `shape`: "layer NAME (KIND): WHAT".
Status layer_refuse(const Layer *layer, Error *error, const char *what);
// For kinds whose output has the shape of their first input.
Status layer_same_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error);
// For kinds with a window: whether its numbers can be; the output's height and width.
Status layer_window_check(const Layer *layer, Error *error);
Status layer_window_shape(const Layer *layer, Shape input, Shape *output, Error *error);
size_t shape_values(Shape shape);

extern const LayerType layer_type_input, layer_type_convolution, layer_type_linear,
    layer_type_group_norm, layer_type_batch_norm, layer_type_relu, layer_type_leaky_relu,
    layer_type_max_pool, layer_type_average_pool, layer_type_adaptive_average, layer_type_add,
    layer_type_concatenate, layer_type_flatten, layer_type_dropout, layer_type_crop_enlarge,
    layer_type_sigmoid, layer_type_tanh, layer_type_erf, layer_type_softplus, layer_type_elu,
    layer_type_hard_sigmoid, layer_type_clip, layer_type_prelu, layer_type_scale,
    layer_type_multiply, layer_type_average_inside, layer_type_local_norm, layer_type_pad,
    layer_type_rearrange, layer_type_channel_slice;

#endif
