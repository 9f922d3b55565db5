// What a kind of classifier provides; for the files that are one.
#ifndef SKYCLASS_CLASSIFIER_CLASSIFIER_INTERNAL_H
#define SKYCLASS_CLASSIFIER_CLASSIFIER_INTERNAL_H

#include "classifier/classifier.h"

typedef struct ClassifierKind {
    const char *name;
    void (*free)(void *state);
    void (*release)(void *state); // leaves the network to the caller; NULL where there is none
    size_t (*member_count)(const void *state);
    size_t (*class_count)(const void *state);
    InputShape (*input_shape)(const void *state);
    double (*multiply_adds)(const void *state);
    Network *(*network)(const void *state, size_t member);
    Status (*prepare)(void *state, Error *error);
    // *runner is what runner_run and runner_free take.
    Status (*runner_new)(const void *state, Parallel *parallel, void **runner, Error *error);
    Status (*runner_run)(void *runner, const float *input, size_t n, float *scores, Error *error);
    void (*runner_free)(void *runner);
} ClassifierKind;

// Takes `state` over where it succeeds.
Status classifier_new(const ClassifierKind *kind, void *state, Classifier **classifier,
                      Error *error);

#endif
