// What scores: anything that turns inputs into scores for each class. A kind is a table of
// functions (classifier_internal.h): a network, an ensemble of others.
//
// A classifier is not changed by those who run it, so any number of jobs may share one; what a run
// needs beside it belongs to its Scorer.
#ifndef SKYCLASS_CLASSIFIER_CLASSIFIER_H
#define SKYCLASS_CLASSIFIER_CLASSIFIER_H

#include <stddef.h>

#include "base/error.h"
#include "base/parallel.h"
#include "classifier/input_step.h"
#include "nn/network.h"

typedef struct Classifier Classifier;

// Takes `network` over where it succeeds.
Status classifier_of_network(Network *network, Classifier **classifier, Error *error);
// An ensemble of n >= 1 classifiers of the same inputs and classes (a member that is an ensemble
// itself counts as all its members); takes the members over where it
// succeeds (not the array).
Status classifier_of_members(Classifier *const *members, size_t n, Classifier **classifier,
                             Error *error);
void classifier_free(Classifier *classifier);
// Frees the classifier around a network, which is the caller's again.
void classifier_release(Classifier *classifier);

const char *classifier_kind_name(const Classifier *classifier); // "network", "ensemble"
size_t classifier_member_count(const Classifier *classifier);   // 1 unless an ensemble
double classifier_multiply_adds(const Classifier *classifier);  // for one source
size_t classifier_class_count(const Classifier *classifier);    // scores a source
InputShape classifier_input_shape(const Classifier *classifier);
// The network of a member (from 0); NULL where there is none.
Network *classifier_network(const Classifier *classifier, size_t member);

// Must be called after weights changed and before a scorer runs.
Status classifier_prepare(Classifier *classifier, Error *error);

// One thread's room for scoring or, with `parallel` (not owned), that of all its threads together:
// a single source is done sooner, many gain more from a scorer for each thread.
typedef struct Scorer Scorer;
Status scorer_new(const Classifier *classifier, Parallel *parallel, Scorer **scorer, Error *error);
void scorer_free(Scorer *scorer);

// scores[n][members][classes] for input[n][height][width][channels]; they add up to 1 over the
// classes. A source's scores are the same bits in any company, on any thread.
Status scorer_run(Scorer *scorer, const float *input, size_t n, float *scores, Error *error);

#endif
