#include "nn/layer_kind.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

// Larger sizes can only come from a damaged file.
enum { SIZE_MAX_PIXELS = 1 << 16, VALUES_MAX = 1 << 29 };

static const char *const kind_names[LAYER_KIND_COUNT] = {
    [LAYER_INPUT] = "input",
    [LAYER_CONVOLUTION] = "convolution",
    [LAYER_LINEAR] = "linear",
    [LAYER_GROUP_NORM] = "group_norm",
    [LAYER_BATCH_NORM] = "batch_norm",
    [LAYER_RELU] = "relu",
    [LAYER_LEAKY_RELU] = "leaky_relu",
    [LAYER_MAX_POOL] = "max_pool",
    [LAYER_AVERAGE_POOL] = "average_pool",
    [LAYER_ADAPTIVE_AVERAGE] = "adaptive_average",
    [LAYER_ADD] = "add",
    [LAYER_CONCATENATE] = "concatenate",
    [LAYER_FLATTEN] = "flatten",
    [LAYER_DROPOUT] = "dropout",
    [LAYER_CROP_ENLARGE] = "crop_enlarge",
};

const char *layer_kind_name(LayerKind kind)
{
    return kind_names[kind];
}

bool layer_kind_find(const char *name, LayerKind *kind)
{
    for (LayerKind k = LAYER_INPUT; k < LAYER_KIND_COUNT; k++)
        if (strcmp(kind_names[k], name) == 0) {
            *kind = k;
            return true;
        }
    return false;
}

static Status refuse(const Layer *layer, Error *error, const char *what)
{
    return error_set(error, STATUS_BAD_INPUT, "layer %.*s (%s): %s", LAYER_NAME_SIZE, layer->name,
                     kind_names[layer->kind], what);
}

static bool same_shape(Shape a, Shape b)
{
    return a.height == b.height && a.width == b.width && a.channels == b.channels;
}

static Status check_input_count(const Layer *layer, Error *error)
{
    switch (layer->kind) {
    case LAYER_INPUT:
        return layer->n_inputs == 0 ? STATUS_OK : refuse(layer, error, "takes no inputs");
    case LAYER_ADD:
        return layer->n_inputs == 2 ? STATUS_OK : refuse(layer, error, "needs two inputs");
    case LAYER_CONCATENATE:
        return layer->n_inputs >= 1 && layer->n_inputs <= LAYER_INPUTS_MAX
                   ? STATUS_OK
                   : refuse(layer, error, "needs one to eight inputs");
    default:
        return layer->n_inputs == 1 ? STATUS_OK : refuse(layer, error, "needs one input");
    }
}

static Status window_shape(const Layer *layer, Shape input, Shape *output, Error *error)
{
    if (layer->kernel == 0 || layer->kernel > SIZE_MAX_PIXELS)
        return refuse(layer, error, "the kernel size is out of range");
    if (layer->stride == 0 || layer->stride > SIZE_MAX_PIXELS)
        return refuse(layer, error, "the stride is out of range");
    if (layer->padding >= layer->kernel)
        return refuse(layer, error, "the padding must be smaller than the kernel");
    // PyTorch's rule; it makes sure that no pooling window lies in the padding alone.
    if (layer->kind != LAYER_CONVOLUTION && layer->padding > layer->kernel / 2)
        return refuse(layer, error, "the padding must be at most half the kernel");
    if (input.height + 2 * layer->padding < layer->kernel ||
        input.width + 2 * layer->padding < layer->kernel)
        return refuse(layer, error, "the kernel is larger than its input");
    output->height = (input.height + 2 * layer->padding - layer->kernel) / layer->stride + 1;
    output->width = (input.width + 2 * layer->padding - layer->kernel) / layer->stride + 1;
    return STATUS_OK;
}

static Status join_shapes(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    for (size_t i = 1; i < layer->n_inputs; i++) {
        if (inputs[i].height != inputs[0].height || inputs[i].width != inputs[0].width)
            return refuse(layer, error, "its inputs differ in size");
        output->channels += inputs[i].channels;
    }
    return STATUS_OK;
}

static Status check_numbers(const Layer *layer, Error *error)
{
    bool norm = layer->kind == LAYER_GROUP_NORM || layer->kind == LAYER_BATCH_NORM;
    if (norm && !(layer->epsilon > 0 && isfinite(layer->epsilon)))
        return refuse(layer, error, "epsilon must be positive");
    if (layer->kind == LAYER_BATCH_NORM && !(layer->momentum >= 0 && layer->momentum <= 1))
        return refuse(layer, error, "the momentum must lie between 0 and 1");
    if (layer->kind == LAYER_LEAKY_RELU && !(layer->slope >= 0 && layer->slope < 1))
        return refuse(layer, error, "the slope must be at least 0 and below 1");
    if (layer->kind == LAYER_DROPOUT && !(layer->rate >= 0 && layer->rate < 1))
        return refuse(layer, error, "the rate must be at least 0 and below 1");
    return STATUS_OK;
}

// One dimension's worth of `shape` within the limits, and their product too.
static Status check_size(const Layer *layer, Shape shape, Error *error)
{
    if (shape.height == 0 || shape.width == 0 || shape.channels == 0)
        return refuse(layer, error, "its output is empty");
    size_t pixels, values;
    if (shape.height > SIZE_MAX_PIXELS || shape.width > SIZE_MAX_PIXELS ||
        !memory_multiply(shape.height, shape.width, &pixels) ||
        !memory_multiply(pixels, shape.channels, &values) || values > VALUES_MAX)
        return refuse(layer, error, "its output is too large");
    return STATUS_OK;
}

static Status kind_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    if (layer->kind != LAYER_INPUT)
        *output = inputs[0];
    switch (layer->kind) {
    case LAYER_INPUT:
        *output = (Shape){layer->height, layer->width, layer->channels};
        return STATUS_OK;
    case LAYER_CONVOLUTION:
        output->channels = layer->channels;
        return window_shape(layer, inputs[0], output, error);
    case LAYER_MAX_POOL:
    case LAYER_AVERAGE_POOL:
        return window_shape(layer, inputs[0], output, error);
    case LAYER_LINEAR:
        if (inputs[0].height != 1 || inputs[0].width != 1)
            return refuse(layer, error, "its input must be flattened first");
        output->channels = layer->channels;
        return STATUS_OK;
    case LAYER_GROUP_NORM:
        if (layer->groups == 0 || inputs[0].channels % layer->groups != 0)
            return refuse(layer, error, "the channels cannot be shared out over the groups");
        return STATUS_OK;
    case LAYER_ADAPTIVE_AVERAGE:
        output->height = layer->height;
        output->width = layer->width;
        return STATUS_OK;
    case LAYER_ADD:
        if (!same_shape(inputs[0], inputs[1]))
            return refuse(layer, error, "its inputs differ in shape");
        return STATUS_OK;
    case LAYER_CONCATENATE:
        return join_shapes(layer, inputs, output, error);
    case LAYER_FLATTEN:
        *output = (Shape){1, 1, inputs[0].height * inputs[0].width * inputs[0].channels};
        return STATUS_OK;
    case LAYER_CROP_ENLARGE:
        if (layer->crop_size == 0 || layer->crop_size > inputs[0].height ||
            layer->crop_size > inputs[0].width ||
            layer->crop_start > inputs[0].height - layer->crop_size ||
            layer->crop_start > inputs[0].width - layer->crop_size)
            return refuse(layer, error, "the crop reaches outside its input");
        output->height = layer->height;
        output->width = layer->width;
        return STATUS_OK;
    default: // element by element
        return STATUS_OK;
    }
}

Status layer_output_shape(const Layer *layer, const Shape *inputs, Shape *output, Error *error)
{
    Status status = check_input_count(layer, error);
    if (status == STATUS_OK)
        status = check_numbers(layer, error);
    if (status == STATUS_OK)
        status = kind_shape(layer, inputs, output, error);
    if (status == STATUS_OK)
        status = check_size(layer, *output, error);
    return status;
}
