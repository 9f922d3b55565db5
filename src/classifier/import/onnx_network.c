#include "classifier/import/onnx_network.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "classifier/import/onnx_file.h"
#include "classifier/import/onnx_operators_internal.h"

enum { OPSET_OLDEST = 6, NODES_MAX = 1 << 14, DIMENSION_MAX = 1 << 16 };

// ---- Values by name ----------------------------------------------------------------------------

// The last of that name, or ONNX_ABSENT.
static size_t find_value(const OnnxGraph *graph, const char *name)
{
    for (size_t i = graph->n_values; i-- > 0;)
        if (strcmp(graph->values[i].name, name) == 0)
            return i;
    return ONNX_ABSENT;
}

static Status append_value(OnnxGraph *graph, const OnnxValue *value, Error *error)
{
    OnnxValue *grown = memory_resize(graph->values, graph->n_values + 1, sizeof *grown);
    if (grown == NULL)
        return error_memory(error, "the graph's values");
    graph->values = grown;
    graph->values[graph->n_values++] = *value;
    graph->capacity = graph->n_values;
    return STATUS_OK;
}

// Tensors of a type that is not read may be of no use to anybody; their readers miss them.
static Status add_initialisers(OnnxGraph *graph, Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < graph->proto->n_initializer && status == STATUS_OK; i++) {
        const Onnx__TensorProto *tensor = graph->proto->initializer[i];
        OnnxValue value = {.name = tensor->name != NULL ? tensor->name : "", .is_constant = true};
        status = onnx_tensor_constant(tensor, &value.constant, error);
        if (status == STATUS_OK)
            status = append_value(graph, &value, error);
    }
    return status;
}

// ---- The input ---------------------------------------------------------------------------------

// The one input that is no weight.
static Status find_input(const OnnxGraph *graph, const Onnx__ValueInfoProto **input, Error *error)
{
    *input = NULL;
    for (size_t i = 0; i < graph->proto->n_input; i++) {
        const Onnx__ValueInfoProto *info = graph->proto->input[i];
        if (info->name == NULL || find_value(graph, info->name) != ONNX_ABSENT)
            continue;
        if (*input != NULL)
            return error_set(error, STATUS_BAD_INPUT,
                             "the graph has several inputs, among them %.60s and %.60s; skyclass "
                             "knows networks that look at one cutout",
                             (*input)->name, info->name);
        *input = info;
    }
    return *input != NULL ? STATUS_OK
                          : error_set(error, STATUS_BAD_INPUT, "the graph has no input");
}

// dimensions[*rank], 0 where the file leaves one open; rank 0 where it does not say.
static Status read_dimensions(const Onnx__ValueInfoProto *input, size_t *rank,
                              size_t dimensions[ONNX_RANK_MAX], Error *error)
{
    const Onnx__TypeProto *type = input->type;
    const Onnx__ShapeProto *shape =
        type != NULL && type->tensor_type != NULL ? type->tensor_type->shape : NULL;
    *rank = shape != NULL ? shape->n_dim : 0;
    if (*rank > ONNX_RANK_MAX)
        return error_set(error, STATUS_BAD_INPUT, "input %.60s has %zu dimensions", input->name,
                         *rank);
    for (size_t d = 0; d < *rank; d++) {
        int64_t size = shape->dim[d]->has_dim_value ? shape->dim[d]->dim_value : 0;
        if (size < 0 || size > DIMENSION_MAX)
            return error_set(error, STATUS_BAD_INPUT, "input %.60s: a dimension of %lld",
                             input->name, (long long)size);
        dimensions[d] = (size_t)size;
    }
    return STATUS_OK;
}

static bool fits(size_t dimension, size_t wanted)
{
    return dimension == 0 || dimension == wanted;
}

// Which of the input's dimensions are channels, rows and columns.
typedef struct Arrangement {
    size_t rank;
    size_t sizes[ONNX_RANK_MAX];   // beside that of the sources
    size_t strides[ONNX_RANK_MAX]; // in a layer with channels last
    Shape shape;
} Arrangement;

static Arrangement channels_first(size_t rank, const size_t *sizes)
{
    size_t height = rank == 4 ? sizes[2] : 1, width = rank >= 3 ? sizes[rank - 1] : 1;
    Arrangement a = {.rank = rank, .shape = {height, width, sizes[1]}};
    memcpy(a.sizes, sizes, rank * sizeof *sizes);
    a.strides[1] = 1;
    if (rank >= 3)
        a.strides[rank - 1] = sizes[1];
    if (rank == 4)
        a.strides[2] = width * sizes[1];
    return a;
}

static Arrangement channels_last(size_t size, size_t channels)
{
    return (Arrangement){
        4, {0, size, size, channels}, {0, size * channels, channels, 1}, {size, size, channels}};
}

// As the recipe wants it: [channels][rows][columns], [rows][columns][channels], or without
// channels where there is one band.
static bool arrange_as_wanted(size_t rank, const size_t *sizes, const InputShape *wanted,
                              Arrangement *arrangement)
{
    size_t size = wanted->size, channels = wanted->channels;
    bool first = rank == 0 || (rank == 4 && fits(sizes[1], channels) && fits(sizes[2], size) &&
                               fits(sizes[3], size));
    if (first) {
        *arrangement = channels_first(4, (const size_t[]){0, channels, size, size});
        return true;
    }
    *arrangement = channels_last(size, channels);
    if (rank == 4)
        return fits(sizes[1], size) && fits(sizes[2], size) && fits(sizes[3], channels);
    *arrangement = (Arrangement){3, {0, size, size}, {0, size, 1}, {size, size, 1}};
    return rank == 3 && channels == 1 && fits(sizes[1], size) && fits(sizes[2], size);
}

static Status arrange(const Onnx__ValueInfoProto *input, size_t rank, const size_t *sizes,
                      const InputShape *wanted, Arrangement *arrangement, Error *error)
{
    bool known = rank >= 2 && rank <= 4;
    for (size_t d = 1; d < rank; d++)
        known = known && sizes[d] > 0;
    if (wanted != NULL && arrange_as_wanted(rank, sizes, wanted, arrangement))
        return STATUS_OK;
    if (wanted != NULL)
        return error_set(
            error, STATUS_BAD_INPUT,
            "input %.60s takes %zu x %zu x %zu x %zu values (0: any), the recipe makes "
            "%zu channels of %zu x %zu pixels",
            input->name, sizes[0], sizes[1], sizes[2], sizes[3], wanted->channels, wanted->size,
            wanted->size);
    if (!known)
        return error_set(error, STATUS_BAD_INPUT,
                         "input %.60s is no image of known size: it has %zu dimensions",
                         input->name, rank);
    *arrangement = channels_first(rank, sizes);
    return STATUS_OK;
}

static Status add_input(OnnxGraph *graph, const InputShape *wanted, Error *error)
{
    const Onnx__ValueInfoProto *input;
    size_t rank, sizes[ONNX_RANK_MAX] = {0};
    Arrangement arrangement = {0};
    Status status = find_input(graph, &input, error);
    if (status == STATUS_OK)
        status = read_dimensions(input, &rank, sizes, error);
    if (status == STATUS_OK)
        status = arrange(input, rank, sizes, wanted, &arrangement, error);
    if (status != STATUS_OK)
        return status;
    graph->sources = sizes[0] > 0 ? sizes[0] : 1;
    OnnxValue value = {.name = input->name, .rank = arrangement.rank};
    memcpy(value.dimensions, arrangement.sizes, sizeof value.dimensions);
    memcpy(value.strides, arrangement.strides, sizeof value.strides);
    value.dimensions[0] = graph->sources;
    const Layer layer = {.kind = LAYER_INPUT,
                         .name = "input",
                         .height = arrangement.shape.height,
                         .width = arrangement.shape.width,
                         .channels = arrangement.shape.channels};
    status = layer_plan_add(&graph->plan, &layer, NULL, 0, &value.layer, error);
    return status == STATUS_OK ? append_value(graph, &value, error) : status;
}

// ---- The nodes ---------------------------------------------------------------------------------

static Status find_inputs(OnnxNode *node)
{
    const Onnx__NodeProto *proto = node->proto;
    if (proto->n_input > ONNX_INPUTS_MAX)
        return onnx_refuse(node, "has more than %d inputs", ONNX_INPUTS_MAX);
    node->n_inputs = proto->n_input;
    for (size_t i = 0; i < proto->n_input; i++) {
        node->inputs[i] = ONNX_ABSENT;
        if (proto->input[i][0] == '\0')
            continue;
        node->inputs[i] = find_value(node->graph, proto->input[i]);
        if (node->inputs[i] == ONNX_ABSENT)
            return onnx_refuse(node, "reads %.80s, which nothing before it makes", proto->input[i]);
    }
    return STATUS_OK;
}

static bool all_constant(const OnnxNode *node)
{
    for (size_t i = 0; i < node->n_inputs; i++)
        if (onnx_has_input(node, i) && !onnx_input(node, i)->is_constant)
            return false;
    return true;
}

// Behind a softmax only what changes no value may come.
static Status check_ending(OnnxNode *node)
{
    static OnnxMake *const changes_nothing[] = {onnx_make_same,      onnx_make_reshape,
                                                onnx_make_flatten,   onnx_make_squeeze,
                                                onnx_make_unsqueeze, onnx_make_shape};
    bool harmless = false;
    for (size_t i = 0; i < sizeof changes_nothing / sizeof *changes_nothing; i++)
        harmless = harmless || node->rule->make == changes_nothing[i];
    for (size_t i = 0; i < node->n_inputs && !harmless; i++)
        if (onnx_has_input(node, i) && onnx_input(node, i)->ending != ENDING_NONE)
            return onnx_refuse(node,
                               "reads a softmax (%.60s); skyclass knows softmax only at the "
                               "end of a network",
                               onnx_input(node, i)->name);
    return STATUS_OK;
}

static Status find_operator(OnnxNode *node)
{
    const char *domain = node->proto->domain;
    if (domain != NULL && domain[0] != '\0' && strcmp(domain, "ai.onnx") != 0)
        return onnx_refuse(node, "an operator of \"%.60s\", not of ONNX itself", domain);
    node->rule = node->proto->op_type != NULL ? onnx_operator(node->proto->op_type) : NULL;
    if (node->rule == NULL)
        return onnx_refuse(node, "skyclass does not know this operator");
    if (node->proto->n_input < node->rule->inputs_least ||
        node->proto->n_input > node->rule->inputs_most)
        return onnx_refuse(node, "has %zu inputs", node->proto->n_input);
    return STATUS_OK;
}

static OnnxNode node_at(OnnxGraph *graph, size_t number, Error *error)
{
    return (OnnxNode){
        .graph = graph, .proto = graph->proto->node[number], .number = number + 1, .error = error};
}

static Status add_node(OnnxGraph *graph, size_t number, Error *error)
{
    OnnxNode node = node_at(graph, number, error);
    Status status = find_operator(&node);
    if (status == STATUS_OK)
        status = find_inputs(&node);
    if (status == STATUS_OK && node.rule->inputs_least > 0 && !onnx_has_input(&node, 0))
        status = onnx_refuse(&node, "its first input is left out");
    if (status == STATUS_OK)
        status = check_ending(&node);
    if (status != STATUS_OK)
        return status;
    bool constant = all_constant(&node);
    Status (*work)(OnnxNode *) = constant ? node.rule->fold : node.rule->make;
    if (work == NULL)
        return onnx_refuse(&node, constant ? "skyclass does not compute it of constants"
                                           : "skyclass computes it of constants only");
    return work(&node);
}

// An operator that is not known says more than what its input looks like.
static Status check_operators(OnnxGraph *graph, Error *error)
{
    Status status = STATUS_OK;
    if (graph->proto->n_node > NODES_MAX)
        return error_set(error, STATUS_BAD_INPUT, "the graph has more than %d nodes", NODES_MAX);
    for (size_t i = 0; i < graph->proto->n_node && status == STATUS_OK; i++) {
        OnnxNode node = node_at(graph, i, error);
        status = find_operator(&node);
    }
    return status;
}

// The input, or who would have read it.
static Status add_input_of_nodes(OnnxGraph *graph, const InputShape *wanted, Error *error)
{
    OnnxNode first = node_at(graph, 0, error);
    return onnx_blame(&first, add_input(graph, wanted, error));
}

static Status add_nodes(OnnxGraph *graph, Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < graph->proto->n_node && status == STATUS_OK; i++)
        status = add_node(graph, i, error);
    return status;
}

// ---- The output --------------------------------------------------------------------------------

static Status find_output(const OnnxGraph *graph, OnnxValue **output, Error *error)
{
    if (graph->proto->n_output != 1)
        return error_set(error, STATUS_BAD_INPUT,
                         "the graph has %zu outputs; skyclass knows networks with one",
                         graph->proto->n_output);
    const char *name = graph->proto->output[0]->name;
    size_t place = name != NULL ? find_value(graph, name) : ONNX_ABSENT;
    if (place == ONNX_ABSENT)
        return error_set(error, STATUS_BAD_INPUT, "no node makes the graph's output %.80s",
                         name != NULL ? name : "(no name)");
    *output = &graph->values[place];
    if ((*output)->is_constant)
        return error_set(error, STATUS_BAD_INPUT,
                         "the graph's output %.80s does not depend on its input", name);
    return STATUS_OK;
}

// In the order of the file, as one pixel; a sigmoid at the end is left out.
static Status end_network(OnnxGraph *graph, ImportedNetwork *imported, Error *error)
{
    OnnxValue *output = NULL;
    Status status = find_output(graph, &output, error);
    // What rearranges the output bears the name of the last node.
    OnnxNode last = node_at(graph, graph->proto->n_node - 1, error);
    if (status != STATUS_OK)
        return status;
    imported->ending = output->ending;
    const PlannedLayer *planned = &graph->plan.layers[output->layer];
    if (planned->layer.kind == LAYER_SIGMOID && output->ending == ENDING_NONE) {
        imported->ending = ENDING_SIGMOID;
        output->layer = planned->layer.inputs[0];
    }
    status = onnx_as_vector(&last, output);
    return status == STATUS_OK
               ? layer_plan_build(&graph->plan, output->layer, &imported->network, error)
               : status;
}

// ---- The whole ---------------------------------------------------------------------------------

static Status read_opset(const Onnx__ModelProto *model, OnnxGraph *graph, Error *error)
{
    graph->opset = 1;
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const Onnx__OperatorSetProto *set = model->opset_import[i];
        if (set->domain == NULL || set->domain[0] == '\0' || strcmp(set->domain, "ai.onnx") == 0)
            graph->opset = set->version;
    }
    return graph->opset >= OPSET_OLDEST
               ? STATUS_OK
               : error_set(error, STATUS_BAD_INPUT,
                           "written for operator set %lld of ONNX, older than %d; export the model "
                           "anew",
                           (long long)graph->opset, OPSET_OLDEST);
}

Status onnx_network_read(const unsigned char *bytes, size_t size, const InputShape *wanted,
                         ImportedNetwork *imported, Error *error)
{
    OnnxFile file;
    OnnxGraph graph = {0};
    *imported = (ImportedNetwork){0};
    Status status = onnx_file_open(bytes, size, &file, error);
    if (status == STATUS_OK) {
        graph.proto = file.model->graph;
        status = read_opset(file.model, &graph, error);
    }
    if (status == STATUS_OK && graph.proto->n_node == 0)
        status = error_set(error, STATUS_BAD_INPUT, "an ONNX file without nodes");
    if (status == STATUS_OK)
        status = add_initialisers(&graph, error);
    if (status == STATUS_OK)
        status = check_operators(&graph, error);
    if (status == STATUS_OK)
        status = add_input_of_nodes(&graph, wanted, error);
    if (status == STATUS_OK)
        status = add_nodes(&graph, error);
    if (status == STATUS_OK)
        status = end_network(&graph, imported, error);
    layer_plan_clear(&graph.plan);
    free(graph.values);
    onnx_file_close(&file);
    return status;
}
