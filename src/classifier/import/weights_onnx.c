// ONNX: the initialisers of the graph, under the names they were exported with.
#include "classifier/import/onnx_file.h"
#include "classifier/import/onnx_graph_internal.h"
#include "classifier/import/weights_internal.h"

// Whole numbers in lists are shapes and indices, no weights; so are types without numbers.
static bool may_be_weights(const Onnx__TensorProto *tensor)
{
    return tensor->has_raw_data || tensor->n_float_data > 0 || tensor->n_double_data > 0 ||
           tensor->data_location != 0;
}

static Status add_tensor(Weights *weights, const Onnx__TensorProto *tensor, Error *error)
{
    Constant constant;
    if (!may_be_weights(tensor))
        return STATUS_OK;
    Status status = onnx_tensor_constant(tensor, &constant, error);
    return status == STATUS_OK
               ? weights_add(weights, tensor->name != NULL ? tensor->name : "(no name)",
                             &constant.view, &constant.elements, error)
               : status;
}

Status weights_read_onnx(const unsigned char *bytes, size_t size, Weights *weights, Error *error)
{
    OnnxFile file;
    Status status = onnx_file_open(bytes, size, &file, error);
    for (size_t i = 0; status == STATUS_OK && i < file.model->graph->n_initializer; i++)
        status = add_tensor(weights, file.model->graph->initializer[i], error);
    onnx_file_close(&file);
    return status;
}
