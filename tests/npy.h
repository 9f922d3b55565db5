// Little-endian .npy files (NumPy's format, version 1.0, C order) for tests.
#ifndef SKYCLASS_TESTS_NPY_H
#define SKYCLASS_TESTS_NPY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NPY_PREFIX = 10, NPY_HEADER_MAX = 65536 };

static inline size_t npy_shape_product(const char *header)
{
    const char *at = strstr(header, "'shape': (");
    if (at == NULL)
        return 0;
    size_t product = 1;
    for (at += strlen("'shape': ("); *at != ')' && *at != '\0';) {
        char *end;
        unsigned long long size = strtoull(at, &end, 10);
        if (end == at) {
            at++;
            continue;
        }
        product *= size;
        at = end;
    }
    return product;
}

static inline float *npy_read_body(FILE *file, const char *header, size_t n)
{
    bool f4 = strstr(header, "'<f4'") != NULL, f8 = strstr(header, "'<f8'") != NULL;
    bool i8 = strstr(header, "'<i8'") != NULL;
    if ((!f4 && !f8 && !i8) || strstr(header, "'fortran_order': False") == NULL)
        return NULL;
    float *values = malloc((n > 0 ? n : 1) * sizeof *values);
    for (size_t i = 0; values != NULL && i < n; i++) {
        double wide = 0;
        int64_t whole = 0;
        bool ok = f4   ? fread(&values[i], sizeof(float), 1, file) == 1
                  : f8 ? fread(&wide, sizeof wide, 1, file) == 1
                       : fread(&whole, sizeof whole, 1, file) == 1;
        if (!ok) {
            free(values);
            return NULL;
        }
        if (!f4)
            values[i] = f8 ? (float)wide : (float)whole;
    }
    return values;
}

// n_values of '<f4', '<f8' or '<i8' as float (n_values 0: any number; *n_read tells it); NULL, with
// a line on stderr, when the file is missing, of another type or of another size.
static inline float *npy_read(const char *path, size_t n_values, size_t *n_read)
{
    FILE *file = fopen(path, "rb");
    unsigned char prefix[NPY_PREFIX];
    char header[NPY_HEADER_MAX + 1];
    float *values = NULL;
    if (file != NULL && fread(prefix, 1, NPY_PREFIX, file) == NPY_PREFIX &&
        memcmp(prefix, "\x93NUMPY\x01", 7) == 0) {
        size_t size = prefix[8] + 256u * prefix[9];
        if (fread(header, 1, size, file) == size) {
            header[size] = '\0';
            size_t n = npy_shape_product(header);
            if (n_values == 0 || n == n_values)
                values = npy_read_body(file, header, n);
            if (n_read != NULL)
                *n_read = n;
        }
    }
    if (values == NULL)
        fprintf(stderr, "%s: missing, or not an .npy file of the type and size expected\n", path);
    if (file != NULL)
        fclose(file);
    return values;
}

static inline bool npy_write(const char *path, const float *values, const size_t *dimensions,
                             size_t n_dimensions)
{
    char shape[256] = "", header[512];
    size_t n = 1;
    for (size_t i = 0; i < n_dimensions; i++) {
        size_t used = strlen(shape);
        snprintf(shape + used, sizeof shape - used, "%zu,", dimensions[i]);
        n *= dimensions[i];
    }
    snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }",
             shape);
    size_t padded = (NPY_PREFIX + strlen(header) + 1 + 63) / 64 * 64 - NPY_PREFIX;
    unsigned char prefix[NPY_PREFIX] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    prefix[8] = (unsigned char)(padded % 256);
    prefix[9] = (unsigned char)(padded / 256);
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return false;
    bool ok = fwrite(prefix, 1, NPY_PREFIX, file) == NPY_PREFIX &&
              fprintf(file, "%-*s\n", (int)padded - 1, header) == (int)padded &&
              fwrite(values, sizeof *values, n, file) == n;
    return fclose(file) == 0 && ok;
}

#endif
