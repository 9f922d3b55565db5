#include "base/fits_aside.h"
#include "base/fits_reason.h"

#include <stdio.h>
#include <string.h>

#include "base/fits_input.h"

// cfitsio creates only files that are not there, and fills only files that are. So the file aside,
// which exists and is locked before cfitsio hears its name, starts as an empty primary header.
static void put_empty_primary(FILE *stream)
{
    static const char *const cards[] = {
        "SIMPLE  =                    T / file does conform to FITS standard",
        "BITPIX  =                    8 / number of bits per data pixel",
        "NAXIS   =                    0 / number of data axes",
        "EXTEND  =                    T / FITS dataset may contain extensions",
        "END",
    };
    enum { CARD = 80, BLOCK = 2880 };
    int n = 0;
    for (size_t i = 0; i < sizeof cards / sizeof cards[0]; i++, n += CARD)
        fprintf(stream, "%-*s", CARD, cards[i]);
    fprintf(stream, "%*s", BLOCK - n, "");
}

void fits_aside_open(FitsAside *aside, const char *path)
{
    *aside = (FitsAside){.path = path};
    if (output_file_open_named(path, &aside->output, &aside->error) != STATUS_OK) {
        aside->status = FILE_NOT_CREATED;
        return;
    }
    const char *name = output_file_name(aside->output);
    FILE *stream = fopen(name, "r+be");
    if (stream != NULL)
        put_empty_primary(stream);
    if (stream == NULL || fclose(stream) != 0)
        aside->status = WRITE_ERROR;
    fits_open_diskfile(&aside->file, name, READWRITE, &aside->status);
}

Status fits_aside_close(FitsAside *aside, Error *error)
{
    int status = aside->status, close_status = 0;
    // Closing writes what is buffered, so its own failure counts even after a success.
    if (aside->file != NULL)
        fits_close_file(aside->file, &close_status);
    status = status != 0 ? status : close_status;
    Status result = STATUS_OK;
    if (aside->output == NULL) {
        result = error_set(error, aside->error.status, "%s", aside->error.text);
    } else if (status == 0) {
        result = output_file_commit(aside->output, error);
    } else {
        char reason[FITS_REASON_SIZE];
        output_file_discard(aside->output);
        result = error_set(error, STATUS_OUTPUT,
                           "%s: cannot write: %s; look for free space, or write elsewhere",
                           aside->path, fits_reason(status, reason));
    }
    *aside = (FitsAside){0};
    return result;
}

Status fits_read_failed(const char *path, int fits_status, Error *error)
{
    char reason[FITS_REASON_SIZE];
    return error_set(error, STATUS_BAD_INPUT,
                     "%s: cannot read: %s; it may be cut short or not the right file", path,
                     fits_reason(fits_status, reason));
}

static Status verify_checksums(fitsfile *file, const char *path, Error *error)
{
    int n_hdus = 0, status = 0;
    fits_get_num_hdus(file, &n_hdus, &status);
    for (int hdu = 1; hdu <= n_hdus && status == 0; hdu++) {
        int data_ok = 0, hdu_ok = 0;
        fits_movabs_hdu(file, hdu, NULL, &status);
        fits_verify_chksum(file, &data_ok, &hdu_ok, &status);
        if (status == 0 && (data_ok < 0 || hdu_ok < 0))
            return error_set(error, STATUS_BAD_INPUT,
                             "%s: the checksum of HDU %d does not match; the file is damaged, make "
                             "or copy it again",
                             path, hdu);
    }
    fits_movabs_hdu(file, 1, NULL, &status);
    return status == 0 ? STATUS_OK : fits_read_failed(path, status, error);
}

Status fits_verified_open(const char *path, fitsfile **result, Error *error)
{
    fitsfile *file = NULL;
    int status = 0;
    *result = NULL;
    if (fits_input_open(path, &file, error) != STATUS_OK)
        return error_prefix(error, "%s", path);
    Status outcome = verify_checksums(file, path, error);
    if (outcome == STATUS_OK)
        *result = file;
    else
        fits_close_file(file, &status);
    return outcome;
}
