#include "sky/image/picture.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_bytes.h"
#include "base/limits.h"
#include "base/memory.h"
#include "sky/image/picture_internal.h"

static const struct {
    const char *start;
    size_t size;
    Status (*read)(const unsigned char *bytes, size_t n, Picture *picture, Error *error);
} formats[] = {
    {"\x89PNG\r\n\x1a\n", 8, picture_read_png},
    {"\xff\xd8\xff", 3, picture_read_jpeg},
};
enum { N_FORMATS = sizeof formats / sizeof *formats, SIDE_MOST = 65500 };

// The format's row, or N_FORMATS.
static size_t format_of(const unsigned char *bytes)
{
    size_t i = 0;
    while (i < N_FORMATS && memcmp(bytes, formats[i].start, formats[i].size) != 0)
        i++;
    return i;
}

bool picture_starts(const unsigned char start[PICTURE_START_SIZE])
{
    return format_of(start) < N_FORMATS;
}

Status picture_room(Picture *picture, size_t n_bytes, Error *error)
{
    if (picture->width < 1 || picture->height < 1 || picture->width > SIDE_MOST ||
        picture->height > SIDE_MOST)
        return error_set(error, STATUS_BAD_INPUT, "a picture of %zu x %zu pixels cannot be read",
                         picture->width, picture->height);
    size_t size = picture->width * picture->height * picture->n_colours;
    Status status = limits_check_packed(n_bytes, size, "the picture", error);
    if (status == STATUS_OK) // besides the pixels their copy as FITS
        status = limits_check(2 * (uint64_t)size, "the picture", error);
    if (status != STATUS_OK)
        return status;
    picture->pixels = memory_new(size, 1);
    return picture->pixels != NULL ? STATUS_OK : error_memory(error, "a picture");
}

// One colour, the bottom row first.
static void take_plane(const Picture *picture, size_t colour, unsigned char *plane)
{
    for (size_t y = 0; y < picture->height; y++) {
        const unsigned char *row =
            picture->pixels + (picture->height - 1 - y) * picture->width * picture->n_colours;
        for (size_t x = 0; x < picture->width; x++)
            plane[y * picture->width + x] = row[x * picture->n_colours + colour];
    }
}

static Status to_fits(const Picture *picture, fitsfile **file, Error *error)
{
    int code = 0;
    LONGLONG n = (LONGLONG)(picture->width * picture->height);
    LONGLONG axes[3] = {(LONGLONG)picture->width, (LONGLONG)picture->height,
                        (LONGLONG)picture->n_colours};
    unsigned char *plane = memory_new((size_t)n, 1);
    if (plane == NULL)
        return error_memory(error, "a picture");
    *file = NULL;
    fits_create_file(file, "mem://", &code);
    fits_create_imgll(*file, BYTE_IMG, picture->n_colours > 1 ? 3 : 2, axes, &code);
    for (size_t i = 0; i < picture->n_colours && code == 0; i++) {
        take_plane(picture, i, plane);
        fits_write_img(*file, TBYTE, (LONGLONG)i * n + 1, n, plane, &code);
    }
    fits_flush_file(*file, &code);
    free(plane);
    if (code == 0)
        return STATUS_OK;
    int closing = 0;
    if (*file != NULL)
        fits_close_file(*file, &closing);
    *file = NULL;
    fits_clear_errmsg();
    return error_memory(error, "a picture");
}

Status picture_open(const char *path, fitsfile **file, Error *error)
{
    unsigned char *bytes = NULL;
    size_t n = 0;
    Picture picture = {0};
    *file = NULL;
    Status status = file_bytes_read(path, "a picture", &bytes, &n, error);
    if (status == STATUS_OK && n < PICTURE_START_SIZE)
        status = error_set(error, STATUS_BAD_INPUT, "the picture is cut off; get the file anew");
    if (status == STATUS_OK)
        status = formats[format_of(bytes)].read(bytes, n, &picture, error);
    if (status == STATUS_OK)
        status = to_fits(&picture, file, error);
    free(picture.pixels);
    free(bytes);
    return status;
}
