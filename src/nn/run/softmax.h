// From logits to scores.
#ifndef SKYCLASS_NN_RUN_SOFTMAX_H
#define SKYCLASS_NN_RUN_SOFTMAX_H

#include <stddef.h>

// log(sum exp(logits)), free of overflow; the index of the largest, the first of equals.
double log_sum_exp(const float *logits, size_t classes);
size_t largest_logit(const float *logits, size_t classes);

// scores[n][classes] = softmax(logits), in place allowed.
void network_softmax(const float *logits, size_t n, size_t classes, float *scores);

#endif
