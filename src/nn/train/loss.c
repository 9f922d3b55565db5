#include "nn/train/loss.h"

#include <math.h>

#include "nn/run/softmax.h"

double cross_entropy(const float *logits, const size_t *labels, size_t n, size_t classes,
                     float *grad_logits, size_t *n_correct)
{
    double loss = 0;
    *n_correct = 0;
    for (size_t i = 0; i < n; i++, logits += classes, grad_logits += classes) {
        double normaliser = log_sum_exp(logits, classes);
        loss += normaliser - logits[labels[i]];
        *n_correct += largest_logit(logits, classes) == labels[i];
        for (size_t c = 0; c < classes; c++)
            grad_logits[c] = (float)((exp(logits[c] - normaliser) - (c == labels[i])) / (double)n);
    }
    return loss / (double)n;
}
