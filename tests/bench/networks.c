#include "networks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "systems/architecture/architecture.h"

static void require(Status status, const Error *error)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "bench: %s\n", error->text);
    exit(1);
}

// The input and the classes that the papers use an architecture with.
static const struct {
    const char *name;
    const Architecture *architecture;
    InputShape input;
    size_t n_classes;
} cases[] = {
    {"starcnet", &architecture_starcnet, {32, 5}, 4},
    {"resnet18", &architecture_resnet18, {299, 6}, 4},
    {"vgg19_bn", &architecture_vgg19_bn, {299, 6}, 4},
    {"resnet50", &architecture_resnet50, {224, 3}, 2},
};

Network *bench_network(const char *name)
{
    Error error = {0};
    Network *network = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(cases[i].name, name) == 0)
            require(architecture_build(cases[i].architecture, name, cases[i].input,
                                       cases[i].n_classes, "", &network, &error),
                    &error);
    if (network == NULL)
        return NULL;
    Random random = random_start(7, 0);
    network_init_xavier(network, &random);
    return network;
}
