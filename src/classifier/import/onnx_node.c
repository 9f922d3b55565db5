// What a node says: its name for a person, its attributes, its inputs.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "classifier/import/onnx_graph_internal.h"

enum { LABEL_SIZE = 160 };

// ---- Its name ----------------------------------------------------------------------------------

static void set_label(const OnnxNode *node, char label[LABEL_SIZE])
{
    const Onnx__NodeProto *proto = node->proto;
    const char *word = proto->op_type != NULL ? proto->op_type : "no operator";
    if (proto->name != NULL && proto->name[0] != '\0')
        snprintf(label, LABEL_SIZE, "node %.80s (%.60s)", proto->name, word);
    else if (proto->n_output > 0)
        snprintf(label, LABEL_SIZE, "node %zu (%.40s), which makes %.60s", node->number, word,
                 proto->output[0]);
    else
        snprintf(label, LABEL_SIZE, "node %zu (%.60s)", node->number, word);
}

Status onnx_refuse(const OnnxNode *node, const char *format, ...)
{
    char label[LABEL_SIZE], text[ERROR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    set_label(node, label);
    return error_set(node->error, STATUS_BAD_INPUT, "%s: %s", label, text);
}

Status onnx_blame(const OnnxNode *node, Status status)
{
    char label[LABEL_SIZE];
    if (status == STATUS_OK)
        return STATUS_OK;
    set_label(node, label);
    return error_prefix(node->error, "%s", label);
}

// ---- Attributes --------------------------------------------------------------------------------

static const Onnx__AttributeProto *find_attribute(const OnnxNode *node, const char *name)
{
    for (size_t i = 0; i < node->proto->n_attribute; i++) {
        const Onnx__AttributeProto *attribute = node->proto->attribute[i];
        if (attribute->name != NULL && strcmp(attribute->name, name) == 0)
            return attribute;
    }
    return NULL;
}

bool onnx_has(const OnnxNode *node, const char *name)
{
    return find_attribute(node, name) != NULL;
}

int64_t onnx_whole(const OnnxNode *node, const char *name, int64_t otherwise)
{
    const Onnx__AttributeProto *attribute = find_attribute(node, name);
    return attribute != NULL && attribute->has_i ? attribute->i : otherwise;
}

double onnx_real(const OnnxNode *node, const char *name, double otherwise)
{
    const Onnx__AttributeProto *attribute = find_attribute(node, name);
    return attribute != NULL && attribute->has_f ? (double)attribute->f : otherwise;
}

bool onnx_text_is(const OnnxNode *node, const char *name, const char *text, bool otherwise)
{
    const Onnx__AttributeProto *attribute = find_attribute(node, name);
    if (attribute == NULL || !attribute->has_s)
        return otherwise;
    return attribute->s.len == strlen(text) &&
           memcmp(attribute->s.data, text, attribute->s.len) == 0;
}

const Onnx__TensorProto *onnx_tensor(const OnnxNode *node, const char *name)
{
    const Onnx__AttributeProto *attribute = find_attribute(node, name);
    return attribute != NULL ? attribute->t : NULL;
}

static Status too_many(const OnnxNode *node, const char *name, size_t n)
{
    return onnx_refuse(node, "%zu numbers as %s are too many", n, name);
}

Status onnx_wholes(OnnxNode *node, const char *name, size_t input, int64_t *numbers, size_t *n,
                   bool *found)
{
    const Onnx__AttributeProto *attribute = find_attribute(node, name);
    Constant constant;
    *n = 0;
    *found = attribute != NULL || onnx_has_input(node, input);
    if (attribute != NULL) {
        if (attribute->n_ints > ONNX_RANK_MAX)
            return too_many(node, name, attribute->n_ints);
        *n = attribute->n_ints;
        for (size_t i = 0; i < *n; i++)
            numbers[i] = attribute->ints[i];
        return STATUS_OK;
    }
    if (!*found)
        return STATUS_OK;
    Status status = onnx_constant(node, input, name, &constant);
    if (status != STATUS_OK)
        return status;
    if (constant.n > ONNX_RANK_MAX)
        return too_many(node, name, constant.n);
    *n = constant.n;
    for (size_t i = 0; i < *n; i++)
        numbers[i] = constant_whole(&constant, i);
    return STATUS_OK;
}

// ---- Inputs ------------------------------------------------------------------------------------

bool onnx_has_input(const OnnxNode *node, size_t input)
{
    return input < node->n_inputs && node->inputs[input] != ONNX_ABSENT;
}

OnnxValue *onnx_input(const OnnxNode *node, size_t input)
{
    return &node->graph->values[node->inputs[input]];
}

Status onnx_constant(const OnnxNode *node, size_t input, const char *what, Constant *constant)
{
    if (!onnx_has_input(node, input))
        return onnx_refuse(node, "its %s is missing", what);
    const OnnxValue *value = onnx_input(node, input);
    if (!value->is_constant)
        return onnx_refuse(node, "its %s (%.60s) depends on the image; it must be a constant", what,
                           value->name);
    *constant = value->constant;
    return STATUS_OK;
}

Status onnx_data(const OnnxNode *node, size_t input, OnnxValue **value)
{
    if (!onnx_has_input(node, input))
        return onnx_refuse(node, "its input %zu is missing", input + 1);
    *value = onnx_input(node, input);
    if ((*value)->is_constant)
        return onnx_refuse(node, "its input %zu is a constant where the image's values are wanted",
                           input + 1);
    return STATUS_OK;
}

Status onnx_axis(const OnnxNode *node, int64_t axis, size_t rank, size_t *result)
{
    int64_t from_start = axis < 0 ? axis + (int64_t)rank : axis;
    if (from_start < 0 || from_start >= (int64_t)rank)
        return onnx_refuse(node, "axis %lld of a value with %zu dimensions", (long long)axis, rank);
    *result = (size_t)from_start;
    return STATUS_OK;
}
