// Operators whose layers have weights.
#include <string.h>

#include "classifier/import/onnx_operators_internal.h"

// ---- Convolution -------------------------------------------------------------------------------

// [out][in][columns] -> [out][in][1][columns]
static Status as_kernel(OnnxNode *node, Constant *weight)
{
    size_t dimensions[4] = {weight->view.dimensions[0], weight->view.dimensions[1], 1,
                            weight->view.dimensions[2]};
    if (weight->view.n_dimensions == 4)
        return STATUS_OK;
    return onnx_blame(node, constant_reshaped(&node->graph->plan.pool, weight, 4, dimensions,
                                              weight, node->error));
}

static Status pad_unevenly(OnnxNode *node, OnnxWindow windows[2], size_t *layer)
{
    Shape in = node->graph->plan.layers[*layer].shape;
    const size_t begin[2] = {windows[0].begin, windows[1].begin};
    const size_t end[2] = {windows[0].end, windows[1].end};
    if (onnx_window_is_plain(&windows[0], in.height) && onnx_window_is_plain(&windows[1], in.width))
        return STATUS_OK;
    windows[0].begin = windows[1].begin = 0;
    return onnx_pad_image(node, *layer, begin, end, 0.0, layer);
}

static Status add_convolution(OnnxNode *node, OnnxWindow windows[2], size_t input,
                              const Constant *values, size_t n_values, size_t *layer)
{
    int64_t groups = onnx_whole(node, "group", 1);
    Status status = pad_unevenly(node, windows, &input);
    if (status != STATUS_OK)
        return status;
    if (groups < 1 || groups > 1 << 20)
        return onnx_refuse(node, "%lld groups are out of range", (long long)groups);
    Layer convolution = {.kind = LAYER_CONVOLUTION,
                         .channels = values[0].view.dimensions[0],
                         .kernel = windows[0].kernel,
                         .stride = windows[0].stride,
                         .padding = windows[0].begin,
                         .dilation = windows[0].dilation,
                         .groups = (size_t)groups,
                         .bias = n_values > 1,
                         .n_inputs = 1,
                         .inputs = {input}};
    convolution.across =
        (Window){windows[1].kernel, windows[1].stride, windows[1].begin, windows[1].dilation};
    const Window down = layer_down(&convolution);
    convolution.rectangular = memcmp(&down, &convolution.across, sizeof down) != 0;
    if (!convolution.rectangular)
        convolution.across = (Window){0};
    return onnx_add(node, convolution, values, n_values, layer);
}

Status onnx_make_convolution(OnnxNode *node)
{
    OnnxValue *value;
    OnnxWindow windows[2];
    Constant values[2];
    size_t layer, n_values = onnx_has_input(node, 2) ? 2 : 1;
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_constant(node, 1, "weights", &values[0]);
    if (status == STATUS_OK && n_values == 2)
        status = onnx_constant(node, 2, "bias", &values[1]);
    if (status == STATUS_OK)
        status = onnx_as_image(node, value);
    if (status != STATUS_OK)
        return status;
    if (value->rank < 3 || values[0].view.n_dimensions != value->rank)
        return onnx_refuse(node, "its weights have %zu dimensions and its input %zu",
                           values[0].view.n_dimensions, value->rank);
    status = as_kernel(node, &values[0]);
    if (status == STATUS_OK) {
        const int64_t kernel[2] = {(int64_t)values[0].view.dimensions[2],
                                   (int64_t)values[0].view.dimensions[3]};
        status = onnx_windows(node, onnx_shape(node->graph, value), value->rank, kernel, windows);
    }
    if (status == STATUS_OK)
        status = add_convolution(node, windows, value->layer, values, n_values, &layer);
    return status == STATUS_OK ? onnx_give_image(node, 0, layer, value->rank) : status;
}

// ---- Fully connected ---------------------------------------------------------------------------

// `weight` is [in][out] unless `turned`. The bias may be one number for all.
static Status add_linear(OnnxNode *node, OnnxValue *value, const Constant *weight, bool turned,
                         const Constant *bias, size_t *layer)
{
    static const size_t exchanged[] = {1, 0};
    Constant values[2] = {turned ? *weight : constant_transposed(weight, exchanged)};
    if (value->rank != 2 || weight->view.n_dimensions != 2)
        return onnx_refuse(node,
                           "multiplies values of %zu and %zu dimensions; skyclass knows "
                           "vectors with matrices",
                           value->rank, weight->view.n_dimensions);
    size_t out = values[0].view.dimensions[0];
    Status status = onnx_as_image(node, value);
    if (status == STATUS_OK && bias != NULL)
        status = bias->n == 1 ? onnx_blame(node, constant_filled(&node->graph->plan.pool, false,
                                                                 constant_value(bias, 0), 1, &out,
                                                                 &values[1], node->error))
                              : onnx_blame(node, constant_reshaped(&node->graph->plan.pool, bias, 1,
                                                                   &out, &values[1], node->error));
    if (status != STATUS_OK)
        return status;
    Layer linear = {.kind = LAYER_LINEAR,
                    .channels = out,
                    .bias = bias != NULL,
                    .n_inputs = 1,
                    .inputs = {value->layer}};
    return onnx_add(node, linear, values, bias != NULL ? 2 : 1, layer);
}

Status onnx_make_gemm(OnnxNode *node)
{
    OnnxValue *value;
    Constant weight, bias;
    size_t layer;
    bool has_bias = onnx_has_input(node, 2);
    if (onnx_whole(node, "transA", 0) != 0)
        return onnx_refuse(node, "transposes the sources");
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_constant(node, 1, "weights", &weight);
    if (status == STATUS_OK && has_bias)
        status = onnx_constant(node, 2, "bias", &bias);
    if (status == STATUS_OK)
        status = add_linear(node, value, &weight, onnx_whole(node, "transB", 0) != 0,
                            has_bias ? &bias : NULL, &layer);
    if (status != STATUS_OK)
        return status;
    node->graph->plan.layers[layer].factors[0] = onnx_real(node, "alpha", 1.0);
    node->graph->plan.layers[layer].factors[1] = onnx_real(node, "beta", 1.0);
    return onnx_give_image(node, 0, layer, 2);
}

Status onnx_make_matmul(OnnxNode *node)
{
    OnnxValue *value;
    Constant weight;
    size_t layer;
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_constant(node, 1, "second factor", &weight);
    if (status == STATUS_OK)
        status = add_linear(node, value, &weight, false, NULL, &layer);
    return status == STATUS_OK ? onnx_give_image(node, 0, layer, 2) : status;
}

// ---- Norms -------------------------------------------------------------------------------------

// Constants of inputs first .. first+n-1.
static Status read_values(OnnxNode *node, size_t first, size_t n, Constant *values)
{
    static const char *const names[] = {"scale", "bias", "mean", "variance"};
    Status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        status = onnx_constant(node, first + i, names[i], &values[i]);
    return status;
}

static Status add_norm(OnnxNode *node, Layer layer, const Constant *values, size_t n_values)
{
    OnnxValue *value;
    size_t index;
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_as_image(node, value);
    if (status != STATUS_OK)
        return status;
    layer.kind = node->rule->kind;
    layer.epsilon = onnx_real(node, "epsilon", 1e-5);
    layer.n_inputs = 1;
    layer.inputs[0] = value->layer;
    status = onnx_add(node, layer, values, n_values, &index);
    return status == STATUS_OK ? onnx_give_image(node, 0, index, value->rank) : status;
}

Status onnx_make_batch_norm(OnnxNode *node)
{
    Constant values[4];
    Status status = read_values(node, 1, 4, values);
    if (status != STATUS_OK)
        return status;
    if (onnx_whole(node, "training_mode", 0) != 0 || onnx_whole(node, "spatial", 1) != 1)
        return onnx_refuse(node, "is as in training; export the model for inference");
    // ONNX keeps this part of the old statistics, PyTorch (and a layer here) takes that of the new.
    double momentum = 1.0 - onnx_real(node, "momentum", 0.9);
    return add_norm(node, (Layer){.momentum = momentum}, values, 4);
}

Status onnx_make_instance_norm(OnnxNode *node)
{
    Constant values[2];
    Status status = read_values(node, 1, 2, values);
    return status == STATUS_OK ? add_norm(node, (Layer){.groups = values[0].n}, values, 2) : status;
}

// Before operator set 21 there is one number a group, since then one a channel.
static Status spread_over_groups(OnnxNode *node, size_t channels, Constant *value)
{
    void *numbers;
    Constant spread;
    size_t n = value->n;
    if (n == channels || n == 0 || channels % n != 0)
        return STATUS_OK;
    Status status =
        constant_new(&node->graph->plan.pool, false, 1, &channels, &spread, &numbers, node->error);
    for (size_t c = 0; c < channels && status == STATUS_OK; c++)
        ((float *)numbers)[c] = (float)constant_value(value, c / (channels / n));
    if (status == STATUS_OK)
        *value = spread;
    return onnx_blame(node, status);
}

Status onnx_make_group_norm(OnnxNode *node)
{
    OnnxValue *value;
    Constant values[2];
    int64_t groups = onnx_whole(node, "num_groups", 0);
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = read_values(node, 1, 2, values);
    for (size_t i = 0; i < 2 && status == STATUS_OK; i++)
        status = spread_over_groups(node, value->dimensions[1], &values[i]);
    if (status != STATUS_OK)
        return status;
    if (groups < 1 || groups > 1 << 20)
        return onnx_refuse(node, "%lld groups are out of range", (long long)groups);
    return add_norm(node, (Layer){.groups = (size_t)groups}, values, 2);
}

// ---- Slopes ------------------------------------------------------------------------------------

Status onnx_make_prelu(OnnxNode *node)
{
    OnnxValue *value;
    Constant slope;
    size_t layer;
    Status status = onnx_data(node, 0, &value);
    if (status == STATUS_OK)
        status = onnx_constant(node, 1, "slope", &slope);
    if (status == STATUS_OK)
        status = onnx_as_image(node, value);
    if (status != STATUS_OK)
        return status;
    size_t channels = value->dimensions[1], dimension = 1;
    bool one = slope.n == 1, old = node->graph->opset < 7 && slope.n == channels;
    if (!one && !old)
        status = onnx_match_constant(node, value, &slope, &one, &dimension);
    if (status == STATUS_OK && dimension != 1)
        return onnx_refuse(node, "its slopes are not one for each channel");
    if (status == STATUS_OK && one)
        status = constant_filled(&node->graph->plan.pool, false, constant_value(&slope, 0), 1,
                                 &channels, &slope, node->error);
    else if (status == STATUS_OK)
        status =
            constant_reshaped(&node->graph->plan.pool, &slope, 1, &channels, &slope, node->error);
    if (status != STATUS_OK)
        return status;
    status = onnx_add(node, (Layer){.kind = LAYER_PRELU, .n_inputs = 1, .inputs = {value->layer}},
                      &slope, 1, &layer);
    return status == STATUS_OK ? onnx_give_image(node, 0, layer, value->rank) : status;
}
