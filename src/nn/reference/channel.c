// Functions of one value, and layers that give each channel numbers of its own.
#include <math.h>

#include "nn/reference/reference_internal.h"

static size_t value_count(const ReferenceCall *call)
{
    return call->n * shape_values(call->view->output);
}

static size_t channel_of(const ReferenceCall *call, size_t k)
{
    return k % call->view->output.channels;
}

// ---- Functions of one value --------------------------------------------------------------------

static double curve(const Layer *layer, double x)
{
    switch (layer->kind) {
    case LAYER_SIGMOID:
        return 1.0 / (1.0 + exp(-x));
    case LAYER_TANH:
        return tanh(x);
    case LAYER_ERF:
        return erf(x);
    case LAYER_SOFTPLUS:
        return log(1.0 + exp(x));
    case LAYER_ELU:
        return x > 0.0 ? x : layer->alpha * (exp(x) - 1.0);
    case LAYER_HARD_SIGMOID:
        return fmin(fmax(layer->alpha * x + layer->beta, 0.0), 1.0);
    default:
        return fmin(fmax(x, layer->alpha), layer->beta);
    }
}

void reference_curve(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++)
        call->output[k] = curve(call->view->layer, call->inputs[0][k]);
}

// The slope as a quotient of differences, so that no formula is written twice.
void reference_curve_back(const ReferenceCall *call)
{
    const double step = 1e-5;
    const Layer *layer = call->view->layer;
    for (size_t k = 0; k < value_count(call); k++) {
        double x = call->inputs[0][k];
        double slope = (curve(layer, x + step) - curve(layer, x - step)) / (2.0 * step);
        add(call->grad_inputs[0], k, slope * call->grad_output[k]);
    }
}

// ---- Numbers of each channel -------------------------------------------------------------------

void reference_scale(const ReferenceCall *call)
{
    const float *const *values = call->view->values;
    for (size_t k = 0; k < value_count(call); k++)
        call->output[k] =
            values[0][channel_of(call, k)] * call->inputs[0][k] + values[1][channel_of(call, k)];
}

void reference_scale_back(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++) {
        size_t c = channel_of(call, k);
        double grad = call->grad_output[k];
        add(call->grad_inputs[0], k, grad * call->view->values[0][c]);
        add(call->grad_values[0], c, grad * call->inputs[0][k]);
        add(call->grad_values[1], c, grad);
    }
}

void reference_prelu(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++) {
        double x = call->inputs[0][k];
        call->output[k] = x > 0.0 ? x : call->view->values[0][channel_of(call, k)] * x;
    }
}

void reference_prelu_back(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++) {
        size_t c = channel_of(call, k);
        double x = call->inputs[0][k], grad = call->grad_output[k];
        add(call->grad_inputs[0], k, x > 0.0 ? grad : grad * call->view->values[0][c]);
        add(call->grad_values[0], c, x > 0.0 ? 0.0 : grad * x);
    }
}

// Which of the second input's values belongs to value k of the first.
static size_t second_factor(const ReferenceCall *call, size_t k)
{
    Shape first = call->view->inputs[0], second = call->view->inputs[1];
    if (shape_values(first) == shape_values(second))
        return k;
    return k / shape_values(first) * second.channels + k % second.channels;
}

void reference_multiply(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++)
        call->output[k] = call->inputs[0][k] * call->inputs[1][second_factor(call, k)];
}

void reference_multiply_back(const ReferenceCall *call)
{
    for (size_t k = 0; k < value_count(call); k++) {
        size_t second = second_factor(call, k);
        add(call->grad_inputs[0], k, call->grad_output[k] * call->inputs[1][second]);
        add(call->grad_inputs[1], second, call->grad_output[k] * call->inputs[0][k]);
    }
}

// ---- Local response normalisation --------------------------------------------------------------

static bool is_near(const Layer *layer, size_t c, size_t other)
{
    return other + (layer->span - 1) / 2 >= c && other <= c + layer->span / 2;
}

static double local_sum(const ReferenceCall *call, size_t pixel, size_t c)
{
    const Layer *layer = call->view->layer;
    size_t channels = call->view->output.channels;
    double squares = 0.0;
    for (size_t other = 0; other < channels; other++)
        if (is_near(layer, c, other))
            squares += pow(call->inputs[0][pixel * channels + other], 2);
    return layer->offset + layer->alpha / (double)layer->span * squares;
}

void reference_local_norm(const ReferenceCall *call)
{
    size_t channels = call->view->output.channels;
    for (size_t k = 0; k < value_count(call); k++)
        call->output[k] = call->inputs[0][k] * pow(local_sum(call, k / channels, k % channels),
                                                   -call->view->layer->beta);
}

void reference_local_norm_back(const ReferenceCall *call)
{
    const Layer *layer = call->view->layer;
    size_t channels = call->view->output.channels;
    for (size_t k = 0; k < value_count(call); k++) {
        size_t pixel = k / channels, c = k % channels;
        double sum = local_sum(call, pixel, c), x = call->inputs[0][k];
        add(call->grad_inputs[0], k, call->grad_output[k] * pow(sum, -layer->beta));
        for (size_t other = 0; other < channels; other++)
            if (is_near(layer, c, other))
                add(call->grad_inputs[0], pixel * channels + other,
                    -call->grad_output[k] * x * layer->beta * pow(sum, -layer->beta - 1.0) *
                        layer->alpha / (double)layer->span * 2.0 *
                        call->inputs[0][pixel * channels + other]);
    }
}
