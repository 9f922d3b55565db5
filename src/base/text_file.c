#include "base/text_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

Status text_file_load(const char *path, char **bytes, size_t *size, Error *error)
{
    *bytes = NULL;
    *size = 0;
    struct stat about = {0};
    // Asked before it is opened: opening a pipe waits until somebody writes to it, a device may
    // never end, and what a list is takes a second look at its first bytes.
    bool there = stat(path, &about) == 0;
    if (there && S_ISDIR(about.st_mode))
        return error_set(error, STATUS_BAD_INPUT, "%s: is a directory; give the name of a file",
                         path);
    if (there && !S_ISREG(about.st_mode))
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: is a pipe or a device; write what comes from it to a file, and give "
                         "that",
                         path);
    FILE *stream = there ? fopen(path, "rbe") : NULL;
    if (stream == NULL)
        return error_set(error, STATUS_BAD_INPUT, "%s: cannot open: %s; check the name", path,
                         strerror(errno));
    Status status = limits_check((uint64_t)about.st_size, "the file", error);
    if (status != STATUS_OK) {
        fclose(stream);
        return error_prefix(error, "%s", path);
    }
    // /proc's files say that they have no bytes, so the buffer grows as the bytes come.
    size_t capacity = about.st_size > 0 ? (size_t)about.st_size + 2 : 65536;
    char *text = memory_new_aligned(capacity, 1);
    size_t n = 0;
    while (text != NULL) {
        n += fread(text + n, 1, capacity - 1 - n, stream);
        if (n < capacity - 1)
            break;
        char *larger = capacity > SIZE_MAX / 2 ? NULL : memory_resize(text, 2 * capacity, 1);
        if (larger == NULL)
            free(text);
        text = larger;
        capacity *= 2;
    }
    if (text == NULL) {
        status = error_memory(error, path);
    } else if (ferror(stream)) {
        status = error_set(error, STATUS_BAD_INPUT, "%s: cannot read: %s; check the disk", path,
                           strerror(errno));
        free(text);
    } else {
        text[n] = '\0';
        *bytes = text;
        *size = n;
    }
    fclose(stream);
    return status;
}

// Length of the UTF-8 sequence at `p` (before `end`), 0 when it is none (RFC 3629).
static size_t utf8_length(const unsigned char *p, const unsigned char *end)
{
    size_t n;
    if (*p < 0x80)
        return 1;
    if (*p >= 0xc2 && *p <= 0xdf)
        n = 2;
    else if (*p >= 0xe0 && *p <= 0xef)
        n = 3;
    else if (*p >= 0xf0 && *p <= 0xf4)
        n = 4;
    else
        return 0;
    if ((size_t)(end - p) < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xf0 && p[1] < 0x90);
    bool outside = (*p == 0xed && p[1] > 0x9f) || (*p == 0xf4 && p[1] > 0x8f);
    return overlong || outside ? 0 : n;
}

static bool is_utf8(const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text;
    const unsigned char *end = p + size;
    while (p < end) {
        size_t n = utf8_length(p, end);
        if (n == 0)
            return false;
        p += n;
    }
    return true;
}

// The 16-bit unit at byte `i`, 0 past the end.
static uint32_t unit_at(const unsigned char *in, size_t size, size_t i, bool big_endian)
{
    if (i + 1 >= size)
        return 0;
    return big_endian ? (uint32_t)in[i] << 8 | in[i + 1] : (uint32_t)in[i + 1] << 8 | in[i];
}

// `out` has room for 3 bytes a unit. Halves of pairs that stand alone become U+FFFD.
static size_t decode_utf16(const unsigned char *in, size_t size, bool big_endian, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i + 1 < size; i += 2) {
        uint32_t code = unit_at(in, size, i, big_endian);
        uint32_t next = unit_at(in, size, i + 2, big_endian);
        if (code >= 0xd800 && code < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00);
            i += 2;
        } else if (code >= 0xd800 && code < 0xe000) {
            code = 0xfffd;
        }
        n += utf8_encode(code, out + n);
    }
    return n;
}

static size_t decode_latin1(const unsigned char *in, size_t size, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += utf8_encode(in[i], out + n);
    return n;
}

Status text_file_decode(const char *name, char **bytes, size_t *size, Error *error)
{
    const unsigned char *in = (const unsigned char *)*bytes;
    bool little = *size >= 2 && in[0] == 0xff && in[1] == 0xfe;
    bool big = *size >= 2 && in[0] == 0xfe && in[1] == 0xff;
    if (!little && !big && memchr(in, '\0', *size) != NULL)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: is neither text nor FITS (it holds zero bytes); save it as UTF-8 "
                         "text",
                         name);
    if (!little && !big && is_utf8(*bytes, *size)) {
        if (*size >= 3 && memcmp(in, "\xef\xbb\xbf", 3) == 0) {
            *size -= 3;
            memmove(*bytes, *bytes + 3, *size + 1);
        }
        return STATUS_OK;
    }
    char *out = memory_new_aligned(*size + 1, 2);
    if (out == NULL)
        return error_memory(error, name);
    size_t n =
        little || big ? decode_utf16(in + 2, *size - 2, big, out) : decode_latin1(in, *size, out);
    out[n] = '\0';
    free(*bytes);
    *bytes = out;
    *size = n;
    if (memchr(out, '\0', n) != NULL)
        return error_set(error, STATUS_BAD_INPUT, "%s: holds zero characters; save it as UTF-8",
                         name);
    return STATUS_OK;
}

Status text_file_read(const char *path, char **text, size_t *size, Error *error)
{
    Status status = text_file_load(path, text, size, error);
    if (status == STATUS_OK)
        status = text_file_decode(path, text, size, error);
    if (status != STATUS_OK) {
        free(*text);
        *text = NULL;
        *size = 0;
    }
    return status;
}
