#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "classifier/file/model_file.h"
#include "classifier/file/model_format.h"

// Far above any network for cutouts, far below what makes sizes overflow.
enum {
    LAYERS_MAX = 4096,
    LAYER_SIZE_MAX = 65536,          // any one number of a layer
    ACTIVATION_VALUES_MAX = 1 << 26, // a layer's output for one source
    NOTES_MAX = 4096,
    // Rice codes 32 equal values in 5 bits, so a byte of file gives at most 52 values.
    VALUES_PER_BYTE_MAX = 52,
};

// ---- Primary header --------------------------------------------------------------------------

// text[size] from a string keyword. KEY_NO_EXIST is left to the caller.
static Status read_text(fitsfile *fits, const char *key, char *text, size_t size, int *fits_status,
                        Error *error)
{
    char *value = NULL;
    fits_read_key_longstr(fits, key, &value, NULL, fits_status);
    if (*fits_status != 0) {
        free(value);
        return model_file_fail(*fits_status, key, error);
    }
    size_t length = strlen(value);
    if (length < size)
        memcpy(text, value, length + 1);
    free(value);
    if (length >= size)
        return error_set(error, STATUS_BAD_INPUT,
                         "not a valid model: %s has %zu characters, %zu are allowed", key, length,
                         size - 1);
    return STATUS_OK;
}

static Status out_of_range(const char *key, Error *error)
{
    return error_set(error, STATUS_BAD_INPUT,
                     "not a valid model: the value of %s is out of range; get the file anew", key);
}

static void take_absent(const Field *field, void *member)
{
    switch (field->kind) {
    case FIELD_SIZE:
        *(size_t *)member = strtoul(field->absent, NULL, 10);
        break;
    case FIELD_REAL:
        *(double *)member = strtod(field->absent, NULL);
        break;
    case FIELD_FLAG:
        *(bool *)member = field->absent[0] == 'T';
        break;
    case FIELD_TEXT:
        snprintf(member, field->size, "%s", field->absent);
        break;
    }
}

static bool has_key(fitsfile *fits, const char *key)
{
    char card[FLEN_CARD];
    int fits_status = 0;
    fits_write_errmark();
    bool found = fits_read_card(fits, key, card, &fits_status) == 0;
    fits_clear_errmark();
    return found;
}

static Status read_field(fitsfile *fits, const Field *field, const char *key, void *record,
                         Error *error)
{
    void *member = (char *)record + field->offset;
    int fits_status = 0;
    LONGLONG integer = 0;
    double real = 0.0;
    int flag = 0;
    if (field->absent != NULL && !has_key(fits, key)) {
        take_absent(field, member);
        return STATUS_OK;
    }
    switch (field->kind) {
    case FIELD_SIZE:
        fits_read_key(fits, TLONGLONG, key, &integer, NULL, &fits_status);
        if (fits_status == 0 && (integer < 0 || integer > LAYER_SIZE_MAX))
            return out_of_range(key, error);
        *(size_t *)member = (size_t)integer;
        break;
    case FIELD_REAL:
        fits_read_key(fits, TDOUBLE, key, &real, NULL, &fits_status);
        if (!isfinite(real))
            return out_of_range(key, error);
        *(double *)member = real;
        break;
    case FIELD_FLAG:
        fits_read_key(fits, TLOGICAL, key, &flag, NULL, &fits_status);
        *(bool *)member = flag != 0;
        break;
    case FIELD_TEXT:
        return read_text(fits, key, member, field->size, &fits_status, error);
    }
    if (fits_status != 0)
        return model_file_fail(fits_status, key, error);
    return STATUS_OK;
}

static Status check_format(fitsfile *fits, Error *error)
{
    int fits_status = 0;
    char format[FLEN_VALUE] = "";
    long version = 0;
    fits_read_key(fits, TSTRING, "FORMAT", format, NULL, &fits_status);
    fits_read_key(fits, TLONG, "FMTVERS", &version, NULL, &fits_status);
    fits_clear_errmsg();
    if (fits_status != 0 || strcmp(format, MODEL_FORMAT) != 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "FITS, but not a skyclass model (its FORMAT is not \"%s\")", MODEL_FORMAT);
    if (version != MODEL_FORMAT_VERSION)
        return error_set(error, STATUS_BAD_INPUT,
                         "a model of layout version %ld; this skyclass reads version %d, use a "
                         "newer one",
                         version, MODEL_FORMAT_VERSION);
    return STATUS_OK;
}

static Status read_bands_and_classes(fitsfile *fits, Recipe *recipe, Error *error)
{
    Status status = STATUS_OK;
    char key[FLEN_KEYWORD];
    if (recipe->n_bands > MODEL_BANDS_MAX)
        return out_of_range("NBANDS", error);
    if (recipe->n_classes > MODEL_CLASSES_MAX)
        return out_of_range("NCLASSES", error);
    for (size_t band = 0; band < recipe->n_bands; band++)
        for (size_t i = 0; i < N_BAND_FIELDS && status == STATUS_OK; i++) {
            snprintf(key, sizeof key, "%s%zu", band_fields[i].key, band + 1);
            status = read_field(fits, &band_fields[i], key, &recipe->bands[band], error);
        }
    for (size_t class = 0; class < recipe->n_classes && status == STATUS_OK; class ++) {
        int fits_status = 0;
        snprintf(key, sizeof key, "CLASS%zu", class + 1);
        status =
            read_text(fits, key, recipe->class_names[class], MODEL_NAME_SIZE, &fits_status, error);
    }
    return status;
}

static Status read_recipe(fitsfile *fits, Recipe *recipe, Error *error)
{
    Status status = STATUS_OK;
    char name[MODEL_NAME_SIZE];
    int fits_status = 0;
    for (size_t i = 0; i < N_RECIPE_FIELDS && status == STATUS_OK; i++)
        status = read_field(fits, &recipe_fields[i], recipe_fields[i].key, recipe, error);
    if (status == STATUS_OK)
        status = read_text(fits, "NORMALIS", name, sizeof name, &fits_status, error);
    if (status == STATUS_OK && !normalisation_find(name, &recipe->normalisation))
        status =
            error_set(error, STATUS_BAD_INPUT,
                      "asks for the normalisation \"%s\", which this skyclass does not know", name);
    if (status == STATUS_OK)
        status = read_bands_and_classes(fits, recipe, error);
    return status;
}

static Status read_notes(fitsfile *fits, Model *model, Error *error)
{
    for (size_t n = 1; n <= NOTES_MAX; n++) {
        char key[FLEN_KEYWORD];
        char text[MODEL_TEXT_SIZE];
        int fits_status = 0;
        snprintf(key, sizeof key, "NOTE%zu", n);
        Status status = read_text(fits, key, text, sizeof text, &fits_status, error);
        if (fits_status == KEY_NO_EXIST)
            return STATUS_OK;
        if (status != STATUS_OK)
            return status;
        void *notes = memory_resize(model->notes, n, sizeof *model->notes);
        if (notes == NULL)
            return error_memory(error, "a model's notes");
        model->notes = notes;
        memcpy(model->notes[model->n_notes++], text, sizeof text);
    }
    return out_of_range("NOTE", error);
}

// ---- Layers ----------------------------------------------------------------------------------

// The number of the column, which must have exactly this type and repeat count (a text: at most).
static Status find_column(fitsfile *fits, const char *name, int type, long repeat, int *column,
                          Error *error)
{
    int fits_status = 0;
    int found_type = 0;
    long found_repeat = 0;
    fits_get_colnum(fits, CASEINSEN, (char *)name, column, &fits_status);
    fits_get_coltype(fits, *column, &found_type, &found_repeat, NULL, &fits_status);
    if (fits_status != 0)
        return model_file_fail(fits_status, name, error);
    bool fits_repeat = type == TSTRING ? found_repeat <= repeat : found_repeat == repeat;
    if (found_type != type || !fits_repeat)
        return error_set(error, STATUS_BAD_INPUT,
                         "not a valid model: column %s of its layers has another type; get the "
                         "file anew",
                         name);
    return STATUS_OK;
}

enum { CELL_TEXT_MAX = 63 };

static Status read_cell_text(fitsfile *fits, const char *name, LONGLONG row, char *text,
                             size_t size, Error *error)
{
    int column;
    int fits_status = 0;
    char cell[CELL_TEXT_MAX + 1] = "";
    char *cells = cell;
    Status status = find_column(fits, name, TSTRING, CELL_TEXT_MAX, &column, error);
    if (status != STATUS_OK)
        return status;
    fits_read_col(fits, TSTRING, column, row, 1, 1, "", &cells, NULL, &fits_status);
    if (fits_status != 0)
        return model_file_fail(fits_status, name, error);
    if (strlen(cell) >= size)
        return error_set(error, STATUS_BAD_INPUT, "not a valid model: the name \"%s\" is too long",
                         cell);
    memcpy(text, cell, strlen(cell) + 1);
    return STATUS_OK;
}

static Status read_cell(fitsfile *fits, const Field *field, LONGLONG row, Layer *layer,
                        Error *error)
{
    static const int types[] = {
        [FIELD_SIZE] = TLONGLONG, [FIELD_REAL] = TDOUBLE, [FIELD_FLAG] = TLOGICAL};
    void *member = (char *)layer + field->offset;
    if (field->kind == FIELD_TEXT)
        return read_cell_text(fits, field->key, row, member, field->size, error);
    int column;
    int fits_status = 0;
    LONGLONG integer = 0;
    double real = 0.0;
    char flag = 0;
    Status status = find_column(fits, field->key, types[field->kind], 1, &column, error);
    if (status != STATUS_OK)
        return status;
    switch (field->kind) {
    case FIELD_SIZE:
        fits_read_col(fits, TLONGLONG, column, row, 1, 1, NULL, &integer, NULL, &fits_status);
        if (integer < 0 || integer > LAYER_SIZE_MAX)
            return out_of_range(field->key, error);
        *(size_t *)member = (size_t)integer;
        break;
    case FIELD_REAL:
        fits_read_col(fits, TDOUBLE, column, row, 1, 1, NULL, &real, NULL, &fits_status);
        if (!(fabs(real) <= LAYER_SIZE_MAX))
            return out_of_range(field->key, error);
        *(double *)member = real;
        break;
    default:
        fits_read_col(fits, TLOGICAL, column, row, 1, 1, NULL, &flag, NULL, &fits_status);
        *(bool *)member = flag == 1;
        break;
    }
    if (fits_status != 0)
        return model_file_fail(fits_status, field->key, error);
    return STATUS_OK;
}

static Status read_inputs(fitsfile *fits, size_t index, Layer *layer, Error *error)
{
    int column;
    int fits_status = 0;
    LONGLONG inputs[LAYER_INPUTS_MAX];
    Status status = find_column(fits, "INPUTS", TLONGLONG, LAYER_INPUTS_MAX, &column, error);
    if (status != STATUS_OK)
        return status;
    fits_read_col(fits, TLONGLONG, column, (LONGLONG)index + 1, 1, LAYER_INPUTS_MAX, NULL, inputs,
                  NULL, &fits_status);
    if (fits_status != 0)
        return model_file_fail(fits_status, "INPUTS", error);
    for (size_t i = 0; i < LAYER_INPUTS_MAX && inputs[i] >= 0; i++) {
        if (inputs[i] >= (LONGLONG)index)
            return error_set(error, STATUS_BAD_INPUT,
                             "not a valid model: layer %s reads a layer that is not before it",
                             layer->name);
        layer->inputs[layer->n_inputs++] = (size_t)inputs[i];
    }
    return STATUS_OK;
}

static Status read_layer(fitsfile *fits, size_t index, Layer *layer, Error *error)
{
    char kind[MODEL_NAME_SIZE];
    LONGLONG row = (LONGLONG)index + 1;
    Status status = STATUS_OK;
    for (size_t i = 0; i < N_LAYER_FIELDS && status == STATUS_OK; i++)
        status = read_cell(fits, &layer_fields[i], row, layer, error);
    if (status == STATUS_OK)
        status = read_cell_text(fits, "KIND", row, kind, sizeof kind, error);
    if (status == STATUS_OK && !layer_kind_find(kind, &layer->kind))
        status = error_set(error, STATUS_BAD_INPUT,
                           "has a layer of kind \"%s\", which this skyclass does not know", kind);
    if (status == STATUS_OK)
        status = read_inputs(fits, index, layer, error);
    return status;
}

// *n += a * b * c unless that exceeds `limit`.
static bool add_product(size_t a, size_t b, size_t c, size_t limit, size_t *n)
{
    size_t product;
    if (!memory_multiply(a, b, &product) || !memory_multiply(product, c, &product) ||
        product > limit || *n > limit - product)
        return false;
    *n += product;
    return true;
}

// Before a layer's weights are allocated: can this file hold them?
static bool weights_fit(const Network *network, const Layer *layer, size_t limit, size_t *n_values)
{
    if (layer->n_inputs == 0)
        return true;
    Shape in = network_layer_shape(network, layer->inputs[0]);
    if (layer->kind == LAYER_CONVOLUTION)
        return add_product(layer->kernel * layer->kernel, in.channels, layer->channels, limit,
                           n_values);
    if (layer->kind == LAYER_LINEAR)
        return add_product(1, in.height * in.width * in.channels, layer->channels, limit, n_values);
    return add_product(1, 1, in.channels, limit, n_values);
}

static bool activation_fits(Shape shape)
{
    size_t n = 0;
    return add_product(shape.height, shape.width, shape.channels, ACTIVATION_VALUES_MAX, &n);
}

static Status add_layer(const ModelFile *file, size_t index, size_t *n_values, Network *network,
                        Error *error)
{
    Layer layer = {0};
    size_t added;
    Status status = read_layer(file->fits, index, &layer, error);
    if (status != STATUS_OK)
        return status;
    Shape declared = {layer.height > 0 ? layer.height : 1, layer.width > 0 ? layer.width : 1,
                      layer.channels > 0 ? layer.channels : 1};
    if (!activation_fits(declared) ||
        !weights_fit(network, &layer, file->size * VALUES_PER_BYTE_MAX, n_values))
        return error_set(error, STATUS_BAD_INPUT,
                         "not a valid model: layer %s is too large for this file; get it anew",
                         layer.name);
    status = network_add(network, &layer, &added, error);
    if (status == STATUS_OK && !activation_fits(network_layer_shape(network, added)))
        status = error_set(error, STATUS_BAD_INPUT,
                           "not a valid model: the output of layer %s is too large", layer.name);
    return status;
}

static Status read_network(ModelFile *file, Network **result, Error *error)
{
    *result = NULL;
    if (file->n_hdus < 2 || strcmp(file->names[1], MODEL_LAYERS) != 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "not a valid model: its first extension is not %s", MODEL_LAYERS);
    int fits_status = 0;
    int type = 0;
    LONGLONG n_layers = 0;
    Status status = model_file_move(file, 1, error);
    if (status != STATUS_OK)
        return status;
    fits_get_hdu_type(file->fits, &type, &fits_status);
    fits_get_num_rowsll(file->fits, &n_layers, &fits_status);
    if (fits_status != 0)
        return model_file_fail(fits_status, MODEL_LAYERS, error);
    if (type != BINARY_TBL || n_layers < 1 || n_layers > LAYERS_MAX)
        return error_set(error, STATUS_BAD_INPUT,
                         "not a valid model: %s is not a table of 1 to %d layers", MODEL_LAYERS,
                         LAYERS_MAX);
    Network *network;
    size_t n_values = 0;
    status = network_new(&network, error);
    for (size_t i = 0; i < (size_t)n_layers && status == STATUS_OK; i++)
        status = add_layer(file, i, &n_values, network, error);
    if (status != STATUS_OK) {
        network_free(network);
        return status;
    }
    *result = network;
    return STATUS_OK;
}

// ---- The whole -------------------------------------------------------------------------------

static Status read_model(ModelFile *file, Model **result, Error *error)
{
    Recipe recipe = {0};
    Network *network = NULL;
    Model *model = NULL;
    int fits_status = 0;
    Status status = model_file_move(file, 0, error);
    if (status == STATUS_OK)
        status = check_format(file->fits, error);
    if (status == STATUS_OK)
        status = read_recipe(file->fits, &recipe, error);
    if (status == STATUS_OK)
        status = read_network(file, &network, error);
    if (status == STATUS_OK)
        status = model_file_read_tensors(file, network, error);
    if (status == STATUS_OK)
        status = model_new(&recipe, network, &model, error);
    if (status != STATUS_OK) {
        network_free(network);
        return status;
    }
    status = model_file_move(file, 0, error);
    if (status == STATUS_OK)
        status =
            read_text(file->fits, "MODEL", model->name, sizeof model->name, &fits_status, error);
    if (status == STATUS_OK)
        status = read_notes(file->fits, model, error);
    if (status != STATUS_OK) {
        model_free(model);
        return status;
    }
    *result = model;
    return STATUS_OK;
}

Status model_read(const char *path, Model **model, Error *error)
{
    *model = NULL;
    ModelFile *file;
    Status status = model_file_open(path, &file, error);
    if (status == STATUS_OK) {
        status = read_model(file, model, error);
        if (status == STATUS_OK)
            snprintf((*model)->checksum, sizeof(*model)->checksum, "crc32:%08lx",
                     crc32_z(0, file->bytes, file->size));
        model_file_close(file);
    }
    if (status != STATUS_OK)
        error_prefix(error, "model %s", path);
    fits_clear_errmsg();
    return status;
}
