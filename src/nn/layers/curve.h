// Functions of one value, each a row of a table: y = f(x) and its slope f'(x).
#ifndef SKYCLASS_NN_LAYERS_CURVE_H
#define SKYCLASS_NN_LAYERS_CURVE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum Curve {
    CURVE_SIGMOID,
    CURVE_TANH,
    CURVE_ERF,
    CURVE_SOFTPLUS,
    CURVE_ELU,
    CURVE_HARD_SIGMOID,
    CURVE_CLIP,
} Curve;

// output may be input. alpha and beta as the kind of layer says (nn/layer.h).
void curve_forward(Curve curve, float alpha, float beta, const float *input, size_t n_values,
                   float *output);

// grad_input = f'(input) grad_output; grad_input may be grad_output. `guided`: 0 where the gradient
// of the output is not positive (guided backpropagation keeps what speaks for a class).
void curve_backward(Curve curve, float alpha, float beta, const float *input,
                    const float *grad_output, size_t n_values, bool guided, float *grad_input);

#endif
