// The architectures: each appends its layers for an input and a number of classes.
#ifndef SKYCLASS_SYSTEMS_ARCHITECTURE_ARCHITECTURE_H
#define SKYCLASS_SYSTEMS_ARCHITECTURE_ARCHITECTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "classifier/input_step.h"
#include "nn/network.h"
#include "systems/architecture/builder.h"

enum { ARCHITECTURE_CHOICES_MAX = 4, ARCHITECTURE_VALUES_MAX = 8 };

// One way in which an architecture can differ from the published one: a key and its values, the
// published one first.
typedef struct ArchitectureChoice {
    const char *key;
    const char *values[ARCHITECTURE_VALUES_MAX]; // ends with NULL unless full
} ArchitectureChoice;

typedef struct Architecture {
    const char *name;                                     // "resnet50"
    size_t size_least, size_most;                         // pixels of an input's side
    ArchitectureChoice choices[ARCHITECTURE_CHOICES_MAX]; // end with a NULL key unless full
    // Appends all layers to a builder that has the input. picked[i] is the index of choice i's
    // value.
    void (*add)(Builder *builder, size_t n_classes, const size_t *picked);
} Architecture;

// Whether "key=value" is one of the architecture's choices.
bool architecture_has_choice(const Architecture *architecture, const char *option, size_t length);
// "pathways=3|2|1, norm=group|batch"; "" where there is none.
void architecture_choices_text(const Architecture *architecture, char *text, size_t size);

// The network, its weights zero. `options` is "" or "key=value,key=value" of the choices; the error
// names `system`, and lists what there is.
Status architecture_build(const Architecture *architecture, const char *system, InputShape input,
                          size_t n_classes, const char *options, Network **network, Error *error);

// PyTorch's layer names throughout. He et al. 2016, CVPR, table 1:
extern const Architecture architecture_resnet18;
extern const Architecture architecture_resnet34;
extern const Architecture architecture_resnet50;
extern const Architecture architecture_resnet101;
// Simonyan & Zisserman 2015, ICLR, table 1, columns D and E; the second with batch norm:
extern const Architecture architecture_vgg16;
extern const Architecture architecture_vgg19_bn;
// A small network for the same inputs: of about 0.3 M weights, to train on a small set.
extern const Architecture architecture_small;
// The architecture of that name; NULL where there is none.
const Architecture *architecture_find(const char *name);
void architecture_names_text(char *text, size_t size); // "resnet18|...", all of them
// Paper 004, for inputs of 64 pixels:
extern const Architecture architecture_members;
// Perez et al. 2021, ApJ 907, 100, section 3.2:
extern const Architecture architecture_starcnet;

#endif
