// A .pth file of PyTorch before 1.6.
#include "use_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    use_weights(weights_read_legacy, bytes, size);
    return 0;
}
