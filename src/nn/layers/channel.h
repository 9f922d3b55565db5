// Layers that give each channel numbers of its own, or look at neighbouring channels. Arrays are
// channels-last: n_pixels x channels, the pixels of all sources after one another.
#ifndef SKYCLASS_NN_LAYERS_CHANNEL_H
#define SKYCLASS_NN_LAYERS_CHANNEL_H

#include <stddef.h>

// output = weight x + bias. output may be input.
void scale_forward(const float *input, size_t n_pixels, size_t channels, const float *weight,
                   const float *bias, float *output);
// Adds to grad_parameters[2 channels], weight then bias (NULL: not wanted); overwrites grad_input,
// which may be grad_output (NULL: not wanted).
void scale_backward(const float *input, const float *grad_output, size_t n_pixels, size_t channels,
                    const float *weight, float *grad_input, float *grad_parameters);

// output = x where x > 0, weight x elsewhere. output may be input.
void prelu_forward(const float *input, size_t n_pixels, size_t channels, const float *weight,
                   float *output);
// As scale_backward, with grad_parameters[channels].
void prelu_backward(const float *input, const float *grad_output, size_t n_pixels, size_t channels,
                    const float *weight, float *grad_input, float *grad_parameters);

// output = a b, where b has as many values as a or (b_pixels 1) one a channel for all n_pixels.
void multiply_forward(const float *a, const float *b, size_t n_pixels, size_t b_pixels,
                      size_t channels, float *output);
// The gradient of a from that of the output and b: multiply_forward once more. That of b:
void multiply_backward_second(const float *a, const float *grad_output, size_t n_pixels,
                              size_t b_pixels, size_t channels, float *grad_b);

// Local response normalisation (Krizhevsky et al. 2012): y = x s^-beta with s = offset + alpha /
// span * the sum of x^2 over channels c - floor((span - 1) / 2) .. c + ceil((span - 1) / 2).
typedef struct LocalNorm {
    size_t channels, span;
    float alpha, beta, offset;
} LocalNorm;
void local_norm_forward(const LocalNorm *norm, const float *input, size_t n_pixels, float *output);
void local_norm_backward(const LocalNorm *norm, const float *input, const float *grad_output,
                         size_t n_pixels, float *grad_input);

#endif
