#include "work/checkpoint.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fits_aside.h"
#include "base/fits_text.h"

static void write_numbers(fitsfile *file, const Checkpoint *checkpoint, int *status)
{
    char *names[] = {"NAME", "VALUE"};
    char *formats[] = {"24A", "1D"};
    fits_create_tbl(file, BINARY_TBL, (LONGLONG)checkpoint->n_numbers, 2, names, formats, NULL,
                    "STATE", status);
    for (size_t i = 0; i < checkpoint->n_numbers && *status == 0; i++) {
        char *name = (char *)checkpoint->numbers[i].name;
        fits_write_col(file, TSTRING, 1, (LONGLONG)i + 1, 1, 1, &name, status);
        fits_write_col(file, TDOUBLE, 2, (LONGLONG)i + 1, 1, 1, checkpoint->numbers[i].value,
                       status);
    }
    // The generator's 64-bit words do not fit FITS's signed integers: as hexadecimal text.
    for (int i = 0; i < 4; i++) {
        char keyword[FLEN_KEYWORD], word[24];
        snprintf(keyword, sizeof keyword, "RANDOM%d", i + 1);
        snprintf(word, sizeof word, "%016" PRIx64, checkpoint->random->state[i]);
        fits_write_key_str(file, keyword, word, "random state of dropout", status);
    }
    fits_write_chksum(file, status);
}

static void write_all(fitsfile *file, const Checkpoint *checkpoint, int *status)
{
    fits_write_key_str(file, "ORIGIN", "skyclass " SKYCLASS_VERSION, "what wrote this file",
                       status);
    fits_write_date(file, status);
    fits_write_key_longwarn(file, status);
    fits_write_key_longstr(file, "SETTINGS", checkpoint->settings, "", status);
    fits_write_chksum(file, status);
    write_numbers(file, checkpoint, status);
    for (size_t i = 0; i < checkpoint->n_arrays && *status == 0; i++) {
        const CheckpointArray *array = &checkpoint->arrays[i];
        LONGLONG shape[] = {(LONGLONG)array->n};
        fits_create_imgll(file, FLOAT_IMG, 1, shape, status);
        fits_write_key_str(file, "EXTNAME", array->name, "", status);
        fits_write_img(file, TFLOAT, 1, (LONGLONG)array->n, array->values, status);
        fits_write_chksum(file, status);
    }
}

Status checkpoint_write(const Checkpoint *checkpoint, const char *path, Error *error)
{
    FitsAside aside;
    fits_aside_open(&aside, path);
    write_all(aside.file, checkpoint, &aside.status);
    return fits_aside_close(&aside, error);
}

// ---- Reading -------------------------------------------------------------------------------

static Status damaged(Error *error, const char *path)
{
    return error_set(error, STATUS_BAD_INPUT,
                     "checkpoint %s is damaged or of another version; remove it and start again",
                     path);
}

static Status read_settings(fitsfile *file, const Checkpoint *checkpoint, const char *path,
                            Error *error)
{
    int status = 0;
    char *settings = fits_text_read(file, "SETTINGS", &status);
    if (status == MEMORY_ALLOCATION)
        return error_memory(error, "a checkpoint's settings");
    if (settings == NULL)
        return damaged(error, path);
    bool same = strcmp(settings, checkpoint->settings) == 0;
    Status result = STATUS_OK;
    if (!same)
        result = error_set(error, STATUS_BAD_INPUT,
                           "checkpoint %s is of another run (%s; this one: %s); give the same "
                           "settings, or another checkpoint",
                           path, settings, checkpoint->settings);
    free(settings);
    return result;
}

static Status read_numbers(fitsfile *file, const Checkpoint *checkpoint, const char *path,
                           Error *error)
{
    LONGLONG n_rows = 0;
    int status = 0;
    fits_movabs_hdu(file, 2, NULL, &status);
    fits_get_num_rowsll(file, &n_rows, &status);
    if (status != 0 || n_rows != (LONGLONG)checkpoint->n_numbers)
        return damaged(error, path);
    for (size_t i = 0; i < checkpoint->n_numbers; i++) {
        char text[FLEN_VALUE] = "", *name = text;
        fits_read_col(file, TSTRING, 1, (LONGLONG)i + 1, 1, 1, "", &name, NULL, &status);
        fits_read_col(file, TDOUBLE, 2, (LONGLONG)i + 1, 1, 1, NULL, checkpoint->numbers[i].value,
                      NULL, &status);
        if (status != 0 || strcmp(name, checkpoint->numbers[i].name) != 0)
            return damaged(error, path);
    }
    for (int i = 0; i < 4; i++) {
        char keyword[FLEN_KEYWORD], word[FLEN_VALUE] = "";
        snprintf(keyword, sizeof keyword, "RANDOM%d", i + 1);
        fits_read_key(file, TSTRING, keyword, word, NULL, &status);
        if (status != 0 || sscanf(word, "%" SCNx64, &checkpoint->random->state[i]) != 1)
            return damaged(error, path);
    }
    return STATUS_OK;
}

static Status read_array(fitsfile *file, int hdu, const CheckpointArray *array, const char *path,
                         Error *error)
{
    char name[FLEN_VALUE] = "";
    LONGLONG shape[1] = {0};
    int status = 0, type = 0, n_axes = 0;
    fits_movabs_hdu(file, hdu, NULL, &status);
    fits_read_key(file, TSTRING, "EXTNAME", name, NULL, &status);
    fits_get_img_paramll(file, 1, &type, &n_axes, shape, &status);
    if (status != 0 || n_axes != 1 || shape[0] != (LONGLONG)array->n ||
        strcmp(name, array->name) != 0)
        return damaged(error, path);
    fits_read_img(file, TFLOAT, 1, shape[0], NULL, array->values, NULL, &status);
    return status == 0 ? STATUS_OK : damaged(error, path);
}

Status checkpoint_read(const Checkpoint *checkpoint, const char *path, Error *error)
{
    fitsfile *file;
    if (fits_verified_open(path, &file, error) != STATUS_OK)
        return error_prefix(error, "checkpoint");
    Status result = read_settings(file, checkpoint, path, error);
    if (result == STATUS_OK)
        result = read_numbers(file, checkpoint, path, error);
    for (size_t i = 0; i < checkpoint->n_arrays && result == STATUS_OK; i++)
        result = read_array(file, (int)i + 3, &checkpoint->arrays[i], path, error);
    int status = 0;
    fits_close_file(file, &status);
    fits_clear_errmsg();
    return result;
}
