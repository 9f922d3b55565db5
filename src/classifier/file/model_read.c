#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "classifier/file/header_value.h"
#include "classifier/file/model_file.h"
#include "classifier/file/model_format.h"
#include "classifier/file/recipe_header.h"
#include "classifier/model.h"

// Far above any network for cutouts, far below what makes sizes overflow.
enum {
    LAYERS_MAX = 4096,
    ACTIVATION_VALUES_MAX = 1 << 26, // a layer's output for one source
    NOTES_MAX = 4096,
    // Rice codes 32 equal values in 5 bits, so a byte of file gives at most 52 values.
    VALUES_PER_BYTE_MAX = 52,
};

// ---- Primary header --------------------------------------------------------------------------

static Status check_format(fitsfile *fits, long *version, Error *error)
{
    int fits_status = 0;
    char format[FLEN_VALUE] = "";
    fits_read_key(fits, TSTRING, "FORMAT", format, NULL, &fits_status);
    *version = 0;
    fits_read_key(fits, TLONG, "FMTVERS", version, NULL, &fits_status);
    fits_clear_errmsg();
    if (fits_status != 0 || strcmp(format, MODEL_FORMAT) != 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "FITS, but not a skyclass model (its FORMAT is not \"%s\")", MODEL_FORMAT);
    if (*version < 1 || *version > MODEL_FORMAT_VERSION)
        return error_set(error, STATUS_BAD_INPUT,
                         "a model of layout version %ld; this skyclass reads versions up to %d, "
                         "use a newer one",
                         *version, MODEL_FORMAT_VERSION);
    return STATUS_OK;
}

static Status read_notes(fitsfile *fits, Model *model, Error *error)
{
    for (size_t n = 1; n <= NOTES_MAX; n++) {
        char key[FLEN_KEYWORD];
        char text[MODEL_TEXT_SIZE];
        bool found;
        header_numbered_key("NOTE", n - 1, key);
        Status status = header_read_text(fits, key, text, sizeof text, &found, error);
        if (status != STATUS_OK || !found)
            return status;
        void *notes = memory_resize(model->notes, n, sizeof *model->notes);
        if (notes == NULL)
            return error_memory(error, "a model's notes");
        model->notes = notes;
        memcpy(model->notes[model->n_notes++], text, sizeof text);
    }
    return header_out_of_range("NOTE", error);
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

// Columns that came later than a file have their default, 0.
static bool column_is_missing(fitsfile *fits, const char *name)
{
    int column;
    int fits_status = 0;
    fits_get_colnum(fits, CASEINSEN, (char *)name, &column, &fits_status);
    fits_clear_errmsg();
    return fits_status == COL_NOT_FOUND;
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
        [FIELD_COUNT] = TLONGLONG, [FIELD_NUMBER] = TDOUBLE, [FIELD_SWITCH] = TLOGICAL};
    void *member = (char *)layer + field->offset;
    if (field->kind == FIELD_TEXT)
        return read_cell_text(fits, field->name, row, member, field->n, error);
    if (column_is_missing(fits, field->name))
        return STATUS_OK;
    int column;
    int fits_status = 0;
    LONGLONG integer = 0;
    double real = 0.0;
    char flag = 0;
    Status status = find_column(fits, field->name, types[field->kind], 1, &column, error);
    if (status != STATUS_OK)
        return status;
    switch (field->kind) {
    case FIELD_COUNT:
        fits_read_col(fits, TLONGLONG, column, row, 1, 1, NULL, &integer, NULL, &fits_status);
        if (integer < 0 || integer > HEADER_SIZE_MAX)
            return header_out_of_range(field->name, error);
        *(size_t *)member = (size_t)integer;
        break;
    case FIELD_NUMBER:
        fits_read_col(fits, TDOUBLE, column, row, 1, 1, NULL, &real, NULL, &fits_status);
        if (!(fabs(real) <= HEADER_SIZE_MAX))
            return header_out_of_range(field->name, error);
        *(double *)member = real;
        break;
    default:
        fits_read_col(fits, TLOGICAL, column, row, 1, 1, NULL, &flag, NULL, &fits_status);
        *(bool *)member = flag == 1;
        break;
    }
    if (fits_status != 0)
        return model_file_fail(fits_status, field->name, error);
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
    if (layer->kind == LAYER_CONVOLUTION) {
        size_t taps = layer->kernel * layer_across(layer).kernel;
        size_t group_in = layer->groups > 0 ? in.channels / layer->groups : in.channels;
        return add_product(taps, group_in, layer->channels, limit, n_values);
    }
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

// The layers in the table of this HDU; their weights are to come.
static Status read_layers(ModelFile *file, size_t hdu, size_t *n_values, Network *network,
                          Error *error)
{
    int fits_status = 0;
    int type = 0;
    LONGLONG n_layers = 0;
    Status status = model_file_move(file, hdu, error);
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
    for (size_t i = 0; i < (size_t)n_layers && status == STATUS_OK; i++)
        status = add_layer(file, i, n_values, network, error);
    return status;
}

// ---- Members -----------------------------------------------------------------------------------

// The member whose LAYERS are `hdu`, its tensors up to `end`.
static Status read_member(ModelFile *file, size_t hdu, size_t end, size_t *n_values,
                          Classifier **member, Error *error)
{
    Network *network;
    Status status = network_new(&network, error);
    if (status != STATUS_OK)
        return status;
    status = read_layers(file, hdu, n_values, network, error);
    if (status == STATUS_OK)
        status = model_file_read_tensors(file, hdu + 1, end - hdu - 1, network, error);
    if (status == STATUS_OK)
        status = classifier_of_network(network, member, error);
    if (status != STATUS_OK)
        network_free(network);
    return status;
}

static bool begins_member(const ModelFile *file, size_t hdu)
{
    return strcmp(file->names[hdu], MODEL_LAYERS) == 0;
}

static Status read_members(ModelFile *file, Classifier **members, size_t *n, Error *error)
{
    size_t n_values = 0;
    Status status = STATUS_OK;
    *n = 0;
    for (size_t hdu = 1; hdu < file->n_hdus && status == STATUS_OK;) {
        size_t end = hdu + 1;
        while (end < file->n_hdus && !begins_member(file, end))
            end++;
        status = read_member(file, hdu, end, &n_values, &members[*n], error);
        if (status == STATUS_OK)
            ++*n;
        hdu = end;
    }
    return status;
}

static Status read_classifier(ModelFile *file, Classifier **classifier, Error *error)
{
    if (file->n_hdus < 2 || !begins_member(file, 1))
        return error_set(error, STATUS_BAD_INPUT,
                         "not a valid model: its first extension is not %s", MODEL_LAYERS);
    Classifier **members = memory_new(file->n_hdus, sizeof *members);
    size_t n;
    if (members == NULL)
        return error_memory(error, "a model's members");
    Status status = read_members(file, members, &n, error);
    if (status == STATUS_OK && n == 1)
        *classifier = members[0];
    else if (status == STATUS_OK)
        status = classifier_of_members(members, n, classifier, error);
    for (size_t i = 0; i < n && status != STATUS_OK; i++)
        classifier_free(members[i]);
    free(members);
    return status;
}

// ---- The whole -------------------------------------------------------------------------------

// Whether model_write writes the keyword itself.
static bool card_is_known(const char *key)
{
    static const char *const others[] = {"SIMPLE",  "BITPIX",   "NAXIS",   "EXTEND", "LONGSTRN",
                                         "FORMAT",  "FMTVERS",  "CREATOR", "MODEL",  "MEMBERS",
                                         "DATASUM", "CHECKSUM", "COMMENT", "END",    ""};
    bool known = recipe_header_knows(key) || header_is_numbered(key, "NOTE");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        known = known || strcmp(key, others[i]) == 0;
    return known;
}

// Keeps what a newer version wrote, with the cards that continue a long text.
static Status read_unknown_cards(fitsfile *fits, Model *model, Error *error)
{
    int fits_status = 0;
    int n_cards = 0;
    bool kept = false;
    fits_get_hdrspace(fits, &n_cards, NULL, &fits_status);
    for (int i = 1; i <= n_cards && fits_status == 0; i++) {
        char card[FLEN_CARD] = "";
        char key[FLEN_KEYWORD] = "";
        int length = 0;
        fits_read_record(fits, i, card, &fits_status);
        fits_get_keyname(card, key, &length, &fits_status);
        if (strcmp(key, "CONTINUE") != 0)
            kept = !card_is_known(key);
        if (!kept)
            continue;
        void *cards = memory_resize(model->cards, model->n_cards + 1, sizeof *model->cards);
        if (cards == NULL)
            return error_memory(error, "a model's header");
        model->cards = cards;
        snprintf(model->cards[model->n_cards++], MODEL_CARD_SIZE, "%s", card);
    }
    return fits_status == 0 ? STATUS_OK : model_file_fail(fits_status, "its header", error);
}

static Status read_about(ModelFile *file, Model *model, Error *error)
{
    bool found;
    Status status = model_file_move(file, 0, error);
    if (status == STATUS_OK)
        status =
            header_read_text(file->fits, "MODEL", model->name, sizeof model->name, &found, error);
    if (status == STATUS_OK)
        status = read_notes(file->fits, model, error);
    if (status == STATUS_OK)
        status = read_unknown_cards(file->fits, model, error);
    return status;
}

static Status read_model(ModelFile *file, Model **result, Error *error)
{
    Recipe recipe;
    Classifier *classifier = NULL;
    Model *model = NULL;
    long version;
    Status status = model_file_move(file, 0, error);
    if (status == STATUS_OK)
        status = check_format(file->fits, &version, error);
    if (status == STATUS_OK)
        status = recipe_header_read(file->fits, version, &recipe, error);
    if (status == STATUS_OK)
        status = read_classifier(file, &classifier, error);
    if (status == STATUS_OK)
        status = model_new_of(&recipe, classifier, &model, error);
    if (status != STATUS_OK) {
        classifier_free(classifier);
        return status;
    }
    status = read_about(file, model, error);
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
