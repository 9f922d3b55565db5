// How much memory a run may use, and how much a packed file may make of itself.
#ifndef SKYCLASS_BASE_LIMITS_H
#define SKYCLASS_BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

// Bytes a run may use: SKYCLASS_MEMORY (a number of bytes, or with K, M, G or T behind it), or half
// of the machine's memory where that is not set. STATUS_USAGE where it is set to something else.
Status limits_memory(uint64_t *bytes, Error *error);

// Tells the kernel so, for this process as a whole: an allocation beyond it fails, and is answered
// in words, before the machine has to swap. For programs of our own; whoever loads the extension
// into theirs keeps their limits.
Status limits_apply(Error *error);

// STATUS_MEMORY where `bytes` for `what` are more than a run may use. Asked before what a file
// promises is allocated.
Status limits_check(uint64_t bytes, const char *what, Error *error);

// STATUS_BAD_INPUT where `packed` bytes that unpack to `unpacked` cannot be what they say, or are
// more than 256 MB and more than 100 times what they were, as no image and no weights are.
Status limits_check_packed(uint64_t packed, uint64_t unpacked, const char *what, Error *error);

#endif
