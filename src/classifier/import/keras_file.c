#include "classifier/import/keras_file.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"

enum { LAYERS_MAX = 4096, TEXT_MAX = 16 << 20 };

bool keras_file_is_one(const unsigned char *bytes, size_t size)
{
    return size > 8 && memcmp(bytes, "\x89HDF\r\n\x1a\n", 8) == 0;
}

static Status damaged(Error *error, const char *what)
{
    return error_set(error, STATUS_BAD_INPUT,
                     "not a file of Keras, or a damaged one: cannot read %s; save the model anew",
                     what);
}

// ---- Texts in attributes -----------------------------------------------------------------------

// *texts[*n], one string after another of *size bytes each with its NUL (free()), of a fixed or a
// variable length in the file.
typedef struct TextList {
    size_t n, size;
    char *texts;
} TextList;

static const char *text_at(const TextList *list, size_t i)
{
    return list->texts + i * list->size;
}

static bool read_fixed(hid_t attribute, hid_t type, TextList *list)
{
    list->size = H5Tget_size(type) + 1;
    if (list->size < 2 || list->size > TEXT_MAX || list->n * list->size > 4 * (size_t)TEXT_MAX)
        return false;
    hid_t memory = H5Tcopy(H5T_C_S1);
    H5Tset_size(memory, list->size);
    H5Tset_cset(memory, H5Tget_cset(type));
    list->texts = memory_new(list->n + 1, list->size);
    bool good = list->texts != NULL && H5Aread(attribute, memory, list->texts) >= 0;
    H5Tclose(memory);
    for (size_t i = 0; good && i < list->n; i++)
        list->texts[(i + 1) * list->size - 1] = '\0';
    return good;
}

static size_t longest(char *const *texts, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        size_t length = texts[i] != NULL ? strlen(texts[i]) : 0;
        most = length > most ? length : most;
    }
    return most;
}

static bool read_variable(hid_t attribute, hid_t type, hid_t space, TextList *list)
{
    char **texts = memory_new(list->n + 1, sizeof *texts);
    hid_t memory = H5Tcopy(H5T_C_S1);
    H5Tset_size(memory, H5T_VARIABLE);
    H5Tset_cset(memory, H5Tget_cset(type));
    bool good = texts != NULL && H5Aread(attribute, memory, texts) >= 0;
    if (good) {
        list->size = longest(texts, list->n) + 1;
        list->texts = list->size <= TEXT_MAX ? memory_new(list->n + 1, list->size) : NULL;
        for (size_t i = 0; list->texts != NULL && i < list->n; i++)
            snprintf(list->texts + i * list->size, list->size, "%s",
                     texts[i] != NULL ? texts[i] : "");
        H5Dvlen_reclaim(memory, space, H5P_DEFAULT, texts);
    }
    H5Tclose(memory);
    free(texts);
    return good && list->texts != NULL;
}

// False where there is no such attribute of texts. An empty list is of numbers in Keras' files.
static bool read_texts(hid_t object, const char *name, TextList *list)
{
    *list = (TextList){0};
    if (H5Aexists(object, name) <= 0)
        return false;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    bool good = n >= 0 && n <= LAYERS_MAX;
    list->n = good ? (size_t)n : 0;
    if (good && n > 0) {
        bool texts = H5Tget_class(type) == H5T_STRING;
        good = texts && (H5Tis_variable_str(type) > 0 ? read_variable(attribute, type, space, list)
                                                      : read_fixed(attribute, type, list));
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    if (!good) {
        free(list->texts);
        *list = (TextList){0};
    }
    return good;
}

// ---- Tensors -----------------------------------------------------------------------------------

// Every step of the path must lie in this file.
static bool path_is_inside(hid_t group, const char *path)
{
    char part[2 * KERAS_NAME_SIZE];
    for (const char *end = path; *end != '\0';) {
        H5L_info_t about;
        end += strspn(end, "/");
        end += strcspn(end, "/");
        if ((size_t)(end - path) >= sizeof part)
            return false;
        snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
        if (H5Lexists(group, part, H5P_DEFAULT) <= 0 ||
            H5Lget_info(group, part, &about, H5P_DEFAULT) < 0 || about.type != H5L_TYPE_HARD)
            return false;
    }
    return true;
}

static bool filters_are_known(hid_t list)
{
    int n = H5Pget_nfilters(list);
    bool known = n >= 0;
    for (unsigned i = 0; known && i < (unsigned)n; i++) {
        unsigned flags, config;
        size_t n_values = 0;
        H5Z_filter_t filter = H5Pget_filter2(list, i, &flags, &n_values, NULL, 0, NULL, &config);
        known = filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE ||
                filter == H5Z_FILTER_FLETCHER32;
    }
    return known;
}

// In this file, by filters that are known.
static bool storage_is_plain(hid_t dataset)
{
    hid_t list = H5Dget_create_plist(dataset);
    H5D_layout_t layout = H5Pget_layout(list);
    bool plain = (layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED || layout == H5D_COMPACT) &&
                 H5Pget_external_count(list) == 0 && filters_are_known(list);
    H5Pclose(list);
    return plain;
}

// Numbers of at most 64 bits.
static bool type_is_number(hid_t dataset)
{
    hid_t type = H5Dget_type(dataset);
    H5T_class_t class = H5Tget_class(type);
    bool number = (class == H5T_FLOAT || class == H5T_INTEGER) && H5Tget_size(type) <= 8;
    H5Tclose(type);
    return number;
}

static Status read_values(hid_t dataset, hid_t space, size_t packed, KerasFile *file,
                          Constant *constant, Error *error)
{
    hsize_t sizes[TENSOR_VIEW_DIMENSIONS];
    size_t dimensions[TENSOR_VIEW_DIMENSIONS], n = 1;
    void *values;
    int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || rank > TENSOR_VIEW_DIMENSIONS ||
        H5Sget_simple_extent_dims(space, sizes, NULL) < 0)
        return damaged(error, "the shape of a tensor");
    for (int d = 0; d < rank; d++) {
        dimensions[d] = (size_t)sizes[d];
        if (!memory_multiply(n, dimensions[d], &n) || n > SIZE_MAX / sizeof(float))
            return damaged(error, "the shape of a tensor");
    }
    Status status = limits_check_packed(packed, n * sizeof(float), "a tensor", error);
    if (status == STATUS_OK)
        status =
            constant_new(&file->pool, false, (size_t)rank, dimensions, constant, &values, error);
    if (status == STATUS_OK && n > 0 &&
        H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        status = damaged(error, "the values of a tensor");
    return status;
}

static Status read_tensor(hid_t group, const char *path, size_t packed, KerasFile *file,
                          Constant *constant, Error *error)
{
    if (!path_is_inside(group, path))
        return damaged(error, path);
    hid_t dataset = H5Dopen2(group, path, H5P_DEFAULT);
    if (dataset < 0)
        return damaged(error, path);
    Status status = STATUS_OK;
    if (!type_is_number(dataset) || !storage_is_plain(dataset)) {
        status = error_set(error, STATUS_BAD_INPUT,
                           "%s is packed or stored in a way that skyclass does not read", path);
    } else {
        hid_t space = H5Dget_space(dataset);
        status = read_values(dataset, space, packed, file, constant, error);
        H5Sclose(space);
    }
    H5Dclose(dataset);
    return status;
}

// ---- Layers ------------------------------------------------------------------------------------

static Status read_weights(hid_t group, const TextList *names, size_t packed, KerasFile *file,
                           KerasLayer *layer, Error *error)
{
    Status status = STATUS_OK;
    if (names->n > KERAS_WEIGHTS_MAX)
        return error_set(error, STATUS_BAD_INPUT, "layer %s has %zu weights", layer->name,
                         names->n);
    for (size_t i = 0; i < names->n && status == STATUS_OK; i++)
        status = read_tensor(group, text_at(names, i), packed, file, &layer->weights[i], error);
    layer->n_weights = names->n;
    return status == STATUS_OK ? STATUS_OK : error_prefix(error, "layer %s", layer->name);
}

static Status read_layer(hid_t weights, const char *name, size_t packed, KerasFile *file,
                         Error *error)
{
    KerasLayer layer = {.n_weights = 0};
    TextList names;
    if (strlen(name) >= sizeof layer.name || !path_is_inside(weights, name))
        return damaged(error, name);
    snprintf(layer.name, sizeof layer.name, "%s", name);
    hid_t group = H5Gopen2(weights, name, H5P_DEFAULT);
    if (group < 0)
        return damaged(error, name);
    Status status = STATUS_OK;
    if (read_texts(group, "weight_names", &names))
        status = read_weights(group, &names, packed, file, &layer, error);
    free(names.texts);
    H5Gclose(group);
    if (status != STATUS_OK || layer.n_weights == 0)
        return status;
    KerasLayer *layers = memory_resize(file->layers, file->n + 1, sizeof *layers);
    if (layers == NULL)
        return error_memory(error, "the layers of a file");
    file->layers = layers;
    layers[file->n++] = layer;
    return STATUS_OK;
}

static Status read_layers(hid_t weights, size_t packed, KerasFile *file, Error *error)
{
    TextList names;
    if (!read_texts(weights, "layer_names", &names))
        return damaged(error, "the list of its layers");
    Status status = STATUS_OK;
    for (size_t i = 0; i < names.n && status == STATUS_OK; i++)
        status = read_layer(weights, text_at(&names, i), packed, file, error);
    free(names.texts);
    return status;
}

// A whole model has its weights in a group of their own.
static Status read_root(hid_t root, size_t packed, KerasFile *file, Error *error)
{
    TextList config;
    if (read_texts(root, "model_config", &config) && config.n == 1)
        file->config = config.texts;
    else
        free(config.texts);
    if (!path_is_inside(root, "model_weights"))
        return read_layers(root, packed, file, error);
    hid_t weights = H5Gopen2(root, "model_weights", H5P_DEFAULT);
    if (weights < 0)
        return damaged(error, "model_weights");
    Status status = read_layers(weights, packed, file, error);
    H5Gclose(weights);
    return status;
}

// ---- The file ----------------------------------------------------------------------------------

// The bytes as a file in memory that is never written.
static hid_t open_bytes(const unsigned char *bytes, size_t size)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = -1;
    if (H5Pset_fapl_core(access, 1 << 16, 0) >= 0 &&
        H5Pset_file_image(access, (void *)bytes, size) >= 0)
        file = H5Fopen("keras.h5", H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return file;
}

Status keras_file_read(const unsigned char *bytes, size_t size, KerasFile *file, Error *error)
{
    *file = (KerasFile){0};
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); // its words go to whoever called, not to the terminal
    H5PLset_loading_state(0);              // no filters from shared libraries
    hid_t opened = open_bytes(bytes, size);
    if (opened < 0)
        return damaged(error, "it as HDF5");
    hid_t root = H5Gopen2(opened, "/", H5P_DEFAULT);
    Status status = root >= 0 ? read_root(root, size, file, error) : damaged(error, "its root");
    if (root >= 0)
        H5Gclose(root);
    H5Fclose(opened);
    return status;
}

void keras_file_clear(KerasFile *file)
{
    free(file->config);
    free(file->layers);
    block_pool_clear(&file->pool);
    *file = (KerasFile){0};
}

const KerasLayer *keras_file_layer(const KerasFile *file, const char *name)
{
    for (size_t i = 0; i < file->n; i++)
        if (strcmp(file->layers[i].name, name) == 0)
            return &file->layers[i];
    return NULL;
}
