// Safetensors: eight bytes that hold the length of a JSON header, the header, then the values
// (https://huggingface.co/docs/safetensors, "Format").
#include <jansson.h>
#include <string.h>

#include "classifier/import/weights_internal.h"

enum { LENGTH_BYTES = 8 };

static bool element_kind(const char *name, ElementKind *kind)
{
    static const struct {
        const char *name;
        ElementKind kind;
    } kinds[] = {
        {"F64", ELEMENT_FLOAT64},   {"F32", ELEMENT_FLOAT32}, {"F16", ELEMENT_FLOAT16},
        {"BF16", ELEMENT_BFLOAT16}, {"I64", ELEMENT_INT64},   {"I32", ELEMENT_INT32},
        {"I16", ELEMENT_INT16},     {"I8", ELEMENT_INT8},     {"U8", ELEMENT_UINT8},
        {"BOOL", ELEMENT_BOOL},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(name, kinds[i].name) == 0) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

// Item `index` of an array as a size; false when it is none.
static bool array_size(const json_t *array, size_t index, size_t *size)
{
    const json_t *value = json_array_get(array, index);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *size = (size_t)json_integer_value(value);
    return true;
}

static Status add_tensor(Weights *weights, const char *name, const json_t *about,
                         const unsigned char *values, size_t size, Error *error)
{
    const char *type = json_string_value(json_object_get(about, "dtype"));
    const json_t *shape = json_object_get(about, "shape");
    const json_t *offsets = json_object_get(about, "data_offsets");
    size_t begin;
    size_t end;
    Elements elements = {0};
    TensorView view = {.n_dimensions = json_array_size(shape)};
    bool possible = type != NULL && json_is_array(shape) &&
                    view.n_dimensions <= TENSOR_VIEW_DIMENSIONS && array_size(offsets, 0, &begin) &&
                    array_size(offsets, 1, &end) && begin <= end && end <= size;
    for (size_t i = 0; i < view.n_dimensions && possible; i++)
        possible = array_size(shape, i, &view.dimensions[i]);
    if (!possible || !tensor_view_contiguous(&view))
        return error_set(error, STATUS_BAD_INPUT,
                         "damaged: tensor %s has an impossible shape or place; get the file anew",
                         name);
    if (!element_kind(type, &elements.kind))
        return error_set(error, STATUS_BAD_INPUT,
                         "tensor %s holds numbers of type %s; save it as float32", name, type);
    elements.bytes = values + begin;
    elements.n = (end - begin) / element_size(elements.kind);
    return weights_add(weights, name, &view, &elements, error);
}

Status weights_read_safetensors(const unsigned char *bytes, size_t size, Weights *weights,
                                Error *error)
{
    size_t length = 0;
    for (size_t i = LENGTH_BYTES; i-- > 0 && size >= LENGTH_BYTES;)
        length = length << 8 | bytes[i];
    if (size < LENGTH_BYTES || length > size - LENGTH_BYTES)
        return error_set(error, STATUS_BAD_INPUT,
                         "damaged: its header ends early (it may have been cut off while "
                         "downloading); get the file anew");
    json_error_t json_error;
    json_t *header =
        json_loadb((const char *)bytes + LENGTH_BYTES, length, JSON_REJECT_DUPLICATES, &json_error);
    if (!json_is_object(header)) {
        json_decref(header);
        return error_set(error, STATUS_BAD_INPUT,
                         "damaged: its header is not JSON (%s); get the "
                         "file anew",
                         json_error.text);
    }
    const unsigned char *values = bytes + LENGTH_BYTES + length;
    Status status = STATUS_OK;
    const char *name;
    json_t *about;
    json_object_foreach(header, name, about)
    {
        if (status == STATUS_OK && strcmp(name, "__metadata__") != 0)
            status = add_tensor(weights, name, about, values, size - LENGTH_BYTES - length, error);
    }
    json_decref(header);
    return status;
}
