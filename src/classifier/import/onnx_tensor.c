// Tensors as they lie in an ONNX file.
#include "classifier/import/onnx_graph_internal.h"

// TensorProto.DataType and TensorProto.DataLocation of onnx.proto.
enum {
    ONNX_FLOAT = 1,
    ONNX_UINT8 = 2,
    ONNX_INT8 = 3,
    ONNX_INT16 = 5,
    ONNX_INT32 = 6,
    ONNX_INT64 = 7,
    ONNX_BOOL = 9,
    ONNX_FLOAT16 = 10,
    ONNX_DOUBLE = 11,
    ONNX_BFLOAT16 = 16,
    ONNX_EXTERNAL = 1,
};

static bool element_kind(int type, ElementKind *kind)
{
    static const struct {
        int type;
        ElementKind kind;
    } kinds[] = {
        {ONNX_FLOAT, ELEMENT_FLOAT32},  {ONNX_UINT8, ELEMENT_UINT8},
        {ONNX_INT8, ELEMENT_INT8},      {ONNX_INT16, ELEMENT_INT16},
        {ONNX_INT32, ELEMENT_INT32},    {ONNX_INT64, ELEMENT_INT64},
        {ONNX_BOOL, ELEMENT_BOOL},      {ONNX_FLOAT16, ELEMENT_FLOAT16},
        {ONNX_DOUBLE, ELEMENT_FLOAT64}, {ONNX_BFLOAT16, ELEMENT_BFLOAT16},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].type == type) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

static void set_list(Elements *elements, ElementKind kind, const void *numbers, size_t n)
{
    elements->kind = kind;
    elements->bytes = numbers;
    elements->n = n;
    elements->big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

// The numbers are in raw_data, little-endian, or in a list of their type; small whole numbers in
// the list of 32 bits.
static bool find_elements(const Onnx__TensorProto *tensor, Elements *elements)
{
    if (!element_kind(tensor->data_type, &elements->kind))
        return false;
    if (tensor->has_raw_data) {
        elements->big_endian = false;
        elements->bytes = tensor->raw_data.data;
        elements->n = tensor->raw_data.len / element_size(elements->kind);
        return true;
    }
    switch (elements->kind) {
    case ELEMENT_FLOAT32:
        set_list(elements, ELEMENT_FLOAT32, tensor->float_data, tensor->n_float_data);
        return true;
    case ELEMENT_FLOAT64:
        set_list(elements, ELEMENT_FLOAT64, tensor->double_data, tensor->n_double_data);
        return true;
    case ELEMENT_INT64:
        set_list(elements, ELEMENT_INT64, tensor->int64_data, tensor->n_int64_data);
        return true;
    case ELEMENT_FLOAT16:
    case ELEMENT_BFLOAT16:
        return false;
    default:
        set_list(elements, ELEMENT_INT32, tensor->int32_data, tensor->n_int32_data);
        return true;
    }
}

Status onnx_tensor_constant(const Onnx__TensorProto *tensor, Constant *constant, Error *error)
{
    const char *name = tensor->name != NULL && tensor->name[0] != '\0' ? tensor->name : "(no name)";
    size_t dimensions[TENSOR_VIEW_DIMENSIONS];
    Elements elements;
    if (tensor->data_location == ONNX_EXTERNAL)
        return error_set(error, STATUS_BAD_INPUT,
                         "tensor %s lies in another file; export the model with its weights inside",
                         name);
    if (!find_elements(tensor, &elements))
        return error_set(
            error, STATUS_BAD_INPUT,
            "tensor %s is of a type (%d) that skyclass does not read; export the model "
            "in float32",
            name, (int)tensor->data_type);
    bool possible = tensor->n_dims <= TENSOR_VIEW_DIMENSIONS;
    for (size_t i = 0; i < tensor->n_dims && possible; i++) {
        possible = tensor->dims[i] >= 0;
        dimensions[i] = (size_t)tensor->dims[i];
    }
    if (!possible)
        return error_set(error, STATUS_BAD_INPUT,
                         "damaged: tensor %s has an impossible shape; get the file anew", name);
    Status status = constant_over(elements, tensor->n_dims, dimensions, constant, error);
    return status == STATUS_OK ? STATUS_OK : error_prefix(error, "damaged: tensor %s", name);
}
