#include "nn/reference/reference_internal.h"

static const struct {
    ReferenceLoops *forward, *back;
} loops[] = {
    [LAYER_INPUT] = {NULL, NULL},
    [LAYER_CONVOLUTION] = {reference_convolution, reference_convolution_back},
    [LAYER_LINEAR] = {reference_linear, reference_linear_back},
    [LAYER_GROUP_NORM] = {reference_norm, reference_norm_back},
    [LAYER_BATCH_NORM] = {reference_norm, reference_norm_back},
    [LAYER_RELU] = {reference_activation, reference_activation_back},
    [LAYER_LEAKY_RELU] = {reference_activation, reference_activation_back},
    [LAYER_MAX_POOL] = {reference_max_pool, reference_max_pool_back},
    [LAYER_AVERAGE_POOL] = {reference_average, reference_average_back},
    [LAYER_ADAPTIVE_AVERAGE] = {reference_average, reference_average_back},
    [LAYER_ADD] = {reference_add, reference_add_back},
    [LAYER_CONCATENATE] = {reference_concatenate, reference_concatenate_back},
    [LAYER_FLATTEN] = {reference_flatten, reference_flatten_back},
    [LAYER_DROPOUT] = {reference_dropout, reference_dropout_back},
    [LAYER_CROP_ENLARGE] = {reference_crop, reference_crop_back},
    [LAYER_SIGMOID] = {reference_curve, reference_curve_back},
    [LAYER_TANH] = {reference_curve, reference_curve_back},
    [LAYER_ERF] = {reference_curve, reference_curve_back},
    [LAYER_SOFTPLUS] = {reference_curve, reference_curve_back},
    [LAYER_ELU] = {reference_curve, reference_curve_back},
    [LAYER_HARD_SIGMOID] = {reference_curve, reference_curve_back},
    [LAYER_CLIP] = {reference_curve, reference_curve_back},
    [LAYER_PRELU] = {reference_prelu, reference_prelu_back},
    [LAYER_SCALE] = {reference_scale, reference_scale_back},
    [LAYER_MULTIPLY] = {reference_multiply, reference_multiply_back},
    [LAYER_AVERAGE_INSIDE] = {reference_average, reference_average_back},
    [LAYER_LOCAL_NORM] = {reference_local_norm, reference_local_norm_back},
    [LAYER_PAD] = {reference_pad, reference_pad_back},
    [LAYER_REARRANGE] = {reference_rearrange, reference_rearrange_back},
    [LAYER_CHANNEL_SLICE] = {reference_slice, reference_slice_back},
};
_Static_assert(sizeof loops / sizeof *loops == LAYER_KIND_COUNT, "a kind has no reference");

void reference_forward(const ReferenceCall *call)
{
    loops[call->view->layer->kind].forward(call);
}

void reference_backward(const ReferenceCall *call)
{
    loops[call->view->layer->kind].back(call);
}
