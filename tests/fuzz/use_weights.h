// Weights of any format: what is read is all there.
#ifndef SKYCLASS_TESTS_FUZZ_USE_WEIGHTS_H
#define SKYCLASS_TESTS_FUZZ_USE_WEIGHTS_H

#include <stdlib.h>
#include <string.h>

#include "classifier/import/weights.h"
#include "classifier/import/weights_internal.h"
#include "fuzz.h"

typedef Status (*WeightsReader)(const unsigned char *bytes, size_t size, Weights *weights,
                                Error *error);

static inline void use_tensor(const Tensor *tensor)
{
    size_t n = 1;
    for (size_t i = 0; i < tensor->n_dimensions; i++)
        n *= tensor->dimensions[i];
    fuzz_expect(n == tensor->n_values, "%s has %zu values, its shape says %zu", tensor->name,
                tensor->n_values, n);
    fuzz_expect(memchr(tensor->name, '\0', sizeof tensor->name) != NULL, "a name without end");
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)tensor->values[i];
    (void)sum;
}

static inline void use_weights(WeightsReader reader, const uint8_t *bytes, size_t size)
{
    Weights *weights = calloc(1, sizeof *weights);
    Error error = {0};
    // Memory of exactly this size, so that a byte too far is seen.
    Status status = reader(bytes, size, weights, &error);
    if (status != STATUS_OK)
        fuzz_expect_words(status, &error);
    for (size_t i = 0; status == STATUS_OK && i < weights->n; i++)
        use_tensor(&weights->tensors[i]);
    weights_free(weights);
}

#endif
