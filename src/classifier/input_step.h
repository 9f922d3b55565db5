// The steps that turn a cutout into a network's input: each a name, numbers, and what it does to an
// image. A recipe lists them in order; a new one is a row in input_step.c.
#ifndef SKYCLASS_CLASSIFIER_INPUT_STEP_H
#define SKYCLASS_CLASSIFIER_INPUT_STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { INPUT_CHANNELS_MAX = 32, INPUT_SIZE_MAX = 8192 };
enum { STEP_VALUES_MAX = 2 * INPUT_CHANNELS_MAX, STEP_TEXT_SIZE = 32 + 26 * STEP_VALUES_MAX };

typedef enum StepKind {
    STEP_RESIZE,      // size: bilinear about pixel centres, mirrored (resize_bilinear)
    STEP_BAND_MEAN,   // mean of each channel over the training set, subtracted (starcnet)
    STEP_COLOUR_MEAN, // fixed number of each channel, subtracted (openglob: 103.939 116.779 123.68)
    STEP_DIVIDE,      // fixed number of each channel, divided by (ImageNet's deviations)
    STEP_ZSCORE,      // each channel of each cutout to mean 0, deviation 1; a flat one to 0 (m31)
    STEP_CONSTANT,    // value of one more channel, at the end (m31: 255; phangs: 0)
    STEP_REPEAT,      // number of a channel, from 1, that comes once more at the end
    STEP_CHANNELS,    // numbers of the channels to keep, from 1, in their new order (BGR: 3 2 1)
    STEP_STRETCH,     // low and high of each channel: low becomes 0, high 255, clipped (openglob)
    STEP_ASINH,       // the same along an inverse hyperbolic sine: asinh(10 t) / asinh(10)
    STEP_KIND_COUNT
} StepKind;

typedef struct InputStep {
    StepKind kind;
    size_t n_values;
    double values[STEP_VALUES_MAX];
} InputStep;

// image[size][size][channels], channels last.
typedef struct InputShape {
    size_t size, channels;
} InputShape;

const char *step_kind_name(StepKind kind); // "resize", "band_mean", ... as in model files

// The shape that the step makes of *shape. STATUS_BAD_INPUT where its numbers do not fit.
Status input_step_shape(const InputStep *step, InputShape *shape, Error *error);

// Whether the step can work in place (`to` the same as `from`): it then keeps the shape.
bool input_step_in_place(const InputStep *step);

// image `from` of `shape` to `to`. `scratch` has room for max(size before, after)^2 * channels
// floats. The step must fit the shape (input_step_shape).
void input_step_apply(const InputStep *step, InputShape shape, const float *from, float *to,
                      float *scratch);

// A step from text, "constant 255"; and as text, with every digit that its numbers need.
Status input_step_read(const char *text, InputStep *step, Error *error);
void input_step_text(const InputStep *step, char text[STEP_TEXT_SIZE]);

#endif
