#include "classifier/import/imported_network.h"

#include <stdio.h>

static Status split_in_two(Network *network, Error *error)
{
    size_t last = network_layer_count(network) - 1;
    Layer layer = {.kind = LAYER_LINEAR,
                   .channels = 2,
                   .n_inputs = 1,
                   .inputs = {last},
                   .name = "two_classes"};
    size_t first = network_parameter_count(network);
    Status status = network_add(network, &layer, NULL, error);
    if (status == STATUS_OK)
        network_parameter(network, first)->values[1] = 1;
    return status;
}

Status imported_network_finish(ImportedNetwork *imported, Error *error)
{
    size_t n = network_class_count(imported->network);
    if (n == 1 && imported->ending != ENDING_SOFTMAX)
        return split_in_two(imported->network, error);
    if (imported->ending == ENDING_SIGMOID)
        return error_set(
            error, STATUS_BAD_INPUT,
            "the network ends in a sigmoid for each of its %zu outputs: its classes do "
            "not exclude each other, and skyclass gives every source one class",
            n);
    return STATUS_OK;
}
