#include "sky/image/physical.h"

#include <math.h>
#include <stddef.h>

static double determinant(const double m[6])
{
    return m[0] * m[3] - m[1] * m[2];
}

bool physical_make(const double m[6], Physical *physical)
{
    for (size_t i = 0; i < 6; i++) {
        if (!isfinite(m[i]))
            return false;
        physical->m[i] = m[i];
    }
    return fabs(determinant(m)) > 1e-12;
}

Physical physical_of_image(const Image *image)
{
    static const char *const keywords[] = {"LTM1_1", "LTM2_1", "LTM1_2", "LTM2_2", "LTV1", "LTV2"};
    static const Physical same = {{1.0, 0.0, 0.0, 1.0, 0.0, 0.0}};
    Physical physical = same;
    for (size_t i = 0; i < 6; i++)
        image_header_number(image, keywords[i], &physical.m[i]);
    return physical_make(physical.m, &physical) ? physical : same;
}

void physical_to_image(const Physical *physical, double *x, double *y)
{
    const double *m = physical->m;
    double image_x = m[0] * *x + m[1] * *y + m[4];
    *y = m[2] * *x + m[3] * *y + m[5];
    *x = image_x;
}

void physical_from_image(const Physical *physical, double *x, double *y)
{
    const double *m = physical->m;
    double dx = *x - m[4], dy = *y - m[5];
    *x = (m[3] * dx - m[1] * dy) / determinant(m);
    *y = (m[0] * dy - m[2] * dx) / determinant(m);
}
