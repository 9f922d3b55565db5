#include "sky/image/tile_check.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"

enum {
    AXES_MAX = 9,
    COLUMNS_MAX = 2,
    CHUNK = 64 << 10,
    PIXEL_BYTES_MAX = 8, // of a double
};

struct TileCheck {
    fitsfile *file;
    int n_axes;
    size_t tile[AXES_MAX];    // pixels along each axis
    size_t n_tiles[AXES_MAX]; // along each axis; the table's rows count along the first one first
    uint64_t bytes_most;      // that a tile may unpack to
    int n_columns;
    int columns[COLUMNS_MAX]; // of gzipped bytes, from 1
    bool *seen;               // [rows]
    unsigned char packed[CHUNK], unpacked[CHUNK];
};

// ---- Making ------------------------------------------------------------------------------------

static size_t read_tile_size(fitsfile *file, int axis, long axis_size)
{
    char keyword[FLEN_KEYWORD];
    long size = 0;
    int code = 0;
    snprintf(keyword, sizeof keyword, "ZTILE%d", axis + 1);
    // The standard's default tile is one row.
    if (fits_read_key(file, TLONG, keyword, &size, NULL, &code) != 0 || size < 1)
        size = axis == 0 ? axis_size : 1;
    return (size_t)size;
}

static void add_column(TileCheck *check, char *name)
{
    int code = 0, column;
    if (fits_get_colnum(check->file, CASEINSEN, name, &column, &code) == 0)
        check->columns[check->n_columns++] = column;
}

static void find_columns(TileCheck *check)
{
    char method[FLEN_VALUE] = "";
    int code = 0;
    fits_read_key(check->file, TSTRING, "ZCMPTYPE", method, NULL, &code);
    if (strncmp(method, "GZIP", 4) == 0)
        add_column(check, "COMPRESSED_DATA");
    add_column(check, "GZIP_COMPRESSED_DATA");
    fits_clear_errmsg();
}

static bool measure(TileCheck *check, const long *axes, size_t *n_rows)
{
    size_t n_pixels = 1;
    *n_rows = 1;
    for (int i = 0; i < check->n_axes; i++) {
        size_t size = (size_t)axes[i];
        check->tile[i] = read_tile_size(check->file, i, axes[i]);
        if (check->tile[i] > size)
            check->tile[i] = size;
        check->n_tiles[i] = (size + check->tile[i] - 1) / check->tile[i];
        if (!memory_multiply(*n_rows, check->n_tiles[i], n_rows) ||
            !memory_multiply(n_pixels, check->tile[i], &n_pixels))
            return false;
    }
    check->bytes_most = (uint64_t)n_pixels * PIXEL_BYTES_MAX;
    return true;
}

Status tile_check_new(fitsfile *file, int n_axes, const long *axes, TileCheck **result,
                      Error *error)
{
    *result = NULL;
    size_t n_rows = 0;
    TileCheck *check = n_axes <= AXES_MAX ? memory_new(1, sizeof *check) : NULL;
    if (check == NULL)
        return error_memory(error, "the tiles of an image");
    check->file = file;
    check->n_axes = n_axes;
    find_columns(check);
    if (check->n_columns == 0) {
        tile_check_free(check);
        return STATUS_OK;
    }
    if (measure(check, axes, &n_rows))
        check->seen = memory_new(n_rows, sizeof *check->seen);
    if (check->seen == NULL) {
        tile_check_free(check);
        return error_memory(error, "the tiles of an image");
    }
    *result = check;
    return STATUS_OK;
}

void tile_check_free(TileCheck *check)
{
    if (check == NULL)
        return;
    free(check->seen);
    free(check);
}

// ---- Looking -----------------------------------------------------------------------------------

// Unpacks what the stream has been given, into nothing: zlib's status, Z_OK where it wants more.
static int unpack_some(TileCheck *check, z_stream *stream)
{
    int code = Z_OK;
    do {
        stream->next_out = check->unpacked;
        stream->avail_out = CHUNK;
        code = inflate(stream, Z_NO_FLUSH);
    } while (code == Z_OK && stream->total_out <= check->bytes_most && stream->avail_out == 0);
    return code == Z_BUF_ERROR ? Z_OK : code; // it had just been emptied
}

// Whether the column's packed bytes in `row` make a whole tile, or there are none to read.
static Status look_into(TileCheck *check, int column, LONGLONG row, bool *whole, Error *error)
{
    LONGLONG length = 0, offset = 0;
    int code = 0, unpacked = Z_OK;
    fits_read_descriptll(check->file, column, row, &length, &offset, &code);
    z_stream stream = {.next_in = check->packed};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) // a gzip header, the largest window
        return error_memory(error, "a tile of an image");
    for (LONGLONG at = 0; code == 0 && unpacked == Z_OK && at < length; at += CHUNK) {
        LONGLONG n = length - at < CHUNK ? length - at : CHUNK;
        fits_read_col(check->file, TBYTE, column, row, at + 1, n, NULL, check->packed, NULL, &code);
        stream.next_in = check->packed;
        stream.avail_in = (unsigned)n;
        if (code == 0)
            unpacked = unpack_some(check, &stream);
    }
    *whole = code != 0 || length == 0 ||
             (unpacked == Z_STREAM_END && stream.total_out <= check->bytes_most);
    inflateEnd(&stream);
    fits_clear_errmsg();
    return STATUS_OK;
}

static Status check_tile(TileCheck *check, size_t index, Error *error)
{
    if (check->seen[index])
        return STATUS_OK;
    for (int i = 0; i < check->n_columns; i++) {
        bool whole = true;
        Status status = look_into(check, check->columns[i], (LONGLONG)index + 1, &whole, error);
        if (status != STATUS_OK)
            return status;
        if (!whole)
            return error_set(error, STATUS_BAD_INPUT,
                             "tile %zu of the compressed image is damaged: it is cut short, or "
                             "unpacks to more than its pixels; fetch the file again",
                             index + 1);
    }
    check->seen[index] = true;
    return STATUS_OK;
}

Status tile_check_box(TileCheck *check, const long *first, const long *last, Error *error)
{
    size_t from[AXES_MAX], to[AXES_MAX], at[AXES_MAX];
    for (int i = 0; i < check->n_axes; i++) {
        from[i] = at[i] = (size_t)(first[i] - 1) / check->tile[i];
        to[i] = (size_t)(last[i] - 1) / check->tile[i];
    }
    for (int axis = 0; axis < check->n_axes;) {
        size_t index = 0;
        for (int i = check->n_axes; i-- > 0;)
            index = index * check->n_tiles[i] + at[i];
        Status status = check_tile(check, index, error);
        if (status != STATUS_OK)
            return status;
        // The next tile, the first axis counting fastest, as an odometer does.
        for (axis = 0; axis < check->n_axes && at[axis]++ == to[axis]; axis++)
            at[axis] = from[axis];
    }
    return STATUS_OK;
}
