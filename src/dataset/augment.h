// Augmentation: changes of a training image that keep its class.
#ifndef SKYCLASS_DATASET_AUGMENT_H
#define SKYCLASS_DATASET_AUGMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/random.h"

// What may happen to an image. All zero: nothing.
typedef enum Corners {
    CORNERS_MIRROR, // what lies outside the image is its mirror image
    CORNERS_ZERO,   // or 0, as scikit-image's rotate has it
} Corners;

typedef struct Augmentation {
    bool right_angles;        // turned by 0, 90 or 270 degrees in turn (paper 000; 180 degrees is
                              // both reflections, which balancing makes)
    bool reflections;         // mirrored with probability 0.5 along either axis
    double rotation;          // degrees: by any angle up to this (paper 001: 360)
    double scale;             // enlarged by this factor ... (paper 000: 1.07)
    double scale_probability; // ... with this probability (paper 000: 0.5)
    double shift;             // pixels: moved by up to this along either axis (paper 002)
    double noise;             // standard deviation of normal noise added (paper 002)
    Corners corners;          // after turning, moving and shrinking
} Augmentation;

// One particular change.
typedef struct Transform {
    bool flip_x, flip_y;    // mirrored along columns, rows; before turning
    unsigned quarter_turns; // by 90 degrees, from x to y
    double angle;           // radians, from x to y
    double scale;           // 1: as it is; > 1 enlarges about the middle
    double shift_x, shift_y;
    double noise;
    Corners corners;
} Transform;

extern const Transform transform_none;

// `turn` chooses among the right angles, modulo 3: counting it up over the copies of one image and
// over the epochs shows the image at all three equally often.
Transform augmentation_draw(const Augmentation *augmentation, size_t turn, Random *random);

// image[size][size][channels] to changed[size][size][channels], not in place. Flips and quarter
// turns move pixels exactly; the rest is bilinear about the image's middle. Noise and corners of 0
// go into the first `noisy` channels only (a constant channel stays constant).
void transform_apply(const Transform *transform, const float *image, size_t size, size_t channels,
                     size_t noisy, Random *random, float *changed);

#endif
