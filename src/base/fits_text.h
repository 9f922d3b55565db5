// Texts of FITS headers, which go on in CONTINUE cards where they are longer than a card (FITS
// standard 4.0, section 4.2.1.2).
#ifndef SKYCLASS_BASE_FITS_TEXT_H
#define SKYCLASS_BASE_FITS_TEXT_H

#include <fitsio.h>

// The whole text of a keyword without trailing blanks; free() it. NULL where `*code`, cfitsio's
// status, is not 0 at the end: KEY_NO_EXIST, NO_QUOTE (the value is no text), MEMORY_ALLOCATION.
// In place of fits_read_key_longstr, which writes through a null pointer where memory has run out
// (cfitsio 4.2).
char *fits_text_read(fitsfile *file, const char *keyword, int *code);

#endif
