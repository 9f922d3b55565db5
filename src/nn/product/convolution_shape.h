// What a convolution is, before anything is said of how it is done.
#ifndef SKYCLASS_NN_PRODUCT_CONVOLUTION_SHAPE_H
#define SKYCLASS_NN_PRODUCT_CONVOLUTION_SHAPE_H

#include <stdbool.h>

#include "nn/window.h"

typedef struct ConvolutionShape {
    size_t height, width, in_channels; // of the input
    size_t out_channels;
    Window down, across; // along the rows' axis (height), along the columns' (width)
    size_t groups;       // channels in and out are cut into so many parts; 0 counts as 1
} ConvolutionShape;

size_t convolution_output_height(const ConvolutionShape *shape);
size_t convolution_output_width(const ConvolutionShape *shape);
size_t convolution_groups(const ConvolutionShape *shape);
// Input channels of one group times the taps: values under the kernel.
size_t convolution_patch(const ConvolutionShape *shape);
size_t convolution_input_size(const ConvolutionShape *shape); // values of one image
size_t convolution_output_size(const ConvolutionShape *shape);
// Square, without dilation, in one group.
bool convolution_is_plain(const ConvolutionShape *shape);

#endif
