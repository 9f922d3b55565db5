#include "classifier/import/onnx_file.h"

#include <stdlib.h>

#include "base/memory.h"

// Weights are unpacked once. Names, nodes and attributes take up to a hundred times their bytes in
// the file, but weights, not they, are what makes a file large.
enum { BUDGET_FOR_NODES = 64 << 20, BUDGET_A_BYTE = 4 };

static void *allocate(void *context, size_t size)
{
    struct OnnxBudget *budget = context;
    if (size > budget->left)
        return NULL;
    budget->left -= size;
    return malloc(size > 0 ? size : 1);
}

static void release(void *context, void *block)
{
    (void)context;
    free(block);
}

Status onnx_file_open(const unsigned char *bytes, size_t size, OnnxFile *file, Error *error)
{
    size_t packed;
    *file = (OnnxFile){.allocator = {allocate, release, NULL}};
    if (!memory_multiply(size, BUDGET_A_BYTE, &packed) ||
        __builtin_add_overflow(packed, BUDGET_FOR_NODES, &file->budget.left))
        return error_memory(error, "an ONNX file");
    file->allocator.allocator_data = &file->budget;
    file->model = onnx__model_proto__unpack(&file->allocator, size, bytes);
    if (file->model == NULL || file->model->graph == NULL)
        return error_set(error, STATUS_BAD_INPUT,
                         "no weights that skyclass reads (PyTorch .pth, .safetensors, .onnx), or "
                         "a damaged .onnx file");
    return STATUS_OK;
}

void onnx_file_close(OnnxFile *file)
{
    if (file->model != NULL)
        onnx__model_proto__free_unpacked(file->model, &file->allocator);
    file->model = NULL;
}

bool onnx_file_has_graph(const unsigned char *bytes, size_t size)
{
    OnnxFile file;
    bool found =
        onnx_file_open(bytes, size, &file, NULL) == STATUS_OK && file.model->graph->n_node > 0;
    onnx_file_close(&file);
    return found;
}
