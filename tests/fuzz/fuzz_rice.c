// Rice-compressed bytes: the first gives the number of values wanted.
#include <stdlib.h>

#include "classifier/file/rice.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    size_t n = bytes[0];
    float *values = malloc(n * sizeof *values);
    (void)rice_decode(bytes + 1, size - 1, 0.5, 3.0, values, n);
    free(values);
    return 0;
}
