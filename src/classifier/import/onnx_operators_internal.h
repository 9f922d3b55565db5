// What the rows of the table of operators call (onnx_operator.c).
#ifndef SKYCLASS_CLASSIFIER_IMPORT_ONNX_OPERATORS_INTERNAL_H
#define SKYCLASS_CLASSIFIER_IMPORT_ONNX_OPERATORS_INTERNAL_H

#include "classifier/import/onnx_graph_internal.h"

typedef Status OnnxMake(OnnxNode *node);

// Layers with weights (onnx_weighted.c).
OnnxMake onnx_make_convolution, onnx_make_gemm, onnx_make_matmul, onnx_make_batch_norm,
    onnx_make_instance_norm, onnx_make_group_norm, onnx_make_prelu;
// Windows (onnx_window.c).
OnnxMake onnx_make_pool, onnx_make_global_pool, onnx_make_reduction, onnx_make_pad;
// Functions of one value, sums and products (onnx_arithmetic.c).
OnnxMake onnx_make_curve, onnx_make_leaky, onnx_make_clip, onnx_make_hard_swish, onnx_make_mish,
    onnx_make_gelu, onnx_make_selu, onnx_make_swish, onnx_make_local_norm, onnx_make_negative,
    onnx_make_add, onnx_make_subtract, onnx_make_multiply, onnx_make_divide, onnx_make_sum;
// Dimensions (onnx_dimension.c).
OnnxMake onnx_make_same, onnx_make_dropout, onnx_make_reshape, onnx_make_flatten, onnx_make_squeeze,
    onnx_make_unsqueeze, onnx_make_transpose, onnx_make_concat, onnx_make_split, onnx_make_slice,
    onnx_make_shape, onnx_make_size, onnx_make_softmax;
// Constants (onnx_fold.c).
OnnxMake onnx_fold_constant, onnx_fold_filled, onnx_fold_same, onnx_fold_cast, onnx_fold_shape,
    onnx_fold_size, onnx_fold_gather, onnx_fold_slice, onnx_fold_concat, onnx_fold_squeeze,
    onnx_fold_unsqueeze, onnx_fold_reshape, onnx_fold_transpose, onnx_fold_expand, onnx_fold_binary,
    onnx_fold_unary, onnx_fold_product;

// ---- Shared by those files ---------------------------------------------------------------------

// A window as a node says it, along one axis.
typedef struct OnnxWindow {
    size_t kernel, stride, dilation, begin, end;
    size_t positions; // along the input
    bool beyond;      // ceil_mode: the last window reaches beyond the padding
} OnnxWindow;

// windows[0] of rows, windows[1] of columns, for an image of `shape` with rank 3 or 4, and a
// kernel of the given sizes.
Status onnx_windows(OnnxNode *node, Shape shape, size_t rank, const int64_t *kernel,
                    OnnxWindow windows[2]);
// Whether a layer whose padding is the same at both ends does what the window does.
bool onnx_window_is_plain(const OnnxWindow *window, size_t size);
// Rows and columns of `value` about the image, which is one layer more.
Status onnx_pad_image(OnnxNode *node, size_t layer, const size_t begin[2], const size_t end[2],
                      double value, size_t *padded);

// A constant that goes with a value: one number for all, or one for each channel, which is where
// *dimension of the value then is. STATUS_BAD_INPUT where it varies otherwise.
Status onnx_match_constant(OnnxNode *node, const OnnxValue *value, const Constant *constant,
                           bool *one, size_t *dimension);

// The target of Reshape, -1 and 0 resolved, for a value of n_values in all dimensions.
Status onnx_resolve_shape(OnnxNode *node, const int64_t *wanted, size_t n, const size_t *old,
                          size_t n_old, size_t *dimensions);
// The dimensions with those of length 1 at `axes` inserted; n axes; STATUS_BAD_INPUT where they do
// not fit. Squeezed: without them (n 0: without all of length 1 from dimension `first` on).
Status onnx_unsqueezed(OnnxNode *node, const size_t *old, size_t rank, const int64_t *axes,
                       size_t n, bool inserted[ONNX_RANK_MAX], size_t *new_rank);
Status onnx_squeezed(OnnxNode *node, const size_t *old, size_t rank, const int64_t *axes, size_t n,
                     size_t first, bool removed[ONNX_RANK_MAX]);
// The order of Transpose; reversed by default.
Status onnx_order(OnnxNode *node, size_t rank, size_t order[ONNX_RANK_MAX]);

// Slice along one axis: starts, ends, axes and steps from attributes or inputs.
typedef struct OnnxSlice {
    size_t axis, first, count;
    int64_t step;
} OnnxSlice;
Status onnx_slices(OnnxNode *node, const size_t *dimensions, size_t rank,
                   OnnxSlice slices[ONNX_RANK_MAX], size_t *n);

#endif
