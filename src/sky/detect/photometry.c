#include "sky/detect/photometry.h"

#include <math.h>
#include <stdlib.h>

typedef struct Box {
    size_t x0, x1, y0, y1; // x0 <= x < x1
} Box;

static Box box_around(size_t width, size_t height, double x, double y, double reach)
{
    double limit_x = (double)width;
    double limit_y = (double)height;
    return (Box){
        (size_t)fmin(limit_x, fmax(0.0, ceil(x - reach))),
        (size_t)fmin(limit_x, fmax(0.0, floor(x + reach) + 1.0)),
        (size_t)fmin(limit_y, fmax(0.0, ceil(y - reach))),
        (size_t)fmin(limit_y, fmax(0.0, floor(y + reach) + 1.0)),
    };
}

// How much of the pixel at offset (dx, dy) lies within `radius`.
static double pixel_share(double dx, double dy, double radius)
{
    double r = sqrt(dx * dx + dy * dy);
    if (r < radius - 0.71)
        return 1.0;
    if (r > radius + 0.71)
        return 0.0;
    int inside = 0;
    for (int i = -5; i <= 5; i++)
        for (int j = -5; j <= 5; j++) {
            double u = dx + i / 11.0, v = dy + j / 11.0;
            inside += u * u + v * v <= radius * radius;
        }
    return inside / 121.0;
}

double photometry_aperture(const float *pixels, size_t width, size_t height, double x, double y,
                           double radius)
{
    Box box = box_around(width, height, x, y, radius + 1.0);
    double sum = 0.0;
    for (size_t row = box.y0; row < box.y1; row++)
        for (size_t column = box.x0; column < box.x1; column++)
            sum += pixel_share((double)column - x, (double)row - y, radius) *
                   (double)pixels[row * width + column];
    return sum;
}

static int compare_floats(const void *a, const void *b)
{
    float left = *(const float *)a;
    float right = *(const float *)b;
    return (left > right) - (left < right);
}

void photometry_background(const float *pixels, size_t width, size_t height, double x, double y,
                           double *level, double *scatter)
{
    float values[128]; // an annulus of radii 7 to 8 has 47 pixels
    size_t n = 0;
    Box box = box_around(width, height, x, y, 8.0);
    for (size_t row = box.y0; row < box.y1; row++) {
        for (size_t column = box.x0; column < box.x1; column++) {
            double r = hypot((double)column - x, (double)row - y);
            if (r >= 7.0 && r < 8.0)
                values[n++] = pixels[row * width + column];
        }
    }
    *level = 0.0;
    *scatter = 0.0;
    if (n == 0)
        return;
    qsort(values, n, sizeof values[0], compare_floats);
    float median = values[n / 2];
    for (size_t i = 0; i < n; i++)
        values[i] = fabsf(values[i] - median);
    qsort(values, n, sizeof values[0], compare_floats);
    *level = (double)median;
    *scatter = 1.4826 * (double)values[n / 2];
}

void photometry_centre(const float *pixels, size_t width, size_t height, double *x, double *y)
{
    static const double window = 1.5;
    double level;
    double scatter;
    photometry_background(pixels, width, height, *x, *y, &level, &scatter);
    double cx = *x;
    double cy = *y;
    for (int step = 0; step < 8; step++) {
        Box box = box_around(width, height, cx, cy, 5.0);
        double sum = 0.0;
        double sum_x = 0.0;
        double sum_y = 0.0;
        for (size_t row = box.y0; row < box.y1; row++) {
            for (size_t column = box.x0; column < box.x1; column++) {
                double dx = (double)column - cx;
                double dy = (double)row - cy;
                double weight = exp(-(dx * dx + dy * dy) / (2.0 * window * window)) *
                                fmax(0.0, (double)pixels[row * width + column] - level);
                sum += weight;
                sum_x += weight * dx;
                sum_y += weight * dy;
            }
        }
        if (sum <= 0.0)
            return;
        // Twice the step: a window as wide as the light halves the offset it sees.
        cx += 2.0 * sum_x / sum;
        cy += 2.0 * sum_y / sum;
        if (hypot(cx - *x, cy - *y) > 2.0)
            return;
    }
    *x = cx;
    *y = cy;
}

double photometry_ci(const float *pixels, size_t width, size_t height, double x, double y)
{
    double level;
    double scatter;
    photometry_background(pixels, width, height, x, y, &level, &scatter);
    double core = photometry_aperture(pixels, width, height, x, y, 1.0) - 3.1416 * level;
    double all = photometry_aperture(pixels, width, height, x, y, 3.0) - 28.2743 * level;
    return core > 0.0 && all > 0.0 ? 2.5 * log10(all / core) : NAN;
}

double photometry_roundness(const float *pixels, size_t width, size_t height, double x, double y)
{
    double level;
    double scatter;
    photometry_background(pixels, width, height, x, y, &level, &scatter);
    Box box = box_around(width, height, x, y, 5.0);
    double sum = 0.0;
    double xx = 0.0;
    double yy = 0.0;
    double xy = 0.0;
    for (size_t row = box.y0; row < box.y1; row++) {
        for (size_t column = box.x0; column < box.x1; column++) {
            double dx = (double)column - x;
            double dy = (double)row - y;
            double value =
                pixel_share(dx, dy, 4.0) * fmax(0.0, (double)pixels[row * width + column] - level);
            sum += value;
            xx += value * dx * dx;
            yy += value * dy * dy;
            xy += value * dx * dy;
        }
    }
    double mean = 0.5 * (xx + yy);
    double difference = hypot(0.5 * (xx - yy), xy);
    return sum > 0.0 && mean > difference ? sqrt((mean - difference) / (mean + difference)) : 1.0;
}
