// How scores become a class: a row of a table, named in the model file.
#ifndef SKYCLASS_CLASSIFIER_DECISION_H
#define SKYCLASS_CLASSIFIER_DECISION_H

#include <stddef.h>

#include "base/error.h"

typedef enum DecisionKind {
    DECISION_ARGMAX,    // the class of the highest score, the first of equals
    DECISION_THRESHOLD, // `class` where its score is above `threshold`, else the best of the others
    DECISION_REJECT,    // the highest score, undecided where that is below `threshold` (paper 002)
    DECISION_VOTE,      // the class that most members choose; of equals the one of the higher mean
                        // score, then the first (paper 001)
    DECISION_KIND_COUNT
} DecisionKind;

typedef struct Decision {
    DecisionKind kind;
    double threshold;
    size_t class; // from 1
} Decision;

typedef struct Verdict {
    size_t class; // from 1; 0: undecided
    float vote;   // the fraction of members whose highest score is of this class
} Verdict;

enum { DECISION_TEXT_SIZE = 96 };

// From one source's scores[n_members][n_classes], all finite; mean[n_classes] becomes their mean
// over the members.
Verdict decision_apply(const Decision *decision, const float *scores, size_t n_members,
                       size_t n_classes, float *mean);

// The class (from 0) that most members' highest scores are of, of equals the one of the higher mean
// score, then the first; *quality is the fraction of the members that say so.
size_t decision_mode(const float *scores, size_t n_members, size_t n_classes, const float *mean,
                     float *quality);

// Where scores (or logits) are largest, from 0; the first of equals.
size_t decision_argmax(const float *scores, size_t n_classes);

// "argmax", "threshold 1 0.5" (class, score), "reject 0.669", "vote"; and back.
Status decision_read(const char *text, Decision *decision, Error *error);
void decision_text(const Decision *decision, char text[DECISION_TEXT_SIZE]);

// STATUS_BAD_INPUT where its class does not exist or its threshold is no score.
Status decision_check(const Decision *decision, size_t n_classes, Error *error);

#endif
