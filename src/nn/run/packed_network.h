// A network's weights as the kernels want them, transformed once for many sources. They belong to
// whoever runs the network and are not the network's: one packs them to go forward while another
// packs them to go backward, and the network both run is the same and unchanged.
#ifndef SKYCLASS_NN_RUN_PACKED_NETWORK_H
#define SKYCLASS_NN_RUN_PACKED_NETWORK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/parallel.h"
#include "nn/network.h"

typedef struct PackedNetwork PackedNetwork;

// Packs the weights of `network`, which must outlive the result; with `backward` for going back,
// too. On the threads of `parallel`; NULL: on one a core. Refuses a network whose last layer does
// not give one value a class.
Status packed_network_new(const Network *network, bool backward, Parallel *parallel,
                          PackedNetwork **packed, Error *error);
void packed_network_free(PackedNetwork *packed);

// Must be called after values of the network changed and before it is run again.
Status packed_network_update(PackedNetwork *packed, Parallel *parallel, Error *error);

const Network *packed_network_of(const PackedNetwork *packed); // the network itself
bool packed_network_goes_back(const PackedNetwork *packed);

#endif
