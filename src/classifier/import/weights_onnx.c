// ONNX: the initialisers of the graph, under the names they were exported with.
#include <string.h>

#include "classifier/import/weights_internal.h"
#include "onnx_weights.pb-c.h"

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

// The numbers are in raw_data, little-endian, or in a list of their type.
static bool find_elements(const Onnx__TensorProto *tensor, Elements *elements)
{
    if (!element_kind(tensor->data_type, &elements->kind))
        return false;
    elements->big_endian = false;
    if (tensor->has_raw_data) {
        elements->bytes = tensor->raw_data.data;
        elements->n = tensor->raw_data.len / element_size(elements->kind);
        return true;
    }
    elements->big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    if (elements->kind == ELEMENT_FLOAT32) {
        elements->bytes = (const unsigned char *)tensor->float_data;
        elements->n = tensor->n_float_data;
        return true;
    }
    if (elements->kind == ELEMENT_FLOAT64) {
        elements->bytes = (const unsigned char *)tensor->double_data;
        elements->n = tensor->n_double_data;
        return true;
    }
    return false;
}

static Status add_tensor(Weights *weights, const Onnx__TensorProto *tensor, Error *error)
{
    const char *name = tensor->name != NULL ? tensor->name : "(no name)";
    Elements elements;
    TensorView view = {.n_dimensions = tensor->n_dims};
    if (tensor->data_location == ONNX_EXTERNAL)
        return error_set(error, STATUS_BAD_INPUT,
                         "tensor %s lies in another file; export the model with its weights inside",
                         name);
    // Constants of other types (shapes, indices in lists) are no weights.
    if (!find_elements(tensor, &elements))
        return STATUS_OK;
    bool possible = tensor->n_dims <= TENSOR_VIEW_DIMENSIONS;
    for (size_t i = 0; i < tensor->n_dims && possible; i++) {
        possible = tensor->dims[i] >= 0;
        view.dimensions[i] = (size_t)tensor->dims[i];
    }
    if (!possible || !tensor_view_contiguous(&view))
        return error_set(error, STATUS_BAD_INPUT,
                         "damaged: tensor %s has an impossible shape; get the file anew", name);
    return weights_add(weights, name, &view, &elements, error);
}

Status weights_read_onnx(const unsigned char *bytes, size_t size, Weights *weights, Error *error)
{
    Status status = STATUS_OK;
    Onnx__ModelProto *model = onnx__model_proto__unpack(NULL, size, bytes);
    if (model == NULL || model->graph == NULL) {
        status = error_set(error, STATUS_BAD_INPUT,
                           "no weights that skyclass reads (PyTorch .pth, .safetensors, .onnx), or "
                           "a damaged .onnx file");
        goto done;
    }
    for (size_t i = 0; i < model->graph->n_initializer && status == STATUS_OK; i++)
        status = add_tensor(weights, model->graph->initializer[i], error);
done:
    if (model != NULL)
        onnx__model_proto__free_unpacked(model, NULL);
    return status;
}
