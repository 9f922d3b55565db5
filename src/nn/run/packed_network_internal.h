// Layers with what is packed of them; for those that run a network.
#ifndef SKYCLASS_NN_RUN_PACKED_NETWORK_INTERNAL_H
#define SKYCLASS_NN_RUN_PACKED_NETWORK_INTERNAL_H

#include "nn/network_internal.h"
#include "nn/run/packed_network.h"

// A layer where it stands, with no activation fused.
LayerView packed_network_view(const PackedNetwork *packed, size_t layer);

#endif
