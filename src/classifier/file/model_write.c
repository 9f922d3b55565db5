#include <fitsio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fits_reason.h"
#include "base/memory.h"
#include "base/output_file.h"
#include "classifier/file/header_value.h"
#include "classifier/file/model_format.h"
#include "classifier/file/recipe_header.h"
#include "classifier/model.h"

enum {
    COMPRESS_VALUES_MIN = 4096, // below, a tensor is not worth tiles
    TILE_VALUES_MIN = 1024,
    STEPS_PER_RMS = 512,
};

// DATASUM and CHECKSUM (FITS standard 4.0, section 4.4.2.7). cfitsio's own comments hold the date;
// without it the same model always gives the same bytes, and so the same checksum in results.
static void write_checksums(fitsfile *file, int *fits_status)
{
    unsigned long data_sum;
    unsigned long hdu_sum;
    char text[FLEN_VALUE];
    fits_write_chksum(file, fits_status);
    fits_modify_comment(file, "DATASUM", "data unit checksum", fits_status);
    fits_update_key(file, TSTRING, "CHECKSUM", "0000000000000000", "HDU checksum", fits_status);
    fits_get_chksum(file, &data_sum, &hdu_sum, fits_status);
    fits_encode_chksum(hdu_sum, 1, text);
    fits_update_key(file, TSTRING, "CHECKSUM", text, "HDU checksum", fits_status);
}

static void write_primary(fitsfile *file, const Model *model, int *fits_status)
{
    char key[FLEN_KEYWORD];
    fits_create_img(file, BYTE_IMG, 0, NULL, fits_status);
    fits_write_key_longwarn(file, fits_status);
    header_write_text(file, "FORMAT", MODEL_FORMAT, "what this file is", fits_status);
    fits_write_key_lng(file, "FMTVERS", MODEL_FORMAT_VERSION, "version of the layout", fits_status);
    header_write_text(file, "CREATOR", "skyclass " SKYCLASS_VERSION, "program that wrote it",
                      fits_status);
    header_write_text(file, "MODEL", model->name, "name of the model", fits_status);
    fits_write_key_lng(file, "MEMBERS", (LONGLONG)classifier_member_count(model->classifier),
                       "networks, one after the other", fits_status);
    recipe_header_write(file, &model->recipe, fits_status);
    for (size_t i = 0; i < model->n_notes; i++) {
        header_numbered_key("NOTE", i, key);
        header_write_text(file, key, model->notes[i], NULL, fits_status);
    }
    for (size_t i = 0; i < model->n_cards; i++)
        fits_write_record(file, model->cards[i], fits_status);
    write_checksums(file, fits_status);
}

// cfitsio takes names and texts it does not change as `char *`.
static char *unconst(const char *text)
{
    return (char *)text;
}

static void write_layer_field(fitsfile *file, int column, size_t row, const Field *field,
                              const Layer *layer, int *fits_status)
{
    const void *member = (const char *)layer + field->offset;
    char *text = unconst(member);
    LONGLONG first_row = (LONGLONG)row + 1;
    LONGLONG integer;
    double real;
    char flag;
    switch (field->kind) {
    case FIELD_COUNT:
        integer = (LONGLONG) * (const size_t *)member;
        fits_write_col(file, TLONGLONG, column, first_row, 1, 1, &integer, fits_status);
        break;
    case FIELD_NUMBER:
        real = *(const double *)member;
        fits_write_col(file, TDOUBLE, column, first_row, 1, 1, &real, fits_status);
        break;
    case FIELD_SWITCH:
        flag = *(const bool *)member;
        fits_write_col(file, TLOGICAL, column, first_row, 1, 1, &flag, fits_status);
        break;
    default:
        fits_write_col(file, TSTRING, column, first_row, 1, 1, &text, fits_status);
        break;
    }
}

// So that other programs can ask for a tensor by name and member.
static void write_member_number(fitsfile *file, size_t member, int *fits_status)
{
    fits_write_key_lng(file, "EXTVER", (LONGLONG)member + 1, "member", fits_status);
}

// The columns of layer_fields, then KIND and INPUTS (0-based row numbers, -1 where unused).
static void write_layers(fitsfile *file, const Network *network, size_t member, int *fits_status)
{
    static const char *const forms[] = {
        [FIELD_COUNT] = "1K", [FIELD_NUMBER] = "1D", [FIELD_SWITCH] = "1L", [FIELD_TEXT] = "48A"};
    enum { KIND_COLUMN = N_LAYER_FIELDS + 1, INPUTS_COLUMN };
    size_t n_layers = network_layer_count(network);
    fits_create_tbl(file, BINARY_TBL, (LONGLONG)n_layers, 0, NULL, NULL, NULL, MODEL_LAYERS,
                    fits_status);
    write_member_number(file, member, fits_status);
    for (int i = 0; i < N_LAYER_FIELDS; i++)
        fits_insert_col(file, i + 1, unconst(layer_fields[i].name),
                        unconst(forms[layer_fields[i].kind]), fits_status);
    fits_insert_col(file, KIND_COLUMN, "KIND", "24A", fits_status);
    fits_insert_col(file, INPUTS_COLUMN, "INPUTS", "8K", fits_status);
    for (size_t row = 0; row < n_layers; row++) {
        const Layer *layer = network_layer(network, row);
        for (int i = 0; i < N_LAYER_FIELDS; i++)
            write_layer_field(file, i + 1, row, &layer_fields[i], layer, fits_status);
        char *kind = unconst(layer_kind_name(layer->kind));
        fits_write_col(file, TSTRING, KIND_COLUMN, (LONGLONG)row + 1, 1, 1, &kind, fits_status);
        LONGLONG inputs[LAYER_INPUTS_MAX];
        for (size_t i = 0; i < LAYER_INPUTS_MAX; i++)
            inputs[i] = i < layer->n_inputs ? (LONGLONG)layer->inputs[i] : -1;
        fits_write_col(file, TLONGLONG, INPUTS_COLUMN, (LONGLONG)row + 1, 1, LAYER_INPUTS_MAX,
                       inputs, fits_status);
    }
    write_checksums(file, fits_status);
}

static double root_mean_square(const float *values, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (double)values[i] * values[i];
    return sqrt(sum / (double)n);
}

// Tiles of whole rows; the step is absolute, so that every tile of a tensor has the same.
static void set_compression(fitsfile *file, size_t columns, size_t rows, double step,
                            int *fits_status)
{
    size_t tile_rows = columns >= TILE_VALUES_MIN ? 1 : TILE_VALUES_MIN / columns;
    long tile[2] = {(long)columns, (long)(tile_rows < rows ? tile_rows : rows)};
    fits_set_compression_type(file, RICE_1, fits_status);
    fits_set_tile_dim(file, 2, tile, fits_status);
    fits_set_quantize_method(file, NO_DITHER, fits_status);
    fits_set_quantize_level(file, (float)-step, fits_status);
}

static void write_tensor(fitsfile *file, const Parameter *parameter, size_t member, bool compress,
                         int *fits_status)
{
    size_t rows = parameter->dimensions[0];
    size_t columns = parameter->n_values / rows;
    int n_axes = parameter->n_dimensions > 1 ? 2 : 1;
    long matrix[2] = {(long)columns, (long)rows};
    long vector = (long)rows;
    char shape[TENSOR_SHAPE_TEXT_SIZE];
    double step = root_mean_square(parameter->values, parameter->n_values) / STEPS_PER_RMS;
    bool tiles = compress && n_axes == 2 && parameter->n_values >= COMPRESS_VALUES_MIN && step > 0;
    // cfitsio's settings of compression look into the file without asking whether there is one.
    if (*fits_status != 0)
        return;
    if (tiles)
        set_compression(file, columns, rows, step, fits_status);
    else
        fits_set_compression_type(file, 0, fits_status);
    fits_create_img(file, FLOAT_IMG, n_axes, n_axes == 2 ? matrix : &vector, fits_status);
    header_write_text(file, "EXTNAME", parameter->name, "parameter", fits_status);
    write_member_number(file, member, fits_status);
    tensor_shape_text(parameter, shape);
    header_write_text(file, MODEL_TENSOR_SHAPE, shape, "dimensions, slowest first", fits_status);
    fits_write_img(file, TFLOAT, 1, (LONGLONG)parameter->n_values, parameter->values, fits_status);
    write_checksums(file, fits_status);
}

static void write_member(fitsfile *file, const Network *network, size_t member, bool compress,
                         int *fits_status)
{
    write_layers(file, network, member, fits_status);
    for (size_t i = 0; i < network_parameter_count(network); i++)
        write_tensor(file, network_parameter_const(network, i), member, compress, fits_status);
}

// The whole file in memory: *bytes (free it) of *size.
static Status build_file(const Model *model, bool compress, void **bytes, size_t *size,
                         Error *error)
{
    enum { GROW_BYTES = 1 << 22 };
    int fits_status = 0;
    fitsfile *file = NULL;
    size_t room = 0;
    LONGLONG end = 0;
    *bytes = NULL;
    fits_create_memfile(&file, bytes, &room, GROW_BYTES, memory_resize_zeroed, &fits_status);
    write_primary(file, model, &fits_status);
    for (size_t member = 0; member < classifier_member_count(model->classifier); member++)
        write_member(file, classifier_network(model->classifier, member), member, compress,
                     &fits_status);
    fits_get_hduaddrll(file, NULL, NULL, &end, &fits_status);
    fits_flush_file(file, &fits_status);
    int build_status = fits_status;
    if (file != NULL) {
        fits_status = 0;
        fits_close_file(file, &fits_status);
    }
    fits_clear_errmsg();
    if (build_status != 0) {
        char reason[FITS_REASON_SIZE];
        return error_set(error, STATUS_OUTPUT, "model %s could not be put into FITS form: %s",
                         model->name, fits_reason(build_status, reason));
    }
    *size = (size_t)end;
    return STATUS_OK;
}

// A model whose training diverged is not worth a file.
static Status check_values(const Network *network, Error *error)
{
    for (size_t i = 0; i < network_parameter_count(network); i++) {
        const Parameter *parameter = network_parameter_const(network, i);
        for (size_t j = 0; j < parameter->n_values; j++)
            if (!isfinite(parameter->values[j]))
                return error_set(error, STATUS_BAD_INPUT,
                                 "parameter %s holds a value that is not finite; lower the "
                                 "learning rate and train again",
                                 parameter->name);
    }
    return STATUS_OK;
}

Status model_write(const Model *model, const char *path, bool compress, Error *error)
{
    void *bytes = NULL;
    size_t size = 0;
    Status status = STATUS_OK;
    for (size_t i = 0; i < classifier_member_count(model->classifier) && status == STATUS_OK; i++)
        status = check_values(classifier_network(model->classifier, i), error);
    if (status == STATUS_OK)
        status = build_file(model, compress, &bytes, &size, error);
    if (status == STATUS_OK)
        status = output_file_write(path, bytes, size, error);
    free(bytes);
    return status;
}
