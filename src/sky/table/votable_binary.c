// The values of a VOTable's BINARY and BINARY2 streams as text (VOTable 1.4, sections 5.3, 5.4, 6).
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number_text.h"
#include "base/utf8.h"
#include "sky/table/votable_internal.h"

typedef enum ValueKind {
    VALUE_LOGICAL,
    VALUE_BIT,
    VALUE_UNSIGNED,
    VALUE_SIGNED,
    VALUE_REAL,
    VALUE_TEXT
} ValueKind;

struct VotableType {
    const char *name;
    ValueKind kind;
    size_t size;    // bytes of a number or character
    size_t numbers; // in one value: complex ones have two
};

static const VotableType types[] = {
    {"boolean", VALUE_LOGICAL, 1, 1},
    {"bit", VALUE_BIT, 1, 1},
    {"unsignedByte", VALUE_UNSIGNED, 1, 1},
    {"short", VALUE_SIGNED, 2, 1},
    {"int", VALUE_SIGNED, 4, 1},
    {"long", VALUE_SIGNED, 8, 1},
    {"char", VALUE_TEXT, 1, 1},
    {"unicodeChar", VALUE_TEXT, 2, 1},
    {"float", VALUE_REAL, 4, 1},
    {"double", VALUE_REAL, 8, 1},
    {"floatComplex", VALUE_REAL, 4, 2},
    {"doubleComplex", VALUE_REAL, 8, 2},
};

const VotableType *votable_find_type(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

bool votable_is_text(const VotableType *type)
{
    return type->kind == VALUE_TEXT;
}

bool votable_is_logical(const VotableType *type)
{
    return type->kind == VALUE_LOGICAL;
}

bool votable_is_real(const VotableType *type)
{
    return type->kind == VALUE_REAL;
}

void votable_append(VotableBytes *to, const char *bytes, size_t size)
{
    if (to->failed || size == 0)
        return;
    if (size > to->capacity - to->size) {
        size_t larger = to->capacity + (size > to->capacity ? size : to->capacity) + 4096;
        char *moved = larger > to->capacity ? memory_resize(to->bytes, larger, 1) : NULL;
        if (moved == NULL) {
            to->failed = true;
            return;
        }
        to->bytes = moved;
        to->capacity = larger;
    }
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

bool votable_parse_shape(const char *text, VotableField *field)
{
    field->count = 1;
    field->variable = false;
    while (*text != '\0') {
        if (strcmp(text, "*") == 0) {
            field->variable = true;
            return true;
        }
        char *end;
        unsigned long n = strtoul(text, &end, 10);
        if (!isdigit((unsigned char)*text) || n > UINT32_MAX ||
            !memory_multiply(field->count, n, &field->count))
            return false;
        text = *end == 'x' && end[1] != '\0' ? end + 1 : end;
        if (text == end && *end != '\0' && strcmp(end, "*") != 0)
            return false;
    }
    return true;
}

static uint64_t big_endian(const unsigned char *at, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

static void put_real(const unsigned char *at, size_t size, VotableBytes *text)
{
    char number[32];
    uint64_t bits = big_endian(at, size);
    if (size == 4) {
        uint32_t single_bits = (uint32_t)bits;
        float value;
        memcpy(&value, &single_bits, sizeof value);
        number_text_single(value, number, sizeof number);
    } else {
        double value;
        memcpy(&value, &bits, sizeof value);
        number_text(value, number, sizeof number);
    }
    votable_append(text, number, strlen(number));
}

static void put_whole(const VotableType *type, const unsigned char *at, VotableBytes *text)
{
    unsigned shift = (unsigned)(64 - 8 * type->size);
    uint64_t bits = big_endian(at, type->size);
    // Shifting up and down again copies the sign into the higher bytes.
    long long value =
        type->kind == VALUE_SIGNED ? (int64_t)(bits << shift) >> shift : (long long)bits;
    char number[32];
    int n = snprintf(number, sizeof number, "%lld", value);
    votable_append(text, number, (size_t)n);
}

// Unknown ('?', NUL, blank) is empty.
static void put_logical(unsigned char value, VotableBytes *text)
{
    if (value != '\0' && strchr("Tt1", value) != NULL)
        votable_append(text, "1", 1);
    else if (value != '\0' && strchr("Ff0", value) != NULL)
        votable_append(text, "0", 1);
}

static void put_code(uint32_t code, VotableBytes *text)
{
    char out[UTF8_SIZE];
    votable_append(text, out, utf8_encode(code, out));
}

// A NUL ends a text before its room does. A `char` beyond ASCII is taken as Latin-1, and half of a
// pair of 16-bit units that stands alone becomes U+FFFD.
static void put_text(const VotableType *type, const unsigned char *at, size_t count,
                     VotableBytes *text)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t code = (uint32_t)big_endian(at + i * type->size, type->size);
        if (code == 0)
            return;
        if (code >= 0xd800 && code < 0xe000) {
            uint32_t next =
                i + 1 < count ? (uint32_t)big_endian(at + (i + 1) * type->size, type->size) : 0;
            bool pair = code < 0xdc00 && next >= 0xdc00 && next < 0xe000;
            code = pair ? 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00) : 0xfffd;
            i += pair;
        }
        put_code(code, text);
    }
}

static void put_values(const VotableType *type, const unsigned char *at, size_t count,
                       VotableBytes *text)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            votable_append(text, " ", 1);
        // The highest bit comes first, but astropy writes one alone as the fourth.
        if (type->kind == VALUE_BIT)
            votable_append(text, (count == 1 ? at[0] : at[i / 8] >> (7 - i % 8) & 1) ? "1" : "0",
                           1);
        else if (type->kind == VALUE_LOGICAL)
            put_logical(at[i], text);
        else if (type->kind == VALUE_REAL)
            put_real(at + i * type->size, type->size, text);
        else
            put_whole(type, at + i * type->size, text);
    }
}

bool votable_put_cell(const VotableField *field, const unsigned char **at, const unsigned char *end,
                      VotableBytes *text)
{
    const VotableType *type = field->type;
    size_t count = field->count, size;
    if (field->variable) {
        if (end - *at < 4)
            return false;
        count = (size_t)big_endian(*at, 4);
        *at += 4;
    }
    if (!memory_multiply(count, type->numbers, &count) ||
        !memory_multiply(count, type->size, &size))
        return false;
    if (type->kind == VALUE_BIT)
        size = count / 8 + (count % 8 != 0);
    if ((size_t)(end - *at) < size)
        return false;
    if (type->kind == VALUE_TEXT)
        put_text(type, *at, count, text);
    else
        put_values(type, *at, count, text);
    *at += size;
    return true;
}

bool votable_decode_base64(VotableBase64 *state, const char *text, size_t size, VotableBytes *to)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i++) {
        if (isspace((unsigned char)text[i]))
            continue;
        const char *digit = text[i] != '\0' ? strchr(digits, text[i]) : NULL;
        state->ended = state->ended || text[i] == '=';
        if (text[i] == '=')
            continue;
        if (digit == NULL || state->ended)
            return false;
        state->bits = state->bits << 6 | (unsigned)(digit - digits);
        // Each digit after the first of a group completes a byte.
        if (state->n_digits > 0) {
            char byte = (char)(state->bits >> (6 - 2 * state->n_digits));
            votable_append(to, &byte, 1);
        }
        state->n_digits = (state->n_digits + 1) % 4;
    }
    return true;
}
