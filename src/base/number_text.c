#include "base/number_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

// Decimals that are tried one by one before the slow way; 10^9 fractions fit beside nine digits.
enum { DECIMALS_MAX = 9 };

// Writes n / 10^decimals.
static void put_decimal(bool negative, long long n, int decimals, char *text, size_t size)
{
    long long scale = 1;
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    const char *sign = negative ? "-" : "";
    if (decimals == 0)
        snprintf(text, size, "%s%lld", sign, n);
    else
        snprintf(text, size, "%s%lld.%0*lld", sign, n / scale, decimals, n % scale);
}

// Most numbers of tables have few decimals. n / 10^k is rounded once and so is what reading
// "n / 10^k" gives (both are exact doubles while n < 2^53 and k <= 22): when it is `value`, the
// text is right, and no shorter one is. False leaves `text` alone.
static bool few_decimals(double value, char *text, size_t size)
{
    double magnitude = fabs(value), scale = 1.0;
    if (!(magnitude < 1e6) || (magnitude < 1e-3 && magnitude != 0.0))
        return false;
    for (int decimals = 0; decimals <= DECIMALS_MAX; decimals++, scale *= 10.0) {
        double n = rint(magnitude * scale);
        if (n / scale == magnitude) {
            put_decimal(signbit(value) != 0, (long long)n, decimals, text, size);
            return true;
        }
    }
    return false;
}

char *number_text(double value, char *text, size_t size)
{
    if (isnan(value)) {
        snprintf(text, size, "nan");
        return text;
    }
    if (few_decimals(value, text, size))
        return text;
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
