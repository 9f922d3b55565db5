#include "classifier/resize.h"

#include <math.h>

// Where an output pixel's centre falls in the input: it lies `weight` of the way from pixel `low`
// to pixel `high`.
typedef struct Tap {
    size_t low, high;
    float weight;
} Tap;

// Half-pixel centres: output pixel i is at (i + 0.5) * in / out - 0.5. Outside the outermost
// centres the image is mirrored about them (scikit-image's "reflect", scipy's "mirror").
static Tap tap_of(size_t i, size_t size_in, size_t size_out)
{
    double last = (double)(size_in - 1);
    double place = ((double)i + 0.5) * (double)size_in / (double)size_out - 0.5;
    place = fabs(place);
    place = place > last ? 2.0 * last - place : place;
    place = place > 0.0 ? place : 0.0; // a single pixel
    size_t low = (size_t)place;
    return (Tap){low, low + 1 < size_in ? low + 1 : low, (float)(place - (double)low)};
}

// Along columns: rows[size_in][size_out][channels].
static void resize_columns(const float *image, size_t size_in, size_t channels, size_t size_out,
                           float *rows)
{
    for (size_t x = 0; x < size_out; x++) {
        Tap tap = tap_of(x, size_in, size_out);
        for (size_t y = 0; y < size_in; y++) {
            const float *low = image + (y * size_in + tap.low) * channels;
            const float *high = image + (y * size_in + tap.high) * channels;
            float *out = rows + (y * size_out + x) * channels;
            for (size_t c = 0; c < channels; c++)
                out[c] = low[c] + tap.weight * (high[c] - low[c]);
        }
    }
}

void resize_bilinear(const float *image, size_t size_in, size_t channels, size_t size_out,
                     float *rows, float *resized)
{
    size_t row = size_out * channels;
    resize_columns(image, size_in, channels, size_out, rows);
    for (size_t y = 0; y < size_out; y++) {
        Tap tap = tap_of(y, size_in, size_out);
        const float *low = rows + tap.low * row;
        const float *high = rows + tap.high * row;
        for (size_t i = 0; i < row; i++)
            resized[y * row + i] = low[i] + tap.weight * (high[i] - low[i]);
    }
}
