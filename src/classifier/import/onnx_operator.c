// The operators of ONNX that skyclass knows: what each reads, the layer it makes of the image's
// values, and what it makes of constants. Those that are not here are refused by name.
#include <string.h>

#include "classifier/import/onnx_operators_internal.h"

enum { ANY = ONNX_INPUTS_MAX };
#define NO_LAYER LAYER_KIND_COUNT

static const OnnxOperator operators[] = {
    {"Add", 2, 2, LAYER_ADD, onnx_make_add, onnx_fold_binary},
    {"AveragePool", 1, 1, LAYER_AVERAGE_POOL, onnx_make_pool, NULL},
    {"BatchNormalization", 5, 5, LAYER_BATCH_NORM, onnx_make_batch_norm, NULL},
    {"Cast", 1, 1, NO_LAYER, onnx_make_same, onnx_fold_cast},
    {"Ceil", 1, 1, NO_LAYER, NULL, onnx_fold_unary},
    {"Clip", 1, 3, LAYER_CLIP, onnx_make_clip, NULL},
    {"Concat", 1, ANY, LAYER_CONCATENATE, onnx_make_concat, onnx_fold_concat},
    {"Constant", 0, 0, NO_LAYER, NULL, onnx_fold_constant},
    {"ConstantOfShape", 1, 1, NO_LAYER, NULL, onnx_fold_filled},
    {"Conv", 2, 3, LAYER_CONVOLUTION, onnx_make_convolution, NULL},
    {"Div", 2, 2, LAYER_SCALE, onnx_make_divide, onnx_fold_binary},
    {"Dropout", 1, 3, LAYER_DROPOUT, onnx_make_dropout, NULL},
    {"Elu", 1, 1, LAYER_ELU, onnx_make_curve, NULL},
    {"Erf", 1, 1, LAYER_ERF, onnx_make_curve, NULL},
    {"Expand", 2, 2, NO_LAYER, NULL, onnx_fold_expand},
    {"Flatten", 1, 1, LAYER_FLATTEN, onnx_make_flatten, NULL},
    {"Floor", 1, 1, NO_LAYER, NULL, onnx_fold_unary},
    {"Gather", 2, 2, NO_LAYER, NULL, onnx_fold_gather},
    {"Gelu", 1, 1, LAYER_MULTIPLY, onnx_make_gelu, NULL},
    {"Gemm", 2, 3, LAYER_LINEAR, onnx_make_gemm, NULL},
    {"GlobalAveragePool", 1, 1, LAYER_ADAPTIVE_AVERAGE, onnx_make_global_pool, NULL},
    {"GlobalMaxPool", 1, 1, LAYER_MAX_POOL, onnx_make_global_pool, NULL},
    {"GroupNormalization", 3, 3, LAYER_GROUP_NORM, onnx_make_group_norm, NULL},
    {"HardSigmoid", 1, 1, LAYER_HARD_SIGMOID, onnx_make_curve, NULL},
    {"HardSwish", 1, 1, LAYER_MULTIPLY, onnx_make_hard_swish, NULL},
    {"Identity", 1, 1, NO_LAYER, onnx_make_same, onnx_fold_same},
    {"InstanceNormalization", 3, 3, LAYER_GROUP_NORM, onnx_make_instance_norm, NULL},
    {"LRN", 1, 1, LAYER_LOCAL_NORM, onnx_make_local_norm, NULL},
    {"LeakyRelu", 1, 1, LAYER_LEAKY_RELU, onnx_make_leaky, NULL},
    {"LogSoftmax", 1, 1, NO_LAYER, onnx_make_softmax, NULL},
    {"MatMul", 2, 2, LAYER_LINEAR, onnx_make_matmul, NULL},
    {"MaxPool", 1, 1, LAYER_MAX_POOL, onnx_make_pool, NULL},
    {"Mish", 1, 1, LAYER_MULTIPLY, onnx_make_mish, NULL},
    {"Mul", 2, 2, LAYER_MULTIPLY, onnx_make_multiply, onnx_fold_binary},
    {"Neg", 1, 1, LAYER_SCALE, onnx_make_negative, onnx_fold_unary},
    {"PRelu", 2, 2, LAYER_PRELU, onnx_make_prelu, NULL},
    {"Pad", 1, 4, LAYER_PAD, onnx_make_pad, NULL},
    {"Reciprocal", 1, 1, NO_LAYER, NULL, onnx_fold_unary},
    {"ReduceMax", 1, 2, LAYER_MAX_POOL, onnx_make_reduction, NULL},
    {"ReduceMean", 1, 2, LAYER_ADAPTIVE_AVERAGE, onnx_make_reduction, NULL},
    {"ReduceProd", 1, 2, NO_LAYER, NULL, onnx_fold_product},
    {"Relu", 1, 1, LAYER_RELU, onnx_make_curve, NULL},
    {"Reshape", 1, 2, LAYER_REARRANGE, onnx_make_reshape, onnx_fold_reshape},
    {"Selu", 1, 1, LAYER_ELU, onnx_make_selu, NULL},
    {"Shape", 1, 1, NO_LAYER, onnx_make_shape, onnx_make_shape},
    {"Sigmoid", 1, 1, LAYER_SIGMOID, onnx_make_curve, NULL},
    {"Size", 1, 1, NO_LAYER, onnx_make_size, onnx_make_size},
    {"Slice", 1, 5, LAYER_CHANNEL_SLICE, onnx_make_slice, onnx_fold_slice},
    {"Softmax", 1, 1, NO_LAYER, onnx_make_softmax, NULL},
    {"Softplus", 1, 1, LAYER_SOFTPLUS, onnx_make_curve, NULL},
    {"Split", 1, 2, LAYER_CHANNEL_SLICE, onnx_make_split, NULL},
    {"Sqrt", 1, 1, NO_LAYER, NULL, onnx_fold_unary},
    {"Squeeze", 1, 2, LAYER_REARRANGE, onnx_make_squeeze, onnx_fold_squeeze},
    {"Sub", 2, 2, LAYER_ADD, onnx_make_subtract, onnx_fold_binary},
    {"Sum", 1, ANY, LAYER_ADD, onnx_make_sum, NULL},
    {"Swish", 1, 1, LAYER_MULTIPLY, onnx_make_swish, NULL},
    {"Tanh", 1, 1, LAYER_TANH, onnx_make_curve, NULL},
    {"Transpose", 1, 1, LAYER_REARRANGE, onnx_make_transpose, onnx_fold_transpose},
    {"Unsqueeze", 1, 2, LAYER_REARRANGE, onnx_make_unsqueeze, onnx_fold_unsqueeze},
};

const OnnxOperator *onnx_operator(const char *name)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strcmp(operators[i].name, name) == 0)
            return &operators[i];
    return NULL;
}
