// Changes FITS files as FITS files: by the card of 80 characters and by bytes in place, so that
// what follows keeps its place. A part of the changes is libFuzzer's own.
#include <string.h>

#include "base/random.h"
#include "fuzz.h"

enum { CARD = 80, BLOCK = 2880 };

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t size_max);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t size_max, unsigned seed);

// The first card of a header at random and the number of cards up to its END.
static uint8_t *choose_header(uint8_t *bytes, size_t size, Random *random, size_t *n_cards)
{
    size_t n_blocks = size / BLOCK, first = random_index(random, n_blocks);
    for (size_t i = 0; i < n_blocks; i++) {
        uint8_t *block = bytes + (first + i) % n_blocks * BLOCK;
        if (memcmp(block, "SIMPLE", 6) != 0 && memcmp(block, "XTENSION", 8) != 0)
            continue;
        *n_cards = 0;
        while (block + (*n_cards + 1) * CARD <= bytes + size &&
               memcmp(block + *n_cards * CARD, "END ", 4) != 0)
            ++*n_cards;
        return block;
    }
    return NULL;
}

// libFuzzer's change to one card, which stays as long as it was.
static void change_card(uint8_t *card, Random *random)
{
    uint8_t text[2 * CARD];
    size_t start = random_index(random, 3) == 0 ? 0 : 10;
    memset(text, ' ', sizeof text);
    memcpy(text, card + start, CARD - start);
    size_t length = CARD - start;
    while (length > 1 && text[length - 1] == ' ')
        length--;
    LLVMFuzzerMutate(text, length, CARD - start);
    for (size_t i = 0; i < CARD - start; i++)
        card[start + i] = text[i] < ' ' || text[i] > '~' ? ' ' : text[i];
}

// A number of its own kind: cfitsio and wcslib take sizes from cards.
static void change_number(uint8_t *card, Random *random)
{
    static const char *const values[] = {"0",     "1",         "-1",         "2",
                                         "999",   "65536",     "2147483647", "2147483648",
                                         "1e30",  "-32",       "'x'",        "4294967296",
                                         "1.5",   "999999999", "T",          "9223372036854775807",
                                         "1E-300"};
    const char *value = values[random_index(random, sizeof values / sizeof values[0])];
    memset(card + 8, ' ', CARD - 8);
    card[8] = '=';
    memcpy(card + 10, value, strlen(value));
}

static void change_header(uint8_t *header, size_t n, Random *random)
{
    uint8_t *card = header + random_index(random, n) * CARD;
    uint8_t *other = header + random_index(random, n) * CARD;
    switch (random_index(random, 5)) {
    case 0:
        memmove(other, card, CARD);
        break;
    case 1:
        change_number(card, random);
        break;
    case 2: // A blank card ends nothing, an END where there was none does.
        memset(card, ' ', CARD);
        break;
    default:
        change_card(card, random);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t size_max, unsigned seed)
{
    Random random = random_start(seed, 0);
    size_t n_cards = 0, choice = random_index(&random, 10);
    if (size < BLOCK || choice == 0)
        return LLVMFuzzerMutate(bytes, size, size_max);
    uint8_t *header = choice < 8 ? choose_header(bytes, size, &random, &n_cards) : NULL;
    if (header != NULL && n_cards > 0) {
        change_header(header, n_cards, &random);
        return size;
    }
    size_t start = random_index(&random, size), room = size - start;
    LLVMFuzzerMutate(bytes + start, room < 16 ? room : 16, room < 16 ? room : 16);
    return size;
}
