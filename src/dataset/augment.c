#include "dataset/augment.h"

#include <math.h>

const Transform transform_none = {.scale = 1.0};

Transform augmentation_draw(const Augmentation *augmentation, size_t turn, Random *random)
{
    static const unsigned turns[] = {0, 1, 3};
    Transform transform = transform_none;
    // Every number is drawn whether it is used or not, so that switching one change on leaves the
    // others as they were.
    double flip_x = random_uniform(random), flip_y = random_uniform(random);
    double angle = random_uniform(random), scale = random_uniform(random);
    double shift_x = random_uniform(random), shift_y = random_uniform(random);
    if (augmentation->reflections) {
        transform.flip_x = flip_x < 0.5;
        transform.flip_y = flip_y < 0.5;
    }
    if (augmentation->right_angles)
        transform.quarter_turns = turns[turn % 3];
    transform.angle = angle * augmentation->rotation * M_PI / 180.0;
    if (augmentation->scale > 0.0 && scale < augmentation->scale_probability)
        transform.scale = augmentation->scale;
    transform.shift_x = (2.0 * shift_x - 1.0) * augmentation->shift;
    transform.shift_y = (2.0 * shift_y - 1.0) * augmentation->shift;
    transform.noise = augmentation->noise;
    transform.corners = augmentation->corners;
    return transform;
}

// The pixel of the original that flips and quarter turns bring to (x, y).
static size_t origin_of(const Transform *transform, size_t size, size_t x, size_t y)
{
    for (unsigned turn = 0; turn < transform->quarter_turns % 4; turn++) {
        size_t turned = size - 1 - x;
        x = y;
        y = turned;
    }
    if (transform->flip_x)
        x = size - 1 - x;
    if (transform->flip_y)
        y = size - 1 - y;
    return y * size + x;
}

// Into 0 .. last, mirrored about both ends as often as needed.
static double mirror(double place, double last)
{
    if (last <= 0.0)
        return 0.0;
    place = fmod(fabs(place), 2.0 * last);
    return place > last ? 2.0 * last - place : place;
}

static void move_pixels(const Transform *transform, const float *image, size_t size,
                        size_t channels, float *changed)
{
    for (size_t y = 0; y < size; y++)
        for (size_t x = 0; x < size; x++) {
            const float *from = image + origin_of(transform, size, x, y) * channels;
            float *to = changed + (y * size + x) * channels;
            for (size_t c = 0; c < channels; c++)
                to[c] = from[c];
        }
}

// The inverse of: scale, turn by the angle, shift.
static void origin_place(const Transform *transform, double middle, size_t x, size_t y,
                         double *from_x, double *from_y)
{
    double cosine = cos(transform->angle) / transform->scale;
    double sine = sin(transform->angle) / transform->scale;
    double u = (double)x - middle - transform->shift_x;
    double v = (double)y - middle - transform->shift_y;
    *from_x = middle + cosine * u + sine * v;
    *from_y = middle - sine * u + cosine * v;
}

// How much of an image there is at a place, falling from 1 at its outermost centres to 0 a pixel
// beyond: bilinear between the image and the nothing around it.
static float coverage(double place, double last)
{
    double outside = place < 0.0 ? -place : place > last ? place - last : 0.0;
    return outside < 1.0 ? (float)(1.0 - outside) : 0.0f;
}

static void interpolate(const Transform *transform, const float *image, size_t size,
                        size_t channels, size_t covered, float *changed)
{
    double last = (double)(size - 1);
    for (size_t y = 0; y < size; y++)
        for (size_t x = 0; x < size; x++) {
            double from_x, from_y;
            origin_place(transform, 0.5 * last, x, y, &from_x, &from_y);
            float there = 1.0f;
            if (transform->corners == CORNERS_ZERO) {
                there = coverage(from_x, last) * coverage(from_y, last);
                from_x = fmin(fmax(from_x, 0.0), last);
                from_y = fmin(fmax(from_y, 0.0), last);
            } else {
                from_x = mirror(from_x, last);
                from_y = mirror(from_y, last);
            }
            size_t x0 = (size_t)from_x, y0 = (size_t)from_y;
            size_t x1 = x0 + 1 < size ? x0 + 1 : x0, y1 = y0 + 1 < size ? y0 + 1 : y0;
            float right = (float)(from_x - (double)x0), up = (float)(from_y - (double)y0);
            const float *p00 = image + origin_of(transform, size, x0, y0) * channels;
            const float *p01 = image + origin_of(transform, size, x1, y0) * channels;
            const float *p10 = image + origin_of(transform, size, x0, y1) * channels;
            const float *p11 = image + origin_of(transform, size, x1, y1) * channels;
            float *to = changed + (y * size + x) * channels;
            for (size_t c = 0; c < channels; c++) {
                float low = p00[c] + right * (p01[c] - p00[c]);
                float high = p10[c] + right * (p11[c] - p10[c]);
                to[c] = (low + up * (high - low)) * (c < covered ? there : 1.0f);
            }
        }
}

void transform_apply(const Transform *transform, const float *image, size_t size, size_t channels,
                     size_t noisy, Random *random, float *changed)
{
    bool exact = transform->angle == 0.0 && transform->scale == 1.0 && transform->shift_x == 0.0 &&
                 transform->shift_y == 0.0;
    if (exact)
        move_pixels(transform, image, size, channels, changed);
    else
        interpolate(transform, image, size, channels, noisy, changed);
    if (transform->noise > 0.0)
        for (size_t i = 0; i < size * size; i++)
            for (size_t c = 0; c < noisy; c++)
                changed[i * channels + c] += (float)(transform->noise * random_normal(random));
}
