#include "sky/source/coordinate.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Reads an unsigned decimal at *text, before `end`.
static bool read_decimal(const char **text, const char *end, double *value)
{
    char copy[64];
    size_t n = 0;
    const char *p = *text;
    bool digit = false;
    while (p < end && n < sizeof copy - 1 && (isdigit((unsigned char)*p) || *p == '.')) {
        digit = digit || *p != '.';
        copy[n++] = *p++;
    }
    // An exponent only where digits follow: in 10e it would be something else.
    if (digit && p < end && (*p == 'e' || *p == 'E')) {
        const char *q = p + 1;
        if (q < end && (*q == '+' || *q == '-'))
            q++;
        if (q < end && isdigit((unsigned char)*q))
            while (p < end && n < sizeof copy - 1 && (p < q || isdigit((unsigned char)*p)))
                copy[n++] = *p++;
    }
    copy[n] = '\0';
    char *stop;
    *value = strtod(copy, &stop);
    *text = p;
    return digit && *stop == '\0';
}

// The minutes and seconds after a first number: "34:56.7", "34m56.7s", "34'56.7\"". They are added
// up in seconds and divided once, so that 15:48:29.7 is the double nearest to 15.80825.
static bool read_sexagesimal(const char *p, const char *end, char first, Coordinate *value)
{
    double parts[2] = {0.0, 0.0};
    bool colon = first == ':';
    int n = 0;
    for (; n < 2 && p < end; n++) {
        if (!read_decimal(&p, end, &parts[n]) || parts[n] >= 60.0 + (n == 1))
            return false;
        if (colon) {
            if (p < end && (*p != ':' || n == 1 || p + 1 == end))
                return false;
            p += p < end;
        } else {
            if (p >= end || (tolower((unsigned char)*p) != "ms"[n] && *p != "'\""[n]))
                return false;
            p++;
        }
    }
    value->value = (value->value * 3600.0 + parts[0] * 60.0 + parts[1]) / 3600.0;
    return p == end && n > 0;
}

bool coordinate_parse(const char *text, size_t length, Coordinate *value)
{
    const char *p = text, *end = text + length;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (!read_decimal(&p, end, &value->value))
        return false;
    value->unit = UNIT_NONE;
    bool good = p == end;
    if (p + 1 == end) {
        static const char suffixes[] = "dr'\"pi";
        static const CoordinateUnit units[] = {UNIT_DEGREE, UNIT_RADIAN,   UNIT_ARCMIN,
                                               UNIT_ARCSEC, UNIT_PHYSICAL, UNIT_IMAGE};
        const char *found = strchr(suffixes, tolower((unsigned char)*p));
        good = found != NULL;
        if (good)
            value->unit = units[found - suffixes];
    } else if (p < end) {
        char first = (char)tolower((unsigned char)*p);
        good = (first == ':' || first == 'h' || first == 'd') &&
               read_sexagesimal(p + 1, end, first, value);
        value->unit = first == ':' ? UNIT_SEXAGESIMAL : first == 'h' ? UNIT_HOURS : UNIT_DMS;
    }
    if (negative)
        value->value = -value->value;
    return good && isfinite(value->value);
}
