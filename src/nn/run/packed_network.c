#include "nn/run/packed_network.h"

#include <stdlib.h>

#include "base/memory.h"
#include "nn/run/packed_network_internal.h"

struct PackedNetwork {
    const Network *network;
    bool backward;
    void **layers; // [layers] what their types made of their parameters
};

static Status pack_layer(PackedNetwork *packed, size_t index, Error *error)
{
    const LayerType *type = layer_type(network_layer(packed->network, index)->kind);
    if (type->pack == NULL)
        return STATUS_OK;
    LayerView view = packed_network_view(packed, index);
    return type->pack(&view, packed->backward, &packed->layers[index], error);
}

typedef struct Packing {
    PackedNetwork *packed;
    Error *errors; // [layers]
} Packing;

static void pack_item(void *context, size_t item, size_t thread)
{
    (void)thread;
    Packing *packing = context;
    pack_layer(packing->packed, item, &packing->errors[item]);
}

static Status pack_layers(PackedNetwork *packed, Parallel *parallel, Error *error)
{
    const size_t n = network_layer_count(packed->network);
    Packing packing = {packed, memory_new(n, sizeof *packing.errors)};
    if (packing.errors == NULL)
        return error_memory(error, "the network's weights");
    parallel_run(parallel, n, pack_item, &packing);
    Status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        if (packing.errors[i].status != STATUS_OK)
            status = error_set(error, packing.errors[i].status, "%s", packing.errors[i].text);
    free(packing.errors);
    return status;
}

Status packed_network_update(PackedNetwork *packed, Parallel *parallel, Error *error)
{
    if (parallel != NULL)
        return pack_layers(packed, parallel, error);
    Status status = parallel_new(0, &parallel, error);
    if (status == STATUS_OK)
        status = pack_layers(packed, parallel, error);
    parallel_free(parallel);
    return status;
}

static Status check_output(const Network *network, Error *error)
{
    const size_t n = network_layer_count(network);
    if (n < 2)
        return error_set(error, STATUS_BAD_INPUT, "the network has no layers");
    const Shape last = network_layer_shape(network, n - 1);
    if (last.height != 1 || last.width != 1)
        return error_set(error, STATUS_BAD_INPUT,
                         "the network's last layer %s does not give one value a class",
                         network_layer(network, n - 1)->name);
    return STATUS_OK;
}

Status packed_network_new(const Network *network, bool backward, Parallel *parallel,
                          PackedNetwork **result, Error *error)
{
    *result = NULL;
    Status status = check_output(network, error);
    if (status != STATUS_OK)
        return status;
    PackedNetwork *packed = memory_new(1, sizeof *packed);
    void **layers = memory_new(network_layer_count(network), sizeof *layers);
    if (packed == NULL || layers == NULL) {
        free(packed);
        free(layers);
        return error_memory(error, "the network's weights");
    }
    *packed = (PackedNetwork){network, backward, layers};
    status = packed_network_update(packed, parallel, error);
    if (status == STATUS_OK)
        *result = packed;
    else
        packed_network_free(packed);
    return status;
}

void packed_network_free(PackedNetwork *packed)
{
    if (packed == NULL)
        return;
    for (size_t i = 0; i < network_layer_count(packed->network); i++) {
        const LayerType *type = layer_type(network_layer(packed->network, i)->kind);
        if (type->unpack != NULL)
            type->unpack(packed->layers[i]);
    }
    free(packed->layers);
    free(packed);
}

const Network *packed_network_of(const PackedNetwork *packed)
{
    return packed->network;
}

bool packed_network_goes_back(const PackedNetwork *packed)
{
    return packed->backward;
}

LayerView packed_network_view(const PackedNetwork *packed, size_t layer)
{
    LayerView view = network_layer_view(packed->network, layer);
    view.packed = packed->layers[layer];
    return view;
}
