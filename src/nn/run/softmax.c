#include "nn/run/softmax.h"

#include <math.h>

size_t largest_logit(const float *logits, size_t classes)
{
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
        if (logits[c] > logits[best])
            best = c;
    return best;
}

double log_sum_exp(const float *logits, size_t classes)
{
    size_t best = largest_logit(logits, classes);
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
