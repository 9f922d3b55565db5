// Allocation with overflow checks. Every function returns NULL when memory runs out or the size
// overflows; free() releases what they return.
#ifndef SKYCLASS_BASE_MEMORY_H
#define SKYCLASS_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

// *product = a * b; false when it does not fit.
bool memory_multiply(size_t a, size_t b, size_t *product);

// n zeroed items of `size` bytes each.
void *memory_new(size_t n, size_t size);

// n items of `size` bytes, not zeroed, aligned to 64 bytes (a cache line, an AVX-512 register).
void *memory_new_aligned(size_t n, size_t size);

// Like realloc for n items of `size` bytes; the old block stays valid when NULL comes back.
void *memory_resize(void *block, size_t n, size_t size);

// Like realloc, but what a block grows by is zero. For fits_create_memfile: cfitsio 4.2 takes the
// memory its file grows into for zeros, and with plain realloc now and then fails on what it finds
// there.
void *memory_resize_zeroed(void *block, size_t size);

// Whether `bytes` more can be had at this moment, in pieces. For callers of what cannot bear that
// an allocation fails; another thread may still take them.
bool memory_is_there(size_t bytes);

// A copy of `text`.
char *memory_copy_text(const char *text);

#endif
