#include "classifier/decision.h"

#include <string.h>

#include "base/named_numbers.h"

size_t decision_argmax(const float *scores, size_t n_classes)
{
    size_t best = 0;
    for (size_t i = 1; i < n_classes; i++)
        if (scores[i] > scores[best])
            best = i;
    return best;
}

// ---- The rules; `mean` has the members' mean scores, the class is from 1 -----------------------

static size_t by_argmax(const Decision *decision, const float *scores, size_t n_members,
                        size_t n_classes, const float *mean)
{
    (void)decision;
    (void)scores;
    (void)n_members;
    return decision_argmax(mean, n_classes) + 1;
}

static size_t by_threshold(const Decision *decision, const float *scores, size_t n_members,
                           size_t n_classes, const float *mean)
{
    (void)scores;
    (void)n_members;
    size_t chosen = decision->class - 1;
    if ((double)mean[chosen] > decision->threshold)
        return chosen + 1;
    size_t best = chosen == 0 ? 1 : 0;
    for (size_t i = 0; i < n_classes; i++)
        if (i != chosen && mean[i] > mean[best])
            best = i;
    return best + 1;
}

static size_t by_rejection(const Decision *decision, const float *scores, size_t n_members,
                           size_t n_classes, const float *mean)
{
    (void)scores;
    (void)n_members;
    size_t best = decision_argmax(mean, n_classes);
    return (double)mean[best] >= decision->threshold ? best + 1 : 0;
}

static size_t count_votes(const float *scores, size_t n_members, size_t n_classes, size_t class)
{
    size_t n = 0;
    for (size_t member = 0; member < n_members; member++)
        n += decision_argmax(scores + member * n_classes, n_classes) == class;
    return n;
}

size_t decision_mode(const float *scores, size_t n_members, size_t n_classes, const float *mean,
                     float *quality)
{
    size_t best = 0, most = 0;
    for (size_t class = 0; class < n_classes; class ++) {
        size_t n = count_votes(scores, n_members, n_classes, class);
        if (n > most || (n == most && n > 0 && mean[class] > mean[best])) {
            best = class;
            most = n;
        }
    }
    *quality = (float)most / (float)n_members;
    return best;
}

static size_t by_vote(const Decision *decision, const float *scores, size_t n_members,
                      size_t n_classes, const float *mean)
{
    (void)decision;
    float quality;
    return decision_mode(scores, n_members, n_classes, mean, &quality) + 1;
}

static const struct {
    const char *name;
    size_t n_numbers; // 1: the threshold; 2: the class and the threshold
    size_t (*decide)(const Decision *decision, const float *scores, size_t n_members,
                     size_t n_classes, const float *mean);
} rules[] = {
    [DECISION_ARGMAX] = {"argmax", 0, by_argmax},
    [DECISION_THRESHOLD] = {"threshold", 2, by_threshold},
    [DECISION_REJECT] = {"reject", 1, by_rejection},
    [DECISION_VOTE] = {"vote", 0, by_vote},
};
_Static_assert(sizeof rules / sizeof rules[0] == DECISION_KIND_COUNT, "a decision has no row");

static void average(const float *scores, size_t n_members, size_t n_classes, float *mean)
{
    for (size_t class = 0; class < n_classes; class ++) {
        double sum = 0.0;
        for (size_t member = 0; member < n_members; member++)
            sum += (double)scores[member * n_classes + class];
        mean[class] = (float)(sum / (double)n_members);
    }
}

Verdict decision_apply(const Decision *decision, const float *scores, size_t n_members,
                       size_t n_classes, float *mean)
{
    average(scores, n_members, n_classes, mean);
    size_t class = rules[decision->kind].decide(decision, scores, n_members, n_classes, mean);
    size_t votes = class > 0 ? count_votes(scores, n_members, n_classes, class - 1) : 0;
    return (Verdict){class, (float)votes / (float)n_members};
}

Status decision_read(const char *text, Decision *decision, Error *error)
{
    char name[32];
    double numbers[2];
    size_t n;
    Status status = named_numbers_read(text, name, sizeof name, numbers, 2, &n, error);
    if (status != STATUS_OK)
        return status;
    for (size_t kind = 0; kind < DECISION_KIND_COUNT; kind++) {
        if (strcmp(rules[kind].name, name) != 0)
            continue;
        if (n != rules[kind].n_numbers)
            return error_set(error, STATUS_BAD_INPUT, "the decision %s takes %zu numbers, not %zu",
                             name, rules[kind].n_numbers, n);
        *decision = (Decision){.kind = (DecisionKind)kind};
        decision->threshold = n > 0 ? numbers[n - 1] : 0.0;
        decision->class = n == 2 && numbers[0] >= 1.0 && numbers[0] < 1e6 ? (size_t)numbers[0] : 0;
        return STATUS_OK;
    }
    return error_set(error, STATUS_BAD_INPUT,
                     "asks for the decision \"%s\", which this skyclass does not know (it knows "
                     "argmax, threshold CLASS SCORE, reject SCORE, vote)",
                     name);
}

void decision_text(const Decision *decision, char text[DECISION_TEXT_SIZE])
{
    size_t n = rules[decision->kind].n_numbers;
    const double numbers[2] = {n == 2 ? (double)decision->class : decision->threshold,
                               decision->threshold};
    named_numbers_text(rules[decision->kind].name, numbers, n, text, DECISION_TEXT_SIZE);
}

Status decision_check(const Decision *decision, size_t n_classes, Error *error)
{
    if (!(decision->threshold >= 0.0 && decision->threshold <= 1.0))
        return error_set(error, STATUS_BAD_INPUT, "the decision's threshold %g is no score",
                         decision->threshold);
    if (decision->kind == DECISION_THRESHOLD &&
        (decision->class < 1 || decision->class > n_classes))
        return error_set(error, STATUS_BAD_INPUT,
                         "the decision is about a class that is not one of 1 to %zu", n_classes);
    return STATUS_OK;
}
