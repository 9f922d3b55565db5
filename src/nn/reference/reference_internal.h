// The loops of each kind, for the table in reference.c.
#ifndef SKYCLASS_NN_REFERENCE_REFERENCE_INTERNAL_H
#define SKYCLASS_NN_REFERENCE_REFERENCE_INTERNAL_H

#include "nn/reference/reference.h"

typedef void ReferenceLoops(const ReferenceCall *call);

// Element (row, column, channel) of source i.
static inline size_t place(Shape shape, size_t i, size_t row, size_t column, size_t channel)
{
    return ((i * shape.height + row) * shape.width + column) * shape.channels + channel;
}

// grad += value, where it is wanted.
static inline void add(double *grad, size_t at, double value)
{
    if (grad != NULL)
        grad[at] += value;
}

ReferenceLoops reference_convolution, reference_convolution_back;
ReferenceLoops reference_linear, reference_linear_back;
ReferenceLoops reference_norm, reference_norm_back;
ReferenceLoops reference_activation, reference_activation_back;
ReferenceLoops reference_max_pool, reference_max_pool_back;
ReferenceLoops reference_average, reference_average_back; // adaptive too
ReferenceLoops reference_add, reference_add_back;
ReferenceLoops reference_concatenate, reference_concatenate_back;
ReferenceLoops reference_flatten, reference_flatten_back;
ReferenceLoops reference_dropout, reference_dropout_back;
ReferenceLoops reference_crop, reference_crop_back;
ReferenceLoops reference_curve, reference_curve_back; // every function of one value
ReferenceLoops reference_prelu, reference_prelu_back;
ReferenceLoops reference_scale, reference_scale_back;
ReferenceLoops reference_multiply, reference_multiply_back;
ReferenceLoops reference_local_norm, reference_local_norm_back;
ReferenceLoops reference_pad, reference_pad_back;
ReferenceLoops reference_rearrange, reference_rearrange_back;
ReferenceLoops reference_slice, reference_slice_back;

#endif
