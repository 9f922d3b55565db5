#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "classifier/file/model_file.h"
#include "classifier/file/model_format.h"
#include "classifier/file/rice.h"

enum { RICE_BLOCK_SIZE = 32, RICE_BYTES_PER_VALUE = 4 };

// A compressed tile and where its values go.
typedef struct Tile {
    const unsigned char *bytes;
    size_t n_bytes;
    double scale, zero;
    const Parameter *parameter;
    float *values;
    size_t n_values;
    bool damaged, finite;
} Tile;

typedef struct TileList {
    size_t n;
    Tile *tiles;
} TileList;

static Status wrong_layout(const Parameter *parameter, Error *error)
{
    return error_set(error, STATUS_BAD_INPUT,
                     "tensor %s is not laid out as its layer asks; the file was changed by "
                     "another program, get it anew",
                     parameter->name);
}

// The HDU named as the parameter among first .. end-1, or `end`; they are usually in order, so
// `guess` is tried first.
static size_t find_hdu(const ModelFile *file, const char *name, size_t first, size_t end,
                       size_t guess)
{
    if (guess < end && strcmp(file->names[guess], name) == 0)
        return guess;
    size_t hdu = first;
    while (hdu < end && strcmp(file->names[hdu], name) != 0)
        hdu++;
    return hdu;
}

// The current HDU must be a float image with the parameter's shape.
static Status check_layout(const ModelFile *file, const Parameter *parameter, Error *error)
{
    int fits_status = 0;
    int type = 0;
    int bitpix = 0;
    int n_axes = 0;
    long axes[2] = {1, 1};
    char shape[TENSOR_SHAPE_TEXT_SIZE];
    char found[FLEN_VALUE];
    fits_get_hdu_type(file->fits, &type, &fits_status);
    if (fits_status == 0 && type != IMAGE_HDU)
        return wrong_layout(parameter, error);
    fits_get_img_param(file->fits, 2, &bitpix, &n_axes, axes, &fits_status);
    fits_read_key(file->fits, TSTRING, MODEL_TENSOR_SHAPE, found, NULL, &fits_status);
    if (fits_status != 0)
        return model_file_fail(fits_status, parameter->name, error);
    tensor_shape_text(parameter, shape);
    if (strcmp(found, shape) != 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "tensor %s has the shape %s, its layer asks for %s; get the file anew",
                         parameter->name, found, shape);
    size_t rows = parameter->dimensions[0];
    size_t columns = parameter->n_values / rows;
    bool matrix = parameter->n_dimensions > 1;
    if (bitpix != FLOAT_IMG || n_axes != (matrix ? 2 : 1) ||
        axes[0] != (long)(matrix ? columns : rows) || (matrix && axes[1] != (long)rows))
        return wrong_layout(parameter, error);
    return STATUS_OK;
}

static bool text_key_is(fitsfile *fits, const char *key, const char *wanted)
{
    int fits_status = 0;
    char found[FLEN_VALUE];
    return fits_read_key(fits, TSTRING, key, found, NULL, &fits_status) == 0 &&
           strcmp(found, wanted) == 0;
}

// The integer keyword, or -1.
static LONGLONG integer_key(fitsfile *fits, const char *key)
{
    int fits_status = 0;
    LONGLONG value;
    return fits_read_key(fits, TLONGLONG, key, &value, NULL, &fits_status) == 0 ? value : -1;
}

// Rows of the tensor in a tile; 0 where the compression is not the one of model files.
static size_t tile_row_count(fitsfile *fits, size_t rows, size_t columns)
{
    LONGLONG tile_rows = integer_key(fits, "ZTILE2");
    bool known = text_key_is(fits, "ZCMPTYPE", "RICE_1") &&
                 text_key_is(fits, "ZQUANTIZ", "NO_DITHER") &&
                 integer_key(fits, "ZVAL1") == RICE_BLOCK_SIZE &&
                 integer_key(fits, "ZVAL2") == RICE_BYTES_PER_VALUE &&
                 integer_key(fits, "ZTILE1") == (LONGLONG)columns && tile_rows >= 1 &&
                 tile_rows <= (LONGLONG)rows;
    return known ? (size_t)tile_rows : 0;
}

// The column must hold one double a row, or (`type` negative) a variable-length array.
static int typed_column(fitsfile *fits, const char *name, int type)
{
    int fits_status = 0;
    int column = 0;
    int found = 0;
    fits_get_colnum(fits, CASEINSEN, (char *)name, &column, &fits_status);
    fits_get_coltype(fits, column, &found, NULL, NULL, &fits_status);
    return fits_status == 0 && found == type ? column : 0;
}

// The heap of the current HDU within the file's bytes.
static bool find_heap(const ModelFile *file, size_t *start, size_t *size)
{
    int fits_status = 0;
    LONGLONG data = 0;
    LONGLONG end = 0;
    LONGLONG width = integer_key(file->fits, "NAXIS1");
    LONGLONG rows = integer_key(file->fits, "NAXIS2");
    LONGLONG heap;
    fits_get_hduaddrll(file->fits, NULL, &data, &end, &fits_status);
    if (fits_status != 0 || width < 0 || rows < 0 || __builtin_mul_overflow(width, rows, &heap))
        return false;
    LONGLONG declared = integer_key(file->fits, "THEAP");
    if (declared >= 0)
        heap = declared;
    if (__builtin_add_overflow(heap, data, &heap) || heap > end || end > (LONGLONG)file->size)
        return false;
    *start = (size_t)heap;
    *size = (size_t)(end - heap);
    return true;
}

static Tile *grow_tiles(TileList *list, size_t n)
{
    Tile *tiles = memory_resize(list->tiles, list->n + n, sizeof *tiles);
    if (tiles == NULL)
        return NULL;
    list->tiles = tiles;
    list->n += n;
    return tiles + list->n - n;
}

// Appends the tiles of the current HDU, to be decoded into the parameter's values.
static Status list_tiles(const ModelFile *file, Parameter *parameter, TileList *list, Error *error)
{
    fitsfile *fits = file->fits;
    size_t rows = parameter->dimensions[0];
    size_t columns = parameter->n_values / rows;
    size_t tile_rows = tile_row_count(fits, rows, columns);
    size_t n = tile_rows > 0 ? (rows + tile_rows - 1) / tile_rows : 0;
    int data_column = typed_column(fits, "COMPRESSED_DATA", -TBYTE);
    int scale_column = typed_column(fits, "ZSCALE", TDOUBLE);
    int zero_column = typed_column(fits, "ZZERO", TDOUBLE);
    size_t heap_start;
    size_t heap_size;
    if (n == 0 || integer_key(fits, "NAXIS2") != (LONGLONG)n || data_column == 0 ||
        scale_column == 0 || zero_column == 0 || !find_heap(file, &heap_start, &heap_size))
        return wrong_layout(parameter, error);
    Tile *tiles = grow_tiles(list, n);
    if (tiles == NULL)
        return error_memory(error, "a model's tiles");
    for (size_t i = 0; i < n; i++) {
        int fits_status = 0;
        LONGLONG length = 0;
        LONGLONG offset = 0;
        LONGLONG row = (LONGLONG)i + 1;
        double scale = NAN;
        double zero = NAN;
        fits_read_descriptll(fits, data_column, row, &length, &offset, &fits_status);
        fits_read_col(fits, TDOUBLE, scale_column, row, 1, 1, NULL, &scale, NULL, &fits_status);
        fits_read_col(fits, TDOUBLE, zero_column, row, 1, 1, NULL, &zero, NULL, &fits_status);
        if (fits_status != 0)
            return model_file_fail(fits_status, parameter->name, error);
        if (length < 0 || offset < 0 || offset > (LONGLONG)heap_size ||
            length > (LONGLONG)heap_size - offset)
            return wrong_layout(parameter, error);
        size_t first = i * tile_rows;
        size_t n_rows = rows - first < tile_rows ? rows - first : tile_rows;
        tiles[i] = (Tile){.bytes = file->bytes + heap_start + offset,
                          .n_bytes = (size_t)length,
                          .scale = scale,
                          .zero = zero,
                          .parameter = parameter,
                          .values = parameter->values + first * columns,
                          .n_values = n_rows * columns};
    }
    return STATUS_OK;
}

// By the exponent's bits and without a way out of the loop, so that it is vectorised.
static bool all_finite(const float *values, size_t n)
{
    const uint32_t exponent = 0x7f800000;
    uint32_t n_bad = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        n_bad |= (bits & exponent) == exponent;
    }
    return n_bad == 0;
}

static Status not_finite(const Parameter *parameter, Error *error)
{
    return error_set(error, STATUS_BAD_INPUT,
                     "tensor %s holds values that are not finite; get the file anew",
                     parameter->name);
}

static Status read_plain(const ModelFile *file, Parameter *parameter, Error *error)
{
    int fits_status = 0;
    fits_read_img(file->fits, TFLOAT, 1, (LONGLONG)parameter->n_values, NULL, parameter->values,
                  NULL, &fits_status);
    if (fits_status != 0)
        return model_file_fail(fits_status, parameter->name, error);
    return all_finite(parameter->values, parameter->n_values) ? STATUS_OK
                                                              : not_finite(parameter, error);
}

static Status read_tensor(ModelFile *file, size_t hdu, Parameter *parameter, TileList *list,
                          Error *error)
{
    int fits_status = 0;
    Status status = model_file_move(file, hdu, error);
    if (status == STATUS_OK)
        status = check_layout(file, parameter, error);
    if (status != STATUS_OK)
        return status;
    if (fits_is_compressed_image(file->fits, &fits_status))
        return list_tiles(file, parameter, list, error);
    return read_plain(file, parameter, error);
}

static void decode_tile(void *context, size_t item, size_t thread)
{
    (void)thread;
    Tile *tile = &((TileList *)context)->tiles[item];
    tile->damaged = !rice_decode(tile->bytes, tile->n_bytes, tile->scale, tile->zero, tile->values,
                                 tile->n_values);
    // Here, where the values still are in a near cache.
    tile->finite = all_finite(tile->values, tile->n_values);
}

static Status decode_tiles(TileList *list, Error *error)
{
    Parallel *parallel;
    if (list->n == 0)
        return STATUS_OK;
    Status status = parallel_new(0, &parallel, error);
    if (status != STATUS_OK)
        return status;
    parallel_run(parallel, list->n, decode_tile, list);
    parallel_free(parallel);
    for (size_t i = 0; i < list->n; i++) {
        if (list->tiles[i].damaged)
            return error_set(error, STATUS_BAD_INPUT,
                             "damaged: a compressed tensor ends early; get the file anew");
        if (!list->tiles[i].finite)
            return not_finite(list->tiles[i].parameter, error);
    }
    return STATUS_OK;
}

Status model_file_read_tensors(ModelFile *file, size_t first_hdu, size_t n_hdus, Network *network,
                               Error *error)
{
    size_t n = network_parameter_count(network);
    size_t end = first_hdu + n_hdus;
    TileList list = {0};
    Status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        Parameter *parameter = network_parameter(network, i);
        size_t hdu = find_hdu(file, parameter->name, first_hdu, end, first_hdu + i);
        if (hdu == end)
            status = error_set(error, STATUS_BAD_INPUT, "tensor %s is missing; get the file anew",
                               parameter->name);
        else
            status = read_tensor(file, hdu, parameter, &list, error);
    }
    if (status == STATUS_OK && n_hdus != n)
        status = error_set(error, STATUS_BAD_INPUT,
                           "its layers have %zu tensors, the file holds %zu; get the file anew", n,
                           n_hdus);
    if (status == STATUS_OK)
        status = decode_tiles(&list, error);
    free(list.tiles);
    return status;
}
