// Softmax cross-entropy.
#ifndef SKYCLASS_NN_TRAIN_LOSS_H
#define SKYCLASS_NN_TRAIN_LOSS_H

#include <stddef.h>

// Mean over n of -log softmax(logits)[label]; *n_correct counts sources whose largest logit (the
// first of equals) is the label's. grad_logits[n][classes] = (softmax - one at the label) / n.
double cross_entropy(const float *logits, const size_t *labels, size_t n, size_t classes,
                     float *grad_logits, size_t *n_correct);

#endif
