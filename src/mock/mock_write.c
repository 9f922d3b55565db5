#include "mock/mock_write.h"

#include <ctype.h>
#include <errno.h>
#include <fitsio.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fits_aside.h"
#include "base/output_file.h"

enum { PATH_SIZE = 4096 };

static const char *const origin =
    "SIMULATED by skyclass (a mock sky), not an observation of any telescope";

static Status path_make(char path[PATH_SIZE], const char *directory, const char *name,
                        const char *ending, Error *error)
{
    int n = snprintf(path, PATH_SIZE, "%s/%s%s", directory, name, ending);
    if (n < 0 || n >= PATH_SIZE)
        return error_set(error, STATUS_OUTPUT, "the name of the directory %s is too long",
                         directory);
    return STATUS_OK;
}

static void write_double(fitsfile *file, const char *key, double value, const char *comment,
                         int *code)
{
    fits_update_key(file, TDOUBLE, key, &value, comment, code);
}

static void write_text(fitsfile *file, const char *key, const char *value, const char *comment,
                       int *code)
{
    fits_update_key(file, TSTRING, key, (void *)value, comment, code);
}

// No dates and no CHECKSUM, whose comment carries one: the same seed gives the same bytes.
static void write_origin(fitsfile *file, const MockSettings *settings, int *code)
{
    char seed[32]; // as text: FITS has no unsigned 64-bit header values
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)settings->seed);
    write_text(file, "ORIGIN", "skyclass " SKYCLASS_VERSION, "program that made this", code);
    write_text(file, "TELESCOP", "MOCK", "simulated, not observed", code);
    write_text(file, "INSTRUME", "MOCK WFC3/UVIS", "what is imitated", code);
    write_text(file, "GALAXY", settings->name, "name of the mock galaxy", code);
    write_double(file, "DISTANCE", settings->distance, "[Mpc]", code);
    write_text(file, "SEED", seed, "of the random numbers", code);
    fits_write_history(file, origin, code);
}

static void write_wcs(fitsfile *file, const MockField *field, int *code)
{
    double reference[2];
    double sky[2];
    double matrix[4];
    mock_field_wcs(field, reference, sky, matrix);
    write_text(file, "CTYPE1", "RA---TAN", NULL, code);
    write_text(file, "CTYPE2", "DEC--TAN", NULL, code);
    write_text(file, "CUNIT1", "deg", NULL, code);
    write_text(file, "CUNIT2", "deg", NULL, code);
    write_text(file, "RADESYS", "ICRS", NULL, code);
    write_double(file, "CRPIX1", reference[0], NULL, code);
    write_double(file, "CRPIX2", reference[1], NULL, code);
    write_double(file, "CRVAL1", sky[0], NULL, code);
    write_double(file, "CRVAL2", sky[1], NULL, code);
    write_double(file, "CD1_1", matrix[0], NULL, code);
    write_double(file, "CD1_2", matrix[1], NULL, code);
    write_double(file, "CD2_1", matrix[2], NULL, code);
    write_double(file, "CD2_2", matrix[3], NULL, code);
}

static Status write_image(const MockField *field, int band, const char *directory, Error *error)
{
    const MockSettings *settings = mock_field_settings(field);
    char ending[32];
    snprintf(ending, sizeof ending, "_%s.fits", mock_band(band)->filter);
    for (char *c = ending; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    char path[PATH_SIZE];
    Status status = path_make(path, directory, settings->name, ending, error);
    if (status != STATUS_OK)
        return status;
    FitsAside aside;
    fits_aside_open(&aside, path);
    fitsfile *file = aside.file;
    int *code = &aside.status;
    long axes[2] = {(long)settings->width, (long)settings->height};
    fits_resize_img(file, FLOAT_IMG, 2, axes, code);
    write_text(file, "FILTER", mock_band(band)->filter, NULL, code);
    write_double(file, "EXPTIME", settings->exposure[band], "[s] three exposures in all", code);
    write_text(file, "BUNIT", "ELECTRONS/S", NULL, code);
    write_double(file, "PHOTZPT",
                 mock_band(band)->zeropoint + 2.5 * log10(settings->throughput[band]),
                 "Vega mag of 1 electron/s", code);
    write_text(file, "PHOTSYS", "VEGA", "system of PHOTZPT", code);
    write_double(file, "PIXSCALE", settings->pixel_scale, "[arcsec]", code);
    write_double(file, "MDRIZSKY", settings->throughput[band] * mock_band(band)->sky,
                 "[electrons/s] sky, subtracted", code);
    write_origin(file, settings, code);
    write_wcs(file, field, code);
    fits_write_img(file, TFLOAT, 1, (LONGLONG)axes[0] * axes[1],
                   (void *)mock_field_image(field, band), code);
    return fits_aside_close(&aside, error);
}

// The columns of a LEGUS catalogue: id x y ra dec, five magnitudes with errors, CI, 16 columns of
// SED fits (0: none were made), number of bands, class, and five columns whose meaning differs
// between LEGUS releases (0).
static void write_row(FILE *stream, const MockSource *source)
{
    int seen = 0;
    fprintf(stream, "%10zu %11.3f %11.3f %11.6f %11.6f", source->id, source->x, source->y,
            source->ra, source->dec);
    for (int band = 0; band < MOCK_BANDS; band++) {
        fprintf(stream, " %9.3f %9.3f", source->magnitude[band], source->error[band]);
        seen += source->error[band] <= 0.3;
    }
    fprintf(stream, " %9.3f", source->ci);
    for (int i = 0; i < 16; i++)
        fprintf(stream, " 0.0");
    fprintf(stream, " %d %zu 0 0 0 0 0\n", seen, source->label);
}

static Status write_table(const MockField *field, const char *directory, Error *error)
{
    char path[PATH_SIZE];
    Status status = path_make(path, directory, mock_field_settings(field)->name, ".tab", error);
    if (status != STATUS_OK)
        return status;
    OutputFile *file = NULL;
    status = output_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    const MockSource *sources = mock_field_sources(field);
    for (size_t i = 0; i < mock_field_source_count(field); i++)
        write_row(output_file_stream(file), &sources[i]);
    return output_file_commit(file, error);
}

static void write_truth_rows(fitsfile *file, const MockField *field, int *code)
{
    const MockSource *sources = mock_field_sources(field);
    for (size_t i = 0; i < mock_field_source_count(field) && *code == 0; i++) {
        const MockSource *source = &sources[i];
        LONGLONG row = (LONGLONG)i + 1;
        long id = (long)source->id;
        long label = (long)source->label;
        const char *kind = mock_kind_name(source->kind);
        fits_write_col(file, TLONG, 1, row, 1, 1, &id, code);
        fits_write_col(file, TDOUBLE, 2, row, 1, 1, (void *)&source->x, code);
        fits_write_col(file, TDOUBLE, 3, row, 1, 1, (void *)&source->y, code);
        fits_write_col(file, TDOUBLE, 4, row, 1, 1, (void *)&source->ra, code);
        fits_write_col(file, TDOUBLE, 5, row, 1, 1, (void *)&source->dec, code);
        fits_write_col(file, TLONG, 6, row, 1, 1, &label, code);
        fits_write_col(file, TSTRING, 7, row, 1, 1, &kind, code);
        fits_write_col(file, TDOUBLE, 8, row, 1, 1, (void *)&source->true_v, code);
        fits_write_col(file, TDOUBLE, 9, row, 1, 1, (void *)&source->radius, code);
        fits_write_col(file, TDOUBLE, 10, row, 1, 1, (void *)&source->ci, code);
        for (int band = 0; band < MOCK_BANDS; band++)
            fits_write_col(file, TDOUBLE, 11 + band, row, 1, 1, (void *)&source->magnitude[band],
                           code);
    }
}

static Status write_truth(const MockField *field, const char *directory, Error *error)
{
    char path[PATH_SIZE];
    Status status =
        path_make(path, directory, mock_field_settings(field)->name, "_truth.fits", error);
    if (status != STATUS_OK)
        return status;
    static char *names[] = {"ID",     "X",  "Y",     "RA",    "DEC",   "CLASS", "KIND", "V_TRUE",
                            "RADIUS", "CI", "F275W", "F336W", "F438W", "F555W", "F814W"};
    static char *forms[] = {"J", "D", "D", "D", "D", "J", "16A", "D",
                            "D", "D", "D", "D", "D", "D", "D"};
    static char *units[] = {"",      "pixel", "pixel", "deg", "deg", "",    "",   "mag",
                            "pixel", "mag",   "mag",   "mag", "mag", "mag", "mag"};
    FitsAside aside;
    fits_aside_open(&aside, path);
    fits_create_tbl(aside.file, BINARY_TBL, 0, sizeof names / sizeof names[0], names, forms, units,
                    "TRUTH", &aside.status);
    write_origin(aside.file, mock_field_settings(field), &aside.status);
    write_truth_rows(aside.file, field, &aside.status);
    return fits_aside_close(&aside, error);
}

Status mock_write_field(const MockField *field, const char *directory, Error *error)
{
    if (mkdir(directory, 0777) != 0 && errno != EEXIST)
        return error_set(error, STATUS_OUTPUT, "could not make the directory %s: %s", directory,
                         strerror(errno));
    Status status = STATUS_OK;
    for (int band = 0; band < MOCK_BANDS && status == STATUS_OK; band++)
        status = write_image(field, band, directory, error);
    if (status == STATUS_OK)
        status = write_table(field, directory, error);
    if (status == STATUS_OK)
        status = write_truth(field, directory, error);
    return status;
}
