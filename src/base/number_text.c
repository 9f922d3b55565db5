#include "base/number_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

char *number_text(double value, char *text, size_t size)
{
    if (isnan(value)) {
        snprintf(text, size, "nan");
        return text;
    }
    // 15 digits are always distinct as doubles; 17 always suffice (IEEE 754).
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return text;
}

char *number_text_single(float value, char *text, size_t size)
{
    if (isnan(value)) {
        snprintf(text, size, "nan");
        return text;
    }
    // 6 and 9 digits, likewise.
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, size, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    return text;
}
