// Values of a FITS header, checked on the way in, printable on the way out.
#ifndef SKYCLASS_CLASSIFIER_FILE_HEADER_VALUE_H
#define SKYCLASS_CLASSIFIER_FILE_HEADER_VALUE_H

#include <fitsio.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/field.h"

enum { HEADER_SIZE_MAX = 65536 }; // of any whole number in a model file

// Fields are texts, counts, numbers and switches (base/field.h), one value each.
//
// Each reads the keyword into *value and leaves that alone where `*found` comes back false: the
// keyword is not there. `found` may be NULL: then a missing keyword is an error.
Status header_read_text(fitsfile *fits, const char *key, char *text, size_t size, bool *found,
                        Error *error);
Status header_read_field(fitsfile *fits, const Field *field, const char *key, void *record,
                         bool *found, Error *error);

void header_write_text(fitsfile *fits, const char *key, const char *text, const char *comment,
                       int *fits_status);
void header_write_field(fitsfile *fits, const Field *field, const char *key, const void *record,
                        int *fits_status);

// "BAND" and 0: "BAND1".
void header_numbered_key(const char *stem, size_t index, char key[FLEN_KEYWORD]);
// Whether `key` is `stem` and a number.
bool header_is_numbered(const char *key, const char *stem);

// STATUS_BAD_INPUT: the value of `key` is out of range.
Status header_out_of_range(const char *key, Error *error);

#endif
