// Resizing an image as scikit-image does.
#ifndef SKYCLASS_CLASSIFIER_RESIZE_H
#define SKYCLASS_CLASSIFIER_RESIZE_H

#include <stddef.h>

// Bilinear resizing of image[size_in][size_in][channels] to resized[size_out][size_out][channels]
// about pixel centres, mirrored at the outermost centres: scikit-image's resize(order=1,
// mode="reflect", anti_aliasing=False), to float rounding. rows[size_in][size_out][channels] is
// room to work in.
void resize_bilinear(const float *image, size_t size_in, size_t channels, size_t size_out,
                     float *rows, float *resized);

#endif
