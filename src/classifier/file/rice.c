#include "classifier/file/rice.h"

#include <stdint.h>
#include <string.h>

enum {
    BLOCK_VALUES = 32,
    SPLIT_BITS = 5, // width of a block's header
    SPLIT_RAW = 26, // header that announces differences of 32 bits each
    VALUE_BITS = 32,
};

// Bits not yet taken, left-aligned in `window`; below the first n_bits it may hold bits that the
// next refill brings again.
typedef struct BitReader {
    const unsigned char *next;
    const unsigned char *end;
    uint64_t window;
    unsigned n_bits;
} BitReader;

// At least 56 bits, or all that are left.
static inline void refill(BitReader *reader)
{
    if (reader->end - reader->next >= 8) {
        uint64_t bytes;
        memcpy(&bytes, reader->next, sizeof bytes);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        bytes = __builtin_bswap64(bytes);
#endif
        reader->window |= bytes >> reader->n_bits;
        reader->next += (63 - reader->n_bits) >> 3;
        reader->n_bits |= 56;
        return;
    }
    while (reader->n_bits <= 56 && reader->next < reader->end) {
        reader->window |= (uint64_t)*reader->next++ << (56 - reader->n_bits);
        reader->n_bits += 8;
    }
}

static inline bool take(BitReader *reader, unsigned n, uint32_t *bits)
{
    if (n == 0) {
        *bits = 0;
        return true;
    }
    if (reader->n_bits < n)
        refill(reader);
    if (reader->n_bits < n)
        return false;
    *bits = (uint32_t)(reader->window >> (64 - n));
    reader->window <<= n;
    reader->n_bits -= n;
    return true;
}

// The number of 0 bits before the next 1 bit, all taken.
static inline bool take_unary(BitReader *reader, uint32_t *count)
{
    *count = 0;
    for (;;) {
        refill(reader);
        unsigned zeros = reader->window == 0 ? 64 : (unsigned)__builtin_clzll(reader->window);
        if (zeros < reader->n_bits) {
            reader->window = reader->window << zeros << 1;
            reader->n_bits -= zeros + 1;
            *count += zeros;
            return true;
        }
        if (reader->next == reader->end)
            return false;
        *count += reader->n_bits;
        reader->window = 0;
        reader->n_bits = 0;
    }
}

// A unary count and `split` bits below it.
static inline bool take_split(BitReader *reader, unsigned split, uint32_t *bits)
{
    refill(reader);
    unsigned zeros = reader->window == 0 ? 64 : (unsigned)__builtin_clzll(reader->window);
    unsigned n = zeros + 1 + split;
    if (n <= reader->n_bits) { // nearly always: one refill serves both
        uint64_t below = reader->window << zeros << 1;
        *bits = zeros << split | (uint32_t)(below >> 1 >> (63 - split));
        reader->window = below << split;
        reader->n_bits -= n;
        return true;
    }
    uint32_t high;
    if (!take_unary(reader, &high) || !take(reader, split, bits))
        return false;
    *bits |= high << split;
    return true;
}

// Differences are stored as 0, -1, 1, -2, 2, ...
static inline uint32_t unfold(uint32_t folded)
{
    return (folded >> 1) ^ (0u - (folded & 1));
}

// One block's differences; `split` is the number of low bits stored as they are.
static bool decode_block(BitReader *reader, uint32_t header, uint32_t *last, double scale,
                         double zero, float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t folded = 0;
        if (header == SPLIT_RAW ? !take(reader, VALUE_BITS, &folded)
                                : header > 0 && !take_split(reader, header - 1, &folded))
            return false;
        *last += unfold(folded);
        values[i] = (float)((int32_t)*last * scale + zero);
    }
    return true;
}

bool rice_decode(const unsigned char *bytes, size_t n_bytes, double scale, double zero,
                 float *values, size_t n)
{
    BitReader reader = {.next = bytes, .end = bytes + n_bytes};
    uint32_t last;
    if (!take(&reader, VALUE_BITS, &last))
        return false;
    for (size_t i = 0; i < n; i += BLOCK_VALUES) {
        size_t block = n - i < BLOCK_VALUES ? n - i : BLOCK_VALUES;
        uint32_t header;
        if (!take(&reader, SPLIT_BITS, &header) || header > SPLIT_RAW ||
            !decode_block(&reader, header, &last, scale, zero, values + i, block))
            return false;
    }
    return true;
}
