// A network from a text that tests/parity/make_golden.py writes: one layer a line,
//   KIND NAME INPUT,INPUT,...|- KEY=NUMBER ...
// with the kinds of model files, inputs by name and the fields of Layer as keys.
#ifndef SKYCLASS_TESTS_NETWORK_TEXT_H
#define SKYCLASS_TESTS_NETWORK_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/network.h"

static inline bool network_text_field(Layer *layer, const char *key, double value)
{
    const struct {
        const char *key;
        size_t *field;
    } sizes[] = {{"height", &layer->height},      {"width", &layer->width},
                 {"channels", &layer->channels},  {"kernel", &layer->kernel},
                 {"stride", &layer->stride},      {"padding", &layer->padding},
                 {"groups", &layer->groups},      {"crop_start", &layer->crop_start},
                 {"crop_size", &layer->crop_size}};
    const struct {
        const char *key;
        double *field;
    } numbers[] = {{"epsilon", &layer->epsilon},
                   {"slope", &layer->slope},
                   {"momentum", &layer->momentum},
                   {"rate", &layer->rate}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strcmp(sizes[i].key, key) == 0) {
            *sizes[i].field = (size_t)value;
            return true;
        }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(numbers[i].key, key) == 0) {
            *numbers[i].field = value;
            return true;
        }
    layer->bias = value != 0;
    return strcmp(key, "bias") == 0;
}

static inline bool network_text_inputs(const Network *network, char *names, Layer *layer)
{
    char *rest = NULL;
    for (char *name = strtok_r(names, ",", &rest); name != NULL && strcmp(name, "-") != 0;
         name = strtok_r(NULL, ",", &rest)) {
        size_t found = 0;
        while (found < network_layer_count(network) &&
               strcmp(network_layer(network, found)->name, name) != 0)
            found++;
        if (found == network_layer_count(network) || layer->n_inputs == LAYER_INPUTS_MAX)
            return false;
        layer->inputs[layer->n_inputs++] = found;
    }
    return true;
}

static inline bool network_text_line(Network *network, char *line)
{
    Layer layer = {0};
    Error error;
    char *rest = NULL;
    char *kind = strtok_r(line, " \n", &rest), *name = strtok_r(NULL, " \n", &rest);
    char *inputs = strtok_r(NULL, " \n", &rest);
    if (inputs == NULL || !layer_kind_find(kind, &layer.kind))
        return false;
    snprintf(layer.name, sizeof layer.name, "%s", name);
    if (!network_text_inputs(network, inputs, &layer))
        return false;
    for (char *pair; (pair = strtok_r(NULL, " \n", &rest)) != NULL;) {
        char *equals = strchr(pair, '=');
        if (equals == NULL)
            return false;
        *equals = '\0';
        if (!network_text_field(&layer, pair, strtod(equals + 1, NULL)))
            return false;
    }
    if (network_add(network, &layer, NULL, &error) == STATUS_OK)
        return true;
    fprintf(stderr, "%s\n", error.text);
    return false;
}

// NULL, with a line on stderr, when something is wrong.
static inline Network *network_text_read(const char *path)
{
    Network *network = NULL;
    Error error;
    char line[1024];
    FILE *file = fopen(path, "r");
    if (file == NULL || network_new(&network, &error) != STATUS_OK) {
        fprintf(stderr, "%s cannot be read\n", path);
        return NULL;
    }
    while (network != NULL && fgets(line, sizeof line, file) != NULL)
        if (!network_text_line(network, line)) {
            fprintf(stderr, "%s: bad line\n", path);
            network_free(network);
            network = NULL;
        }
    fclose(file);
    return network;
}

#endif
