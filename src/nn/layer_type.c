#include "nn/layer_type.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

// Larger sizes can only come from a damaged file.
enum { SIZE_MAX_PIXELS = 1 << 16, VALUES_MAX = 1 << 29 };

static const LayerType *const types[] = {
    [LAYER_INPUT] = &layer_type_input,
    [LAYER_CONVOLUTION] = &layer_type_convolution,
    [LAYER_LINEAR] = &layer_type_linear,
    [LAYER_GROUP_NORM] = &layer_type_group_norm,
    [LAYER_BATCH_NORM] = &layer_type_batch_norm,
    [LAYER_RELU] = &layer_type_relu,
    [LAYER_LEAKY_RELU] = &layer_type_leaky_relu,
    [LAYER_MAX_POOL] = &layer_type_max_pool,
    [LAYER_AVERAGE_POOL] = &layer_type_average_pool,
    [LAYER_ADAPTIVE_AVERAGE] = &layer_type_adaptive_average,
    [LAYER_ADD] = &layer_type_add,
    [LAYER_CONCATENATE] = &layer_type_concatenate,
    [LAYER_FLATTEN] = &layer_type_flatten,
    [LAYER_DROPOUT] = &layer_type_dropout,
    [LAYER_CROP_ENLARGE] = &layer_type_crop_enlarge,
    [LAYER_SIGMOID] = &layer_type_sigmoid,
    [LAYER_TANH] = &layer_type_tanh,
    [LAYER_ERF] = &layer_type_erf,
    [LAYER_SOFTPLUS] = &layer_type_softplus,
    [LAYER_ELU] = &layer_type_elu,
    [LAYER_HARD_SIGMOID] = &layer_type_hard_sigmoid,
    [LAYER_CLIP] = &layer_type_clip,
    [LAYER_PRELU] = &layer_type_prelu,
    [LAYER_SCALE] = &layer_type_scale,
    [LAYER_MULTIPLY] = &layer_type_multiply,
    [LAYER_AVERAGE_INSIDE] = &layer_type_average_inside,
    [LAYER_LOCAL_NORM] = &layer_type_local_norm,
    [LAYER_PAD] = &layer_type_pad,
    [LAYER_REARRANGE] = &layer_type_rearrange,
    [LAYER_CHANNEL_SLICE] = &layer_type_channel_slice,
};
// A new kind comes last in LayerKind, and has a row here.
_Static_assert(sizeof types / sizeof *types == LAYER_KIND_COUNT, "a kind of layer has no type");

const LayerType *layer_type(LayerKind kind)
{
    return types[kind];
}

const char *layer_kind_name(LayerKind kind)
{
    return types[kind]->name;
}

bool layer_kind_find(const char *name, LayerKind *kind)
{
    for (LayerKind k = LAYER_INPUT; k < LAYER_KIND_COUNT; k++)
        if (strcmp(types[k]->name, name) == 0) {
            *kind = k;
            return true;
        }
    return false;
}

Window layer_down(const Layer *layer)
{
    return (Window){layer->kernel, layer->stride, layer->padding, layer->dilation};
}

Window layer_across(const Layer *layer)
{
    return layer->rectangular ? layer->across : layer_down(layer);
}

size_t shape_values(Shape shape)
{
    return shape.height * shape.width * shape.channels;
}

// ---- Checks ------------------------------------------------------------------------------------

Status layer_refuse(const Layer *layer, Error *error, const char *what)
{
    return error_set(error, STATUS_BAD_INPUT, "layer %.*s (%s): %s", LAYER_NAME_SIZE, layer->name,
                     layer_kind_name(layer->kind), what);
}

Status layer_same_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    (void)layer;
    (void)error;
    *output = inputs[0];
    return STATUS_OK;
}

static Status check_input_count(const Layer *layer, Error *error)
{
    const LayerType *type = types[layer->kind];
    if (layer->n_inputs >= type->inputs_min && layer->n_inputs <= type->inputs_max)
        return STATUS_OK;
    static const char *const words[] = {"takes no inputs", "needs one input", "needs two inputs"};
    return layer_refuse(layer, error,
                        type->inputs_min == type->inputs_max ? words[type->inputs_max]
                                                             : "needs one to eight inputs");
}

// Fields of other kinds: somebody means something by them that would not happen.
static Status check_strangers(const Layer *layer, Error *error)
{
    const struct {
        unsigned field;
        bool set;
        const char *what;
    } strangers[] = {
        {USES_SIZE, layer->height > 0 || layer->width > 0, "its kind has no height and width"},
        {USES_CHANNELS, layer->channels > 0, "its kind has no number of channels"},
        {USES_WINDOW, layer->kernel > 0 || layer->stride > 0 || layer->padding > 0,
         "its kind has no kernel, stride and padding"},
        {USES_WINDOW, layer->rectangular, "its kind has no window to be rectangular"},
        {USES_DILATION, layer->dilation > 1 || layer->across.dilation > 1,
         "its kind has no dilation"},
        {USES_GROUPS, layer->groups > 0, "its kind has no groups"},
        {USES_CROP, layer->crop_start > 0 || layer->crop_size > 0, "its kind has no crop"},
        {USES_ALPHA, layer->alpha != 0, "its kind has no alpha"},
        {USES_BETA, layer->beta != 0, "its kind has no beta"},
        {USES_OFFSET, layer->offset != 0, "its kind has no offset"},
        {USES_SPAN, layer->span > 0, "its kind has no span"},
        {USES_PLACES, layer->rows > 0 || layer->columns > 0 || layer->inner > 0,
         "its kind has no rows and columns to change places"},
        {USES_EPSILON, layer->epsilon != 0, "its kind has no epsilon"},
        {USES_SLOPE, layer->slope != 0, "its kind has no slope"},
        {USES_MOMENTUM, layer->momentum != 0, "its kind has no momentum"},
        {USES_RATE, layer->rate != 0, "its kind has no rate"},
        {USES_BIAS, layer->bias, "its kind has no bias"},
    };
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        if (strangers[i].set && !(types[layer->kind]->fields & strangers[i].field))
            return layer_refuse(layer, error, strangers[i].what);
    return STATUS_OK;
}

static Status check_numbers(const Layer *layer, Error *error)
{
    unsigned fields = types[layer->kind]->fields;
    if ((fields & USES_EPSILON) && !(layer->epsilon > 0 && isfinite(layer->epsilon)))
        return layer_refuse(layer, error, "epsilon must be positive");
    if ((fields & USES_MOMENTUM) && !(layer->momentum >= 0 && layer->momentum <= 1))
        return layer_refuse(layer, error, "the momentum must lie between 0 and 1");
    if ((fields & USES_SLOPE) && !(layer->slope >= 0 && layer->slope < 1))
        return layer_refuse(layer, error, "the slope must be at least 0 and below 1");
    if ((fields & USES_RATE) && !(layer->rate >= 0 && layer->rate < 1))
        return layer_refuse(layer, error, "the rate must be at least 0 and below 1");
    if (!isfinite(layer->alpha) || !isfinite(layer->beta) || !isfinite(layer->offset))
        return layer_refuse(layer, error, "alpha, beta and offset must be finite");
    return STATUS_OK;
}

static Status check_window(const Layer *layer, Window window, Error *error)
{
    if (window.kernel == 0 || window.kernel > SIZE_MAX_PIXELS)
        return layer_refuse(layer, error, "the kernel size is out of range");
    if (window.stride == 0 || window.stride > SIZE_MAX_PIXELS)
        return layer_refuse(layer, error, "the stride is out of range");
    if (window.dilation > SIZE_MAX_PIXELS)
        return layer_refuse(layer, error, "the dilation is out of range");
    if (window.padding >= window_span(&window))
        return layer_refuse(layer, error, "the padding must be smaller than the kernel");
    return STATUS_OK;
}

Status layer_window_check(const Layer *layer, Error *error)
{
    Status status = check_window(layer, layer_down(layer), error);
    return status == STATUS_OK ? check_window(layer, layer_across(layer), error) : status;
}

Status layer_window_shape(const Layer *layer, Shape input, Shape *output, Error *error)
{
    Window down = layer_down(layer), across = layer_across(layer);
    Status status = layer_window_check(layer, error);
    if (status != STATUS_OK)
        return status;
    if (input.height + 2 * down.padding < window_span(&down) ||
        input.width + 2 * across.padding < window_span(&across))
        return layer_refuse(layer, error, "the kernel is larger than its input");
    output->height = window_positions(&down, input.height);
    output->width = window_positions(&across, input.width);
    return STATUS_OK;
}

static Status check_size(const Layer *layer, Shape shape, Error *error)
{
    if (shape.height == 0 || shape.width == 0 || shape.channels == 0)
        return layer_refuse(layer, error, "its output is empty");
    size_t pixels, values;
    if (shape.height > SIZE_MAX_PIXELS || shape.width > SIZE_MAX_PIXELS ||
        !memory_multiply(shape.height, shape.width, &pixels) ||
        !memory_multiply(pixels, shape.channels, &values) || values > VALUES_MAX)
        return layer_refuse(layer, error, "its output is too large");
    return STATUS_OK;
}

Status layer_output_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    Status status = check_input_count(layer, error);
    if (status == STATUS_OK)
        status = check_strangers(layer, error);
    if (status == STATUS_OK)
        status = check_numbers(layer, error);
    if (status == STATUS_OK)
        status = types[layer->kind]->shape(layer, inputs, output, error);
    return status == STATUS_OK ? check_size(layer, *output, error) : status;
}
