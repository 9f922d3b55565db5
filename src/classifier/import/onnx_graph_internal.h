// What an ONNX file says of one network, while its nodes become layers one after the other.
//
// A value of the graph is a constant, or the output of a planned layer seen through dimensions and
// strides: transposing, splitting and joining dimensions cost nothing until a layer needs its input
// in another order. Dimension 0 is the sources' throughout; strides are those of one source's
// values.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_ONNX_GRAPH_INTERNAL_H
#define SKYCLASS_CLASSIFIER_IMPORT_ONNX_GRAPH_INTERNAL_H

#include "classifier/import/imported_network.h"
#include "classifier/import/layer_plan.h"
#include "onnx.pb-c.h"

enum { ONNX_RANK_MAX = TENSOR_VIEW_DIMENSIONS, ONNX_INPUTS_MAX = 64 };

typedef struct OnnxValue {
    const char *name;
    bool is_constant;
    Constant constant;
    size_t layer; // of the plan
    size_t rank, dimensions[ONNX_RANK_MAX], strides[ONNX_RANK_MAX];
    NetworkEnding ending; // what the graph did to it that is no layer here
} OnnxValue;

typedef struct OnnxGraph {
    const Onnx__GraphProto *proto;
    int64_t opset;
    size_t sources; // the first dimension of the input, 1 where the file leaves it open
    LayerPlan plan;
    OnnxValue *values;
    size_t n_values, capacity;
} OnnxGraph;

typedef struct OnnxOperator OnnxOperator;

// A node with its inputs looked up.
typedef struct OnnxNode {
    OnnxGraph *graph;
    const Onnx__NodeProto *proto;
    const OnnxOperator *rule;
    size_t number; // in the file, from 1
    size_t n_inputs;
    size_t inputs[ONNX_INPUTS_MAX]; // places in graph->values; ONNX_ABSENT where left out
    Error *error;
} OnnxNode;

#define ONNX_ABSENT ((size_t)-1)

// An operator: what it reads and the layer it makes. `make` has at least one input that is no
// constant and adds the node's outputs; `fold` has constants alone. NULL: not supported.
struct OnnxOperator {
    const char *name;
    size_t inputs_least, inputs_most;
    LayerKind kind; // that `make` adds
    Status (*make)(OnnxNode *node);
    Status (*fold)(OnnxNode *node);
};

// NULL where there is no such operator.
const OnnxOperator *onnx_operator(const char *name);

// ---- Nodes (onnx_node.c) -----------------------------------------------------------------------

// "node NAME (OPERATOR): WHAT"; returns STATUS_BAD_INPUT.
Status onnx_refuse(const OnnxNode *node, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// Puts the node's name before what the error says.
Status onnx_blame(const OnnxNode *node, Status status);

// Attributes, with the value of one that is not there.
int64_t onnx_whole(const OnnxNode *node, const char *name, int64_t otherwise);
double onnx_real(const OnnxNode *node, const char *name, double otherwise);
bool onnx_text_is(const OnnxNode *node, const char *name, const char *text, bool otherwise);
bool onnx_has(const OnnxNode *node, const char *name);
// The whole numbers of an attribute, or of constant input `input` where that is given: into
// numbers[ONNX_RANK_MAX]; *found is false where there is neither.
Status onnx_wholes(OnnxNode *node, const char *name, size_t input, int64_t *numbers, size_t *n,
                   bool *found);
// The attribute `name` of kind tensor; NULL where there is none.
const Onnx__TensorProto *onnx_tensor(const OnnxNode *node, const char *name);

bool onnx_has_input(const OnnxNode *node, size_t input);
OnnxValue *onnx_input(const OnnxNode *node, size_t input);
// Input `input` must be a constant, or be left out.
Status onnx_constant(const OnnxNode *node, size_t input, const char *what, Constant *constant);
// Input `input` must not be a constant.
Status onnx_data(const OnnxNode *node, size_t input, OnnxValue **value);

// From -rank .. rank-1 to 0 .. rank-1.
Status onnx_axis(const OnnxNode *node, int64_t axis, size_t rank, size_t *result);

// ---- Results (onnx_value.c) --------------------------------------------------------------------

// Output `output` of the node: a constant; the output of `layer`, seen as `like` says.
Status onnx_give_constant(OnnxNode *node, size_t output, const Constant *constant);
Status onnx_give(OnnxNode *node, size_t output, const OnnxValue *like);
// The output of `layer` as [sources][channels] ... with `rank` dimensions.
Status onnx_give_image(OnnxNode *node, size_t output, size_t layer, size_t rank);
// The value as it is, of another layer that keeps the shape.
Status onnx_give_same_shape(OnnxNode *node, size_t output, size_t layer, const OnnxValue *like);

// Makes value's layer hold it as [sources][channels][height][width] wants it: channels last. A
// value of rank 2 is one pixel, of rank 3 one row.
Status onnx_as_image(OnnxNode *node, OnnxValue *value);
// Makes value's layer one pixel that holds it last dimension fastest.
Status onnx_as_vector(OnnxNode *node, OnnxValue *value);
// Whether the value's dimensions are its layer's height, width, channels, in this order.
bool onnx_is_channels_last(const OnnxGraph *graph, const OnnxValue *value);
void onnx_see_channels_last(const OnnxGraph *graph, OnnxValue *value);
// Which dimension the layer's channels are, where that is one alone.
bool onnx_channel_dimension(const OnnxGraph *graph, const OnnxValue *value, size_t *dimension);
Shape onnx_shape(const OnnxGraph *graph, const OnnxValue *value);

// Appends a layer of the node's name behind `input`, or with values; errors name the node.
Status onnx_add(OnnxNode *node, Layer layer, const Constant *values, size_t n_values,
                size_t *index);
Status onnx_follow(OnnxNode *node, Layer layer, size_t input, size_t *index);

// The elements of a tensor of the file; STATUS_BAD_INPUT where they lie elsewhere, are of a type
// that is not read, or too few.
Status onnx_tensor_constant(const Onnx__TensorProto *tensor, Constant *constant, Error *error);

#endif
