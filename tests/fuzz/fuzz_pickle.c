// Python pickles, of which only tensors and plain values are understood.
#include <stdlib.h>

#include "classifier/import/pickle.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Pickle *pickle;
    Error error = {0};
    size_t used = 0, n = 0;
    Status status = pickle_read(bytes, size, &pickle, &used, &error);
    if (status != STATUS_OK) {
        fuzz_expect_words(status, &error);
        return 0;
    }
    fuzz_expect(used <= size, "%zu bytes of %zu used", used, size);
    fuzz_expect(pickle_root(pickle) != NULL, "a pickle of nothing");
    if (pickle_root(pickle)->kind == PICKLE_DICTIONARY)
        (void)pickle_lookup(pickle_root(pickle), "state_dict");
    free(pickle_storages(pickle, &n));
    pickle_free(pickle);
    return 0;
}
