// Numbers as text, so that they read back as the same number.
#ifndef SKYCLASS_BASE_NUMBER_TEXT_H
#define SKYCLASS_BASE_NUMBER_TEXT_H

#include <stddef.h>

// The shortest decimal that reads back as `value`: 3006.141, not 3006.1410000000001. NaN is "nan".
// 32 bytes are always enough. Returns text.
char *number_text(double value, char *text, size_t size);

// The same for single precision: 0.1 for 0.1f.
char *number_text_single(float value, char *text, size_t size);

#endif
