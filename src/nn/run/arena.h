// Places buffers that live for part of a computation in one block of memory.
#ifndef SKYCLASS_NN_RUN_ARENA_H
#define SKYCLASS_NN_RUN_ARENA_H

#include <stddef.h>

typedef struct ArenaItem {
    size_t size;        // floats; 0 takes no room
    size_t first, last; // in use from time `first` to time `last`, both included
    size_t offset;      // result, in floats: a multiple of 16 (64 bytes)
} ArenaItem;

// Sets the offsets so that no two items in use at one time overlap; returns the arena's size in
// floats. Time n^2; meant for some hundred items.
size_t arena_plan(ArenaItem *items, size_t n);

#endif
