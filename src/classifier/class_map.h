// What a network looked at when it gave a class, as a picture on its input's pixels.
//
// y is the logit of one class, A the maps of the last convolutions after their activation.
// Grad-CAM (Selvaraju et al. 2017, equations 1 and 2): a_k = mean over the map of dy/dA_k; the map
// is ReLU(sum over k of a_k A_k), enlarged bilinearly to the part of the input that it sees. Of a
// network with several pathways the maps are summed. Divided by its maximum; all 0 stays 0.
// Guided backpropagation (Springenberg et al. 2015): dy/dinput, where every (leaky) ReLU hands a
// gradient on only where its input and the gradient are positive.
#ifndef SKYCLASS_CLASSIFIER_CLASS_MAP_H
#define SKYCLASS_CLASSIFIER_CLASS_MAP_H

#include <stddef.h>

#include "base/error.h"
#include "base/parallel.h"
#include "nn/network.h"

typedef enum ClassMapKind {
    CLASS_MAP_GRADCAM,        // one plane
    CLASS_MAP_GRADIENT,       // dy/dinput, a plane a channel
    CLASS_MAP_GUIDED,         // guided backpropagation, a plane a channel
    CLASS_MAP_GUIDED_GRADCAM, // the product of both, a plane a channel
} ClassMapKind;

typedef struct ClassMapper ClassMapper;

// `layer` names the maps that Grad-CAM looks at; NULL or "": the last ones. `network` and
// `parallel` must outlive the mapper. STATUS_USAGE where the layer does not exist or no map does.
Status class_mapper_new(const Network *network, ClassMapKind kind, const char *layer,
                        Parallel *parallel, ClassMapper **mapper, Error *error);
void class_mapper_free(ClassMapper *mapper);

size_t class_mapper_planes(const ClassMapper *mapper);

// maps[n][planes][height][width], rows upwards, for input[n][height][width][channels] and
// classes[n] from 0.
Status class_mapper_run(ClassMapper *mapper, const float *input, const size_t *classes, size_t n,
                        float *maps, Error *error);

// plane[height][width] to resized[new_height][new_width], about pixel centres. Made larger:
// bilinear, clamped at the edges (PyTorch's interpolate, align_corners=False). Made smaller: each
// pixel is the mean of those that it covers (adaptive average).
void map_enlarge(const float *plane, size_t height, size_t width, size_t new_height,
                 size_t new_width, float *resized);
void map_fit(const float *plane, size_t height, size_t width, size_t new_height, size_t new_width,
             float *resized);

#endif
