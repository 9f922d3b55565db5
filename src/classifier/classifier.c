#include <stdlib.h>

#include "base/memory.h"
#include "classifier/classifier_internal.h"

struct Classifier {
    const ClassifierKind *kind;
    void *state;
};

struct Scorer {
    const ClassifierKind *kind;
    void *runner;
};

Status classifier_new(const ClassifierKind *kind, void *state, Classifier **result, Error *error)
{
    Classifier *classifier = memory_new(1, sizeof *classifier);
    *result = classifier;
    if (classifier == NULL)
        return error_memory(error, "a classifier");
    *classifier = (Classifier){kind, state};
    return STATUS_OK;
}

void classifier_free(Classifier *classifier)
{
    if (classifier == NULL)
        return;
    classifier->kind->free(classifier->state);
    free(classifier);
}

void classifier_release(Classifier *classifier)
{
    if (classifier->kind->release != NULL)
        classifier->kind->release(classifier->state);
    free(classifier);
}

const char *classifier_kind_name(const Classifier *classifier)
{
    return classifier->kind->name;
}

size_t classifier_member_count(const Classifier *classifier)
{
    return classifier->kind->member_count(classifier->state);
}

size_t classifier_class_count(const Classifier *classifier)
{
    return classifier->kind->class_count(classifier->state);
}

InputShape classifier_input_shape(const Classifier *classifier)
{
    return classifier->kind->input_shape(classifier->state);
}

double classifier_multiply_adds(const Classifier *classifier)
{
    return classifier->kind->multiply_adds(classifier->state);
}

Network *classifier_network(const Classifier *classifier, size_t member)
{
    return classifier->kind->network(classifier->state, member);
}

Status classifier_prepare(Classifier *classifier, Error *error)
{
    return classifier->kind->prepare(classifier->state, error);
}

Status scorer_new(const Classifier *classifier, Parallel *parallel, Scorer **result, Error *error)
{
    Scorer *scorer = memory_new(1, sizeof *scorer);
    *result = NULL;
    if (scorer == NULL)
        return error_memory(error, "scoring");
    scorer->kind = classifier->kind;
    Status status = scorer->kind->runner_new(classifier->state, parallel, &scorer->runner, error);
    if (status != STATUS_OK) {
        free(scorer);
        return status;
    }
    *result = scorer;
    return STATUS_OK;
}

void scorer_free(Scorer *scorer)
{
    if (scorer == NULL)
        return;
    scorer->kind->runner_free(scorer->runner);
    free(scorer);
}

Status scorer_run(Scorer *scorer, const float *input, size_t n, float *scores, Error *error)
{
    return scorer->kind->runner_run(scorer->runner, input, n, scores, error);
}
