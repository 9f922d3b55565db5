// A checkpoint of a small run: what is read is written and read again.
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "work/checkpoint.h"

typedef struct Run {
    float weights[6], moments[3];
    double epoch, loss;
    Random random;
} Run;

static Status use(Run *run, Status (*what)(const Checkpoint *, const char *, Error *),
                  const char *path, Error *error)
{
    const CheckpointArray arrays[] = {{"weights", run->weights, 6}, {"moments", run->moments, 3}};
    const CheckpointNumber numbers[] = {{"epoch", &run->epoch}, {"loss", &run->loss}};
    const Checkpoint checkpoint = {.settings = "epochs=2",
                                   .n_arrays = 2,
                                   .arrays = arrays,
                                   .n_numbers = 2,
                                   .numbers = numbers,
                                   .random = &run->random};
    return what(&checkpoint, path, error);
}

static void expect_same(const Run *a, const Run *b)
{
    for (int i = 0; i < 6; i++)
        fuzz_expect(fuzz_same((double)a->weights[i], (double)b->weights[i]), "weight %d", i);
    for (int i = 0; i < 3; i++)
        fuzz_expect(fuzz_same((double)a->moments[i], (double)b->moments[i]), "moment %d", i);
    fuzz_expect(fuzz_same(a->epoch, b->epoch) && fuzz_same(a->loss, b->loss), "a number changed");
    fuzz_expect(memcmp(&a->random, &b->random, sizeof a->random) == 0, "the generator changed");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Run run = {.loss = 1}, back = {.loss = 2};
    Error error = {0};
    char *copy = fuzz_text(bytes, size);
    fuzz_set_checksums((uint8_t *)copy, size);
    const char *path = fuzz_write("run.checkpoint", copy, size);
    free(copy);
    Status status = use(&run, checkpoint_read, path, &error);
    if (status != STATUS_OK) {
        fuzz_expect_words(status, &error);
        return 0;
    }
    path = fuzz_path("again.checkpoint");
    status = use(&run, checkpoint_write, path, &error);
    fuzz_expect(status == STATUS_OK, "cannot write: %s", error.text);
    status = use(&back, checkpoint_read, path, &error);
    fuzz_expect(status == STATUS_OK, "cannot read again: %s", error.text);
    expect_same(&run, &back);
    return 0;
}
