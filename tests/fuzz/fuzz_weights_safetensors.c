// A .safetensors file.
#include "use_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    use_weights(weights_read_safetensors, bytes, size);
    return 0;
}
