#include "sky/image/image.h"

#include <errno.h>
#include <fitsio.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fits_input.h"
#include "base/fits_reason.h"
#include "base/memory.h"
#include "sky/image/picture.h"
#include "sky/image/sky_wcs.h"
#include "sky/image/tile_check.h"

enum {
    AXES_MAX = 9, // what fits_read_subset handles
    CARD_SIZE = 80,
    FILE_NAME_MAX = FLEN_FILENAME - 8, // room for the "./" in front and cfitsio's own suffixes
    EXTENSION_TEXT_SIZE = IMAGE_NAME_SIZE + 16,
};

typedef struct Header {
    char *cards; // n_cards * CARD_SIZE characters, not NUL-terminated by card
    size_t n_cards;
} Header;

struct Image {
    char *path;
    fitsfile *file;
    int n_axes;
    long axes[AXES_MAX];
    size_t n_planes;
    size_t plane; // from 1
    Header header;
    Header primary; // empty when the image is in the primary HDU
    char extension_name[IMAGE_NAME_SIZE];
    bool extension_chosen; // the path named an [extension]
    bool has_blank;        // integers or compressed: invalid pixels are marked by a value
    bool tiled;
    size_t tile_width, tile_height;
    TileCheck *tiles; // NULL where none needs to be looked into
    SkyWcs *wcs;
    char wcs_problem[256];
};

// `path` split into an existing file and what was asked of it.
typedef struct Location {
    char file[FILE_NAME_MAX + 4]; // starts with '/' or "./": cfitsio expands '~' and eats blanks
    char extension[EXTENSION_TEXT_SIZE]; // between the brackets, "" for none
    off_t n_bytes;
} Location;

static Status cfitsio_error(const char *path, const char *what, int code, Error *error)
{
    char reason[FITS_REASON_SIZE];
    Status status = code == MEMORY_ALLOCATION ? STATUS_MEMORY : STATUS_BAD_INPUT;
    return error_set(error, status, "%s: %s (%s); check the file with fitsverify", path, what,
                     fits_reason(code, reason));
}

static bool file_is_there(const char *path, size_t length, struct stat *info)
{
    char name[FILE_NAME_MAX + 1];
    if (length == 0 || length > FILE_NAME_MAX)
        return false;
    memcpy(name, path, length);
    name[length] = '\0';
    return stat(name, info) == 0;
}

// Fills `location`; the whole of `path` is a file name if there is such a file, else a trailing
// [extension] is split off.
static Status locate(const char *path, Location *location, Error *error)
{
    size_t length = strlen(path);
    struct stat info;
    location->extension[0] = '\0';
    if (length == 0)
        return error_set(error, STATUS_BAD_INPUT, "an image file has an empty name; give its path");
    if (length > FILE_NAME_MAX)
        return error_set(error, STATUS_BAD_INPUT,
                         "%.100s...: the path is longer than %d characters; move the file nearer",
                         path, FILE_NAME_MAX);
    bool there = file_is_there(path, length, &info);
    int reason = errno;
    const char *bracket = path[length - 1] == ']' ? strrchr(path, '[') : NULL;
    if (!there && bracket != NULL && file_is_there(path, (size_t)(bracket - path), &info)) {
        size_t n = length - (size_t)(bracket - path) - 2;
        if (n == 0 || n >= sizeof location->extension)
            return error_set(error, STATUS_BAD_INPUT,
                             "%s: the brackets must hold an extension's number, its name, or "
                             "name,version",
                             path);
        memcpy(location->extension, bracket + 1, n);
        location->extension[n] = '\0';
        length = (size_t)(bracket - path);
        there = true;
    }
    if (!there)
        return error_set(error, STATUS_BAD_INPUT, "%s: %s; check the path", path,
                         reason == ENOENT ? "there is no such file" : strerror(reason));
    if (!S_ISREG(info.st_mode))
        return error_set(error, STATUS_BAD_INPUT, "%s is %s; give a FITS file", path,
                         S_ISDIR(info.st_mode) ? "a directory" : "not an ordinary file");
    snprintf(location->file, sizeof location->file, "%s%.*s", path[0] == '/' ? "" : "./",
             (int)length, path);
    location->n_bytes = info.st_size;
    return STATUS_OK;
}

// Says what is wrong with files that cfitsio would only call unreadable.
static Status check_start(const char *path, const Location *location, bool *compressed,
                          bool *picture, Error *error)
{
    unsigned char start[9] = {0};
    FILE *stream = fopen(location->file, "rb");
    if (stream == NULL)
        return error_set(error, STATUS_BAD_INPUT, "%s: %s; check its permissions", path,
                         strerror(errno));
    size_t n = fread(start, 1, sizeof start, stream);
    fclose(stream);
    if (n == 0)
        return error_set(error, STATUS_BAD_INPUT, "%s is empty; fetch or write it again", path);
    // gzip, compress, pack and bzip2, which cfitsio unpacks by itself.
    *compressed =
        (start[0] == 0x1f && (start[1] == 0x8b || start[1] == 0x9d || start[1] == 0x1e)) ||
        memcmp(start, "BZh", 3) == 0;
    *picture = picture_starts(start);
    if (!*compressed && !*picture && memcmp(start, "SIMPLE  =", 9) != 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s is not a FITS file (it does not begin with SIMPLE); give a FITS "
                         "image, or a PNG or JPEG picture",
                         path);
    return STATUS_OK;
}

static bool has_bzip2_start(const Location *location)
{
    char start[3] = {0};
    FILE *stream = fopen(location->file, "rb");
    size_t n = stream != NULL ? fread(start, 1, sizeof start, stream) : 0;
    if (stream != NULL)
        fclose(stream);
    return n == sizeof start && memcmp(start, "BZh", sizeof start) == 0;
}

static Status open_file(const char *path, const Location *location, fitsfile **file,
                        bool *compressed, Error *error)
{
    bool picture = false;
    Status status = check_start(path, location, compressed, &picture, error);
    if (status != STATUS_OK)
        return status;
    if (picture) {
        *compressed = true;
        status = picture_open(location->file, file, error);
        return status == STATUS_OK ? STATUS_OK : error_prefix(error, "%s", path);
    }
    status = fits_input_open(location->file, file, error);
    if (status == STATUS_OK)
        return STATUS_OK;
    // cfitsio can be built without libbz2.
    if (has_bzip2_start(location))
        return error_set(error, STATUS_BAD_INPUT,
                         "%s is compressed by bzip2 and cannot be read; unpack it with bunzip2",
                         path);
    return error_prefix(error, "%s", path);
}

static void close_file(fitsfile *file)
{
    int code = 0;
    if (file != NULL)
        fits_close_file(file, &code);
    fits_clear_errmsg();
}

// The axes of the current HDU's image; false when it holds none of two or more axes.
static bool image_axes(fitsfile *file, int *n_axes, long axes[AXES_MAX], int *code)
{
    int kind, bits;
    if (fits_get_hdu_type(file, &kind, code) != 0 || kind != IMAGE_HDU)
        return false;
    if (fits_get_img_param(file, AXES_MAX, &bits, n_axes, axes, code) != 0)
        return false;
    if (*n_axes < 2 || *n_axes > AXES_MAX)
        return false;
    for (int i = 0; i < *n_axes; i++)
        if (axes[i] < 1)
            return false;
    return true;
}

static size_t plane_count(int n_axes, const long *axes)
{
    size_t n = 1;
    for (int i = 2; i < n_axes; i++)
        if (!memory_multiply(n, (size_t)axes[i], &n))
            return SIZE_MAX;
    return n;
}

static Status move_to_extension(Image *image, const char *extension, Error *error)
{
    int code = 0;
    char *end;
    long number = strtol(extension, &end, 10);
    if (*end == '\0' && number >= 0 && number < INT_MAX) {
        fits_movabs_hdu(image->file, (int)number + 1, NULL, &code);
    } else {
        char name[EXTENSION_TEXT_SIZE];
        int version = 0;
        snprintf(name, sizeof name, "%s", extension);
        char *comma = strrchr(name, ',');
        if (comma != NULL) {
            version = (int)strtol(comma + 1, &end, 10);
            if (end == comma + 1 || *end != '\0' || version < 1)
                return error_set(error, STATUS_BAD_INPUT,
                                 "%s: [%s] is not an extension's number, name, or name,version",
                                 image->path, extension);
            *comma = '\0';
        }
        fits_movnam_hdu(image->file, ANY_HDU, name, version, &code);
    }
    if (code == BAD_HDU_NUM || code == END_OF_FILE) {
        fits_clear_errmsg();
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: the file has no extension [%s]; `skyclass info` lists what it has",
                         image->path, extension);
    }
    if (code != 0)
        return cfitsio_error(image->path, "the extension cannot be read", code, error);
    if (!image_axes(image->file, &image->n_axes, image->axes, &code))
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: extension [%s] holds no image of two or more axes; choose another",
                         image->path, extension);
    return STATUS_OK;
}

static Status move_to_first_image(Image *image, Error *error)
{
    int code = 0;
    int n_hdus = 0;
    fits_get_num_hdus(image->file, &n_hdus, &code);
    for (int i = 1; code == 0 && i <= n_hdus; i++) {
        fits_movabs_hdu(image->file, i, NULL, &code);
        if (code == 0 && image_axes(image->file, &image->n_axes, image->axes, &code))
            return STATUS_OK;
    }
    if (code != 0)
        return cfitsio_error(image->path, "the file is damaged or cut short", code, error);
    return error_set(
        error, STATUS_BAD_INPUT,
        "%s holds no image of two or more axes (%d HDU%s looked at); give another file",
        image->path, n_hdus, n_hdus == 1 ? "" : "s");
}

// A promise the header makes and the file does not keep is found now, not half way through a job.
static Status check_length(Image *image, const Location *location, bool compressed, Error *error)
{
    int code = 0;
    if (!compressed) {
        LONGLONG header, data, end;
        fits_get_hduaddrll(image->file, &header, &data, &end, &code);
        if (code == 0 && location->n_bytes < end)
            return error_set(error, STATUS_BAD_INPUT,
                             "%s is truncated: its header promises %lld bytes, the file has %lld; "
                             "fetch it again",
                             image->path, (long long)end, (long long)location->n_bytes);
    }
    long last[AXES_MAX], step[AXES_MAX];
    float pixel, nan = NAN;
    int any_null; // cfitsio writes to it without asking
    for (int i = 0; i < image->n_axes; i++) {
        last[i] = image->axes[i];
        step[i] = 1;
    }
    fits_read_subset(image->file, TFLOAT, last, last, step, &nan, &pixel, &any_null, &code);
    if (code != 0 && code != NUM_OVERFLOW)
        return cfitsio_error(image->path,
                             "the image's last pixel cannot be read: truncated or damaged", code,
                             error);
    fits_clear_errmsg();
    return STATUS_OK;
}

// The cards with an END, each of 80 characters. Not by fits_hdr2str, which writes through a null
// pointer where memory has run out (cfitsio 4.2).
static Status read_header(Image *image, Header *header, Error *error)
{
    int code = 0, n = 0;
    fits_get_hdrspace(image->file, &n, NULL, &code);
    header->cards = code == 0 ? memory_new((size_t)n + 2, CARD_SIZE) : NULL;
    if (code == 0 && header->cards == NULL)
        return error_memory(error, "an image header");
    for (int i = 0; i < n && code == 0; i++) {
        char record[FLEN_CARD] = "";
        fits_read_record(image->file, i + 1, record, &code);
        snprintf(header->cards + (size_t)i * CARD_SIZE, FLEN_CARD, "%-*s", CARD_SIZE, record);
    }
    if (code != 0)
        return cfitsio_error(image->path, "the header cannot be read", code, error);
    snprintf(header->cards + (size_t)n * CARD_SIZE, FLEN_CARD, "%-*s", CARD_SIZE, "END");
    header->n_cards = (size_t)n + 1;
    return STATUS_OK;
}

static Status read_headers(Image *image, Error *error)
{
    Status status = read_header(image, &image->header, error);
    int code = 0;
    int number = 1;
    fits_get_hdu_num(image->file, &number);
    if (status != STATUS_OK || number == 1)
        return status;
    if (fits_movabs_hdu(image->file, 1, NULL, &code) == 0)
        status = read_header(image, &image->primary, error);
    if (status == STATUS_OK && fits_movabs_hdu(image->file, number, NULL, &code) != 0)
        status = cfitsio_error(image->path, "the extension cannot be read", code, error);
    return status;
}

static void read_layout(Image *image)
{
    int code = 0;
    int bits = 0;
    long tile[2] = {0};
    image->tiled = fits_is_compressed_image(image->file, &code);
    fits_get_img_type(image->file, &bits, &code);
    image->has_blank = image->tiled || bits > 0;
    if (!image->tiled)
        return;
    for (int i = 0; i < 2; i++) {
        char keyword[FLEN_KEYWORD];
        snprintf(keyword, sizeof keyword, "ZTILE%d", i + 1);
        code = 0;
        // The standard's default tile is one row.
        if (fits_read_key(image->file, TLONG, keyword, &tile[i], NULL, &code) != 0 || tile[i] < 1)
            tile[i] = i == 0 ? image->axes[0] : 1;
    }
    fits_clear_errmsg();
    image->tile_width = (size_t)tile[0];
    image->tile_height = (size_t)tile[1];
}

// A WCS that cannot be used leaves an image with pixels alone; a lack of memory is an error.
static Status read_wcs(Image *image, Error *error)
{
    Error problem = {0};
    Status status =
        sky_wcs_parse(image->header.cards, image->header.n_cards, &image->wcs, &problem);
    if (status == STATUS_MEMORY)
        return error_set(error, status, "%s: %s", image_path(image), problem.text);
    if (status != STATUS_OK)
        snprintf(image->wcs_problem, sizeof image->wcs_problem, "%.*s",
                 (int)sizeof image->wcs_problem - 1, problem.text);
    return STATUS_OK;
}

Status image_open(const char *path, size_t plane, Image **result, Error *error)
{
    *result = NULL;
    Location location;
    bool compressed = false;
    Status status = locate(path, &location, error);
    if (status != STATUS_OK)
        return status;
    Image *image = memory_new(1, sizeof *image);
    if (image == NULL || (image->path = memory_copy_text(path)) == NULL) {
        image_close(image);
        return error_memory(error, "an image");
    }
    image->extension_chosen = location.extension[0] != '\0';
    status = open_file(path, &location, &image->file, &compressed, error);
    if (status == STATUS_OK)
        status = image->extension_chosen ? move_to_extension(image, location.extension, error)
                                         : move_to_first_image(image, error);
    if (status == STATUS_OK)
        status = check_length(image, &location, compressed, error);
    if (status == STATUS_OK)
        status = read_headers(image, error);
    if (status == STATUS_OK) {
        image->n_planes = plane_count(image->n_axes, image->axes);
        image->plane = plane > 0 ? plane : 1;
        if (image->plane > image->n_planes)
            status = error_set(error, STATUS_BAD_INPUT,
                               "%s has %zu plane%s, not %zu; planes count from 1", path,
                               image->n_planes, image->n_planes == 1 ? "" : "s", plane);
    }
    if (status == STATUS_OK) {
        read_layout(image);
        status = read_wcs(image, error);
    }
    if (status == STATUS_OK && image->tiled) {
        status = tile_check_new(image->file, image->n_axes, image->axes, &image->tiles, error);
    }
    if (status != STATUS_OK) {
        image_close(image);
        return status;
    }
    image_header_text(image, "EXTNAME", image->extension_name, sizeof image->extension_name);
    *result = image;
    return STATUS_OK;
}

void image_close(Image *image)
{
    if (image == NULL)
        return;
    close_file(image->file);
    tile_check_free(image->tiles);
    sky_wcs_free(image->wcs);
    free(image->header.cards);
    free(image->primary.cards);
    free(image->path);
    free(image);
}

// Whether the file has an extension of this name and version; leaves it where it stands.
static bool has_extension(const Image *image, const char *name, int version)
{
    int code = 0, back = 0, number = 1;
    char wanted[IMAGE_NAME_SIZE];
    snprintf(wanted, sizeof wanted, "%s", name);
    fits_get_hdu_num(image->file, &number);
    bool found = fits_movnam_hdu(image->file, ANY_HDU, wanted, version, &code) == 0;
    fits_movabs_hdu(image->file, number, NULL, &back);
    fits_clear_errmsg();
    return found && back == 0;
}

Status image_open_sibling(const Image *image, const char *name, Image **sibling, Error *error)
{
    *sibling = NULL;
    double version = 1.0;
    image_header_number(image, "EXTVER", &version);
    // The primary HDU, and what has no EXTVER, count as the first version.
    int wanted = version >= 1.0 && version < 1e6 ? (int)version : 1;
    if (!has_extension(image, name, wanted))
        return STATUS_OK;
    size_t length = image->extension_chosen ? (size_t)(strrchr(image->path, '[') - image->path)
                                            : strlen(image->path);
    size_t size = length + EXTENSION_TEXT_SIZE + 16;
    char *path = malloc(size);
    if (path == NULL)
        return error_memory(error, "an image's weights");
    snprintf(path, size, "%.*s[%s,%d]", (int)length, image->path, name, wanted);
    // An extension of this name that is no image is none of ours.
    Error ignored;
    Status status = image_open(path, 0, sibling, &ignored);
    free(path);
    if (status == STATUS_MEMORY)
        return error_memory(error, "an image's weights");
    if (status != STATUS_OK)
        return STATUS_OK;
    if (image_width(*sibling) != image_width(image) ||
        image_height(*sibling) != image_height(image)) {
        image_close(*sibling);
        *sibling = NULL;
    } else if ((*sibling)->n_planes == image->n_planes) {
        (*sibling)->plane = image->plane;
    }
    return STATUS_OK;
}

const char *image_path(const Image *image)
{
    return image->path;
}

size_t image_width(const Image *image)
{
    return (size_t)image->axes[0];
}

size_t image_height(const Image *image)
{
    return (size_t)image->axes[1];
}

bool image_contains(const Image *image, double x, double y)
{
    return x >= 0.5 && y >= 0.5 && x <= (double)image_width(image) + 0.5 &&
           y <= (double)image_height(image) + 0.5;
}

size_t image_plane(const Image *image)
{
    return image->plane;
}

size_t image_plane_count(const Image *image)
{
    return image->n_planes;
}

const char *image_extension_name(const Image *image)
{
    return image->extension_name;
}

const SkyWcs *image_wcs(const Image *image)
{
    return image->wcs;
}

const char *image_wcs_problem(const Image *image)
{
    return image->wcs_problem;
}

bool image_tile_size(const Image *image, size_t *width, size_t *height)
{
    *width = image->tile_width;
    *height = image->tile_height;
    return image->tiled;
}

// Text between the quotes of a FITS string value: '' stands for ', trailing blanks do not count.
static void unquote(const char *value, char *text, size_t size)
{
    size_t n = 0;
    for (const char *p = value + 1; *p != '\0' && n + 1 < size; p++) {
        if (*p == '\'' && *++p != '\'')
            break;
        text[n++] = *p;
    }
    while (n > 0 && text[n - 1] == ' ')
        n--;
    text[n] = '\0';
}

static bool header_find(const Header *header, const char *keyword, char *text, size_t size)
{
    size_t length = strlen(keyword);
    for (size_t i = 0; i < header->n_cards && length <= 8; i++) {
        const char *start = header->cards + i * CARD_SIZE;
        if (strncmp(start, keyword, length) != 0 ||
            (int)strspn(start + length, " ") < 8 - (int)length || start[8] != '=')
            continue;
        char card[FLEN_CARD], value[FLEN_VALUE], comment[FLEN_COMMENT];
        int code = 0;
        snprintf(card, sizeof card, "%.*s", CARD_SIZE, start);
        if (fits_parse_value(card, value, comment, &code) != 0) {
            fits_clear_errmsg();
            continue;
        }
        if (value[0] == '\'')
            unquote(value, text, size);
        else
            snprintf(text, size, "%s", value);
        return true;
    }
    return false;
}

void image_header_text(const Image *image, const char *keyword, char *text, size_t size)
{
    text[0] = '\0';
    if (!header_find(&image->header, keyword, text, size))
        header_find(&image->primary, keyword, text, size);
}

bool image_header_number(const Image *image, const char *keyword, double *value)
{
    char text[IMAGE_NAME_SIZE];
    char *end;
    image_header_text(image, keyword, text, sizeof text);
    double number = strtod(text, &end);
    if (end == text || *end != '\0')
        return false;
    *value = number;
    return true;
}

static Status read_inside(Image *image, long x0, long y0, long width, long height, float *pixels,
                          Error *error)
{
    long first[AXES_MAX] = {x0 + 1, y0 + 1};
    long last[AXES_MAX] = {x0 + width, y0 + height};
    long step[AXES_MAX] = {1, 1};
    size_t rest = image->plane - 1;
    for (int i = 2; i < image->n_axes; i++) {
        first[i] = last[i] = (long)(rest % (size_t)image->axes[i]) + 1;
        rest /= (size_t)image->axes[i];
        step[i] = 1;
    }
    if (image->tiles != NULL && tile_check_box(image->tiles, first, last, error) != STATUS_OK)
        return error_prefix(error, "%s", image->path);
    int code = 0;
    int any_null;
    float nan = NAN;
    // Floating-point pixels need no looking up of BLANK, which takes most of cfitsio's time.
    void *blank = image->has_blank ? &nan : NULL;
    fits_read_subset(image->file, TFLOAT, first, last, step, blank, pixels, &any_null, &code);
    // Doubles beyond single precision come back infinite or saturated.
    if (code == NUM_OVERFLOW) {
        fits_clear_errmsg();
        code = 0;
    }
    if (code != 0)
        return cfitsio_error(image->path, "pixels cannot be read", code, error);
    for (size_t i = 0; i < (size_t)width * (size_t)height; i++)
        pixels[i] = fabsf(pixels[i]) < FLT_MAX ? pixels[i] : NAN;
    return STATUS_OK;
}

static void fill_nan(float *pixels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pixels[i] = NAN;
}

// 0-based first index and length of what of [start, start + length) lies in [0, limit).
static void clip(long start, size_t length, long limit, long *first, long *n)
{
    long end = start >= limit || (size_t)(limit - start) < length ? limit : start + (long)length;
    *first = start > 0 ? start : 0;
    *n = end > *first && start < limit ? end - *first : 0;
}

Status image_read(Image *image, long x0, long y0, size_t width, size_t height, float *pixels,
                  Error *error)
{
    long x, y, inside_width, inside_height;
    clip(x0, width, image->axes[0], &x, &inside_width);
    clip(y0, height, image->axes[1], &y, &inside_height);
    if (inside_width == 0 || inside_height == 0) {
        fill_nan(pixels, width * height);
        return STATUS_OK;
    }
    if ((size_t)inside_width == width && (size_t)inside_height == height)
        return read_inside(image, x, y, inside_width, inside_height, pixels, error);
    Status status = read_inside(image, x, y, inside_width, inside_height, pixels, error);
    if (status != STATUS_OK)
        return status;
    // The rows lie packed at the front of `pixels`; from the last to the first each moves to its
    // place, which is never before the one it comes from.
    size_t left = (size_t)(x - x0), below = (size_t)(y - y0), n = (size_t)inside_width;
    size_t above = below + (size_t)inside_height;
    fill_nan(pixels + above * width, (height - above) * width);
    for (size_t row = (size_t)inside_height; row-- > 0;) {
        float *line = pixels + (below + row) * width;
        memmove(line + left, pixels + row * n, n * sizeof *pixels);
        fill_nan(line, left);
        fill_nan(line + left + n, width - left - n);
    }
    fill_nan(pixels, below * width);
    return STATUS_OK;
}

static bool describe_extension(fitsfile *file, ImageExtension *found, int *code)
{
    int n_axes;
    long axes[AXES_MAX];
    if (!image_axes(file, &n_axes, axes, code))
        return false;
    int number = 1;
    int absent = 0;
    fits_get_hdu_num(file, &number);
    found->number = (size_t)number - 1;
    found->width = (size_t)axes[0];
    found->height = (size_t)axes[1];
    found->n_planes = plane_count(n_axes, axes);
    if (fits_read_key(file, TSTRING, "EXTNAME", found->name, NULL, &absent) != 0)
        found->name[0] = '\0';
    return true;
}

Status image_list(const char *path, ImageExtension **result, size_t *n, Error *error)
{
    *result = NULL;
    *n = 0;
    // Opening it says in words what is wrong with a file or an extension.
    Image *image = NULL;
    Status status = image_open(path, 0, &image, error);
    if (status != STATUS_OK)
        return status;
    int code = 0;
    int n_hdus = 0;
    fits_get_num_hdus(image->file, &n_hdus, &code);
    ImageExtension *list = memory_new((size_t)n_hdus, sizeof *list);
    if (list == NULL)
        status = error_memory(error, "a list of extensions");
    else if (image->extension_chosen)
        *n = describe_extension(image->file, &list[0], &code);
    for (int i = 1; list != NULL && !image->extension_chosen && code == 0 && i <= n_hdus; i++)
        if (fits_movabs_hdu(image->file, i, NULL, &code) == 0)
            *n += describe_extension(image->file, &list[*n], &code);
    if (status == STATUS_OK && code != 0)
        status = cfitsio_error(path, "the file is damaged or cut short", code, error);
    image_close(image);
    if (status != STATUS_OK) {
        free(list);
        *n = 0;
        return status;
    }
    *result = list;
    return STATUS_OK;
}
