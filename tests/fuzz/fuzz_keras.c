// HDF5 files of Keras: a network, or words.
#include "classifier/import/keras_network.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const InputShape wanted = {11, 2};
    ImportedNetwork imported;
    Error error = {0};
    Status status = keras_network_read(bytes, size, &wanted, &imported, &error);
    if (status == STATUS_OK)
        fuzz_expect(network_class_count(imported.network) > 0, "a network without classes");
    else
        fuzz_expect_words(status, &error);
    network_free(imported.network);
    return 0;
}
