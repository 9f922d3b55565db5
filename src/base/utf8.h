// Characters as UTF-8.
#ifndef SKYCLASS_BASE_UTF8_H
#define SKYCLASS_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

enum { UTF8_SIZE = 4 }; // bytes that a character may take

// Writes the bytes of a character below 0x110000; returns how many.
size_t utf8_encode(uint32_t code, char out[UTF8_SIZE]);

#endif
