// Group and batch normalisation over channels-last activations [n][pixels][channels], each fused
// with the (leaky) ReLU that may follow it:
//   xhat = (x - mean) / sqrt(variance + epsilon);  z = weight[c] * xhat + bias[c]
//   y = z where z > 0, slope * z elsewhere (slope 1: no activation)
// Group norm takes mean and variance over one source's pixels and the channels of one group (Wu &
// He 2018); batch norm over all sources and pixels of one channel (Ioffe & Szegedy 2015).
#ifndef SKYCLASS_NN_LAYERS_NORM_H
#define SKYCLASS_NN_LAYERS_NORM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct NormShape {
    size_t pixels, channels;
    size_t groups; // of group norm
    float epsilon;
    float slope; // of the fused activation; 1 for none
} NormShape;

// Mean and 1/sqrt(variance + epsilon), one pair for each group or channel.
typedef struct Moments {
    float mean, inverse_deviation;
} Moments;

// Floats of scratch for any of the functions below.
size_t norm_scratch_size(size_t channels);

// output may be input. moments[n][groups], needed going back, may be NULL.
void group_norm_forward(const NormShape *shape, const float *input, size_t n, const float *weight,
                        const float *bias, float *output, Moments *moments, float *scratch);

// The same output once more, from the moments of the first time.
void group_norm_apply(const NormShape *shape, const float *input, size_t n, const float *weight,
                      const float *bias, const Moments *moments, float *output, float *scratch);

// grad_input may be grad_output; NULL: not wanted. grad_parameters[2 channels], weight then bias,
// are added to (NULL: not wanted). `guided`: see activation_backward.
void group_norm_backward(const NormShape *shape, const float *input, size_t n, const float *weight,
                         const float *bias, const Moments *moments, const float *grad_output,
                         bool guided, float *grad_input, float *grad_parameters, float *scratch);

// Adds each channel's sum of x and x^2 to sums[2 channels].
void batch_norm_accumulate(const NormShape *shape, const float *input, size_t n, double *sums,
                           float *scratch);
// moments[channels] of `count` values a channel; where running_mean and running_var are given they
// move towards the batch's by `momentum` (the variance unbiased, as PyTorch does).
void batch_norm_moments(const NormShape *shape, const double *sums, double count, double momentum,
                        Moments *moments, float *running_mean, float *running_var);
// moments[channels] from running statistics.
void batch_norm_running(const NormShape *shape, const float *running_mean, const float *running_var,
                        Moments *moments);
// output may be input.
void batch_norm_forward(const NormShape *shape, const float *input, size_t n, const float *weight,
                        const float *bias, const Moments *moments, float *output, float *scratch);

// Adds the sums over the sources that batch_norm_backward and the parameters' gradients need to
// sums[2 channels]: with g the gradient of z, first sum g xhat (the gradient of weight), then
// sum g (that of bias).
void batch_norm_backward_sums(const NormShape *shape, const float *input, size_t n,
                              const float *weight, const float *bias, const Moments *moments,
                              const float *grad_output, bool guided, double *sums, float *scratch);
// sums over the whole batch of `count` values a channel; NULL where the moments are constants
// (running statistics). grad_input may be grad_output.
void batch_norm_backward(const NormShape *shape, const float *input, size_t n, const float *weight,
                         const float *bias, const Moments *moments, const float *grad_output,
                         bool guided, const double *sums, double count, float *grad_input,
                         float *scratch);

#endif
