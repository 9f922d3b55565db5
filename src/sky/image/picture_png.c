// PNG through libpng.
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sky/image/picture_internal.h"

typedef struct PngSource {
    const unsigned char *bytes;
    size_t left;
    char problem[128];
} PngSource;

static void on_error(png_structp png, png_const_charp words)
{
    PngSource *source = png_get_error_ptr(png);
    snprintf(source->problem, sizeof source->problem, "%s", words);
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp words)
{
    (void)png;
    (void)words;
}

static void read_bytes(png_structp png, png_bytep data, size_t n)
{
    PngSource *source = png_get_io_ptr(png);
    if (n > source->left)
        png_error(png, "it is cut off");
    memcpy(data, source->bytes, n);
    source->bytes += n;
    source->left -= n;
}

// Grey or red, green, blue of 8 bits, without transparency; numbers as they stand.
static void ask_for_bytes(png_structp png, png_infop info)
{
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

// What longjmp may come back over stays in `picture` and *rows.
static Status read_rows(png_structp png, png_infop info, size_t n, Picture *picture,
                        png_bytepp *rows, Error *error)
{
    png_read_info(png, info);
    ask_for_bytes(png, info);
    picture->width = png_get_image_width(png, info);
    picture->height = png_get_image_height(png, info);
    picture->n_colours = png_get_channels(png, info);
    Status status = picture_room(picture, n, error);
    if (status != STATUS_OK)
        return status;
    *rows = memory_new(picture->height, sizeof **rows);
    if (*rows == NULL)
        return error_memory(error, "a picture");
    for (size_t y = 0; y < picture->height; y++)
        (*rows)[y] = picture->pixels + y * picture->width * picture->n_colours;
    png_read_image(png, *rows);
    png_read_end(png, NULL);
    return STATUS_OK;
}

Status picture_read_png(const unsigned char *bytes, size_t n, Picture *picture, Error *error)
{
    PngSource source = {bytes, n, ""};
    png_bytep *volatile rows = NULL;
    volatile Status status = STATUS_OK;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, on_error, on_warning);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    if (info == NULL) {
        png_destroy_read_struct(&png, NULL, NULL);
        return error_memory(error, "a picture");
    }
    png_set_read_fn(png, &source, read_bytes);
    if (setjmp(png_jmpbuf(png)) == 0)
        status = read_rows(png, info, n, picture, (png_bytepp *)&rows, error);
    else
        status = error_set(error, STATUS_BAD_INPUT, "damaged PNG picture (%s); get the file anew",
                           source.problem);
    png_destroy_read_struct(&png, &info, NULL);
    free(rows);
    return status;
}
