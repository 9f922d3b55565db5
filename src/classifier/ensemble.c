// Several classifiers of the same inputs and classes, run one after the other; what their scores
// make together is the recipe's decision.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "classifier/classifier_internal.h"

typedef struct Ensemble {
    size_t n;
    Classifier **members;
} Ensemble;

typedef struct EnsembleRunner {
    size_t n, n_members, n_classes;
    Scorer **scorers;
    size_t *counts; // [n], members of each
    float *scores;  // of one of the n, [capacity][its members][classes]
    size_t capacity;
} EnsembleRunner;

static void state_free(void *state)
{
    Ensemble *ensemble = state;
    for (size_t i = 0; i < ensemble->n; i++)
        classifier_free(ensemble->members[i]);
    free(ensemble->members);
    free(ensemble);
}

// Members of members count each.
static size_t member_count(const void *state)
{
    const Ensemble *ensemble = state;
    size_t n = 0;
    for (size_t i = 0; i < ensemble->n; i++)
        n += classifier_member_count(ensemble->members[i]);
    return n;
}

static size_t class_count(const void *state)
{
    return classifier_class_count(((const Ensemble *)state)->members[0]);
}

static InputShape input_shape(const void *state)
{
    return classifier_input_shape(((const Ensemble *)state)->members[0]);
}

static double multiply_adds(const void *state)
{
    const Ensemble *ensemble = state;
    double sum = 0.0;
    for (size_t i = 0; i < ensemble->n; i++)
        sum += classifier_multiply_adds(ensemble->members[i]);
    return sum;
}

static Network *network_of(const void *state, size_t member)
{
    const Ensemble *ensemble = state;
    for (size_t i = 0; i < ensemble->n; i++) {
        size_t n = classifier_member_count(ensemble->members[i]);
        if (member < n)
            return classifier_network(ensemble->members[i], member);
        member -= n;
    }
    return NULL;
}

static Status prepare(void *state, Error *error)
{
    const Ensemble *ensemble = state;
    Status status = STATUS_OK;
    for (size_t i = 0; i < ensemble->n && status == STATUS_OK; i++)
        status = classifier_prepare(ensemble->members[i], error);
    return status;
}

static void runner_free(void *state)
{
    EnsembleRunner *runner = state;
    for (size_t i = 0; runner->scorers != NULL && i < runner->n; i++)
        scorer_free(runner->scorers[i]);
    free(runner->scorers);
    free(runner->counts);
    free(runner->scores);
    free(runner);
}

static Status runner_new(const void *state, Parallel *parallel, void **result, Error *error)
{
    const Ensemble *ensemble = state;
    EnsembleRunner *runner = memory_new(1, sizeof *runner);
    *result = runner;
    if (runner == NULL)
        return error_memory(error, "scoring");
    runner->n = ensemble->n;
    runner->n_members = member_count(ensemble);
    runner->n_classes = class_count(ensemble);
    runner->scorers = memory_new(runner->n, sizeof *runner->scorers);
    runner->counts = memory_new(runner->n, sizeof *runner->counts);
    Status status = runner->scorers != NULL && runner->counts != NULL
                        ? STATUS_OK
                        : error_memory(error, "scoring");
    for (size_t i = 0; runner->counts != NULL && i < runner->n; i++)
        runner->counts[i] = classifier_member_count(ensemble->members[i]);
    for (size_t i = 0; i < runner->n && status == STATUS_OK; i++)
        status = scorer_new(ensemble->members[i], parallel, &runner->scorers[i], error);
    if (status != STATUS_OK)
        runner_free(runner);
    return status;
}

static Status reserve(EnsembleRunner *runner, size_t n, Error *error)
{
    if (n <= runner->capacity)
        return STATUS_OK;
    free(runner->scores);
    runner->scores = memory_new(n, runner->n_members * runner->n_classes * sizeof *runner->scores);
    runner->capacity = runner->scores != NULL ? n : 0;
    return runner->scores != NULL ? STATUS_OK : error_memory(error, "scoring");
}

static Status runner_run(void *state, const float *input, size_t n, float *scores, Error *error)
{
    EnsembleRunner *runner = state;
    size_t n_classes = runner->n_classes, first = 0;
    Status status = reserve(runner, n, error);
    for (size_t k = 0; k < runner->n && status == STATUS_OK; k++) {
        size_t n_values = runner->counts[k] * n_classes;
        status = scorer_run(runner->scorers[k], input, n, runner->scores, error);
        for (size_t i = 0; i < n && status == STATUS_OK; i++)
            memcpy(scores + (i * runner->n_members + first) * n_classes,
                   runner->scores + i * n_values, n_values * sizeof *scores);
        first += runner->counts[k];
    }
    return status;
}

static Status check_members(Classifier *const *members, size_t n, Error *error)
{
    InputShape first = classifier_input_shape(members[0]);
    for (size_t i = 0; i < n; i++) {
        InputShape shape = classifier_input_shape(members[i]);
        if (shape.size != first.size || shape.channels != first.channels ||
            classifier_class_count(members[i]) != classifier_class_count(members[0]))
            return error_set(error, STATUS_BAD_INPUT,
                             "member %zu of the ensemble takes other inputs or gives other classes "
                             "than the first",
                             i + 1);
    }
    return STATUS_OK;
}

Status classifier_of_members(Classifier *const *members, size_t n, Classifier **classifier,
                             Error *error)
{
    static const ClassifierKind kind = {
        .name = "ensemble",
        .free = state_free,
        .member_count = member_count,
        .class_count = class_count,
        .input_shape = input_shape,
        .multiply_adds = multiply_adds,
        .network = network_of,
        .prepare = prepare,
        .runner_new = runner_new,
        .runner_run = runner_run,
        .runner_free = runner_free,
    };
    *classifier = NULL;
    Status status = check_members(members, n, error);
    if (status != STATUS_OK)
        return status;
    Ensemble *ensemble = memory_new(1, sizeof *ensemble);
    Classifier **copies = memory_new(n, sizeof *copies);
    if (ensemble == NULL || copies == NULL)
        status = error_memory(error, "an ensemble");
    else
        status = classifier_new(&kind, ensemble, classifier, error);
    if (status != STATUS_OK) {
        free(ensemble);
        free(copies);
        return status;
    }
    memcpy(copies, members, n * sizeof *copies);
    *ensemble = (Ensemble){n, copies};
    return STATUS_OK;
}
