// Explanations as FITS images.
#include <fitsio.h>
#include <stdio.h>

#include "base/fits_aside.h"
#include "sky/cutout/cutout.h"
#include "work/explain.h"

enum { TEXT_SIZE = 69 }; // what a card holds, and the NUL

// FITS headers hold printable ASCII.
static void put_text(fitsfile *file, const char *key, const char *value, const char *comment,
                     int *code)
{
    char text[TEXT_SIZE];
    snprintf(text, sizeof text, "%s", value);
    for (char *c = text; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    fits_update_key(file, TSTRING, key, text, comment, code);
}

static void put_number(fitsfile *file, const char *key, double value, const char *comment,
                       int *code)
{
    fits_update_key(file, TDOUBLE, key, &value, comment, code);
}

static void put_count(fitsfile *file, const char *key, size_t value, const char *comment, int *code)
{
    LONGLONG number = (LONGLONG)value;
    fits_update_key(file, TLONGLONG, key, &number, comment, code);
}

static void put_place(fitsfile *file, const Explanation *explanation, size_t source, int *code)
{
    const LocalPlane *plane = &explanation->planes_of_sky[source];
    // Pixel of the field = (pixel of the map - LTV) (IRAF's physical coordinates, as DS9 has them).
    put_number(file, "LTV1", -(double)explanation->corners[source][0], "field x = x - LTV1", code);
    put_number(file, "LTV2", -(double)explanation->corners[source][1], "field y = y - LTV2", code);
    put_number(file, "LTM1_1", 1.0, NULL, code);
    put_number(file, "LTM2_2", 1.0, NULL, code);
    if (!explanation->has_sky[source])
        return;
    // Two axes of the sky also where the planes are a third.
    put_count(file, "WCSAXES", explanation->n_planes > 1 ? 3 : 2, NULL, code);
    put_text(file, "CTYPE1", "RA---TAN", NULL, code);
    put_text(file, "CTYPE2", "DEC--TAN", NULL, code);
    put_text(file, "CUNIT1", "deg", NULL, code);
    put_text(file, "CUNIT2", "deg", NULL, code);
    put_text(file, "RADESYS", "ICRS", NULL, code);
    put_number(file, "CRPIX1", plane->pixel[0], NULL, code);
    put_number(file, "CRPIX2", plane->pixel[1], NULL, code);
    put_number(file, "CRVAL1", plane->sky[0], NULL, code);
    put_number(file, "CRVAL2", plane->sky[1], NULL, code);
    put_number(file, "CD1_1", plane->per_pixel[0][0], NULL, code);
    put_number(file, "CD1_2", plane->per_pixel[0][1], NULL, code);
    put_number(file, "CD2_1", plane->per_pixel[1][0], NULL, code);
    put_number(file, "CD2_2", plane->per_pixel[1][1], NULL, code);
    if (explanation->n_planes == 1)
        return;
    put_text(file, "CTYPE3", "PLANE", NULL, code);
    put_number(file, "CRPIX3", 1.0, NULL, code);
    put_number(file, "CRVAL3", 1.0, NULL, code);
    put_number(file, "CD3_3", 1.0, NULL, code);
}

static void put_method(fitsfile *file, const Explanation *explanation, int *code)
{
    const ExplainOptions *options = &explanation->options;
    put_text(file, "METHOD", explain_method_name(options->method), "how the map was made", code);
    if (options->layer[0] != '\0')
        put_text(file, "LAYER", options->layer, "whose maps were looked at", code);
    put_text(file, "MODEL", explanation->model_name, NULL, code);
    put_text(file, "MODELSUM", explanation->model_checksum, "of the model's file", code);
    for (size_t i = 0; i < explanation->n_planes; i++) {
        char key[32];
        snprintf(key, sizeof key, "PLANE%zu", i + 1);
        put_text(file, key, explanation->planes[i], NULL, code);
    }
}

static void put_source(fitsfile *file, const Explanation *explanation, size_t source, int *code)
{
    char flags[TEXT_SIZE];
    source_flag_text(explanation->flags[source], flags, sizeof flags);
    put_text(file, "OBJECT", explanation->ids[source], "id of the source", code);
    put_count(file, "CLASS", explanation->classes[source], "as classified, from 1; 0: not", code);
    put_count(file, "EXPLAINS", explanation->explained[source], "the class that the map is of",
              code);
    put_text(file, "FLAG", flags, NULL, code);
    for (size_t i = 0; i < explanation->n_classes; i++) {
        const float score = explanation->scores[source * explanation->n_classes + i];
        char key[32];
        snprintf(key, sizeof key, "SCORE%zu", i + 1);
        if (score == score)
            put_number(file, key, (double)score, NULL, code);
    }
}

static void put_map(fitsfile *file, const Explanation *explanation, size_t source, int *code)
{
    const size_t size = explanation->size, values = explanation->n_planes * size * size;
    long axes[3] = {(long)size, (long)size, (long)explanation->n_planes};
    fits_resize_img(file, FLOAT_IMG, explanation->n_planes > 1 ? 3 : 2, axes, code);
    put_source(file, explanation, source, code);
    put_method(file, explanation, code);
    put_place(file, explanation, source, code);
    put_text(file, "ORIGIN", "skyclass " SKYCLASS_VERSION, "program that made this", code);
    fits_write_img(file, TFLOAT, 1, (LONGLONG)values, explanation->maps + source * values, code);
}

Status explanation_write(const Explanation *explanation, const size_t *indices, size_t n,
                         const char *path, Error *error)
{
    FitsAside aside;
    fits_aside_open(&aside, path);
    for (size_t i = 0; i < n && aside.status == 0; i++) {
        if (n > 1) {
            long none[1] = {0};
            LONGLONG number = (LONGLONG)i + 1;
            fits_create_img(aside.file, FLOAT_IMG, 0, none, &aside.status);
            put_text(aside.file, "EXTNAME", "MAP", NULL, &aside.status);
            fits_update_key(aside.file, TLONGLONG, "EXTVER", &number, NULL, &aside.status);
        }
        put_map(aside.file, explanation, indices[i], &aside.status);
    }
    return fits_aside_close(&aside, error);
}
