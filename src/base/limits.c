#include "base/limits.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    LEAST_MEMORY = 192 << 20, // beneath this OpenBLAS and the threads leave no room to start
    // What deflate can make of a byte at most (zlib's technical details: 1032:1).
    DEFLATE_RATIO_MAX = 1032,
    PLAUSIBLE_RATIO = 100,
    SMALL = 256 << 20,
    SIZE_TEXT = 32,
};

// "3.5 GB"
static const char *size_text(uint64_t bytes, char text[SIZE_TEXT])
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    double size = (double)bytes;
    size_t unit = 0;
    for (; size >= 1000.0 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        size /= 1000.0;
    snprintf(text, SIZE_TEXT, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
    return text;
}

// A number of bytes with an optional K, M, G or T (1024 each), as in "4G" or "1.5 GB".
static bool parse_size(const char *text, uint64_t *bytes)
{
    static const char units[] = "KMGT";
    char *end;
    double size = strtod(text, &end);
    while (*end == ' ')
        end++;
    const char *unit = *end != '\0' ? strchr(units, toupper((unsigned char)*end)) : NULL;
    if (unit != NULL) {
        for (const char *u = units; u <= unit; u++)
            size *= 1024.0;
        end++;
        end += *end == 'i';
    }
    end += *end == 'B' || *end == 'b';
    if (end == text || *end != '\0' || !(size >= LEAST_MEMORY) || size > 0x1p62)
        return false;
    *bytes = (uint64_t)size;
    return true;
}

Status limits_memory(uint64_t *bytes, Error *error)
{
    const char *text = getenv("SKYCLASS_MEMORY");
    *bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;
    if (text == NULL || *text == '\0' || parse_size(text, bytes))
        return STATUS_OK;
    return error_set(
        error, STATUS_USAGE,
        "SKYCLASS_MEMORY is \"%s\"; give a size of at least 192M, as in SKYCLASS_MEMORY=4G", text);
}

Status limits_apply(Error *error)
{
    uint64_t bytes;
    Status status = limits_memory(&bytes, error);
    if (status != STATUS_OK)
        return status;
#ifndef __SANITIZE_ADDRESS__ // whose shadow is terabytes that nobody touches
    struct rlimit limit;
    if (getrlimit(RLIMIT_DATA, &limit) != 0 ||
        (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur <= bytes))
        return STATUS_OK;
    limit.rlim_cur = (rlim_t)bytes;
    if (setrlimit(RLIMIT_DATA, &limit) != 0)
        return error_set(error, STATUS_MEMORY, "the limit of memory cannot be set: %s",
                         strerror(errno));
#endif
    return STATUS_OK;
}

Status limits_check(uint64_t bytes, const char *what, Error *error)
{
    char wanted[SIZE_TEXT], most_text[SIZE_TEXT];
    uint64_t most;
    Status status = limits_memory(&most, error);
    if (status != STATUS_OK || bytes <= most)
        return status;
    return error_set(
        error, STATUS_MEMORY,
        "%s needs %s of memory, and a run may use %s; set SKYCLASS_MEMORY to more if the "
        "machine has it",
        what, size_text(bytes, wanted), size_text(most, most_text));
}

Status limits_check_packed(uint64_t packed, uint64_t unpacked, const char *what, Error *error)
{
    char small[SIZE_TEXT], large[SIZE_TEXT];
    if (unpacked / DEFLATE_RATIO_MAX > packed)
        return error_set(error, STATUS_BAD_INPUT,
                         "damaged: %s cannot unpack to %s from %s; get the file anew", what,
                         size_text(unpacked, large), size_text(packed, small));
    if (unpacked > SMALL && unpacked / PLAUSIBLE_RATIO > packed)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s would unpack to %s from %s, as no measured data do; if you trust the "
                         "file, unpack it yourself and give what comes out",
                         what, size_text(unpacked, large), size_text(packed, small));
    return limits_check(unpacked, what, error);
}
