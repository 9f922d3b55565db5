// Small FITS files for the tests of images, cutouts and detection.
#ifndef SKYCLASS_TESTS_UNIT_FITS_FILE_H
#define SKYCLASS_TESTS_UNIT_FITS_FILE_H

#include <fitsio.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A directory of its own for a test program, below $TMPDIR or /tmp. The caller removes it with
// test_directory_remove().
static inline const char *test_directory(void)
{
    static char directory[512];
    if (directory[0] == '\0') {
        const char *base = getenv("TMPDIR");
        snprintf(directory, sizeof directory, "%s/skyclass_test_XXXXXX", base ? base : "/tmp");
        if (mkdtemp(directory) == NULL)
            abort();
    }
    return directory;
}

// "<test directory>/<name>" in one of a few static buffers.
static inline const char *test_path(const char *name)
{
    static char buffers[16][1400];
    static size_t next;
    char *path = buffers[next++ % 16];
    snprintf(path, sizeof buffers[0], "%s/%s", test_directory(), name);
    return path;
}

static inline void test_check(int code)
{
    if (code != 0) {
        fits_report_error(stderr, code);
        abort();
    }
}

// Creates a file whatever its name holds.
static inline fitsfile *test_create(const char *path)
{
    fitsfile *file = NULL;
    int code = 0;
    unlink(path);
    fits_create_diskfile(&file, path, &code);
    test_check(code);
    return file;
}

static inline void test_close(fitsfile *file)
{
    int code = 0;
    fits_close_file(file, &code);
    test_check(code);
}

// Pixel values that name their place: 1000 * row + column + offset, 0-based.
static inline float test_pixel(long x, long y, float offset)
{
    return 1000.0f * (float)y + (float)x + offset;
}

// Appends an image HDU of float pixels (the primary when the file is empty); plane p (from 0) has
// 1e6 * p added to test_pixel.
static inline void test_append_image(fitsfile *file, long width, long height, long n_planes,
                                     float offset)
{
    int code = 0;
    long axes[3] = {width, height, n_planes};
    float *pixels = malloc((size_t)(width * height * n_planes) * sizeof *pixels);
    for (long p = 0; p < n_planes; p++)
        for (long y = 0; y < height; y++)
            for (long x = 0; x < width; x++)
                pixels[(p * height + y) * width + x] = test_pixel(x, y, offset + 1e6f * (float)p);
    fits_create_img(file, FLOAT_IMG, n_planes > 1 ? 3 : 2, axes, &code);
    fits_write_img(file, TFLOAT, 1, width * height * n_planes, pixels, &code);
    free(pixels);
    test_check(code);
}

static inline void test_key_text(fitsfile *file, const char *key, const char *value)
{
    int code = 0;
    fits_update_key(file, TSTRING, key, (void *)value, NULL, &code);
    test_check(code);
}

static inline void test_key_number(fitsfile *file, const char *key, double value)
{
    int code = 0;
    fits_update_key(file, TDOUBLE, key, &value, NULL, &code);
    test_check(code);
}

// A tangent-plane WCS: scale in arcsec a pixel, rotation in degrees, reference pixel 1-based.
static inline void test_wcs(fitsfile *file, double ra, double dec, double x, double y, double scale,
                            double rotation)
{
    double s = scale / 3600.0, angle = rotation * 3.14159265358979323846 / 180.0;
    test_key_text(file, "CTYPE1", "RA---TAN");
    test_key_text(file, "CTYPE2", "DEC--TAN");
    test_key_number(file, "CRVAL1", ra);
    test_key_number(file, "CRVAL2", dec);
    test_key_number(file, "CRPIX1", x);
    test_key_number(file, "CRPIX2", y);
    test_key_number(file, "CD1_1", -s * __builtin_cos(angle));
    test_key_number(file, "CD1_2", s * __builtin_sin(angle));
    test_key_number(file, "CD2_1", s * __builtin_sin(angle));
    test_key_number(file, "CD2_2", s * __builtin_cos(angle));
}

// One image of test_pixel values in the primary HDU, with FILTER unless `filter` is NULL.
static inline const char *test_image(const char *name, long width, long height, const char *filter)
{
    const char *path = test_path(name);
    fitsfile *file = test_create(path);
    test_append_image(file, width, height, 1, 0.0f);
    if (filter != NULL)
        test_key_text(file, "FILTER", filter);
    test_close(file);
    return path;
}

static inline int test_directory_remove(void **state)
{
    (void)state;
    char command[600];
    snprintf(command, sizeof command, "rm -rf '%s'", test_directory());
    return system(command);
}

#endif
