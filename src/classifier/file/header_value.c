#include "classifier/file/header_value.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fits_text.h"
#include "base/memory.h"
#include "classifier/file/model_file.h"

enum { KEY_DIGITS = -17 }; // cfitsio: significant digits, enough to give a double back unchanged

Status header_out_of_range(const char *key, Error *error)
{
    return error_set(error, STATUS_BAD_INPUT,
                     "not a valid model: the value of %s is out of range; get the file anew", key);
}

// True, with *found false, where the keyword is missing and may be.
static bool may_be_missing(bool *found, int *fits_status)
{
    if (found != NULL)
        *found = *fits_status == 0;
    if (found == NULL || *fits_status != KEY_NO_EXIST)
        return false;
    *fits_status = 0;
    fits_clear_errmsg();
    return true;
}

Status header_read_text(fitsfile *fits, const char *key, char *text, size_t size, bool *found,
                        Error *error)
{
    int fits_status = 0;
    char *value = fits_text_read(fits, key, &fits_status);
    if (value == NULL)
        return may_be_missing(found, &fits_status) ? STATUS_OK
                                                   : model_file_fail(fits_status, key, error);
    if (found != NULL)
        *found = true;
    size_t length = strlen(value);
    if (length < size)
        memcpy(text, value, length + 1);
    free(value);
    if (length >= size)
        return error_set(error, STATUS_BAD_INPUT,
                         "not a valid model: %s has %zu characters, %zu are allowed", key, length,
                         size - 1);
    return STATUS_OK;
}

Status header_read_field(fitsfile *fits, const Field *field, const char *key, void *record,
                         bool *found, Error *error)
{
    void *member = (char *)record + field->offset;
    int fits_status = 0;
    LONGLONG integer = 0;
    double real = 0.0;
    int flag = 0;
    if (field->kind == FIELD_TEXT)
        return header_read_text(fits, key, member, field->n, found, error);
    if (field->kind == FIELD_COUNT)
        fits_read_key(fits, TLONGLONG, key, &integer, NULL, &fits_status);
    else if (field->kind == FIELD_NUMBER)
        fits_read_key(fits, TDOUBLE, key, &real, NULL, &fits_status);
    else
        fits_read_key(fits, TLOGICAL, key, &flag, NULL, &fits_status);
    if (may_be_missing(found, &fits_status))
        return STATUS_OK;
    if (fits_status != 0)
        return model_file_fail(fits_status, key, error);
    if (integer < 0 || integer > HEADER_SIZE_MAX || !isfinite(real))
        return header_out_of_range(key, error);
    if (field->kind == FIELD_COUNT)
        *(size_t *)member = (size_t)integer;
    else if (field->kind == FIELD_NUMBER)
        *(double *)member = real;
    else
        *(bool *)member = flag != 0;
    return STATUS_OK;
}

// FITS headers are printable ASCII.
void header_write_text(fitsfile *fits, const char *key, const char *text, const char *comment,
                       int *fits_status)
{
    char *printable = memory_copy_text(text);
    if (printable == NULL) {
        *fits_status = MEMORY_ALLOCATION;
        return;
    }
    for (char *c = printable; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    fits_write_key_longstr(fits, key, printable, comment, fits_status);
    free(printable);
}

void header_write_field(fitsfile *fits, const Field *field, const char *key, const void *record,
                        int *fits_status)
{
    const void *member = (const char *)record + field->offset;
    switch (field->kind) {
    case FIELD_COUNT:
        fits_write_key_lng(fits, key, (LONGLONG) * (const size_t *)member, field->comment,
                           fits_status);
        break;
    case FIELD_NUMBER:
        fits_write_key_dbl(fits, key, *(const double *)member, KEY_DIGITS, field->comment,
                           fits_status);
        break;
    case FIELD_SWITCH:
        fits_write_key_log(fits, key, *(const bool *)member, field->comment, fits_status);
        break;
    default:
        header_write_text(fits, key, member, field->comment, fits_status);
        break;
    }
}

void header_numbered_key(const char *stem, size_t index, char key[FLEN_KEYWORD])
{
    snprintf(key, FLEN_KEYWORD, "%s%zu", stem, index + 1);
}

bool header_is_numbered(const char *key, const char *stem)
{
    size_t length = strlen(stem);
    if (strncmp(key, stem, length) != 0 || !isdigit((unsigned char)key[length]))
        return false;
    return strspn(key + length, "0123456789") == strlen(key + length);
}
