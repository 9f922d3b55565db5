// One card of a FITS header (FITS standard 4.0, section 4), read without any library.
#ifndef SKYCLASS_BASE_FITS_CARD_H
#define SKYCLASS_BASE_FITS_CARD_H

#include <stdbool.h>

enum { FITS_CARD_SIZE = 80, FITS_BLOCK_SIZE = 2880, FITS_KEYWORD_SIZE = 9 };

typedef enum FitsValueKind {
    FITS_VALUE_NONE,    // a comment, END, or "KEYWORD =" with nothing behind it
    FITS_VALUE_TEXT,    // 'between quotes'
    FITS_VALUE_LOGICAL, // T or F
    FITS_VALUE_INTEGER,
    FITS_VALUE_REAL,
    FITS_VALUE_COMPLEX,
    FITS_VALUE_BROKEN, // none of these, or followed by something else than a comment
} FitsValueKind;

typedef struct FitsCard {
    char keyword[FITS_KEYWORD_SIZE]; // without trailing blanks
    FitsValueKind kind;
    double number;    // of an integer or real; 1 for T
    const char *text; // of a text: behind the opening quote, `length` characters with '' for '
    int length;
} FitsCard;

// `card` is FITS_CARD_SIZE characters.
FitsCard fits_card_parse(const char *card);

// "NAXIS12" against "NAXIS#": true with the index, from 1; false where the stem differs or what
// follows it is no number of at most 7 digits. A pattern without # matches only itself, index 0.
bool fits_card_matches(const char *keyword, const char *pattern, long *index);

#endif
