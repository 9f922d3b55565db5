// The FITS checksum convention (FITS standard 4.0, section 4.4.2.7 and appendix J), written anew:
// cfitsio would have to understand a file to sum it, and these files are made so that it does not.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { CARD = 80, BLOCK = 2880 };

typedef struct Header {
    uint8_t *start;
    size_t size; // whole blocks
    uint8_t *checksum, *datasum;
    double data_size; // bytes, without padding
} Header;

static uint32_t add_words(uint32_t sum, const uint8_t *bytes, size_t size)
{
    uint64_t wide = sum;
    for (size_t i = 0; i + 4 <= size; i += 4) {
        wide += (uint32_t)bytes[i] << 24 | (uint32_t)bytes[i + 1] << 16 |
                (uint32_t)bytes[i + 2] << 8 | bytes[i + 3];
        wide = (wide & 0xffffffff) + (wide >> 32);
    }
    return (uint32_t)wide;
}

static bool is_mark(int character)
{
    return (character >= ':' && character <= '@') || (character >= '[' && character <= '`');
}

// Each byte of the sum's complement becomes four characters that add up to it, none of them a
// punctuation mark; the whole is turned by one place.
static void encode(uint32_t sum, char text[17])
{
    uint32_t value = ~sum;
    char turned[16];
    for (int i = 0; i < 4; i++) {
        int byte = value >> (24 - 8 * i) & 0xff, part[4];
        for (int j = 0; j < 4; j++)
            part[j] = byte / 4 + '0' + (j == 0 ? byte % 4 : 0);
        for (int j = 0; j < 4; j += 2)
            while (is_mark(part[j]) || is_mark(part[j + 1])) {
                part[j]++;
                part[j + 1]--;
            }
        for (int j = 0; j < 4; j++)
            turned[4 * j + i] = (char)part[j];
    }
    for (int i = 0; i < 16; i++)
        text[(i + 1) % 16] = turned[i];
    text[16] = '\0';
}

static double card_number(const uint8_t *card)
{
    char text[31] = "";
    memcpy(text, card + 10, 30);
    return strtod(text, NULL);
}

static bool card_is(const uint8_t *card, const char *key)
{
    return memcmp(card, key, strlen(key)) == 0;
}

static bool read_header(uint8_t *bytes, size_t size, Header *header)
{
    double elements = 0, parameters = 0, groups = 1, bits = 8;
    *header = (Header){.start = bytes};
    for (size_t at = 0; at + CARD <= size; at += CARD) {
        uint8_t *card = bytes + at;
        if (card_is(card, "BITPIX  "))
            bits = card_number(card);
        else if (card_is(card, "NAXIS   "))
            elements = card_number(card) > 0 ? 1 : 0;
        else if (card_is(card, "NAXIS"))
            elements *= card_number(card);
        else if (card_is(card, "PCOUNT  "))
            parameters = card_number(card);
        else if (card_is(card, "GCOUNT  "))
            groups = card_number(card);
        else if (card_is(card, "CHECKSUM="))
            header->checksum = card;
        else if (card_is(card, "DATASUM ="))
            header->datasum = card;
        else if (card_is(card, "END     ")) {
            header->size = (at / BLOCK + 1) * BLOCK;
            header->data_size = (bits < 0 ? -bits : bits) / 8 * groups * (parameters + elements);
            return header->size <= size && header->data_size >= 0;
        }
    }
    return false;
}

static void put_value(uint8_t *card, const char *value)
{
    char text[CARD + 1];
    snprintf(text, sizeof text, "= '%s'%*s", value, CARD, "");
    memcpy(card + 8, text, CARD - 8);
}

void fuzz_set_checksums(uint8_t *bytes, size_t size)
{
    Header header;
    while (size >= BLOCK && read_header(bytes, size, &header)) {
        size_t room = size - header.size;
        size_t data = header.data_size < (double)room ? (size_t)header.data_size : room;
        data = (data + BLOCK - 1) / BLOCK * BLOCK;
        data = data < room ? data : room;
        uint32_t sum = add_words(0, bytes + header.size, data);
        char value[24];
        snprintf(value, sizeof value, "%-8u", sum);
        if (header.datasum != NULL)
            put_value(header.datasum, value);
        if (header.checksum != NULL) {
            put_value(header.checksum, "0000000000000000");
            encode(add_words(sum, bytes, header.size), value);
            put_value(header.checksum, value);
        }
        bytes += header.size + data;
        size -= header.size + data;
    }
}
