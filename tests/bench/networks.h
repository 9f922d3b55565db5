// The networks that are timed, with random weights.
#ifndef SKYCLASS_TESTS_BENCH_NETWORKS_H
#define SKYCLASS_TESTS_BENCH_NETWORKS_H

#include "nn/network.h"

// "starcnet", "resnet18", "vgg19_bn" (299 x 299 x 6, as Wei et al. 2020 use them), "resnet50"
// (224 x 224 x 3); NULL for another name. Weights are Xavier's, from a fixed seed.
Network *bench_network(const char *name);

#endif
