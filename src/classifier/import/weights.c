#include "classifier/import/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_bytes.h"
#include "base/memory.h"
#include "classifier/import/pickle.h"
#include "classifier/import/weights_internal.h"

// ---- Reading ---------------------------------------------------------------------------------

static bool starts_with(const unsigned char *bytes, size_t size, const char *start, size_t length)
{
    return size >= length && memcmp(bytes, start, length) == 0;
}

// A pickle that torch.save did not write. What it asks to run is worth saying.
static Status refuse_pickle(const unsigned char *bytes, size_t size, Error *error)
{
    Pickle *pickle;
    size_t used;
    Status status = pickle_read(bytes, size, &pickle, &used, error);
    if (status != STATUS_OK)
        return status;
    pickle_free(pickle);
    return error_set(error, STATUS_BAD_INPUT,
                     "a Python pickle, but not one of torch.save; save model.state_dict() with "
                     "torch.save");
}

// The content decides, not the name.
static Status read_any(const unsigned char *bytes, size_t size, Weights *weights, Error *error)
{
    // Pickle protocol 2 and PyTorch's magic number 0x1950a86a20f9469cfc6c.
    static const char legacy[] = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
    enum { SAFETENSORS_LENGTH = 8 };
    if (starts_with(bytes, size, "PK\x03\x04", 4))
        return weights_read_zip(bytes, size, weights, error);
    if (starts_with(bytes, size, legacy, sizeof legacy - 1))
        return weights_read_legacy(bytes, size, weights, error);
    if (starts_with(bytes, size, "\x80", 1))
        return refuse_pickle(bytes, size, error);
    if (starts_with(bytes, size, "\x89HDF\r\n", 6))
        return error_set(error, STATUS_BAD_INPUT,
                         "an HDF5 file, whose weights skyclass reads layer by layer into a system");
    if (size > SAFETENSORS_LENGTH && bytes[SAFETENSORS_LENGTH] == '{' && bytes[7] == 0)
        return weights_read_safetensors(bytes, size, weights, error);
    return weights_read_onnx(bytes, size, weights, error);
}

Status weights_read(const char *path, Weights **result, Error *error)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    *result = NULL;
    Weights *weights = memory_new(1, sizeof *weights);
    if (weights == NULL)
        return error_memory(error, "weights");
    Status status = file_bytes_read(path, "a file of weights", &bytes, &size, error);
    if (status == STATUS_OK)
        status = read_any(bytes, size, weights, error);
    if (status == STATUS_OK && weights->n == 0)
        status = error_set(error, STATUS_BAD_INPUT, "holds no weights");
    free(bytes);
    if (status != STATUS_OK) {
        weights_free(weights);
        return error_prefix(error, "%s", path);
    }
    *result = weights;
    return STATUS_OK;
}

Status weights_add(Weights *weights, const char *name, const TensorView *view,
                   const Elements *elements, Error *error)
{
    Tensor tensor = {.n_dimensions = view->n_dimensions};
    if (strlen(name) >= sizeof tensor.name)
        return error_set(error, STATUS_BAD_INPUT,
                         "a tensor's name has %zu characters, %zu are allowed: \"%.60s...\"",
                         strlen(name), sizeof tensor.name - 1, name);
    strcpy(tensor.name, name);
    memcpy(tensor.dimensions, view->dimensions, sizeof tensor.dimensions);
    if (!tensor_view_count(view, elements->n, &tensor.n_values))
        return error_set(error, STATUS_BAD_INPUT,
                         "damaged: tensor %s reaches outside its %zu stored values; get the file "
                         "anew",
                         name, elements->n);
    Tensor *tensors = memory_resize(weights->tensors, weights->n + 1, sizeof *tensors);
    if (tensors == NULL)
        return error_memory(error, "weights");
    weights->tensors = tensors;
    tensor.values = memory_new_aligned(tensor.n_values, sizeof(float));
    if (tensor.values == NULL)
        return error_memory(error, name);
    tensor_view_copy(view, elements, tensor.values, tensor.n_values);
    weights->tensors[weights->n++] = tensor;
    return STATUS_OK;
}

void weights_free(Weights *weights)
{
    if (weights == NULL)
        return;
    for (size_t i = 0; i < weights->n; i++)
        free(weights->tensors[i].values);
    free(weights->tensors);
    free(weights);
}

// ---- Into a network --------------------------------------------------------------------------

enum { NAMES_SHOWN = 4 };

// A sentence part with the first few of many names.
typedef struct NameList {
    size_t n;
    char text[ERROR_TEXT_SIZE / 4];
} NameList;

// Appends what fits.
static void append(char *text, size_t size, const char *more)
{
    strncat(text, more, size - 1 - strlen(text));
}

static void name_list_add(NameList *list, const char *name)
{
    if (list->n++ >= NAMES_SHOWN)
        return;
    if (list->text[0] != '\0')
        append(list->text, sizeof list->text, ", ");
    append(list->text, sizeof list->text, name);
}

static void name_list_join(const NameList *list, const char *what, char *sentence, size_t size)
{
    char more[32];
    if (list->n == 0)
        return;
    append(sentence, size, sentence[0] != '\0' ? "; " : "");
    append(sentence, size, what);
    append(sentence, size, list->text);
    if (list->n > NAMES_SHOWN) {
        snprintf(more, sizeof more, " and %zu more", list->n - NAMES_SHOWN);
        append(sentence, size, more);
    }
}

static void shape_text(const size_t *dimensions, size_t n, char *text, size_t size)
{
    size_t used = 0;
    snprintf(text, size, "a single number");
    for (size_t i = 0; i < n && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%zu", i > 0 ? " x " : "", dimensions[i]);
}

// Behind each a layer and its parameter are left: "head.weight" is of a layer called head.
const char *weights_plain_name(const char *name)
{
    static const char *const prefixes[] = {"module.", "backbone.", "head."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        const char *rest = name + strlen(prefixes[i]);
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0 && strchr(rest, '.') != NULL)
            return weights_plain_name(rest);
    }
    return name;
}

// How many batches a batch norm has seen: only its training needs it.
static bool is_counter(const char *name)
{
    static const char counter[] = "num_batches_tracked";
    size_t length = strlen(name);
    return length >= sizeof counter - 1 &&
           strcmp(name + length - (sizeof counter - 1), counter) == 0;
}

static bool same_shape(const Tensor *tensor, const Parameter *parameter)
{
    return tensor->n_dimensions == parameter->n_dimensions &&
           memcmp(tensor->dimensions, parameter->dimensions,
                  tensor->n_dimensions * sizeof tensor->dimensions[0]) == 0;
}

static void add_misshapen(NameList *list, const Tensor *tensor, const Parameter *parameter)
{
    char wanted[128];
    char found[128];
    char text[400];
    shape_text(parameter->dimensions, parameter->n_dimensions, wanted, sizeof wanted);
    shape_text(tensor->dimensions, tensor->n_dimensions, found, sizeof found);
    snprintf(text, sizeof text, "%s (%s wanted, %s found)", parameter->name, wanted, found);
    name_list_add(list, text);
}

// The last tensor of that name, or NULL.
static const Tensor *find_tensor(const Weights *weights, const char *name)
{
    const Tensor *found = NULL;
    for (size_t i = 0; i < weights->n; i++)
        if (strcmp(weights_plain_name(weights->tensors[i].name), name) == 0)
            found = &weights->tensors[i];
    return found;
}

Status weights_apply(const Weights *weights, Network *network, Error *error)
{
    NameList missing = {0};
    NameList extra = {0};
    NameList misshapen = {0};
    char sentence[ERROR_TEXT_SIZE] = "";
    for (size_t i = 0; i < network_parameter_count(network); i++) {
        const Parameter *parameter = network_parameter_const(network, i);
        const Tensor *tensor = find_tensor(weights, parameter->name);
        if (tensor == NULL)
            name_list_add(&missing, parameter->name);
        else if (!same_shape(tensor, parameter))
            add_misshapen(&misshapen, tensor, parameter);
    }
    for (size_t i = 0; i < weights->n; i++) {
        const char *name = weights_plain_name(weights->tensors[i].name);
        if (!is_counter(name) && network_parameter_find(network, name) == NULL)
            name_list_add(&extra, name);
    }
    name_list_join(&missing, "missing ", sentence, sizeof sentence);
    name_list_join(&misshapen, "of another shape ", sentence, sizeof sentence);
    name_list_join(&extra, "not in the network ", sentence, sizeof sentence);
    if (sentence[0] != '\0')
        return error_set(error, STATUS_BAD_INPUT,
                         "the weights do not fit the network: %s; choose the system they were "
                         "trained for",
                         sentence);
    for (size_t i = 0; i < network_parameter_count(network); i++) {
        Parameter *parameter = network_parameter(network, i);
        memcpy(parameter->values, find_tensor(weights, parameter->name)->values,
               parameter->n_values * sizeof(float));
    }
    return STATUS_OK;
}

Status weights_transfer(const Weights *weights, Network *network, bool halve,
                        TransferReport *report, Error *error)
{
    TransferTensor *tensors = memory_new(weights->n, sizeof *tensors);
    if (tensors == NULL)
        return error_memory(error, "weights");
    for (size_t i = 0; i < weights->n; i++) {
        const Tensor *tensor = &weights->tensors[i];
        tensors[i] = (TransferTensor){weights_plain_name(tensor->name), tensor->n_dimensions,
                                      tensor->dimensions, tensor->values};
    }
    Status status = network_transfer(network, tensors, weights->n, halve, report, error);
    free(tensors);
    return status;
}
