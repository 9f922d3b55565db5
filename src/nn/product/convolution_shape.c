#include "nn/product/convolution_shape.h"

size_t convolution_output_height(const ConvolutionShape *shape)
{
    return window_positions(&shape->down, shape->height);
}

size_t convolution_output_width(const ConvolutionShape *shape)
{
    return window_positions(&shape->across, shape->width);
}

size_t convolution_groups(const ConvolutionShape *shape)
{
    return shape->groups > 0 ? shape->groups : 1;
}

size_t convolution_patch(const ConvolutionShape *shape)
{
    return shape->down.kernel * shape->across.kernel * shape->in_channels /
           convolution_groups(shape);
}

size_t convolution_input_size(const ConvolutionShape *shape)
{
    return shape->height * shape->width * shape->in_channels;
}

size_t convolution_output_size(const ConvolutionShape *shape)
{
    return convolution_output_height(shape) * convolution_output_width(shape) * shape->out_channels;
}

bool convolution_is_plain(const ConvolutionShape *shape)
{
    return shape->down.kernel == shape->across.kernel &&
           shape->down.stride == shape->across.stride &&
           shape->down.padding == shape->across.padding && shape->down.dilation <= 1 &&
           shape->across.dilation <= 1 && convolution_groups(shape) == 1;
}
