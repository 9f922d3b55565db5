// A .pth file of PyTorch 1.6 and newer.
#include "use_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    use_weights(weights_read_zip, bytes, size);
    return 0;
}
