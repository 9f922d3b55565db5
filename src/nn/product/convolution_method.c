#include "nn/product/convolution_method.h"

#include "nn/product/product.h"

const ConvolutionMethod *convolution_method(const ConvolutionShape *shape, ConvolutionWay way)
{
    static const ConvolutionMethod *const methods[] = {&convolution_winograd, &convolution_columns,
                                                       &convolution_direct};
    ProductChoice choice = product_choice();
    // The other two have kernels of their own.
    if (choice == PRODUCTS_BLAS || choice == PRODUCTS_REFERENCE)
        return &convolution_columns;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i]->suits(shape, way))
            return methods[i];
    return &convolution_columns;
}
