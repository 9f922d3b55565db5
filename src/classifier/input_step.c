#include "classifier/input_step.h"

#include <math.h>
#include <string.h>

#include "base/named_numbers.h"
#include "classifier/resize.h"

typedef enum StepNumbers {
    NUMBERS_NONE,
    NUMBERS_ONE,
    NUMBERS_SOME,            // one or more
    NUMBERS_A_CHANNEL,       // one for each channel
    NUMBERS_TWO_OF_A_CHANNEL // two for each channel
} StepNumbers;

typedef struct StepType {
    const char *name;
    StepNumbers numbers;
    // Changes *shape; NULL: the shape stays, and the step works in place.
    Status (*shape)(const InputStep *step, InputShape *shape, Error *error);
    void (*apply)(const InputStep *step, InputShape shape, const float *from, float *to,
                  float *scratch);
} StepType;

// ---- Steps that keep the shape ----------------------------------------------------------------

static size_t area(InputShape shape)
{
    return shape.size * shape.size;
}

static void subtract(const InputStep *step, InputShape shape, const float *from, float *to,
                     float *scratch)
{
    (void)scratch;
    for (size_t i = 0; i < area(shape); i++)
        for (size_t c = 0; c < shape.channels; c++)
            to[i * shape.channels + c] = from[i * shape.channels + c] - (float)step->values[c];
}

static void divide(const InputStep *step, InputShape shape, const float *from, float *to,
                   float *scratch)
{
    (void)scratch;
    for (size_t i = 0; i < area(shape); i++)
        for (size_t c = 0; c < shape.channels; c++)
            to[i * shape.channels + c] = from[i * shape.channels + c] / (float)step->values[c];
}

// Population deviation, as numpy's std. A flat channel, as where the survey has no data, becomes 0
// rather than NaN.
static void standardise(const InputStep *step, InputShape shape, const float *from, float *to,
                        float *scratch)
{
    (void)step;
    (void)scratch;
    size_t n = area(shape), stride = shape.channels;
    for (size_t c = 0; c < stride; c++) {
        double sum = 0.0, squares = 0.0;
        for (size_t i = 0; i < n; i++)
            sum += (double)from[i * stride + c];
        double mean = sum / (double)n;
        for (size_t i = 0; i < n; i++) {
            double difference = (double)from[i * stride + c] - mean;
            squares += difference * difference;
        }
        double deviation = sqrt(squares / (double)n);
        double factor = deviation > 0.0 ? 1.0 / deviation : 0.0;
        for (size_t i = 0; i < n; i++)
            to[i * stride + c] = (float)(((double)from[i * stride + c] - mean) * factor);
    }
}

static double clipped_fraction(const InputStep *step, size_t channel, float value)
{
    double low = step->values[2 * channel], high = step->values[2 * channel + 1];
    double fraction = ((double)value - low) / (high - low);
    return fraction > 0.0 ? fmin(fraction, 1.0) : 0.0;
}

static void stretch(const InputStep *step, InputShape shape, const float *from, float *to,
                    float *scratch)
{
    (void)scratch;
    for (size_t i = 0; i < area(shape) * shape.channels; i++)
        to[i] = (float)(255.0 * clipped_fraction(step, i % shape.channels, from[i]));
}

// The factor of Lupton et al. 2004 and of DS9's asinh scale.
static void stretch_asinh(const InputStep *step, InputShape shape, const float *from, float *to,
                          float *scratch)
{
    const double softening = 10.0;
    (void)scratch;
    for (size_t i = 0; i < area(shape) * shape.channels; i++)
        to[i] =
            (float)(255.0 * asinh(softening * clipped_fraction(step, i % shape.channels, from[i])) /
                    asinh(softening));
}

// ---- Steps that change it ---------------------------------------------------------------------

static Status resized_shape(const InputStep *step, InputShape *shape, Error *error)
{
    double size = step->values[0];
    if (!(size >= 1.0 && size <= INPUT_SIZE_MAX && size == floor(size)))
        return error_set(error, STATUS_BAD_INPUT, "resize takes 1 to %d pixels, not %g",
                         INPUT_SIZE_MAX, size);
    shape->size = (size_t)size;
    return STATUS_OK;
}

static void resize(const InputStep *step, InputShape shape, const float *from, float *to,
                   float *scratch)
{
    resize_bilinear(from, shape.size, shape.channels, (size_t)step->values[0], scratch, to);
}

static Status one_channel_more(InputShape *shape, Error *error)
{
    if (shape->channels >= INPUT_CHANNELS_MAX)
        return error_set(error, STATUS_BAD_INPUT, "an input has at most %d channels",
                         INPUT_CHANNELS_MAX);
    shape->channels++;
    return STATUS_OK;
}

static Status with_constant_shape(const InputStep *step, InputShape *shape, Error *error)
{
    (void)step;
    return one_channel_more(shape, error);
}

static void add_constant(const InputStep *step, InputShape shape, const float *from, float *to,
                         float *scratch)
{
    (void)scratch;
    for (size_t i = 0; i < area(shape); i++) {
        memcpy(to + i * (shape.channels + 1), from + i * shape.channels,
               shape.channels * sizeof *to);
        to[i * (shape.channels + 1) + shape.channels] = (float)step->values[0];
    }
}

static Status check_channels(const InputStep *step, const InputShape *shape, Error *error)
{
    for (size_t i = 0; i < step->n_values; i++) {
        double channel = step->values[i];
        if (!(channel >= 1.0 && channel <= (double)shape->channels && channel == floor(channel)))
            return error_set(error, STATUS_BAD_INPUT, "%s: there is no channel %g of 1 to %zu",
                             step_kind_name(step->kind), channel, shape->channels);
    }
    return STATUS_OK;
}

static Status repeated_shape(const InputStep *step, InputShape *shape, Error *error)
{
    Status status = check_channels(step, shape, error);
    return status == STATUS_OK ? one_channel_more(shape, error) : status;
}

static void repeat(const InputStep *step, InputShape shape, const float *from, float *to,
                   float *scratch)
{
    (void)scratch;
    size_t repeated = (size_t)step->values[0] - 1;
    for (size_t i = 0; i < area(shape); i++) {
        const float *pixel = from + i * shape.channels;
        memcpy(to + i * (shape.channels + 1), pixel, shape.channels * sizeof *to);
        to[i * (shape.channels + 1) + shape.channels] = pixel[repeated];
    }
}

static Status chosen_shape(const InputStep *step, InputShape *shape, Error *error)
{
    Status status = check_channels(step, shape, error);
    if (status == STATUS_OK && step->n_values > INPUT_CHANNELS_MAX)
        status = error_set(error, STATUS_BAD_INPUT, "an input has at most %d channels",
                           INPUT_CHANNELS_MAX);
    shape->channels = step->n_values;
    return status;
}

static void choose(const InputStep *step, InputShape shape, const float *from, float *to,
                   float *scratch)
{
    (void)scratch;
    for (size_t i = 0; i < area(shape); i++)
        for (size_t k = 0; k < step->n_values; k++)
            to[i * step->n_values + k] = from[i * shape.channels + (size_t)step->values[k] - 1];
}

// ---- The table --------------------------------------------------------------------------------

static const StepType types[] = {
    [STEP_RESIZE] = {"resize", NUMBERS_ONE, resized_shape, resize},
    [STEP_BAND_MEAN] = {"band_mean", NUMBERS_A_CHANNEL, NULL, subtract},
    [STEP_COLOUR_MEAN] = {"colour_mean", NUMBERS_A_CHANNEL, NULL, subtract},
    [STEP_DIVIDE] = {"divide", NUMBERS_A_CHANNEL, NULL, divide},
    [STEP_ZSCORE] = {"zscore", NUMBERS_NONE, NULL, standardise},
    [STEP_CONSTANT] = {"constant", NUMBERS_ONE, with_constant_shape, add_constant},
    [STEP_REPEAT] = {"repeat", NUMBERS_ONE, repeated_shape, repeat},
    [STEP_CHANNELS] = {"channels", NUMBERS_SOME, chosen_shape, choose},
    [STEP_STRETCH] = {"stretch", NUMBERS_TWO_OF_A_CHANNEL, NULL, stretch},
    [STEP_ASINH] = {"asinh", NUMBERS_TWO_OF_A_CHANNEL, NULL, stretch_asinh},
};
_Static_assert(sizeof types / sizeof types[0] == STEP_KIND_COUNT, "a kind of step has no row");

const char *step_kind_name(StepKind kind)
{
    return types[kind].name;
}

static bool count_fits(StepNumbers numbers, size_t n, size_t channels)
{
    switch (numbers) {
    case NUMBERS_NONE:
        return n == 0;
    case NUMBERS_ONE:
        return n == 1;
    case NUMBERS_SOME:
        return n >= 1;
    case NUMBERS_A_CHANNEL:
        return n == channels;
    default:
        return n == 2 * channels;
    }
}

Status input_step_shape(const InputStep *step, InputShape *shape, Error *error)
{
    const StepType *type = &types[step->kind];
    if (!count_fits(type->numbers, step->n_values, shape->channels))
        return error_set(error, STATUS_BAD_INPUT,
                         "the input step %s has %zu numbers, which do not fit %zu channels",
                         type->name, step->n_values, shape->channels);
    for (size_t i = 0; i < step->n_values; i++) {
        bool pair = type->numbers == NUMBERS_TWO_OF_A_CHANNEL && i % 2 == 1;
        if (!isfinite(step->values[i]) || (pair && !(step->values[i] > step->values[i - 1])) ||
            (step->kind == STEP_DIVIDE && step->values[i] == 0.0))
            return error_set(error, STATUS_BAD_INPUT,
                             "the input step %s cannot work with the number %g", type->name,
                             step->values[i]);
    }
    return type->shape != NULL ? type->shape(step, shape, error) : STATUS_OK;
}

bool input_step_in_place(const InputStep *step)
{
    return types[step->kind].shape == NULL;
}

void input_step_apply(const InputStep *step, InputShape shape, const float *from, float *to,
                      float *scratch)
{
    types[step->kind].apply(step, shape, from, to, scratch);
}

Status input_step_read(const char *text, InputStep *step, Error *error)
{
    char name[32];
    *step = (InputStep){0};
    Status status = named_numbers_read(text, name, sizeof name, step->values, STEP_VALUES_MAX,
                                       &step->n_values, error);
    if (status != STATUS_OK)
        return status;
    for (size_t kind = 0; kind < STEP_KIND_COUNT; kind++)
        if (strcmp(types[kind].name, name) == 0) {
            step->kind = (StepKind)kind;
            return STATUS_OK;
        }
    return error_set(error, STATUS_BAD_INPUT,
                     "asks for the input step \"%s\", which this skyclass does not know", name);
}

void input_step_text(const InputStep *step, char text[STEP_TEXT_SIZE])
{
    named_numbers_text(types[step->kind].name, step->values, step->n_values, text, STEP_TEXT_SIZE);
}
