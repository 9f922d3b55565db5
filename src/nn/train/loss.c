#include "nn/train/loss.h"

#include <math.h>

#include "nn/network.h"

static size_t largest(const float *logits, size_t classes)
{
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
        if (logits[c] > logits[best])
            best = c;
    return best;
}

// log(sum exp(logits)), free of overflow.
static double log_sum_exp(const float *logits, size_t classes)
{
    size_t best = largest(logits, classes);
    double sum = 1; // of the largest itself
    for (size_t c = 0; c < classes; c++)
        if (c != best)
            sum += exp((double)logits[c] - logits[best]);
    return logits[best] + log(sum);
}

void network_softmax(const float *logits, size_t n, size_t classes, float *scores)
{
    for (size_t i = 0; i < n; i++, logits += classes, scores += classes) {
        double normaliser = log_sum_exp(logits, classes);
        for (size_t c = 0; c < classes; c++)
            scores[c] = (float)exp(logits[c] - normaliser);
    }
}

double cross_entropy(const float *logits, const size_t *labels, size_t n, size_t classes,
                     float *grad_logits, size_t *n_correct)
{
    double loss = 0;
    *n_correct = 0;
    for (size_t i = 0; i < n; i++, logits += classes, grad_logits += classes) {
        double normaliser = log_sum_exp(logits, classes);
        loss += normaliser - logits[labels[i]];
        *n_correct += largest(logits, classes) == labels[i];
        for (size_t c = 0; c < classes; c++)
            grad_logits[c] = (float)((exp(logits[c] - normaliser) - (c == labels[i])) / (double)n);
    }
    return loss / (double)n;
}
