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

// Sum of exp(logits - the largest).
static double sum_exp(const float *logits, size_t classes, size_t best)
{
    double sum = 1; // of the largest itself
    for (size_t c = 0; c < classes; c++)
        if (c != best)
            sum += exp((double)logits[c] - logits[best]);
    return sum;
}

double log_sum_exp(const float *logits, size_t classes)
{
    size_t best = largest_logit(logits, classes);
    return logits[best] + log(sum_exp(logits, classes, best));
}

// Beside huge logits the logarithm of the sum is lost, so it is not taken.
void network_softmax(const float *logits, size_t n, size_t classes, float *scores)
{
    for (size_t i = 0; i < n; i++, logits += classes, scores += classes) {
        size_t best = largest_logit(logits, classes);
        double largest = logits[best], sum = sum_exp(logits, classes, best);
        for (size_t c = 0; c < classes; c++)
            scores[c] = (float)(exp(logits[c] - largest) / sum);
    }
}
