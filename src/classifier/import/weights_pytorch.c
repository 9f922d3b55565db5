// PyTorch's two formats of torch.save: since 1.6 a zip archive NAME/data.pkl with the storages in
// NAME/data/KEY (torch/serialization.py, _save); before, pickles one behind the other, then the
// storages (_legacy_save).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/limits.h"
#include "base/memory.h"
#include "classifier/import/pickle.h"
#include "classifier/import/weights_internal.h"

// Where the numbers of a storage come from.
typedef struct StorageSource StorageSource;
struct StorageSource {
    Status (*read)(StorageSource *source, const PickleStorage *storage, Elements *elements,
                   Error *error);
};

// ---- From the pickled object to tensors ------------------------------------------------------

static bool has_tensors(const PickleValue *value)
{
    if (value == NULL || value->kind != PICKLE_DICTIONARY)
        return false;
    for (size_t i = 1; i < value->n_items; i += 2)
        if (value->items[i]->kind == PICKLE_TENSOR)
            return true;
    return false;
}

// The state dictionary: under the names training scripts use, else the object itself, else its
// only part with tensors.
static const PickleValue *find_state(const PickleValue *root)
{
    static const char *const keys[] = {"state_dict", "model_state_dict", "model_state", "model",
                                       "net",        "network",          "weights"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const PickleValue *value = pickle_lookup(root, keys[i]);
        if (has_tensors(value))
            return value;
        if (value != NULL && has_tensors(pickle_lookup(value, "state_dict")))
            return pickle_lookup(value, "state_dict");
    }
    if (root->kind != PICKLE_DICTIONARY || has_tensors(root))
        return root;
    const PickleValue *only = NULL;
    for (size_t i = 1; i < root->n_items; i += 2)
        if (has_tensors(root->items[i])) {
            if (only != NULL)
                return root;
            only = root->items[i];
        }
    return only != NULL ? only : root;
}

static Status add_tensor(Weights *weights, const char *name, const PickleValue *tensor,
                         StorageSource *source, Error *error)
{
    Elements elements;
    TensorView view = tensor->view;
    Status status = source->read(source, &tensor->storage, &elements, error);
    if (status == STATUS_OK &&
        __builtin_add_overflow(view.offset, tensor->storage.offset, &view.offset))
        status =
            error_set(error, STATUS_BAD_INPUT, "damaged: impossible offset; get the file anew");
    if (status == STATUS_OK)
        status = weights_add(weights, name, &view, &elements, error);
    return status;
}

static Status add_state(Weights *weights, const PickleValue *root, StorageSource *source,
                        Error *error)
{
    const PickleValue *state = find_state(root);
    Status status = STATUS_OK;
    if (!has_tensors(state))
        return error_set(error, STATUS_BAD_INPUT,
                         "holds no dictionary of tensors; save model.state_dict() with torch.save");
    for (size_t i = 0; i + 1 < state->n_items && status == STATUS_OK; i += 2) {
        const PickleValue *key = state->items[i];
        const PickleValue *value = state->items[i + 1];
        if (key->kind == PICKLE_TEXT && value->kind == PICKLE_TENSOR)
            status = add_tensor(weights, key->text, value, source, error);
    }
    return status;
}

// ---- The zip format --------------------------------------------------------------------------

enum { ENTRY_NAME_MAX = 1023 };
// An entry may be compressed; this bounds what a small file can make of itself.
#define ENTRY_BYTES_MAX ((zip_uint64_t)1 << 32)

typedef struct ZipSource {
    StorageSource source;
    zip_t *archive;
    size_t archive_bytes;
    char folder[ENTRY_NAME_MAX + 1]; // "archive/"
    bool big_endian;
    // The last storage read: tensors often share one.
    char key[ENTRY_NAME_MAX + 1];
    unsigned char *bytes;
    size_t size;
} ZipSource;

// The whole entry; free *bytes. STATUS_BAD_INPUT when it is absent.
static Status read_entry(zip_t *archive, size_t archive_bytes, const char *name,
                         unsigned char **bytes, size_t *size, Error *error)
{
    Status status = STATUS_OK;
    zip_stat_t about;
    zip_file_t *file = NULL;
    *bytes = NULL;
    if (zip_stat(archive, name, 0, &about) != 0 || (about.valid & ZIP_STAT_SIZE) == 0)
        return error_set(error, STATUS_BAD_INPUT, "damaged: %s is missing; get the file anew",
                         name);
    if (about.size > ENTRY_BYTES_MAX)
        return error_set(error, STATUS_BAD_INPUT, "%s is larger than any weights skyclass uses",
                         name);
    // Before anything is allocated: the archive itself says both sizes, and its own size bounds
    // one.
    if ((about.valid & ZIP_STAT_COMP_SIZE) == 0 || about.comp_size > archive_bytes ||
        (about.comp_method == ZIP_CM_STORE && about.size != about.comp_size))
        return error_set(error, STATUS_BAD_INPUT,
                         "damaged: %s is larger than the archive it is in; get the file anew",
                         name);
    Status plausible = limits_check_packed(about.comp_size, about.size, name, error);
    if (plausible != STATUS_OK)
        return plausible;
    *size = (size_t)about.size;
    *bytes = memory_new_aligned(*size, 1);
    if (*bytes == NULL)
        return error_memory(error, "weights");
    file = zip_fopen(archive, name, 0);
    // Reading one byte past the end makes libzip check the entry's CRC.
    unsigned char past;
    if (file == NULL || zip_fread(file, *bytes, about.size) != (zip_int64_t)about.size ||
        zip_fread(file, &past, 1) != 0) {
        status = error_set(error, STATUS_BAD_INPUT,
                           "damaged: %s cannot be unpacked; get the file "
                           "anew",
                           name);
        free(*bytes);
        *bytes = NULL;
    }
    if (file != NULL)
        zip_fclose(file);
    return status;
}

static Status read_zip_storage(StorageSource *base, const PickleStorage *storage,
                               Elements *elements, Error *error)
{
    ZipSource *source = (ZipSource *)base;
    if (source->bytes == NULL || strcmp(source->key, storage->key) != 0) {
        char name[2 * ENTRY_NAME_MAX + 8];
        if (strlen(storage->key) > ENTRY_NAME_MAX)
            return error_set(error, STATUS_BAD_INPUT, "damaged: a storage's name is too long");
        snprintf(name, sizeof name, "%sdata/%s", source->folder, storage->key);
        free(source->bytes);
        source->bytes = NULL;
        Status status = read_entry(source->archive, source->archive_bytes, name, &source->bytes,
                                   &source->size, error);
        if (status != STATUS_OK)
            return status;
        strcpy(source->key, storage->key);
    }
    *elements = (Elements){.kind = storage->kind,
                           .big_endian = source->big_endian,
                           .bytes = source->bytes,
                           .n = source->size / element_size(storage->kind)};
    return STATUS_OK;
}

// The folder of data.pkl, whatever its name.
static bool find_folder(zip_t *archive, char folder[ENTRY_NAME_MAX + 1])
{
    static const char wanted[] = "data.pkl";
    const size_t wanted_length = sizeof wanted - 1;
    zip_int64_t n = zip_get_num_entries(archive, 0);
    for (zip_int64_t i = 0; i < n; i++) {
        const char *name = zip_get_name(archive, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        size_t length = name != NULL ? strlen(name) : 0;
        if (length < wanted_length || length > ENTRY_NAME_MAX)
            continue;
        size_t folder_length = length - wanted_length;
        if (strcmp(name + folder_length, wanted) == 0 &&
            (folder_length == 0 || name[folder_length - 1] == '/')) {
            memcpy(folder, name, folder_length);
            folder[folder_length] = '\0';
            return true;
        }
    }
    return false;
}

// Since 2.1 PyTorch writes an entry "byteorder"; without it the order is little.
static Status read_byte_order(ZipSource *source, Error *error)
{
    char name[ENTRY_NAME_MAX + 16];
    unsigned char *order;
    size_t size;
    snprintf(name, sizeof name, "%sbyteorder", source->folder);
    if (zip_name_locate(source->archive, name, 0) < 0)
        return STATUS_OK;
    Status status = read_entry(source->archive, source->archive_bytes, name, &order, &size, error);
    if (status == STATUS_OK) {
        source->big_endian = size == 3 && memcmp(order, "big", 3) == 0;
        free(order);
    }
    return status;
}

static zip_t *open_archive(const unsigned char *bytes, size_t size)
{
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, NULL);
    if (source == NULL)
        return NULL;
    zip_t *archive = zip_open_from_source(source, ZIP_RDONLY, NULL);
    if (archive == NULL)
        zip_source_free(source);
    return archive;
}

Status weights_read_zip(const unsigned char *file, size_t file_size, Weights *weights, Error *error)
{
    size_t size;
    size_t used;
    unsigned char *bytes = NULL;
    Pickle *pickle = NULL;
    ZipSource *source = memory_new(1, sizeof *source);
    if (source == NULL)
        return error_memory(error, "weights");
    Status status = STATUS_OK;
    source->source.read = read_zip_storage;
    source->archive = open_archive(file, file_size);
    source->archive_bytes = file_size;
    if (source->archive == NULL) {
        status = error_set(error, STATUS_BAD_INPUT,
                           "damaged: its zip archive cannot be opened (it may have been cut off "
                           "while downloading); get the file anew");
        goto done;
    }
    if (!find_folder(source->archive, source->folder)) {
        status = error_set(error, STATUS_BAD_INPUT,
                           "a zip archive without PyTorch's data.pkl; give the .pth file itself");
        goto done;
    }
    char name[ENTRY_NAME_MAX + 16];
    snprintf(name, sizeof name, "%sdata.pkl", source->folder);
    status = read_entry(source->archive, source->archive_bytes, name, &bytes, &size, error);
    if (status == STATUS_OK)
        status = read_byte_order(source, error);
    if (status == STATUS_OK)
        status = pickle_read(bytes, size, &pickle, &used, error);
    if (status == STATUS_OK)
        status = add_state(weights, pickle_root(pickle), &source->source, error);
done:
    pickle_free(pickle);
    free(bytes);
    free(source->bytes);
    if (source->archive != NULL)
        zip_discard(source->archive);
    free(source);
    return status;
}

// ---- The legacy format -----------------------------------------------------------------------

// Pickles: magic number, protocol, system, object, sorted storage keys; then for each key its
// number of elements (int64) and the elements, all little-endian.
enum { PICKLES_BEFORE_OBJECT = 3, COUNT_BYTES = 8 };

typedef struct StoredBytes {
    const char *key;
    const unsigned char *bytes;
    size_t n; // elements
} StoredBytes;

typedef struct LegacySource {
    StorageSource source;
    size_t n;
    StoredBytes *storages; // sorted by key
} LegacySource;

static int compare_stored(const void *a, const void *b)
{
    return strcmp(((const StoredBytes *)a)->key, ((const StoredBytes *)b)->key);
}

static int compare_named(const void *a, const void *b)
{
    return strcmp((*(const PickleStorage *const *)a)->key, (*(const PickleStorage *const *)b)->key);
}

static Status read_legacy_storage(StorageSource *base, const PickleStorage *storage,
                                  Elements *elements, Error *error)
{
    const LegacySource *source = (const LegacySource *)base;
    const StoredBytes key = {.key = storage->key};
    const StoredBytes *found =
        bsearch(&key, source->storages, source->n, sizeof key, compare_stored);
    if (found == NULL)
        return error_set(error, STATUS_BAD_INPUT,
                         "damaged: storage %s is missing; get the file anew", storage->key);
    *elements = (Elements){.kind = storage->kind, .bytes = found->bytes, .n = found->n};
    return STATUS_OK;
}

static Status ends_early(Error *error)
{
    return error_set(error, STATUS_BAD_INPUT,
                     "damaged: the stored values end early (it may have been cut off while "
                     "downloading); get the file anew");
}

// Finds every storage in bytes[size], which follow the pickles. How large an element is, only the
// object's pickle says.
static Status locate_storages(const unsigned char *bytes, size_t size, const Pickle *object,
                              const PickleValue *keys, LegacySource *source, Error *error)
{
    size_t n_named;
    Status status = STATUS_OK;
    const PickleStorage **named = pickle_storages(object, &n_named);
    source->storages = memory_new(keys->n_items, sizeof *source->storages);
    if (named == NULL || source->storages == NULL) {
        status = error_memory(error, "weights");
        goto done;
    }
    qsort(named, n_named, sizeof *named, compare_named);
    for (size_t i = 0; i < keys->n_items; i++) {
        uint64_t n = 0;
        size_t n_bytes;
        PickleStorage wanted = {.key = keys->items[i]->text};
        const PickleStorage *key = &wanted;
        PickleStorage const *const *found = NULL;
        if (keys->items[i]->kind == PICKLE_TEXT)
            found = bsearch(&key, named, n_named, sizeof key, compare_named);
        if (found == NULL) {
            status =
                error_set(error, STATUS_BAD_INPUT,
                          "damaged: it holds a storage that no tensor uses; get the file anew");
            goto done;
        }
        if (size < COUNT_BYTES) {
            status = ends_early(error);
            goto done;
        }
        for (size_t b = COUNT_BYTES; b-- > 0;)
            n = n << 8 | bytes[b];
        bytes += COUNT_BYTES;
        size -= COUNT_BYTES;
        if (!memory_multiply((size_t)n, element_size((*found)->kind), &n_bytes) || n_bytes > size) {
            status = ends_early(error);
            goto done;
        }
        source->storages[source->n++] = (StoredBytes){wanted.key, bytes, (size_t)n};
        bytes += n_bytes;
        size -= n_bytes;
    }
    qsort(source->storages, source->n, sizeof *source->storages, compare_stored);
done:
    free(named);
    return status;
}

// Reads one pickle and moves on behind it.
static Status next_pickle(const unsigned char **bytes, size_t *size, Pickle **pickle, Error *error)
{
    size_t used;
    Status status = pickle_read(*bytes, *size, pickle, &used, error);
    if (status == STATUS_OK) {
        *bytes += used;
        *size -= used;
    }
    return status;
}

Status weights_read_legacy(const unsigned char *bytes, size_t size, Weights *weights, Error *error)
{
    Pickle *object = NULL;
    Pickle *keys = NULL;
    LegacySource source = {.source = {read_legacy_storage}};
    Status status = STATUS_OK;
    for (size_t i = 0; i < PICKLES_BEFORE_OBJECT && status == STATUS_OK; i++) {
        Pickle *skipped;
        status = next_pickle(&bytes, &size, &skipped, error);
        if (status == STATUS_OK)
            pickle_free(skipped);
    }
    if (status == STATUS_OK)
        status = next_pickle(&bytes, &size, &object, error);
    if (status == STATUS_OK)
        status = next_pickle(&bytes, &size, &keys, error);
    if (status == STATUS_OK && pickle_root(keys)->kind != PICKLE_LIST)
        status = error_set(error, STATUS_BAD_INPUT,
                           "damaged: its list of storages is missing; get the file anew");
    if (status == STATUS_OK)
        status = locate_storages(bytes, size, object, pickle_root(keys), &source, error);
    if (status == STATUS_OK)
        status = add_state(weights, pickle_root(object), &source.source, error);
    free(source.storages);
    pickle_free(keys);
    pickle_free(object);
    return status;
}
