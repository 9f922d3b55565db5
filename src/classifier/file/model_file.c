#include "classifier/file/model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_bytes.h"
#include "base/fits_input.h"
#include "base/fits_reason.h"
#include "base/memory.h"

enum { FITS_BLOCK = 2880, HDUS_MAX = 16384 };

Status model_file_fail(int fits_status, const char *what, Error *error)
{
    char reason[FITS_REASON_SIZE];
    if (fits_status == MEMORY_ALLOCATION)
        return error_memory(error, "a model file");
    return error_set(error, STATUS_BAD_INPUT, "damaged: %s cannot be read (%s); get the file anew",
                     what, fits_reason(fits_status, reason));
}

// Through the disk: cfitsio (4.2) reads past the end of a file in memory that is cut off.
static Status open_fits(const char *path, ModelFile *file, Error *error)
{
    static const char start[] = "SIMPLE  =";
    if (file->size < FITS_BLOCK || memcmp(file->bytes, start, sizeof start - 1) != 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "not a skyclass model (not FITS); weights of other programs are turned "
                         "into one by skyclass import");
    if (file->size % FITS_BLOCK != 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "damaged: cut off within a FITS block; get the file anew");
    int fits_status = 0;
    int n_hdus = 0;
    if (fits_input_open(path, &file->fits, error) != STATUS_OK)
        return error_prefix(error, "damaged");
    fits_get_num_hdus(file->fits, &n_hdus, &fits_status);
    if (fits_status != 0)
        return model_file_fail(fits_status, "its FITS structure", error);
    if (n_hdus > HDUS_MAX)
        return error_set(error, STATUS_BAD_INPUT, "not a skyclass model: it has %d HDUs", n_hdus);
    file->n_hdus = (size_t)n_hdus;
    return STATUS_OK;
}

Status model_file_move(ModelFile *file, size_t hdu, Error *error)
{
    int fits_status = 0;
    fits_movabs_hdu(file->fits, (int)hdu + 1, NULL, &fits_status);
    if (fits_status != 0)
        return model_file_fail(fits_status, "an extension", error);
    return STATUS_OK;
}

static Status check_hdu(ModelFile *file, size_t hdu, Error *error)
{
    int fits_status = 0;
    int data_ok = 0;
    int hdu_ok = 0;
    Status status = model_file_move(file, hdu, error);
    if (status != STATUS_OK)
        return status;
    char *name = file->names[hdu];
    if (fits_read_key(file->fits, TSTRING, "EXTNAME", name, NULL, &fits_status) != 0) {
        name[0] = '\0';
        fits_status = 0;
    }
    fits_verify_chksum(file->fits, &data_ok, &hdu_ok, &fits_status);
    if (fits_status != 0)
        return model_file_fail(fits_status, hdu == 0 ? "its header" : name, error);
    if (data_ok != 1 || hdu_ok != 1)
        return error_set(error, STATUS_BAD_INPUT, "damaged: %s %s; get the file anew",
                         hdu == 0 ? "the primary header" : name,
                         data_ok < 0 || hdu_ok < 0 ? "does not fit its checksum"
                                                   : "has no checksum");
    return STATUS_OK;
}

Status model_file_open(const char *path, ModelFile **result, Error *error)
{
    *result = NULL;
    ModelFile *file = memory_new(1, sizeof *file);
    if (file == NULL)
        return error_memory(error, "a model file");
    Status status = file_bytes_read(path, "a model file", &file->bytes, &file->size, error);
    if (status == STATUS_OK)
        status = open_fits(path, file, error);
    if (status == STATUS_OK) {
        file->names = memory_new(file->n_hdus, sizeof *file->names);
        if (file->names == NULL)
            status = error_memory(error, "a model file");
    }
    for (size_t hdu = 0; hdu < file->n_hdus && status == STATUS_OK; hdu++)
        status = check_hdu(file, hdu, error);
    if (status != STATUS_OK) {
        model_file_close(file);
        return status;
    }
    *result = file;
    return STATUS_OK;
}

void model_file_close(ModelFile *file)
{
    if (file == NULL)
        return;
    int fits_status = 0;
    if (file->fits != NULL)
        fits_close_file(file->fits, &fits_status);
    fits_clear_errmsg();
    free(file->names);
    free(file->bytes);
    free(file);
}
