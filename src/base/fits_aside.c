#include "base/fits_aside.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

void fits_aside_open(FitsAside *aside, const char *path)
{
    size_t part_size = strlen(path) + sizeof ".part";
    *aside = (FitsAside){.path = memory_copy_text(path), .part = memory_new(part_size, 1)};
    if (aside->path == NULL || aside->part == NULL) {
        aside->status = MEMORY_ALLOCATION;
        return;
    }
    snprintf(aside->part, part_size, "%s.part", path);
    unlink(aside->part);
    fits_create_diskfile(&aside->file, aside->part, &aside->status);
}

static int flush_to_disk(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    bool flushed = descriptor >= 0 && fsync(descriptor) == 0;
    if (descriptor >= 0)
        close(descriptor);
    return flushed ? 0 : WRITE_ERROR;
}

Status fits_aside_close(FitsAside *aside, Error *error)
{
    int status = aside->status;
    if (aside->file != NULL) {
        // Closing writes what is buffered, so its own failure counts even after a success.
        int close_status = 0;
        fits_close_file(aside->file, &close_status);
        status = status != 0 ? status : close_status;
    }
    if (status == 0)
        status = flush_to_disk(aside->part);
    if (status == 0 && rename(aside->part, aside->path) != 0)
        status = FILE_NOT_CREATED;
    Status result = STATUS_OK;
    if (status != 0) {
        char text[FLEN_STATUS] = "";
        fits_get_errstatus(status, text);
        fits_clear_errmsg();
        if (aside->part != NULL)
            unlink(aside->part);
        result = error_set(error, STATUS_OUTPUT,
                           "%s: cannot write: %s; look for free space and a directory that exists "
                           "and is yours",
                           aside->path != NULL ? aside->path : "file", text);
    }
    free(aside->path);
    free(aside->part);
    *aside = (FitsAside){0};
    return result;
}

Status fits_read_failed(const char *path, int fits_status, Error *error)
{
    char text[FLEN_STATUS] = "";
    fits_get_errstatus(fits_status, text);
    fits_clear_errmsg();
    return error_set(error, STATUS_BAD_INPUT,
                     "%s: cannot read: %s; it may be cut short or not the right file", path, text);
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
    fits_open_diskfile(&file, path, READONLY, &status);
    if (status != 0)
        return fits_read_failed(path, status, error);
    Status outcome = verify_checksums(file, path, error);
    if (outcome == STATUS_OK)
        *result = file;
    else
        fits_close_file(file, &status);
    return outcome;
}
